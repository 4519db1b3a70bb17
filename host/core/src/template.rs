//! Notification templates: Go's `text/template` and `html/template` as Alertmanager and Prometheus use them, and the
//! default templates under Alertmanager's names. What is not supported is refused by name and line when a template is
//! read; what fails while it is rendered says where. No template hangs, and none grows without end.
//!
//! Knows nothing of receivers: what is made of the texts is `payload`'s.

mod ast;
mod context;
mod data;
mod escape;
mod functions;
pub(crate) mod json;
mod layout;
mod lex;
mod markup;
mod member;
mod parse;
mod print;
mod run;
mod value;

use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;

use crate::nearest::nearest;
use crate::time::Timestamp;
use ast::{Block, Define, Node, Place};
use context::Context;

pub use data::{Alert, Data, Finding};
pub use functions::Dialect;
pub use value::{Moment, Pair, Value};

/// The default templates, as Alertmanager names them; files given later replace single ones.
const DEFAULTS: [(&str, &str); 2] = [
    ("default.tmpl", include_str!("template/defaults/default.tmpl")),
    ("email.tmpl", include_str!("template/defaults/email.tmpl")),
];

/// The named templates that texts may call.
#[derive(Clone, Debug)]
pub struct Templates {
    defines: BTreeMap<Arc<str>, Arc<Define>>,
    dialect: Dialect,
    limits: Limits,
}

/// A text that was read once, to be rendered often.
#[derive(Clone, Debug)]
pub struct Compiled {
    root: Arc<Define>,
    /// What it defines itself, which hides what others have of the same name.
    own: BTreeMap<Arc<str>, Arc<Define>>,
}

/// What is rendered: plain text, or HTML in which every value is escaped for where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Text,
    Html,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    output_bytes: usize,
}

/// Most that one rendering may give.
pub const OUTPUT_BYTES: usize = 1 << 20;

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct TemplateError {
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub message: String,
}

impl TemplateError {
    fn new(file: &str, place: Place, message: String) -> Self {
        Self { file: file.to_owned(), line: place.line, column: place.column, message }
    }
}

impl Templates {
    /// The defaults, and over them what the files define, in their order.
    ///
    /// # Errors
    /// All that is wrong, at most one error of each file's grammar, and every template that is called and is not there.
    pub fn parse<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Result<Self, Vec<TemplateError>> {
        let mut templates = Self {
            defines: BTreeMap::new(),
            dialect: Dialect::Notification,
            limits: Limits { output_bytes: OUTPUT_BYTES },
        };
        let mut errors = Vec::new();
        for (name, text) in DEFAULTS.into_iter().chain(files) {
            match parse::parse(text, name, Dialect::Notification) {
                Ok(parsed) => templates.add(name, parsed),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            let defines: Vec<&Arc<Define>> = templates.defines.values().collect();
            errors.extend(defines.into_iter().flat_map(|define| templates.missing(define, &BTreeMap::new())));
        }
        if errors.is_empty() { Ok(templates) } else { Err(errors) }
    }

    /// For the labels and annotations of rules, which know no files.
    #[must_use]
    pub fn for_rules() -> Self {
        Self { defines: BTreeMap::new(), dialect: Dialect::Rule, limits: Limits { output_bytes: OUTPUT_BYTES } }
    }

    /// Bounded to fewer bytes of output than [`OUTPUT_BYTES`].
    #[must_use]
    pub fn with_output_limit(mut self, bytes: usize) -> Self {
        self.limits.output_bytes = bytes;
        self
    }

    /// One that is empty replaces nothing, as in Go; the file itself can be called by its last name.
    fn add(&mut self, file: &str, parsed: parse::Parsed) {
        let base = file.rsplit('/').next().unwrap_or(file);
        for (name, define) in parsed.defines.into_iter().chain([(Arc::from(base), parsed.root)]) {
            if !define.is_empty() || !self.defines.contains_key(&name) {
                self.defines.insert(name, Arc::new(define));
            }
        }
    }

    /// Calls of templates that are not there.
    fn missing(&self, define: &Define, own: &BTreeMap<Arc<str>, Arc<Define>>) -> Vec<TemplateError> {
        let mut calls = Vec::new();
        calls_of(&define.body, &mut calls);
        calls.retain(|(_, name)| !own.contains_key(*name) && !self.defines.contains_key(*name));
        let known = || self.defines.keys().chain(own.keys()).map(|name| &**name);
        let error = |(place, name): (Place, &Arc<str>)| {
            let hint = nearest(name, known()).map(|meant| format!("; did you mean \"{meant}\"?")).unwrap_or_default();
            TemplateError::new(&define.file, place, format!("there is no template \"{name}\"{hint}"))
        };
        calls.into_iter().map(error).collect()
    }

    /// Reads a text of a configuration once; `name` stands in errors where a file would.
    ///
    /// # Errors
    /// What is wrong with it first.
    pub fn compile(&self, text: &str, name: &str) -> Result<Compiled, TemplateError> {
        let parsed = parse::parse(text, name, self.dialect)?;
        let own: BTreeMap<_, _> = parsed.defines.into_iter().map(|(name, define)| (name, Arc::new(define))).collect();
        let missing = own
            .values()
            .map(|define| &**define)
            .chain([&parsed.root])
            .flat_map(|define| self.missing(define, &own))
            .next();
        match missing {
            Some(error) => Err(error),
            None => Ok(Compiled { root: Arc::new(parsed.root), own }),
        }
    }

    /// Whether a text of a configuration can be read.
    ///
    /// # Errors
    /// What is wrong with it first.
    pub fn check(&self, text: &str, name: &str) -> Result<(), TemplateError> {
        self.compile(text, name).map(drop)
    }

    /// # Errors
    /// What failed, and where.
    pub fn render(
        &self,
        compiled: &Compiled,
        form: Form,
        data: &Value,
        now: Timestamp,
    ) -> Result<String, TemplateError> {
        run::render(self, compiled, form, data, Context::new(data, now))
    }

    /// A text read and rendered at once.
    ///
    /// # Errors
    /// What is wrong with the text, or what failed, and where.
    pub fn text(&self, text: &str, data: &Value, now: Timestamp) -> Result<String, TemplateError> {
        self.render(&self.compile(text, "text")?, Form::Text, data, now)
    }

    /// As [`Templates::text`], with every value escaped for where it stands.
    ///
    /// # Errors
    /// What is wrong with the text, or what failed, and where.
    pub fn html(&self, text: &str, data: &Value, now: Timestamp) -> Result<String, TemplateError> {
        self.render(&self.compile(text, "html")?, Form::Html, data, now)
    }
}

fn calls_of<'t>(block: &'t Block, calls: &mut Vec<(Place, &'t Arc<str>)>) {
    for node in block {
        match node {
            Node::Template { place, name, .. } => calls.push((*place, name)),
            Node::If { then, otherwise, .. } | Node::With { then, otherwise, .. } => {
                calls_of(then, calls);
                calls_of(otherwise, calls);
            }
            Node::Range { each, otherwise, .. } => {
                calls_of(each, calls);
                calls_of(otherwise, calls);
            }
            Node::Text(..) | Node::Print(_) | Node::Break | Node::Continue => {}
        }
    }
}

#[cfg(test)]
mod tests;

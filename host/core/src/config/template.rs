//! Templates, read when the configuration is: those of files, and those that stand in receivers. Each error at the line
//! that it is about.

use super::error::{ConfigError, ConfigErrors};
use super::files::Files;
use super::read::At;
use super::tree::{self, Value};
use super::{Place, Source};
use crate::alerting::TemplateSet;
use crate::alertmanager::{Config as Alertmanager, Integration};
use crate::payload;
use crate::receiver::Kind;

/// Those of all template files; none where anything is wrong with them.
pub(super) fn read(files: &Files, errors: &mut ConfigErrors) -> Option<TemplateSet> {
    let mut texts = Vec::new();
    let mut is_whole = true;
    for template in &files.templates {
        match template {
            Ok(source) => texts.push((source.name.clone(), source.text.clone())),
            Err(unreadable) => {
                is_whole = false;
                let place = Place { file: unreadable.path.display().to_string(), line: 1, column: 1 };
                let message = format!("this template cannot be read: {}", unreadable.reason);
                errors.push(ConfigError { place, path: String::new(), code: "file", message, help: None });
            }
        }
    }
    match TemplateSet::parse(texts) {
        Ok(templates) => is_whole.then_some(templates),
        Err(found) => {
            let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
            errors.extend(found.into_iter().map(|error| {
                let place = Place { file: error.file, line: size(error.line), column: size(error.column) };
                ConfigError { place, path: String::new(), code: "template", message: error.message, help: None }
            }));
            None
        }
    }
}

/// What is wrong with the templates of one way of a receiver; `at` is the error that it is, without its message.
pub(super) fn check(kind: &Kind, at: &ConfigError, templates: &TemplateSet, errors: &mut ConfigErrors) {
    let found = payload::check(kind, templates).into_iter();
    errors.extend(found.map(|error| ConfigError { message: error.to_string(), ..at.clone() }));
}

/// Those of Alertmanager's receivers, whose file is looked at once more for the lines.
pub(super) fn check_alertmanager(
    source: &Source,
    file: &Alertmanager,
    templates: &TemplateSet,
    errors: &mut ConfigErrors,
) {
    let (root, _) = tree::parse(&source.text);
    let Some(root) = &root else { return };
    let root = At { source, path: String::new(), node: root };
    for receiver in &file.receivers {
        for integration in &receiver.integrations {
            let kind = super::alerting::kind(&integration.kind);
            for error in payload::check(&kind, templates) {
                let at = locate(&root, &receiver.name, integration, &error.file);
                errors.push(at.error("template", error.to_string()));
            }
        }
    }
}

/// The field of an integration, or what of it can be found.
fn locate<'n>(root: &At<'n>, receiver: &str, integration: &Integration, field: &str) -> At<'n> {
    let kind = integration.kind.name();
    let is_it = |at: &At<'n>| {
        at.child("name").is_some_and(|name| matches!(&name.node.value, Value::Text(text) if text == receiver))
    };
    let Some(receiver) = root.child("receivers").and_then(|at| items(&at).find(is_it)) else { return root.clone() };
    let entries = receiver.child(&format!("{kind}_configs"));
    let Some(entry) = entries.and_then(|at| items(&at).nth(integration.index)) else { return receiver };
    let mut at = entry;
    for part in field.split(['.', '[', ']']).filter(|part| !part.is_empty()) {
        let child = part.parse().ok().and_then(|index| items(&at).nth(index)).or_else(|| at.child(part));
        let Some(child) = child else { break };
        at = child;
    }
    at
}

fn items<'n>(at: &At<'n>) -> impl Iterator<Item = At<'n>> + use<'n> {
    let list = match &at.node.value {
        Value::List(items) => items.as_slice(),
        _ => &[],
    };
    let at = at.clone();
    list.iter().enumerate().map(move |(index, node)| at.of_index(index, node))
}

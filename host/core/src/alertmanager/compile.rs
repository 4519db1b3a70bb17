//! The compiler: a file in, a valid configuration or every error out. What refers to what is decided here; what stands
//! inside one entry is the other rooms'.

use std::collections::BTreeMap;

use super::read::{At, Fields, list, needed, refuse, text};
use super::{Config, Global, InhibitRule, Receiver, email, global, inhibit, merge, original, receiver, routes, times};
use crate::config::compile::tree;
use crate::config::tree::Mark;
use crate::config::{ConfigErrors, Source};

/// Names that are given once, and where.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, Mark>);

impl Names {
    /// Says so if the name is taken.
    fn claim(&mut self, what: &str, name: &str, at: &At<'_>, errors: &mut ConfigErrors) {
        match self.0.get(name) {
            Some(first) => {
                let message = format!("the {what} `{name}` is already at {}:{}", first.line, first.column);
                errors.push(at.error("duplicate-name", message));
            }
            None => {
                self.0.insert(name.to_owned(), at.node.mark);
            }
        }
    }

    /// Says so if there is no such name.
    pub(super) fn check(&self, what: &str, name: &str, at: &At<'_>, errors: &mut ConfigErrors) {
        if !self.0.contains_key(name) {
            let error = at.error("unknown-name", format!("there is no {what} `{name}`"));
            errors.push(error.did_you_mean(name, self.0.keys().map(String::as_str)));
        }
    }
}

/// A configuration that holds every rule, or everything that is wrong.
pub fn compile(source: &Source) -> Result<Config, ConfigErrors> {
    let mut errors = ConfigErrors::default();
    let root = tree(source, &mut errors).map(merge::merged);
    let at = root.as_ref().map(|node| At { source, path: String::new(), node });
    let fields = at.as_ref().and_then(|at| Fields::of(at, &mut errors));
    let config = fields.and_then(|fields| read(fields, &mut errors));
    let original = root.as_ref().map(original::without_secrets).unwrap_or_default();
    let checked = errors.into_result();
    match config {
        Some(config) => checked.map(|()| Config { original, ..config }),
        // What could not be read has said so.
        None => Err(checked.err().unwrap_or_default()),
    }
}

fn read(mut fields: Fields<'_>, errors: &mut ConfigErrors) -> Option<Config> {
    let defaults = global::read(&mut fields, errors);
    let (mut receiver_names, mut interval_names) = (Names::default(), Names::default());

    let mut receivers: Vec<Receiver> = Vec::new();
    for at in fields.optional("receivers", errors, list).unwrap_or_default() {
        let Some(mut entry) = Fields::of(&at, errors) else { continue };
        let name = needed(&mut entry, "name", errors);
        if let Some(name) = &name {
            receiver_names.claim("receiver", name, &at, errors);
        }
        let integrations = receiver::read(entry, &defaults, errors);
        receivers.extend(name.map(|name| Receiver { name, integrations }));
    }

    let mut time_intervals = BTreeMap::new();
    for key in ["mute_time_intervals", "time_intervals"] {
        for at in fields.optional(key, errors, list).unwrap_or_default() {
            let Some((name, interval)) = times::read(&at, errors) else { continue };
            interval_names.claim("time interval", &name, &at, errors);
            time_intervals.insert(name, interval);
        }
    }

    let names = routes::Known { receivers: &receiver_names, intervals: &interval_names };
    let route = fields.required("route", errors, |at, errors| routes::read(at, &names, errors));
    let rules = fields.optional("inhibit_rules", errors, list).unwrap_or_default();
    let inhibit_rules: Vec<InhibitRule> = rules.iter().filter_map(|at| inhibit::read(at, errors)).collect();
    let templates = fields.optional("templates", errors, templates).unwrap_or_default();
    refuse(&mut fields, "tracing", "remove it: nothing is traced", errors);
    fields.finish(errors);
    let mail = email::silent(&defaults);
    let global = Global { resolve_timeout: defaults.resolve_timeout };
    let original = String::new();
    Some(Config { global, route: route?, inhibit_rules, receivers, time_intervals, mail, templates, original })
}

/// Patterns, relative to the file's folder.
fn templates(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Vec<String>> {
    let mut all = Vec::new();
    for at in list(at, errors)? {
        let Some(pattern) = text(&at, errors).filter(|pattern| !pattern.is_empty()) else { continue };
        let path = at.source.folder.join(&pattern);
        if path.parent().is_some_and(|folder| folder.to_string_lossy().contains(['*', '?', '['])) {
            let error = at.error("template-path", "a wildcard stands in a folder's name");
            errors.push(error.help("only the last part may hold one, as in `templates/*.tmpl`"));
        } else {
            all.push(path.to_string_lossy().into_owned());
        }
    }
    Some(all)
}

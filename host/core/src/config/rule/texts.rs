//! A rule's labels and annotations: names that are names, templates that can be read.

use super::super::error::ConfigErrors;
use super::super::read::{self, At, Fields};
use super::super::tree::Value;
use crate::observation;
use crate::rule::{GIVEN_LABELS, Text};

const TEXT_BYTES_MAX: usize = 8_192;

type Texts = Vec<(String, Text)>;

/// `labels`, and `severity` as one more.
pub(super) fn labels(fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Texts {
    let mut labels = fields.optional("labels", errors, |at, errors| {
        for name in GIVEN_LABELS {
            if let Some(at) = at.child(name) {
                let error = at.error("label", format!("the label `{name}` is given by the node"));
                errors.push(error.help("give the label another name"));
            }
        }
        texts(at, errors)
    });
    one_more("severity", fields, &mut labels, errors);
    labels.unwrap_or_default()
}

/// `annotations`, and `runbook_url` as one more.
pub(super) fn annotations(fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Texts {
    let mut annotations = fields.optional("annotations", errors, texts);
    one_more("runbook_url", fields, &mut annotations, errors);
    annotations.unwrap_or_default()
}

fn one_more(key: &'static str, fields: &mut Fields<'_>, texts: &mut Option<Texts>, errors: &mut ConfigErrors) {
    let Some(at) = fields.get(key) else { return };
    let Some(text) = text(&at, errors) else { return };
    let texts = texts.get_or_insert_default();
    if texts.iter().any(|(name, _)| name == key) {
        errors.push(at.error("duplicate-key", format!("`{key}` is given twice: here, and in the map")));
        return;
    }
    texts.push((key.to_owned(), text));
}

fn texts(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Texts> {
    let mut texts = Vec::new();
    for (key, node) in read::map(at, errors)? {
        if let Some(message) = observation::bad_label(&key.name, "") {
            errors.push(at.error_at_key(key, "label", message));
        } else if let Some(text) = text(&at.of_key(&key.name, node), errors) {
            texts.push((key.name.clone(), text));
        }
    }
    if texts.len() > observation::LABELS_MAX {
        let message = format!("{} of them; at most {} are allowed", texts.len(), observation::LABELS_MAX);
        errors.push(at.error("too-many", message));
    }
    Some(texts)
}

/// A text that may be a template. Numbers and true or false count as the text they are written as.
fn text(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Text> {
    let written = match &at.node.value {
        Value::Integer(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        _ => read::text(at, errors)?.to_owned(),
    };
    if written.len() > TEXT_BYTES_MAX {
        let message = format!("this text has {} bytes; at most {TEXT_BYTES_MAX} are allowed", written.len());
        errors.push(at.error("too-long", message));
        return None;
    }
    match Text::parse(&written) {
        Ok(text) => Some(text),
        Err(error) => {
            let message = format!("line {}, column {} of the template: {}", error.line, error.column, error.message);
            errors.push(at.error("template", message));
            None
        }
    }
}

/// Whether two rules' labels can never be the same: one that is no template has another value in the other.
pub(super) fn differ(a: &[(String, Text)], b: &[(String, Text)]) -> bool {
    let value = |texts: &[(String, Text)], name: &str| match texts.iter().find(|(known, _)| known == name) {
        Some((_, text)) => text.is_plain().then(|| text.written().to_owned()),
        None => Some(String::new()),
    };
    a.iter().chain(b).any(|(name, _)| match (value(a, name), value(b, name)) {
        (Some(a), Some(b)) => a != b,
        _ => false,
    })
}

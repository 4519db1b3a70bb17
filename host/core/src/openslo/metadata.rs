//! What every object says of itself: its name, for people and for references, labels, annotations. OpenSLO leaves
//! annotations to whoever reads the file; those that begin with `tocsin.dev/` are ours, and strict.

use super::read::{At, Fields, map, name, object_name, text};
use crate::config::ConfigErrors;
use crate::config::read::written;
use crate::config::tree::{Key, Value};
use crate::label::Labels;
use crate::observation::{LABELS_MAX, bad_label};

const PREFIX: &str = "tocsin.dev/";

/// Labels that the node itself gives an SLO's alerts.
const GIVEN: [&str; 8] = ["alertname", "node", "notify", "objective", "service", "severity", "slo", "window"];

/// What is asked of an object's metadata, by its kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    /// Whether the name stands in URLs of ours.
    pub(super) strict: bool,
    /// Whether its labels go onto alerts.
    pub(super) alerts: bool,
    /// Annotations of ours that it may have, without their prefix.
    pub(super) annotations: &'static [&'static str],
}

#[derive(Debug)]
pub(super) struct Metadata<'n> {
    pub(super) name: Option<&'n str>,
    /// Where the name stands.
    pub(super) at: Option<At<'n>>,
    pub(super) title: Option<String>,
    pub(super) labels: Labels,
    /// Ours.
    annotations: Vec<(&'n str, At<'n>)>,
}

impl<'n> Metadata<'n> {
    /// One of our annotations, by its name without the prefix.
    pub(super) fn annotation(&self, name: &str) -> Option<&At<'n>> {
        self.annotations.iter().find(|(known, _)| *known == name).map(|(_, at)| at)
    }

    /// Reads one of our annotations, if it is there.
    pub(super) fn read<T>(
        &self,
        name: &str,
        errors: &mut ConfigErrors,
        read: impl FnOnce(&At<'n>, &mut ConfigErrors) -> Option<T>,
    ) -> Option<T> {
        read(self.annotation(name)?, errors)
    }
}

/// Reads `metadata`, which must have a name.
pub(super) fn read<'n>(at: &At<'n>, form: Form, errors: &mut ConfigErrors) -> Option<Metadata<'n>> {
    let mut fields = Fields::of(at, errors)?;
    let name_at = fields.get("name");
    let read_name = if form.strict { name } else { object_name };
    let name = match &name_at {
        Some(at) => read_name(at, errors),
        None => {
            errors.push(at.error("missing-key", "the key `name` is missing"));
            None
        }
    };
    Some(rest(fields, form, name, name_at, errors))
}

/// Reads the metadata of an object that stands inline, and so may do without a name.
pub(super) fn read_inline<'n>(at: &At<'n>, form: Form, errors: &mut ConfigErrors) -> Option<Metadata<'n>> {
    let mut fields = Fields::of(at, errors)?;
    let name_at = fields.get("name");
    let read_name = if form.strict { name } else { object_name };
    let name = name_at.as_ref().and_then(|at| read_name(at, errors));
    Some(rest(fields, form, name, name_at, errors))
}

fn rest<'n>(
    mut fields: Fields<'n>,
    form: Form,
    name: Option<&'n str>,
    at: Option<At<'n>>,
    errors: &mut ConfigErrors,
) -> Metadata<'n> {
    let title = fields.optional("displayName", errors, |at, errors| text(at, errors).map(str::to_owned));
    let labels = fields.optional("labels", errors, |at, errors| labels(at, form.alerts, errors)).unwrap_or_default();
    let annotations =
        fields.optional("annotations", errors, |at, errors| annotations(at, form, errors)).unwrap_or_default();
    fields.finish(errors);
    Metadata { name, at, title, labels, annotations }
}

/// A value may be a list, whose items are joined; a name gets `_` for what alerts' labels cannot have.
fn labels(at: &At<'_>, alerts: bool, errors: &mut ConfigErrors) -> Option<Labels> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (key, node) in map(at, errors)? {
        let Some(value) = label_value(&at.of_key(&key.name, node), errors) else { continue };
        let name = key.name.replace(['-', '.', '/'], "_");
        if let Some(message) = bad_label(&name, &value) {
            errors.push(at.error_at_key(key, "label", message));
        } else if alerts && GIVEN.contains(&name.as_str()) {
            let error = at.error_at_key(key, "label", format!("the label `{name}` is given by the node"));
            errors.push(error.help("give the label another name"));
        } else if pairs.iter().any(|(known, _)| *known == name) {
            errors.push(at.error_at_key(key, "duplicate-name", format!("the label `{name}` is given twice")));
        } else {
            pairs.push((name, value));
        }
    }
    if pairs.len() > LABELS_MAX {
        let message = format!("{} labels; at most {LABELS_MAX} are allowed", pairs.len());
        errors.push(at.error("too-many", message));
        return None;
    }
    Labels::new(pairs).ok()
}

fn label_value(at: &At<'_>, errors: &mut ConfigErrors) -> Option<String> {
    match &at.node.value {
        Value::List(items) => {
            let items = items.iter().enumerate().map(|(index, node)| at.of_index(index, node));
            let values: Option<Vec<String>> = items.map(|at| written(&at, errors)).collect();
            Some(values?.join(","))
        }
        _ => written(at, errors),
    }
}

fn annotations<'n>(at: &At<'n>, form: Form, errors: &mut ConfigErrors) -> Option<Vec<(&'n str, At<'n>)>> {
    let mut ours = Vec::new();
    for (key, node) in map(at, errors)? {
        let entry = at.of_key(&key.name, node);
        if written(&entry, errors).is_none() {
            continue;
        }
        let Some(name) = key.name.strip_prefix(PREFIX) else { continue };
        if form.annotations.contains(&name) {
            ours.push((name, entry));
        } else {
            unknown(at, key, form, errors);
        }
    }
    Some(ours)
}

fn unknown(at: &At<'_>, key: &Key, form: Form, errors: &mut ConfigErrors) {
    let error = at.error_at_key(key, "unknown-annotation", "unknown annotation of `tocsin.dev`");
    let known: Vec<String> = form.annotations.iter().map(|name| format!("{PREFIX}{name}")).collect();
    errors.push(match known.is_empty() {
        true => error.help("none belongs to an object of this kind"),
        false => error.did_you_mean(&key.name, known.iter().map(String::as_str)),
    });
}

//! A plugin's config against the plugin's own JSON Schema: each violation becomes an error at the line of the
//! configuration that caused it, an unknown property with the nearest one the schema knows.

use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::paths::LocationSegment;
use jsonschema::{ValidationError, Validator};
use serde_json::Value as Json;

use super::error::ConfigErrors;
use super::read::At;
use super::tree::{Key, Value};

/// Of values that are shown in messages.
const SHOWN_BYTES_MAX: usize = 60;

/// A plugin's schema, ready to be asked.
#[derive(Debug)]
pub(super) struct Schema<'s> {
    json: &'s Json,
    /// `None` where the schema itself is none.
    validator: Option<Validator>,
}

impl<'s> Schema<'s> {
    pub(super) fn new(json: &'s Json) -> Self {
        Self { json, validator: jsonschema::validator_for(json).ok() }
    }

    /// Whether the config fits; reports every violation. `at` is the config, or its check where it has none.
    pub(super) fn accept(&self, plugin: &str, config: &Json, at: &At<'_>, errors: &mut ConfigErrors) -> bool {
        let Some(validator) = &self.validator else {
            let error =
                at.error("plugin-schema", format!("the config schema of the plugin `{plugin}` is not a JSON Schema"));
            errors.push(error.help(format!("install a corrected version of `{plugin}`")));
            return false;
        };
        let mut fits = true;
        for violation in validator.iter_errors(config) {
            fits = false;
            self.report(&violation, plugin, at, errors);
        }
        fits
    }

    fn report(&self, violation: &ValidationError<'_>, plugin: &str, config_at: &At<'_>, errors: &mut ConfigErrors) {
        let at = locate(violation, config_at);
        match violation.kind() {
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                for property in unexpected {
                    let message = format!("unknown key of `{plugin}`");
                    let error = match key(&at, property) {
                        Some(key) => at.error_at_key(key, "unknown-key", message),
                        None => at.error("unknown-key", message),
                    };
                    errors.push(error.did_you_mean(property, self.properties_beside(violation)));
                }
            }
            Kind::Required { property } => {
                let property = property.as_str().unwrap_or_default();
                errors
                    .push(at.error("missing-key", format!("the key `{property}` is missing, which `{plugin}` needs")));
            }
            Kind::Enum { options } => {
                let error = at.error("schema", sentence(violation));
                let options = options.as_array().into_iter().flatten().filter_map(Json::as_str);
                errors.push(error.did_you_mean(violation.instance().as_str().unwrap_or_default(), options));
            }
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => match meant(context, violation) {
                Some(form) => form.iter().for_each(|violation| self.report(violation, plugin, config_at, errors)),
                None => errors.push(
                    at.error("schema", format!("this is in none of the {} forms that `{plugin}` takes", context.len())),
                ),
            },
            _ => errors.push(at.error("schema", sentence(violation))),
        }
    }

    /// The properties that the schema knows where it refused one.
    fn properties_beside(&self, violation: &ValidationError<'_>) -> impl Iterator<Item = &'s str> {
        let pointer = violation.schema_path().as_str();
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        let properties = self.json.pointer(&format!("{parent}/properties")).and_then(Json::as_object);
        properties.into_iter().flatten().map(|(name, _)| name.as_str())
    }
}

/// Of several forms the one that was meant: the only one whose kind of value and whose fixed words are right.
fn meant<'v>(
    forms: &'v [Vec<ValidationError<'static>>],
    whole: &ValidationError<'_>,
) -> Option<&'v [ValidationError<'static>]> {
    let depth = whole.instance_path().segments().count();
    let is_other = |violation: &ValidationError<'static>| {
        let below = violation.instance_path().segments().count() - depth;
        match violation.kind() {
            Kind::Type { .. } => below == 0,
            Kind::Constant { .. } | Kind::Enum { .. } => below <= 1,
            _ => false,
        }
    };
    let mut candidates = forms.iter().filter(|form| !form.iter().any(is_other));
    let only = candidates.next()?;
    candidates.next().is_none().then_some(only)
}

/// The part of the configuration that a violation is about.
fn locate<'n>(violation: &ValidationError<'_>, config_at: &At<'n>) -> At<'n> {
    violation.instance_path().segments().fold(config_at.clone(), |at, segment| {
        let child = match (&at.node.value, segment) {
            (Value::List(items), LocationSegment::Index(index)) => {
                items.get(index).map(|node| at.of_index(index, node))
            }
            (_, LocationSegment::Property(name)) => at.child(&name),
            _ => None,
        };
        child.unwrap_or(at)
    })
}

fn key<'n>(at: &At<'n>, name: &str) -> Option<&'n Key> {
    match &at.node.value {
        Value::Map(entries) => entries.iter().map(|(key, _)| key).find(|key| key.name == name),
        _ => None,
    }
}

/// The validator's own sentence; long values are left out of it.
fn sentence(violation: &ValidationError<'_>) -> String {
    if violation.instance().to_string().len() <= SHOWN_BYTES_MAX {
        violation.to_string()
    } else {
        violation.masked_with("this").to_string()
    }
}

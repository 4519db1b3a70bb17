//! A plugin's config against the plugin's own JSON Schema: each violation becomes an error at the line of the
//! configuration that caused it, an unknown property with the nearest one the schema knows.

use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::paths::LocationSegment;
use jsonschema::{ValidationError, Validator};
use serde_json::Value as Json;

use super::error::{ConfigError, ConfigErrors};
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
                errors.push(none_of(violation, options.as_array().into_iter().flatten().collect(), &at));
            }
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                if let Some(form) = meant(context, violation) {
                    form.iter().for_each(|violation| self.report(violation, plugin, config_at, errors));
                } else if let Some((word, words)) = words(context) {
                    errors.push(none_of(word, words, &locate(word, config_at)));
                } else {
                    let message = format!("this is in none of the {} forms that `{plugin}` takes", context.len());
                    errors.push(at.error("schema", message));
                }
            }
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

/// The words of which each form takes another, and the violation at the place where one of them must stand: all the
/// values of an enum, or the tags of one whose variants hold something.
fn words<'v>(forms: &'v [Vec<ValidationError<'static>>]) -> Option<(&'v ValidationError<'static>, Vec<&'v Json>)> {
    let mut place: Option<&ValidationError<'static>> = None;
    let mut words = Vec::new();
    for form in forms {
        let (violation, of_form) = form.iter().find_map(|violation| match violation.kind() {
            Kind::Constant { expected_value } => Some((violation, vec![expected_value.as_ref()])),
            Kind::Enum { options } => Some((violation, options.as_array().into_iter().flatten().collect())),
            _ => None,
        })?;
        if place.get_or_insert(violation).instance_path() != violation.instance_path() {
            return None;
        }
        words.extend(of_form);
    }
    Some((place?, words))
}

fn none_of(violation: &ValidationError<'_>, words: Vec<&Json>, at: &At<'_>) -> ConfigError {
    let known: Vec<String> = words.iter().map(|word| word.to_string()).collect();
    let error = at.error("schema", format!("{} is not one of {}", violation.instance(), known.join(", ")));
    error.did_you_mean(violation.instance().as_str().unwrap_or_default(), words.iter().filter_map(|word| word.as_str()))
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

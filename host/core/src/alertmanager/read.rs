//! Alertmanager's scalars: what its YAML takes for a text, a duration, a URL, a secret or a matcher. A key with an empty
//! text counts as one that is not there, as it does in Alertmanager.

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use super::{Secret, SecretSource};
use crate::config::ConfigErrors;
pub(super) use crate::config::read::{At, Fields, list, map, whole, written as text};
use crate::config::tree::Value;
use crate::matcher::{self, MatchOp, Matcher};
use crate::quantity::{QuantityError, prometheus_duration};

/// Beyond what a person wrote; keeps sums of times far from their ends.
const DURATION_MAX: Duration = Duration::from_secs(100 * 365 * 86_400);

/// What YAML 1.1 takes for true and for false besides those two.
const YES: [&str; 8] = ["yes", "Yes", "YES", "on", "On", "ON", "y", "Y"];
const NO: [&str; 8] = ["no", "No", "NO", "off", "Off", "OFF", "n", "N"];

/// The text at a key, or none where there is no text.
pub(super) fn full(fields: &mut Fields<'_>, key: &'static str, errors: &mut ConfigErrors) -> Option<String> {
    fields.optional(key, errors, text).filter(|text| !text.is_empty())
}

/// A text that must be there.
pub(super) fn needed(fields: &mut Fields<'_>, key: &'static str, errors: &mut ConfigErrors) -> Option<String> {
    let given = fields.get(key);
    let text = given.as_ref().and_then(|at| text(at, errors));
    match (given, text) {
        (None, _) => errors.push(fields.at.error("missing-key", format!("the key `{key}` is missing"))),
        (Some(at), Some(text)) if text.is_empty() => errors.push(at.error("empty", "this must not be empty")),
        (Some(_), text) => return text,
    }
    None
}

/// The text at a key, or what holds without one; an empty one is a text here.
pub(super) fn or(fields: &mut Fields<'_>, key: &'static str, default: &str, errors: &mut ConfigErrors) -> String {
    fields.optional(key, errors, text).unwrap_or_else(|| default.to_owned())
}

pub(super) fn texts(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Vec<String>> {
    Some(list(at, errors)?.iter().filter_map(|at| text(at, errors)).collect())
}

pub(super) fn text_map(at: &At<'_>, errors: &mut ConfigErrors) -> Option<BTreeMap<String, String>> {
    let entries = map(at, errors)?.iter();
    let pairs = entries.filter_map(|(key, node)| Some((key.name.clone(), text(&at.of_key(&key.name, node), errors)?)));
    Some(pairs.collect())
}

pub(super) fn truth(at: &At<'_>, errors: &mut ConfigErrors) -> Option<bool> {
    match &at.node.value {
        Value::Bool(value) => Some(*value),
        Value::Text(word) if YES.contains(&word.as_str()) => Some(true),
        Value::Text(word) if NO.contains(&word.as_str()) => Some(false),
        value => {
            errors.push(at.error("type", format!("this is {}; true or false is expected", value.kind())));
            None
        }
    }
}

/// `1h30m`, in Prometheus's units.
pub(super) fn duration(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Duration> {
    let written = text(at, errors)?;
    match prometheus_duration(&written) {
        Ok(duration) if duration <= DURATION_MAX => Some(duration),
        Ok(_) => {
            errors.push(at.error("too-long", format!("{written} is too long; at most 100y is possible")));
            None
        }
        Err(problem) => {
            let error = at.error("duration", format!("`{written}` is not a duration: {problem}"));
            let is_bare = matches!(problem, QuantityError::NoUnit { .. });
            errors.push(if is_bare { error } else { error.help("write it as `30s`, `1h30m` or `7d`") });
            None
        }
    }
}

/// `http` or `https`, with a host.
pub(super) fn url(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Url> {
    let written = text(at, errors)?;
    let url = Url::parse(&written).ok().filter(is_web);
    if url.is_none() {
        errors.push(not_a_url(at));
    }
    url
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

/// Does not show it: many URLs are secrets.
fn not_a_url(at: &At<'_>) -> crate::config::ConfigError {
    at.error("url", "this is not a URL").help("write it as `https://host/path`; only http and https are possible")
}

/// Of a key and its `_file` form the one that is given.
pub(super) fn secret(
    fields: &mut Fields<'_>,
    [key, file_key]: [&'static str; 2],
    errors: &mut ConfigErrors,
) -> Option<SecretSource> {
    let inline = full(fields, key, errors);
    let file = full(fields, file_key, errors);
    match (inline, file) {
        (Some(_), Some(_)) => {
            let at = fields.at.child(file_key);
            let message = format!("`{key}` and `{file_key}` are both given");
            errors.extend(at.map(|at| at.error("both", message).help("keep one of them")));
            None
        }
        (Some(value), None) => Some(SecretSource::Inline(Secret::new(value))),
        (None, Some(file)) => Some(SecretSource::File(fields.at.source.folder.join(file))),
        (None, None) => None,
    }
}

/// A secret that is a URL; one with a template in it is judged when it is expanded.
pub(super) fn secret_url(
    fields: &mut Fields<'_>,
    keys: [&'static str; 2],
    errors: &mut ConfigErrors,
) -> Option<SecretSource> {
    let source = secret(fields, keys, errors)?;
    if let SecretSource::Inline(secret) = &source {
        let text = secret.reveal();
        if !text.contains("{{") && !Url::parse(text).is_ok_and(|url| is_web(&url)) {
            let at = fields.at.child(keys[0]);
            errors.extend(at.map(|at| not_a_url(&at)));
            return None;
        }
    }
    Some(source)
}

/// Whether a list or map holds anything.
pub(super) fn is_filled(at: &At<'_>) -> bool {
    match &at.node.value {
        Value::List(items) => !items.is_empty(),
        Value::Map(entries) => !entries.is_empty(),
        _ => false,
    }
}

/// Says of a key that is known, and not supported, what to do instead.
pub(super) fn refuse(fields: &mut Fields<'_>, key: &'static str, help: &str, errors: &mut ConfigErrors) {
    if let Some(at) = fields.get(key) {
        errors.push(at.error("unsupported", format!("`{key}` is not supported here")).help(help));
    }
}

/// A list of matchers, each entry one or more of them.
pub(super) fn matchers(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Vec<Matcher>> {
    let mut all = Vec::new();
    for at in list(at, errors)? {
        let Some(written) = text(&at, errors) else { continue };
        match matcher::parse_list(&written) {
            Ok(some) => all.extend(some),
            Err(error) => errors.push(at.error("matcher", format!("`{written}` is no matcher: {error}"))),
        }
    }
    Some(all)
}

/// The deprecated form, a map of names to values or, for `match_re`, to expressions.
pub(super) fn old_matchers(at: &At<'_>, op: MatchOp, errors: &mut ConfigErrors) -> Option<Vec<Matcher>> {
    let mut all = Vec::new();
    for (key, node) in map(at, errors)? {
        if !is_classic_name(&key.name) {
            let message = format!("`{}` is not a label name", key.name);
            errors.push(at.error_at_key(key, "label", message).help("write other names with `matchers`"));
            continue;
        }
        let at = at.of_key(&key.name, node);
        let Some(value) = text(&at, errors) else { continue };
        match Matcher::new(key.name.as_str(), op, value.as_str()) {
            Ok(matcher) => all.push(matcher),
            Err(error) => {
                let reason = matcher::reason(&error);
                errors.push(at.error("matcher", format!("`{value}` is not a regular expression: {reason}")));
            }
        }
    }
    Some(all)
}

/// By name, value and operator, as Alertmanager sorts them.
pub(super) fn sorted(mut all: Vec<Matcher>) -> Vec<Matcher> {
    all.sort_by(|a, b| (a.name(), a.value(), a.op()).cmp(&(b.name(), b.value(), b.op())));
    all
}

fn is_classic_name(name: &str) -> bool {
    let is_first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    name.bytes().next().is_some_and(is_first) && name.bytes().all(|byte| is_first(byte) || byte.is_ascii_digit())
}

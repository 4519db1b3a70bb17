//! Typed readers: from a node of the tree to a value, or an error that says what was expected. A reader that fails
//! reports and returns nothing, and its caller goes on, so that one look shows every error.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use super::error::{ConfigError, ConfigErrors};
use super::tree::{Key, Mark, Node, Value, join};
use super::{Place, Source};
use crate::nearest::nearest;
use crate::observation::{self, Label};
use crate::quantity::{self, show_duration};

mod fields;

pub(crate) use fields::Fields;

/// A node and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct At<'n> {
    pub(crate) source: &'n Source,
    /// `checks[3].interval`
    pub(crate) path: String,
    pub(crate) node: &'n Node,
}

impl<'n> At<'n> {
    pub(crate) fn place(&self) -> Place {
        self.place_of(self.node.mark)
    }

    pub(crate) fn place_of(&self, mark: Mark) -> Place {
        Place { file: self.source.name.clone(), line: mark.line, column: mark.column }
    }

    pub(crate) fn error(&self, code: &'static str, message: impl Into<String>) -> ConfigError {
        ConfigError { place: self.place(), path: self.path.clone(), code, message: message.into(), help: None }
    }

    /// An error at one of this map's keys.
    pub(crate) fn error_at_key(&self, key: &Key, code: &'static str, message: impl Into<String>) -> ConfigError {
        let place = self.place_of(key.mark);
        ConfigError { place, path: join(&self.path, &key.name), ..self.error(code, message) }
    }

    pub(crate) fn of_key(&self, key: &str, node: &'n Node) -> Self {
        Self { source: self.source, path: join(&self.path, key), node }
    }

    /// What stands at one of this map's keys.
    pub(crate) fn child(&self, key: &str) -> Option<Self> {
        let Value::Map(entries) = &self.node.value else { return None };
        entries.iter().find(|(entry, _)| entry.name == key).map(|(_, node)| self.of_key(key, node))
    }

    pub(crate) fn of_index(&self, index: usize, node: &'n Node) -> Self {
        Self { source: self.source, path: format!("{}[{index}]", self.path), node }
    }

    fn expected<T>(&self, what: &str, errors: &mut ConfigErrors) -> Option<T> {
        errors.push(self.error("type", format!("this is {}; {what} is expected", self.node.value.kind())));
        None
    }
}

impl ConfigError {
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Names the nearest known word, if one is near.
    pub(crate) fn did_you_mean<'k>(self, written: &str, known: impl IntoIterator<Item = &'k str>) -> Self {
        match nearest(written, known) {
            Some(word) => self.help(format!("did you mean `{word}`?")),
            None => self,
        }
    }
}

pub(crate) fn list<'n>(at: &At<'n>, errors: &mut ConfigErrors) -> Option<Vec<At<'n>>> {
    match &at.node.value {
        Value::List(items) => Some(items.iter().enumerate().map(|(index, node)| at.of_index(index, node)).collect()),
        _ => at.expected("a list", errors),
    }
}

pub(crate) fn map<'n>(at: &At<'n>, errors: &mut ConfigErrors) -> Option<&'n [(Key, Node)]> {
    match &at.node.value {
        Value::Map(entries) => Some(entries),
        _ => at.expected("a map", errors),
    }
}

/// A text that is not empty.
pub(crate) fn text<'n>(at: &At<'n>, errors: &mut ConfigErrors) -> Option<&'n str> {
    match &at.node.value {
        Value::Text(text) if text.is_empty() => {
            errors.push(at.error("empty", "this must not be empty"));
            None
        }
        Value::Text(text) => Some(text),
        _ => at.expected("a text", errors),
    }
}

/// What [`is_name`] asks for.
pub(crate) const NAME_RULE: &str =
    "a name has 1 to 100 characters: lower-case letters, digits, `.`, `_` and `-`, with a letter or digit first";

/// Whether this can stand in URLs, tables and file names.
pub(crate) fn is_name(text: &str) -> bool {
    let is_first = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_inner = |byte: u8| is_first(byte) || b"._-".contains(&byte);
    text.len() <= 100 && text.bytes().next().is_some_and(is_first) && text.bytes().all(is_inner)
}

pub(crate) fn not_a_name(text: &str) -> String {
    format!("`{}` is not a name", text.chars().take(100).collect::<String>())
}

pub(crate) fn name<'n>(at: &At<'n>, errors: &mut ConfigErrors) -> Option<&'n str> {
    let name = text(at, errors)?;
    if !is_name(name) {
        errors.push(at.error("name", not_a_name(name)).help(NAME_RULE));
        return None;
    }
    Some(name)
}

/// One of a few words.
pub(crate) fn word<T: Copy>(at: &At<'_>, words: &[(&str, T)], errors: &mut ConfigErrors) -> Option<T> {
    let written = text(at, errors)?;
    let found = words.iter().find(|(word, _)| *word == written).map(|(_, value)| *value);
    if found.is_none() {
        let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        let error = at.error("unknown-word", format!("`{written}` is not one of {}", known.join(", ")));
        errors.push(error.did_you_mean(written, words.iter().map(|(word, _)| *word)));
    }
    found
}

pub(crate) fn whole(at: &At<'_>, min: u32, max: u32, errors: &mut ConfigErrors) -> Option<u32> {
    let Value::Integer(written) = at.node.value else {
        return at.expected("a whole number", errors);
    };
    let value = u32::try_from(written).ok().filter(|value| (min..=max).contains(value));
    if value.is_none() {
        errors.push(at.error("range", format!("{written} is not within {min} and {max}")));
    }
    value
}

/// `true` or `false`.
pub(crate) fn boolean(at: &At<'_>, errors: &mut ConfigErrors) -> Option<bool> {
    match at.node.value {
        Value::Bool(value) => Some(value),
        _ => at.expected("`true` or `false`", errors),
    }
}

/// A number that is finite, whole or not.
pub(crate) fn number(at: &At<'_>, errors: &mut ConfigErrors) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a threshold beyond 2^53 is near enough")]
    let value = match at.node.value {
        Value::Integer(whole) => whole as f64,
        Value::Float(value) => value,
        _ => return at.expected("a number", errors),
    };
    if !value.is_finite() {
        errors.push(at.error("range", "this is not a finite number"));
        return None;
    }
    Some(value)
}

/// `1m30s`, within bounds.
pub(crate) fn duration(at: &At<'_>, min: Duration, max: Duration, errors: &mut ConfigErrors) -> Option<Duration> {
    let written = match &at.node.value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        _ => return at.expected("a duration such as `30s` or `1m30s`", errors),
    };
    let duration = match quantity::duration(&written) {
        Ok(duration) => duration,
        Err(problem) => {
            errors.push(at.error("duration", format!("`{written}` is not a duration: {problem}")));
            return None;
        }
    };
    if !duration.subsec_micros().is_multiple_of(1_000) {
        errors.push(at.error("duration", format!("{written} is finer than 1ms, the finest there is here")));
        return None;
    }
    if duration < min {
        errors
            .push(at.error("too-short", format!("{written} is too short; at least {} is needed", show_duration(min))));
        return None;
    }
    if duration > max {
        errors.push(at.error("too-long", format!("{written} is too long; at most {} is possible", show_duration(max))));
        return None;
    }
    Some(duration)
}

/// `512MiB`
pub(crate) fn bytes(at: &At<'_>, errors: &mut ConfigErrors) -> Option<u64> {
    let written = match &at.node.value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        _ => return at.expected("a size such as `512MiB`", errors),
    };
    match quantity::bytes(&written) {
        Ok(bytes) => Some(bytes),
        Err(problem) => {
            errors.push(at.error("size", format!("`{written}` is not a size: {problem}")));
            None
        }
    }
}

/// An IP address and a port.
pub(crate) fn socket_address(at: &At<'_>, errors: &mut ConfigErrors) -> Option<SocketAddr> {
    let written = text(at, errors)?;
    let address = written.parse().ok();
    if address.is_none() {
        let error = at.error("socket-address", format!("`{written}` is not an IP address with a port"));
        errors.push(error.help("write it as `127.0.0.1:7117` or `[::1]:7117`"));
    }
    address
}

pub(crate) fn truth(at: &At<'_>, errors: &mut ConfigErrors) -> Option<bool> {
    match at.node.value {
        Value::Bool(value) => Some(value),
        _ => at.expected("true or false", errors),
    }
}

/// An address of `http` or `https`.
pub(crate) fn web_url(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Url> {
    let written = text(at, errors)?;
    let url = Url::parse(written).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if url.is_none() {
        let error = at.error("url", format!("`{written}` is not an address of the web"));
        errors.push(error.help("write it as `https://host/path`"));
    }
    url
}

/// A path; a relative one is relative to the file that names it.
pub(crate) fn path(at: &At<'_>, errors: &mut ConfigErrors) -> Option<PathBuf> {
    let folder: &Path = &at.source.folder;
    Some(folder.join(text(at, errors)?))
}

/// Labels, sorted by name. Numbers and true or false count as the text they are written as.
pub(crate) fn labels(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Vec<Label>> {
    let mut labels = Vec::new();
    for (key, node) in map(at, errors)? {
        let value_at = at.of_key(&key.name, node);
        let value = match &node.value {
            Value::Text(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            Value::Bool(value) => value.to_string(),
            _ => {
                value_at.expected::<()>("a text", errors);
                continue;
            }
        };
        match observation::bad_label(&key.name, &value) {
            Some(message) => errors.push(at.error_at_key(key, "label", message)),
            None => labels.push((key.name.clone(), value)),
        }
    }
    if labels.len() > observation::LABELS_MAX {
        let message = format!("{} labels; at most {} are allowed", labels.len(), observation::LABELS_MAX);
        errors.push(at.error("too-many", message));
    }
    labels.sort();
    Some(labels)
}

/// A list with at least one entry and at most so many. What is wrong in one leaves that one out.
pub(crate) fn some<'n, T>(
    at: &At<'n>,
    max: usize,
    errors: &mut ConfigErrors,
    mut one: impl FnMut(&At<'n>, &mut ConfigErrors) -> Option<T>,
) -> Option<Vec<T>> {
    let entries = list(at, errors)?;
    if entries.is_empty() || entries.len() > max {
        let message = format!("{} entries; at least one and at most {max} are expected", entries.len());
        errors.push(at.error(if entries.is_empty() { "empty" } else { "too-many" }, message));
        return None;
    }
    Some(entries.iter().filter_map(|entry| one(entry, errors)).collect())
}

/// A text; a number, or true or false, counts as what is written.
pub(crate) fn written(at: &At<'_>, errors: &mut ConfigErrors) -> Option<String> {
    match &at.node.value {
        Value::Text(text) => Some(text.clone()),
        Value::Bool(_) | Value::Integer(_) | Value::Float(_) => Some(at.node.written.clone()),
        value => {
            errors.push(at.error("type", format!("this is {}; a text is expected", value.kind())));
            None
        }
    }
}

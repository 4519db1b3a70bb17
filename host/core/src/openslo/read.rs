//! OpenSLO's scalars: its duration shorthand, its numbers as they are written, the names of its objects.

use std::time::Duration;

use crate::config::ConfigErrors;
pub(super) use crate::config::read::{At, Fields, list, map, name, text};
use crate::config::tree::Value;

pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const DAY: Duration = Duration::from_secs(86_400);

/// Of a description, in characters; OpenSLO's own bound.
const DESCRIPTION_MAX: usize = 1_050;
/// Of names that do not stand in URLs, in bytes; OpenSLO's own bound.
const NAME_BYTES_MAX: usize = 255;
const NUMBER_MAX: u32 = 1_000_000;

/// A duration as it was written: `30d`, `1M`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) count: u32,
    pub(super) unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

const UNITS: [(&str, Unit); 7] = [
    ("m", Unit::Minute),
    ("h", Unit::Hour),
    ("d", Unit::Day),
    ("w", Unit::Week),
    ("M", Unit::Month),
    ("Q", Unit::Quarter),
    ("Y", Unit::Year),
];

impl Span {
    /// How long it is where it starts at no day of the calendar: a month has 30 days, a quarter 90, a year 365.
    pub(super) fn length(self) -> Duration {
        let unit = match self.unit {
            Unit::Minute => MINUTE,
            Unit::Hour => 60 * MINUTE,
            Unit::Day => DAY,
            Unit::Week => 7 * DAY,
            Unit::Month => 30 * DAY,
            Unit::Quarter => 90 * DAY,
            Unit::Year => 365 * DAY,
        };
        unit * self.count
    }
}

/// OpenSLO's duration shorthand: a whole number and one letter.
pub(super) fn span(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Span> {
    let span = span_or_zero(at, errors)?;
    if span.count == 0 {
        errors.push(at.error("too-short", "this is no time at all").help("write at least `1m`"));
        return None;
    }
    Some(span)
}

pub(super) fn span_or_zero(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Span> {
    let written = match &at.node.value {
        Value::Text(text) => text.as_str(),
        Value::Integer(_) => at.node.written.as_str(),
        value => {
            errors.push(at.error("type", format!("this is {}; a duration such as `30d` is expected", value.kind())));
            return None;
        }
    };
    let (number, unit) = written.split_at(written.find(|c: char| !c.is_ascii_digit()).unwrap_or(written.len()));
    let count = number.parse::<u32>().ok().filter(|count| *count <= NUMBER_MAX);
    let found = UNITS.iter().find(|(letter, _)| *letter == unit).map(|(_, unit)| *unit);
    if let (Some(count), Some(unit)) = (count, found) {
        return Some(Span { count, unit });
    }
    let error = at.error("duration", format!("`{written}` is not a duration of OpenSLO"));
    errors.push(error.help(match unit {
        "s" | "ms" => "its smallest unit is the minute, `1m`",
        "" => "add a unit: m, h, d, w, M (month), Q (quarter) or Y (year)",
        _ => "write one number and one of m, h, d, w, M (month), Q (quarter), Y (year): `30d`",
    }));
    None
}

/// A number as it stands in the file.
pub(super) fn written<'n>(at: &At<'n>, errors: &mut ConfigErrors) -> Option<&'n str> {
    match &at.node.value {
        Value::Integer(_) | Value::Float(_) => Some(&at.node.written),
        value => {
            errors.push(at.error("type", format!("this is {}; a number is expected", value.kind())));
            None
        }
    }
}

/// The name of an object that stands in no URL of ours: letters of both cases too.
pub(super) fn object_name<'n>(at: &At<'n>, errors: &mut ConfigErrors) -> Option<&'n str> {
    let name = text(at, errors)?;
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.len() > NAME_BYTES_MAX
        || !name.starts_with(|first: char| first.is_ascii_alphanumeric())
        || !name.bytes().all(is_inner)
    {
        let shown = name.chars().take(100).collect::<String>();
        let error = at.error("name", format!("`{shown}` is not a name"));
        errors.push(error.help("letters, digits, `-`, `_` and `.`, with a letter or digit first"));
        return None;
    }
    Some(name)
}

/// `description`, which every kind may have.
pub(super) fn description(fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> String {
    let read = |at: &At<'_>, errors: &mut ConfigErrors| {
        let text = text(at, errors)?;
        let length = text.chars().count();
        if length > DESCRIPTION_MAX {
            let message = format!("this has {length} characters; at most {DESCRIPTION_MAX} are allowed");
            errors.push(at.error("too-long", message));
        }
        Some(text.to_owned())
    };
    fields.optional("description", errors, read).unwrap_or_default()
}

/// Says of a key that is OpenSLO's, and not supported, what to do instead.
pub(super) fn refuse(fields: &mut Fields<'_>, key: &'static str, help: &str, errors: &mut ConfigErrors) {
    if let Some(at) = fields.get(key) {
        errors.push(at.error("unsupported", format!("`{key}` is not supported here")).help(help));
    }
}

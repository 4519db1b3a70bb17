//! Values as text: what an action prints, and `printf`.

mod number;
mod verb;

use std::fmt::Write as _;

use super::layout;
use super::value::{Pair, Value};

pub(super) use number::{fixed, shortest, significant};
pub(super) use verb::printf;

/// As `%v` writes it.
pub(super) fn display(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value);
    text
}

fn write(text: &mut String, value: &Value) {
    match value {
        // What Go prints where nothing is, so that its absence is seen.
        Value::Nil => text.push_str("<no value>"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Int(value) => text.push_str(&value.to_string()),
        Value::Float(value) => text.push_str(&shortest(*value)),
        Value::Text(value) | Value::Markup(value) | Value::Address(value) => text.push_str(value),
        Value::Time(moment) => text.push_str(&layout::format(moment, "2006-01-02 15:04:05.999999999 -0700 MST")),
        Value::Duration(nanos) => text.push_str(&duration(*nanos)),
        Value::List(list) => between(text, '[', ']', list.iter(), write),
        Value::Map(map) => between(text, "map[", ']', map.iter(), |text, (name, value)| {
            text.push_str(name);
            text.push(':');
            write(text, value);
        }),
        Value::Labels(labels) => pairs(text, &super::value::sorted_pairs(labels)),
        Value::Pairs(list) => pairs(text, list),
        Value::Pair(pair) => {
            let _infallible = write!(text, "{{{} {}}}", pair.name, pair.value);
        }
        Value::Alerts(alerts) => between(text, '[', ']', alerts.iter(), |text, alert| {
            write(text, &Value::Alert(std::sync::Arc::clone(alert)));
        }),
        Value::Alert(_) => members(
            text,
            value,
            &["Status", "Labels", "Annotations", "StartsAt", "EndsAt", "GeneratorURL", "Fingerprint"],
        ),
        Value::Data(_) => {
            let names =
                ["Receiver", "Status", "Alerts", "GroupLabels", "CommonLabels", "CommonAnnotations", "ExternalURL"];
            members(text, value, &names);
        }
        Value::Finding(_) => members(text, value, &["Labels", "ExternalLabels", "ExternalURL", "Value"]),
    }
}

fn members(text: &mut String, of: &Value, names: &[&str]) {
    between(text, '{', '}', names.iter(), |text, name| {
        write(text, &super::member::member(of, name, &[]).unwrap_or(Value::Nil));
    });
}

fn between<O: std::fmt::Display, T>(
    text: &mut String,
    open: O,
    close: char,
    items: impl Iterator<Item = T>,
    mut item: impl FnMut(&mut String, T),
) {
    let _infallible = write!(text, "{open}");
    for (at, value) in items.enumerate() {
        if at > 0 {
            text.push(' ');
        }
        item(text, value);
    }
    text.push(close);
}

fn pairs(text: &mut String, pairs: &[Pair]) {
    for (at, pair) in pairs.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        let _infallible = write!(text, "{comma}{}={}", pair.name, pair.value);
    }
}

/// Go's way with durations: `1h15m30.918s`.
pub(super) fn duration(nanos: i64) -> String {
    let ahead = nanos.unsigned_abs();
    let sign = if nanos < 0 { "-" } else { "" };
    let part = |unit: u64, digits: usize| {
        let fraction = format!("{:0digits$}", ahead % unit);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{}{point}{fraction}", ahead / unit)
    };
    match ahead {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{ahead}ns"),
        1_000..1_000_000 => format!("{sign}{}µs", part(1_000, 3)),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", part(1_000_000, 6)),
        _ => {
            let whole = ahead / 1_000_000_000;
            let (hours, minutes) = (whole / 3_600, whole / 60 % 60);
            let seconds = (ahead % 60_000_000_000, whole % 60);
            let fraction = format!("{:09}", seconds.0 % 1_000_000_000);
            let fraction = fraction.trim_end_matches('0');
            let point = if fraction.is_empty() { "" } else { "." };
            let seconds = format!("{}{point}{fraction}s", seconds.1);
            match (hours, minutes) {
                (0, 0) => format!("{sign}{seconds}"),
                (0, minutes) => format!("{sign}{minutes}m{seconds}"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}"),
            }
        }
    }
}

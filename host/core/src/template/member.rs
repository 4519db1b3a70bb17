//! Fields and methods: what may stand behind a dot.

use std::sync::Arc;

use super::data::{Alert, Data, Finding, ZERO};
use super::value::{Moment, Pair, Value, sorted_pairs};
use super::{layout, print};
use crate::alert::AlertStatus;
use crate::nearest::nearest;
use crate::time::Timestamp;

/// What `.name` of the value is; `arguments` are given to methods alone.
pub(super) fn member(of: &Value, name: &str, arguments: &[Value]) -> Result<Value, String> {
    if let Some(value) = field(of, name)? {
        return if arguments.is_empty() {
            Ok(value)
        } else {
            Err(format!("`{name}` is not a method, so it takes no arguments"))
        };
    }
    match method(of, name, arguments) {
        Some(result) => result,
        None => Err(unknown(of, name)),
    }
}

/// The names behind a dot that a value of this kind knows; any name will do where it holds labels.
fn names(of: &Value) -> &'static [&'static str] {
    match of {
        Value::Data(_) => {
            &["Receiver", "Status", "Alerts", "GroupLabels", "CommonLabels", "CommonAnnotations", "ExternalURL"]
        }
        Value::Alert(_) => &["Status", "Labels", "Annotations", "StartsAt", "EndsAt", "GeneratorURL", "Fingerprint"],
        Value::Alerts(_) => &["Firing", "Resolved"],
        Value::Pair(_) => &["Name", "Value"],
        Value::Pairs(_) => &["Names", "Values", "String"],
        Value::Finding(_) => &["Labels", "Value", "ExternalLabels", "ExternalURL"],
        Value::Time(_) => &[
            "Add",
            "After",
            "Before",
            "Day",
            "Equal",
            "Format",
            "Hour",
            "IsZero",
            "Local",
            "Minute",
            "Month",
            "Second",
            "String",
            "Sub",
            "UTC",
            "Unix",
            "UnixMilli",
            "Weekday",
            "Year",
            "YearDay",
        ],
        Value::Duration(_) => &["Hours", "Milliseconds", "Minutes", "Round", "Seconds", "String", "Truncate"],
        _ => &[],
    }
}

fn unknown(of: &Value, name: &str) -> String {
    let kind = of.kind();
    match (names(of), nearest(name, names(of).iter().copied())) {
        (_, Some(known)) => format!("{kind} has no `{name}`; did you mean `{known}`?"),
        ([], None) => format!("{kind} has no fields, so no `{name}`"),
        (known, None) => format!("{kind} has no `{name}`; it has {}", known.join(", ")),
    }
}

fn field(of: &Value, name: &str) -> Result<Option<Value>, String> {
    Ok(match of {
        Value::Data(data) => data_field(data, name),
        Value::Alert(alert) => alert_field(alert, name),
        Value::Finding(finding) => finding_field(finding, name),
        Value::Pair(pair) => match name {
            "Name" => Some(Value::Text(Arc::clone(&pair.name))),
            "Value" => Some(Value::Text(Arc::clone(&pair.value))),
            _ => None,
        },
        // Its own methods hide labels of their names.
        Value::Labels(_) if matches!(name, "SortedPairs" | "Remove" | "Names" | "Values" | "String") => None,
        Value::Labels(labels) => Some(labels.get(name).into()),
        Value::Map(map) => Some(map.get(name).cloned().unwrap_or(Value::Nil)),
        Value::Nil => return Err(format!("there is no value here to take `{name}` of")),
        _ => None,
    })
}

fn data_field(data: &Data, name: &str) -> Option<Value> {
    Some(match name {
        "Receiver" => data.receiver.as_str().into(),
        "Status" => data.status.as_str().into(),
        "Alerts" => Value::Alerts(Arc::clone(&data.alerts)),
        "GroupLabels" => Value::Labels(data.group_labels.clone()),
        "CommonLabels" => Value::Labels(data.common_labels.clone()),
        "CommonAnnotations" => Value::Labels(data.common_annotations.clone()),
        "ExternalURL" => data.external_url.as_str().into(),
        _ => return None,
    })
}

fn alert_field(alert: &Alert, name: &str) -> Option<Value> {
    Some(match name {
        "Status" => alert.status.as_str().into(),
        "Labels" => Value::Labels(alert.labels.clone()),
        "Annotations" => Value::Labels(alert.annotations.clone()),
        "StartsAt" => Value::Time(Moment::utc(alert.starts_at)),
        "EndsAt" => Value::Time(Moment::utc(alert.ends_at.unwrap_or(ZERO))),
        "GeneratorURL" => alert.generator_url.as_str().into(),
        "Fingerprint" => alert.fingerprint.to_string().into(),
        _ => return None,
    })
}

fn finding_field(finding: &Finding, name: &str) -> Option<Value> {
    Some(match name {
        "Labels" => Value::Labels(finding.labels.clone()),
        "Value" => Value::Float(finding.value),
        "ExternalLabels" => Value::Labels(finding.external_labels.clone()),
        "ExternalURL" => finding.external_url.as_str().into(),
        _ => return None,
    })
}

type Called = Option<Result<Value, String>>;

fn method(of: &Value, name: &str, arguments: &[Value]) -> Called {
    match (of, name, arguments) {
        (Value::Labels(labels), "SortedPairs", []) => Some(Ok(Value::Pairs(Arc::new(sorted_pairs(labels))))),
        (Value::Labels(labels), "Names", []) => Some(Ok(pair_names(&sorted_pairs(labels)))),
        (Value::Labels(labels), "Values", []) => Some(Ok(pair_values(&sorted_pairs(labels)))),
        (Value::Labels(labels), "Remove", [Value::List(unwanted)]) => {
            let kept = labels.filtered(|name| !unwanted.iter().any(|unwanted| unwanted.text() == Some(name)));
            Some(Ok(Value::Labels(kept)))
        }
        (Value::Labels(_), "Remove", _) => {
            Some(Err("`Remove` takes one list: `.Remove (stringSlice \"a\" \"b\")`".to_owned()))
        }
        (Value::Labels(_) | Value::Pairs(_), "String", []) => Some(Ok(print::display(of).into())),
        (Value::Pairs(pairs), "Names", []) => Some(Ok(pair_names(pairs))),
        (Value::Pairs(pairs), "Values", []) => Some(Ok(pair_values(pairs))),
        (Value::Alerts(alerts), "Firing", []) => Some(Ok(those_that_are(alerts, AlertStatus::Firing))),
        (Value::Alerts(alerts), "Resolved", []) => Some(Ok(those_that_are(alerts, AlertStatus::Resolved))),
        (Value::Time(moment), _, _) if names(of).contains(&name) => Some(of_time(moment, name, arguments)),
        (Value::Duration(nanos), _, _) if names(of).contains(&name) => Some(of_duration(*nanos, name, arguments)),
        _ if !arguments.is_empty() && names(of).contains(&name) => Some(Err(format!("`{name}` takes no arguments"))),
        _ => None,
    }
}

fn pair_names(pairs: &[Pair]) -> Value {
    Value::List(Arc::new(pairs.iter().map(|pair| Value::Text(Arc::clone(&pair.name))).collect()))
}

fn pair_values(pairs: &[Pair]) -> Value {
    Value::List(Arc::new(pairs.iter().map(|pair| Value::Text(Arc::clone(&pair.value))).collect()))
}

fn those_that_are(alerts: &[Arc<Alert>], status: AlertStatus) -> Value {
    Value::Alerts(Arc::new(alerts.iter().filter(|alert| alert.status == status).map(Arc::clone).collect()))
}

fn of_time(moment: &Moment, name: &str, arguments: &[Value]) -> Result<Value, String> {
    let at = moment.at.as_millis();
    let here = layout::zoned(moment);
    let number = |value: i64| Ok(Value::Int(value));
    match (name, arguments) {
        ("Format", [layout]) => {
            let layout = layout.text().ok_or("`Format` takes a layout such as \"2006-01-02 15:04\"")?;
            Ok(layout::format(moment, layout).into())
        }
        ("Add", [by]) => {
            let by = nanoseconds(by)?;
            let at = Timestamp::from_millis(at.saturating_add(by / 1_000_000));
            Ok(Value::Time(Moment { at, zone: moment.zone.clone() }))
        }
        ("Sub", [Value::Time(other)]) => {
            Ok(Value::Duration(at.saturating_sub(other.at.as_millis()).saturating_mul(1_000_000)))
        }
        ("Before", [Value::Time(other)]) => Ok(Value::Bool(moment.at < other.at)),
        ("After", [Value::Time(other)]) => Ok(Value::Bool(moment.at > other.at)),
        ("Equal", [Value::Time(other)]) => Ok(Value::Bool(moment.at == other.at)),
        ("IsZero", []) => Ok(Value::Bool(moment.at == ZERO)),
        // A node's own zone is not the reader's: local time is UTC unless a template says `tz`.
        ("UTC" | "Local", []) => Ok(Value::Time(Moment::utc(moment.at))),
        ("Unix", []) => number(at.div_euclid(1_000)),
        ("UnixMilli", []) => number(at),
        ("Year", []) => number(i64::from(here.year())),
        ("Month", []) => Ok(layout::format(moment, "January").into()),
        ("Day", []) => number(i64::from(here.day())),
        ("Weekday", []) => Ok(layout::format(moment, "Monday").into()),
        ("YearDay", []) => number(i64::from(here.day_of_year())),
        ("Hour", []) => number(i64::from(here.hour())),
        ("Minute", []) => number(i64::from(here.minute())),
        ("Second", []) => number(i64::from(here.second())),
        ("String", []) => Ok(print::display(&Value::Time(moment.clone())).into()),
        _ => Err(format!("`{name}` of a time does not take these arguments")),
    }
}

fn nanoseconds(value: &Value) -> Result<i64, String> {
    match value {
        Value::Duration(nanos) | Value::Int(nanos) => Ok(*nanos),
        #[expect(clippy::cast_possible_truncation, reason = "whole, and within what an i64 holds")]
        Value::Float(nanos) if nanos.fract() == 0.0 && nanos.abs() < 9e18 => Ok(*nanos as i64),
        other => Err(format!("a duration in nanoseconds is expected here, not {}", other.kind())),
    }
}

#[expect(clippy::cast_precision_loss, reason = "as Go's own methods")]
fn of_duration(nanos: i64, name: &str, arguments: &[Value]) -> Result<Value, String> {
    let seconds = nanos as f64 / 1e9;
    match (name, arguments) {
        ("Hours", []) => Ok(Value::Float(seconds / 3_600.0)),
        ("Minutes", []) => Ok(Value::Float(seconds / 60.0)),
        ("Seconds", []) => Ok(Value::Float(seconds)),
        ("Milliseconds", []) => Ok(Value::Int(nanos / 1_000_000)),
        ("String", []) => Ok(print::duration(nanos).into()),
        ("Truncate" | "Round", [to]) => {
            let to = nanoseconds(to)?;
            if to <= 0 {
                return Ok(Value::Duration(nanos));
            }
            let rest = nanos % to;
            let down = nanos - rest;
            let up = name == "Round" && rest.saturating_abs() >= to - rest.saturating_abs();
            Ok(Value::Duration(if up { down.saturating_add(to.saturating_mul(nanos.signum())) } else { down }))
        }
        _ => Err(format!("`{name}` of a duration does not take these arguments")),
    }
}

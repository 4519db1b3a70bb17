//! Numbers for people, as Prometheus writes them.

use crate::template::context::Context;
use crate::template::print::{fixed, significant};
use crate::template::value::Value;

type Answer = Result<Value, String>;

const LARGE: [&str; 8] = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const LARGE_1024: [&str; 8] = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];
const SMALL: [&str; 8] = ["m", "u", "n", "p", "f", "a", "z", "y"];

/// The argument as a number: one, a text that is one, or a duration in seconds.
#[expect(clippy::cast_precision_loss, reason = "as Prometheus converts")]
pub(super) fn number(arguments: &[Value], function: &str) -> Result<f64, String> {
    match arguments.first() {
        Some(Value::Float(value)) => Ok(*value),
        Some(Value::Int(value)) => Ok(*value as f64),
        Some(Value::Duration(nanos)) => Ok(*nanos as f64 / 1e9),
        Some(Value::Text(text)) => text.parse().map_err(|_| format!("`{function}` takes a number, not \"{text}\"")),
        other => Err(format!("`{function}` takes a number, not {}", other.map_or("nil", Value::kind))),
    }
}

pub(super) fn humanize(_: &mut Context, arguments: &[Value]) -> Answer {
    let value = number(arguments, "humanize")?;
    if value == 0.0 || !value.is_finite() {
        return Ok(significant(value, 4).into());
    }
    let (value, prefix) = if value.abs() >= 1.0 { scaled_down(value, &LARGE, 1_000.0) } else { scaled_up(value) };
    Ok(format!("{}{prefix}", significant(value, 4)).into())
}

pub(super) fn humanize_1024(_: &mut Context, arguments: &[Value]) -> Answer {
    let value = number(arguments, "humanize1024")?;
    if value.abs() <= 1.0 || !value.is_finite() {
        return Ok(significant(value, 4).into());
    }
    let (value, prefix) = scaled_down(value, &LARGE_1024, 1_024.0);
    Ok(format!("{}{prefix}", significant(value, 4)).into())
}

pub(super) fn humanize_percentage(_: &mut Context, arguments: &[Value]) -> Answer {
    Ok(format!("{}%", significant(number(arguments, "humanizePercentage")? * 100.0, 4)).into())
}

pub(super) fn humanize_duration(_: &mut Context, arguments: &[Value]) -> Answer {
    let value = number(arguments, "humanizeDuration")?;
    Ok(duration(value).into())
}

fn duration(value: f64) -> String {
    if !value.is_finite() {
        return significant(value, 4);
    }
    if value == 0.0 {
        return "0s".to_owned();
    }
    if value.abs() < 1.0 {
        let (value, prefix) = scaled_up(value);
        return format!("{}{prefix}s", significant(value, 4));
    }
    let sign = if value < 0.0 { "-" } else { "" };
    let whole = value.abs().trunc();
    let part = |unit: f64, of: f64| fixed((whole / unit).trunc() % of, 0);
    let (days, hours, minutes) = (fixed((whole / 86_400.0).trunc(), 0), part(3_600.0, 24.0), part(60.0, 60.0));
    let seconds = fixed(whole % 60.0, 0);
    match whole {
        86_400.0.. => format!("{sign}{days}d {hours}h {minutes}m {seconds}s"),
        3_600.0.. => format!("{sign}{hours}h {minutes}m {seconds}s"),
        60.0.. => format!("{sign}{minutes}m {seconds}s"),
        _ => format!("{sign}{}s", significant(value.abs(), 4)),
    }
}

fn scaled_down(mut value: f64, prefixes: &[&'static str], step: f64) -> (f64, &'static str) {
    let mut prefix = "";
    for next in prefixes {
        if value.abs() < step {
            break;
        }
        prefix = next;
        value /= step;
    }
    (value, prefix)
}

fn scaled_up(mut value: f64) -> (f64, &'static str) {
    let mut prefix = "";
    for next in SMALL {
        if value.abs() >= 1.0 {
            break;
        }
        prefix = next;
        value *= 1_000.0;
    }
    (value, prefix)
}

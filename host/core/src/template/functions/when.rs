//! Times and durations.

use jiff::tz::TimeZone;

use super::measure::number;
use super::text_of;
use crate::schedule::zones;
use crate::template::context::Context;
use crate::template::layout;
use crate::template::print::{display, significant};
use crate::template::value::{Moment, Value};
use crate::time::Timestamp;

type Answer = Result<Value, String>;

fn moment<'v>(arguments: &'v [Value], at: usize, function: &str) -> Result<&'v Moment, String> {
    match arguments.get(at) {
        Some(Value::Time(moment)) => Ok(moment),
        other => Err(format!("`{function}` takes a time, not {}", other.map_or("nil", Value::kind))),
    }
}

pub(super) fn date(_: &mut Context, arguments: &[Value]) -> Answer {
    Ok(layout::format(moment(arguments, 1, "date")?, text_of(arguments, 0, "date")?).into())
}

pub(super) fn tz(_: &mut Context, arguments: &[Value]) -> Answer {
    let at = moment(arguments, 1, "tz")?.at;
    Ok(Value::Time(Moment { at, zone: zone(text_of(arguments, 0, "tz")?)? }))
}

pub(super) fn check_zone(name: &str) -> Result<(), String> {
    zone(name).map(drop)
}

fn zone(name: &str) -> Result<TimeZone, String> {
    if matches!(name, "" | "Local" | "UTC") {
        return Ok(TimeZone::UTC);
    }
    zones::find(name).ok_or_else(|| match zones::suggest(name) {
        Some(meant) => format!("unknown time zone `{name}`; did you mean `{meant}`?"),
        None => format!("unknown time zone `{name}`; one is named like Europe/Vienna"),
    })
}

pub(super) fn since(context: &mut Context, arguments: &[Value]) -> Answer {
    let at = moment(arguments, 0, "since")?.at.as_millis();
    Ok(Value::Duration(context.now.as_millis().saturating_sub(at).saturating_mul(1_000_000)))
}

#[expect(clippy::cast_precision_loss, reason = "seconds of our time fit")]
pub(super) fn now(context: &mut Context, _: &[Value]) -> Answer {
    Ok(Value::Float(context.now.as_millis() as f64 / 1e3))
}

/// Seconds since the epoch as a time; what is none is shown as the number it is.
#[expect(clippy::cast_possible_truncation, reason = "saturates, and a time out of range is refused")]
fn time_of(seconds: f64) -> Result<Moment, String> {
    let millis = (seconds * 1e3).round();
    if millis.abs() > 2.5e14 || millis.is_nan() {
        return Err(format!("{} is out of the range of times", significant(seconds, 4)));
    }
    Ok(Moment::utc(Timestamp::from_millis(millis as i64)))
}

pub(super) fn to_time(_: &mut Context, arguments: &[Value]) -> Answer {
    time_of(number(arguments, "toTime")?).map(Value::Time)
}

pub(super) fn humanize_timestamp(_: &mut Context, arguments: &[Value]) -> Answer {
    let seconds = number(arguments, "humanizeTimestamp")?;
    if !seconds.is_finite() {
        return Ok(significant(seconds, 4).into());
    }
    Ok(display(&Value::Time(time_of(seconds)?)).into())
}

#[expect(clippy::cast_possible_truncation, reason = "saturates")]
pub(super) fn to_duration(_: &mut Context, arguments: &[Value]) -> Answer {
    Ok(Value::Duration((number(arguments, "toDuration")? * 1e9) as i64))
}

/// Prometheus's own durations, such as `1d12h`, in seconds.
pub(super) fn parse_duration(_: &mut Context, arguments: &[Value]) -> Answer {
    let written = text_of(arguments, 0, "parseDuration")?;
    let wrong = || format!("\"{written}\" is not a duration such as 1d12h");
    let (mut rest, mut seconds, mut before) = (written.strip_prefix('-').unwrap_or(written), 0.0, usize::MAX);
    if rest == "0" {
        return Ok(Value::Float(0.0));
    }
    // The largest unit last: each may follow only a larger one.
    let units = [
        ("ms", 0.001),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3_600.0),
        ("d", 86_400.0),
        ("w", 604_800.0),
        ("y", 31_536_000.0),
    ];
    while !rest.is_empty() {
        let digits = rest.find(|next: char| !next.is_ascii_digit()).ok_or_else(wrong)?;
        let (count, after) = rest.split_at_checked(digits).ok_or_else(wrong)?;
        let count: f64 = count.parse().map_err(|_| wrong())?;
        let letters = after.find(|next: char| next.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at_checked(letters).ok_or_else(wrong)?;
        let place =
            units.iter().position(|(name, _)| *name == unit).filter(|place| *place < before).ok_or_else(wrong)?;
        seconds += count * units.get(place).map_or(0.0, |(_, length)| *length);
        (rest, before) = (next, place);
    }
    if written.is_empty() {
        Err(wrong())
    } else {
        Ok(Value::Float(if written.starts_with('-') { -seconds } else { seconds }))
    }
}

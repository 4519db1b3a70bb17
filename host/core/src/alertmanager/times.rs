//! Time intervals as they are written: names of days and months, ranges with a colon, times of day.

use jiff::tz::TimeZone;

use super::read::{At, Fields, list, needed, text};
use crate::config::{ConfigError, ConfigErrors};
use crate::interval::{Minutes, Period, Range, TimeInterval};
use crate::schedule::zones;

const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// One entry of `time_intervals`: its name and its periods.
pub(super) fn read(at: &At<'_>, errors: &mut ConfigErrors) -> Option<(String, TimeInterval)> {
    let mut fields = Fields::of(at, errors)?;
    let name = needed(&mut fields, "name", errors);
    let periods = fields.optional("time_intervals", errors, list).unwrap_or_default();
    let periods = periods.iter().filter_map(|at| period(at, errors)).collect();
    fields.finish(errors);
    Some((name?, TimeInterval { periods }))
}

fn period(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Period> {
    let mut fields = Fields::of(at, errors)?;
    let period = Period {
        times: field(&mut fields, "times", times, errors),
        weekdays: field(&mut fields, "weekdays", weekdays, errors),
        days_of_month: field(&mut fields, "days_of_month", days_of_month, errors),
        months: field(&mut fields, "months", months, errors),
        years: field(&mut fields, "years", years, errors),
        zone: fields.optional("location", errors, location).unwrap_or(TimeZone::UTC),
    };
    fields.finish(errors);
    Some(period)
}

/// A list that, where it is given, holds something: Alertmanager's documentation says of an empty one that it holds always,
/// its code that it holds never.
fn field<T>(
    fields: &mut Fields<'_>,
    key: &'static str,
    read: impl Fn(&At<'_>, &mut ConfigErrors) -> Option<T>,
    errors: &mut ConfigErrors,
) -> Vec<T> {
    let Some(at) = fields.get(key) else { return Vec::new() };
    let items = list(&at, errors);
    if items.as_ref().is_some_and(Vec::is_empty) {
        errors.push(at.error("empty", "this must not be empty").help(format!("leave `{key}` out if all count")));
    }
    items.unwrap_or_default().iter().filter_map(|at| read(at, errors)).collect()
}

fn times(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Minutes> {
    let mut fields = Fields::of(at, errors)?;
    let start = fields.required("start_time", errors, minute);
    let end = fields.required("end_time", errors, minute);
    fields.finish(errors);
    let (start, end) = (start?, end?);
    if start >= end {
        let error = at.error("range", "the end is not after the start");
        errors.push(error.help("for a range over midnight write two, one to `24:00` and one from `00:00`"));
        return None;
    }
    Some(Minutes { start, end })
}

/// `HH:MM`, to `24:00`.
fn minute(at: &At<'_>, errors: &mut ConfigErrors) -> Option<u16> {
    let written = text(at, errors)?;
    let minute = parse_minute(&written);
    if minute.is_none() {
        let error = at.error("time", format!("`{written}` is not a time of day"));
        errors.push(error.help("write it as `09:00`, from `00:00` to `24:00`"));
    }
    minute
}

fn parse_minute(written: &str) -> Option<u16> {
    let (hour, minute) = written.split_once(':')?;
    let number = |text: &str| {
        let is_two_digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_two_digits.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= Minutes::DAY).then_some(total)
}

fn weekdays(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Range> {
    range(at, "a day of the week", "write it as `monday` or `monday:friday`", |word| index(word, &WEEKDAYS, 0), errors)
        .and_then(|range| in_order(at, range, "the week starts with Sunday: write two ranges", errors))
}

fn months(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Range> {
    let month = |word: &str| index(word, &MONTHS, 1).or_else(|| number(word, 1, 12));
    range(at, "a month", "write it as `january`, `1` or `january:march`", month, errors)
        .and_then(|range| in_order(at, range, "write two ranges", errors))
}

fn years(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Range> {
    range(at, "a year", "write it as `2026` or `2026:2028`", |word| number(word, 0, 9_999), errors)
        .and_then(|range| in_order(at, range, "the earlier year comes first", errors))
}

fn days_of_month(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Range> {
    const WAY_OUT: &str = "write it as `1`, `1:5` or, from the month's end, `-3:-1`";
    let day = |word: &str| number(word, -31, 31).filter(|day| *day != 0);
    let range = range(at, "a day of the month", WAY_OUT, day, errors)?;
    if range.first < 0 && range.last > 0 {
        errors.push(at.error("range", "a range from the month's end must end there too").help(WAY_OUT));
        return None;
    }
    // As in Alertmanager by the shortest month, so that it is in order in every month.
    let from_start = |day: i16| if day < 0 { day + 28 } else { day };
    if from_start(range.first) > from_start(range.last) {
        errors.push(at.error("range", "the end is before the start").help(WAY_OUT));
        return None;
    }
    Some(range)
}

/// One member, or two with a colon between.
fn range(
    at: &At<'_>,
    what: &str,
    help: &str,
    member: impl Fn(&str) -> Option<i16>,
    errors: &mut ConfigErrors,
) -> Option<Range> {
    let written = text(at, errors)?;
    let (first, last) = written.split_once(':').unwrap_or((&written, &written));
    let mut read = |word: &str| {
        let value = member(&word.to_lowercase());
        if value.is_none() {
            errors.push(at.error("unknown-word", format!("`{word}` is not {what}")).help(help));
        }
        value
    };
    let first_value = read(first);
    // A single wrong word is one error.
    let last_value = if first == last { first_value } else { read(last) };
    Some(Range { first: first_value?, last: last_value? })
}

fn in_order(at: &At<'_>, range: Range, help: &str, errors: &mut ConfigErrors) -> Option<Range> {
    if range.first > range.last {
        errors.push(at.error("range", "the end is before the start").help(help));
        return None;
    }
    Some(range)
}

fn index(word: &str, words: &[&str], first: i16) -> Option<i16> {
    let index = words.iter().position(|known| *known == word)?;
    Some(first + i16::try_from(index).ok()?)
}

fn number(word: &str, min: i16, max: i16) -> Option<i16> {
    word.parse().ok().filter(|number| (min..=max).contains(number))
}

fn location(at: &At<'_>, errors: &mut ConfigErrors) -> Option<TimeZone> {
    let name = text(at, errors)?;
    if name.is_empty() || name == "UTC" {
        return Some(TimeZone::UTC);
    }
    if name == "Local" {
        let error = at.error("unsupported", "`Local` is not supported here: it is another on each machine");
        errors.push(error.help("write the zone's name, such as `Europe/Vienna`"));
        return None;
    }
    let zone = zones::find(&name);
    if zone.is_none() {
        errors.push(unknown_zone(at, &name));
    }
    zone
}

fn unknown_zone(at: &At<'_>, name: &str) -> ConfigError {
    let error = at.error("time-zone", format!("there is no time zone `{name}`"));
    match zones::suggest(name) {
        Some(known) => error.help(format!("did you mean `{known}`?")),
        None => error,
    }
}

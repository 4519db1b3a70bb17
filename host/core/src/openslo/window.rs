//! `timeWindow`: the time over which an SLO holds, rolling or by the calendar.

use jiff::civil::{DateTime, Weekday};

use super::read::{At, DAY, Fields, Span, Unit, list, span, text};
use crate::config::ConfigErrors;
use crate::config::read::truth;
use crate::slo::{CalendarUnit, Period};
use crate::zone::Zone;

/// In days.
const ROLLING_MAX: u32 = 366;

/// Exactly one window; with how it was written.
pub(super) fn read(at: &At<'_>, errors: &mut ConfigErrors) -> Option<(Period, Span)> {
    let windows = list(at, errors)?;
    let [window] = windows.as_slice() else {
        let message = format!("{} windows; exactly one is expected", windows.len());
        errors.push(at.error("one-of", message).help("another window is another SLO"));
        return None;
    };
    let mut fields = Fields::of(window, errors)?;
    let duration_at = fields.get("duration");
    let span = fields.required("duration", errors, span);
    let calendar = fields.get("calendar");
    let is_rolling = fields.optional("isRolling", errors, truth).unwrap_or(calendar.is_none());
    fields.finish(errors);
    let (span, duration_at) = (span?, duration_at?);
    let period = match (is_rolling, calendar) {
        (true, None) => rolling(span, &duration_at, errors),
        (false, Some(calendar)) => by_calendar(span, &duration_at, &calendar, errors),
        (true, Some(calendar)) => {
            let error = calendar.error("one-of", "a rolling window has no `calendar`");
            errors.push(error.help("remove `calendar`, or write `isRolling: false`"));
            None
        }
        (false, None) => {
            let error = window.error("missing-key", "a window that does not roll needs `calendar`");
            errors.push(error.help("add `calendar: {timeZone: Europe/Vienna}`, or write `isRolling: true`"));
            None
        }
    };
    Some((period?, span))
}

fn rolling(span: Span, at: &At<'_>, errors: &mut ConfigErrors) -> Option<Period> {
    let length = span.length();
    if length > ROLLING_MAX * DAY {
        errors.push(at.error("too-long", "this is longer than a year").help("write at most `366d` or `1Y`"));
        return None;
    }
    Some(Period::Rolling(length))
}

fn by_calendar(span: Span, at: &At<'_>, calendar: &At<'_>, errors: &mut ConfigErrors) -> Option<Period> {
    let unit = match span {
        Span { count: 1, unit: Unit::Day } => Some(CalendarUnit::Day),
        Span { count: 1, unit: Unit::Week } => Some(CalendarUnit::Week),
        Span { count: 1, unit: Unit::Month } => Some(CalendarUnit::Month),
        Span { count: 1, unit: Unit::Quarter } => Some(CalendarUnit::Quarter),
        Span { count: 1, unit: Unit::Year } => Some(CalendarUnit::Year),
        _ => None,
    };
    if unit.is_none() {
        let error = at.error("calendar", "the calendar has no such window");
        errors.push(error.help("write `1d`, `1w`, `1M`, `1Q` or `1Y`, or let it roll"));
    }
    let mut fields = Fields::of(calendar, errors)?;
    let zone = match fields.get("timeZone") {
        Some(at) => zone(&at, errors),
        None => {
            let error = calendar.error("time-zone", "the calendar has no time zone, so nobody knows when a day begins");
            errors.push(error.help("add `timeZone: Europe/Vienna`, for example"));
            None
        }
    };
    if let (Some(at), Some(unit)) = (fields.get("startTime"), unit) {
        start(&at, unit, errors);
    }
    fields.finish(errors);
    Some(Period::Calendar { unit: unit?, zone: zone? })
}

fn zone(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Zone> {
    let name = text(at, errors)?;
    match Zone::find(name) {
        Ok(zone) => Some(zone),
        Err(unknown) => {
            let help = match &unknown.nearest {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "write an IANA name such as `Europe/Vienna`".to_owned(),
            };
            errors.push(at.error("time-zone", unknown.to_string()).help(help));
            None
        }
    }
}

/// OpenSLO lets windows begin anywhere. Ours begin where the calendar's do; a start must agree.
fn start(at: &At<'_>, unit: CalendarUnit, errors: &mut ConfigErrors) {
    let Some(written) = text(at, errors) else { return };
    let Ok(start) = written.parse::<DateTime>() else {
        let error = at.error("start-time", format!("`{written}` is not a date and time without a time zone"));
        errors.push(error.help("write it as `2026-01-01 00:00:00`"));
        return;
    };
    let is_day = start.time() == jiff::civil::Time::midnight();
    let (agrees, first) = match unit {
        CalendarUnit::Day => (true, "midnight"),
        CalendarUnit::Week => (start.weekday() == Weekday::Monday, "midnight of a Monday"),
        CalendarUnit::Month => (start.day() == 1, "midnight of a month's first day"),
        CalendarUnit::Quarter => (
            start.day() == 1 && start.month().checked_rem(3) == Some(1),
            "midnight of the first day of January, April, July or October",
        ),
        CalendarUnit::Year => (start.day() == 1 && start.month() == 1, "midnight of January the first"),
    };
    if !(is_day && agrees) {
        let error = at.error("start-time", format!("windows of this length begin at {first}"));
        errors.push(error.help("move `startTime` there, or leave it out"));
    }
}

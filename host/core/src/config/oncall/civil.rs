//! Time as people write it: zones, moments, times of the day, days of the week, hours of the week.

use jiff::civil::{DateTime, Weekday};

use super::super::error::ConfigErrors;
use super::super::read::{self, At, Fields};
use super::super::tree::Value;
use super::some;
use crate::hours::{DailyRange, Days, Hours, TimeOfDay};
use crate::time::Timestamp;
use crate::zone::{YEARS, Zone};

const RANGES_MAX: usize = 50;

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

pub(super) fn zone(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Zone> {
    let name = read::text(at, errors)?;
    let unknown = match Zone::find(name) {
        Ok(zone) => return Some(zone),
        Err(unknown) => unknown,
    };
    let help = unknown.nearest.as_ref().map_or_else(
        || "write an IANA name such as `Europe/Vienna`".to_owned(),
        |nearest| format!("did you mean `{nearest}`?"),
    );
    errors.push(at.error("time-zone", unknown.to_string()).help(help));
    None
}

/// `09:00`
pub(super) fn time_of_day(at: &At<'_>, errors: &mut ConfigErrors) -> Option<TimeOfDay> {
    let help = "write hours and minutes, in quotes: `\"09:00\"`";
    let Value::Text(written) = &at.node.value else {
        errors.push(at.error("time", "a time of the day is expected").help(help));
        return None;
    };
    let time = TimeOfDay::parse(written);
    if time.is_none() {
        errors.push(at.error("time", format!("`{written}` is not a time of the day")).help(help));
    }
    time
}

/// One that lies on the day itself: 24:00 does not.
pub(super) fn starting_time(at: &At<'_>, errors: &mut ConfigErrors) -> Option<TimeOfDay> {
    let time = time_of_day(at, errors)?;
    if time.hour() >= 24 {
        errors.push(at.error("time", "nothing starts at 24:00").help("write `\"00:00\"`, on the next day"));
        return None;
    }
    Some(time)
}

pub(super) fn weekday(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Weekday> {
    read::word(at, &DAYS, errors)
}

/// `mon-fri`, `sat,sun`, `fri-mon`
pub(super) fn days(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Days> {
    let written = read::text(at, errors)?;
    let mut days = Vec::new();
    for part in written.split(',').map(str::trim) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let find = |name: &str| DAYS.iter().find(|(known, _)| *known == name).map(|(_, day)| *day);
        let (Some(first), Some(last)) = (find(first), find(last)) else {
            let error = at.error("weekday", format!("`{part}` is not a day of the week, nor a range of them"));
            errors.push(error.help("write `mon`, `mon-fri` or `sat,sun`"));
            return None;
        };
        days.extend(first.cycle_forward().take(7).take_while(|day| *day != last));
        days.push(last);
    }
    Some(Days::of(days))
}

/// A date and time; on the wall clock of this zone if it says no other.
pub(super) fn moment(at: &At<'_>, zone: &Zone, errors: &mut ConfigErrors) -> Option<Timestamp> {
    let moment = zone.moment(read::text(at, errors)?);
    // What is no moment is no date either, and said there.
    moment.or_else(|| date_time(at, errors).map(|civil| zone.instant(civil)))
}

/// A date, with a time of the day or at midnight.
pub(super) fn date_time(at: &At<'_>, errors: &mut ConfigErrors) -> Option<DateTime> {
    let written = read::text(at, errors)?;
    let civil = written.parse::<DateTime>().ok().filter(|civil| YEARS.contains(&civil.year()));
    if civil.is_none() {
        let error = at.error("moment", format!("`{written}` is not a date and time"));
        errors.push(error.help("write `2026-12-24T08:00`, or `2026-12-24`"));
    }
    civil
}

/// `{time_zone: Europe/Vienna, ranges: [{days: mon-fri, from: "09:00", to: "17:00"}]}`
pub(in crate::config) fn hours(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Hours> {
    let mut fields = Fields::of(at, errors)?;
    let zone = fields.required("time_zone", errors, zone);
    let ranges = fields.required("ranges", errors, ranges);
    fields.finish(errors);
    Some(Hours { zone: zone?, ranges: ranges? })
}

pub(super) fn ranges(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Vec<DailyRange>> {
    some(at, RANGES_MAX, errors, |at, errors| {
        let mut fields = Fields::of(at, errors)?;
        let days = fields.optional("days", errors, days);
        let from = fields.optional("from", errors, starting_time);
        let to = fields.optional("to", errors, time_of_day);
        fields.finish(errors);
        let midnight = TimeOfDay::MIDNIGHT;
        Some(DailyRange { days: days.unwrap_or(Days::ALL), from: from.unwrap_or(midnight), to: to.unwrap_or(midnight) })
    })
}

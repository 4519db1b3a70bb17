//! Hours of the week on the wall clock of a time zone: when a layer applies, when a level is used. Knows nothing of who
//! asks.

use jiff::civil::{Date, DateTime, Weekday};
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;
use crate::zone::Zone;

/// At any of the ranges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    pub zone: Zone,
    pub ranges: Vec<DailyRange>,
}

/// From a time of the day, on these days, to a time of the same day; of the next one if that is not later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DailyRange {
    /// On which it begins.
    pub days: Days,
    pub from: TimeOfDay,
    pub to: TimeOfDay,
}

/// Minutes since midnight; 24:00 is one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeOfDay(u16);

/// Days of the week, a bit each, Monday the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Days(u8);

const MINUTES_A_DAY: u16 = 24 * 60;
/// A range may have begun on the day before; and once, in Apia, the day before that was the day before.
const DAYS_BACK: usize = 3;

impl Hours {
    #[must_use]
    pub fn covers(&self, at: Timestamp) -> bool {
        self.spans_of_days(at, at).any(|(start, end)| start <= at && at < end)
    }

    /// Every instant later than `from` and before `until` at which a range begins or ends.
    pub(crate) fn edges(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Timestamp> {
        let edges = self.spans_of_days(from, until).flat_map(|(start, end)| [start, end]);
        edges.filter(move |edge| *edge > from && *edge < until)
    }

    /// What began on the days of these instants, between them, or shortly before.
    fn spans_of_days(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let mut first = self.zone.civil(from).date();
        for _ in 1..DAYS_BACK {
            first = first.yesterday().unwrap_or(first);
        }
        let last = self.zone.civil(until).date();
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok()).take_while(move |day| *day <= last);
        days.flat_map(move |day| {
            let of_day = self.ranges.iter().filter(move |range| range.days.hold(day.weekday()));
            of_day.map(move |range| (self.zone.instant(range.from.on(day)), self.zone.instant(range.end_after(day))))
        })
    }
}

impl DailyRange {
    fn end_after(&self, day: Date) -> DateTime {
        let end_day = if self.to > self.from { day } else { day.tomorrow().unwrap_or(day) };
        self.to.on(end_day)
    }
}

impl TimeOfDay {
    pub const MIDNIGHT: Self = Self(0);

    /// `09:30`, up to `24:00`.
    #[must_use]
    pub fn parse(written: &str) -> Option<Self> {
        let (hour, minute) = written.split_once(':')?;
        let is_two_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        if !(is_two_digits(hour) && is_two_digits(minute)) {
            return None;
        }
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        let minutes = hour * 60 + minute;
        (minute < 60 && minutes <= MINUTES_A_DAY).then_some(Self(minutes))
    }

    #[must_use]
    pub const fn hour(self) -> u16 {
        self.0 / 60
    }

    #[must_use]
    pub const fn minute(self) -> u16 {
        self.0 % 60
    }

    /// On this day; 24:00 is midnight of the next.
    pub(crate) fn on(self, day: Date) -> DateTime {
        if self.0 >= MINUTES_A_DAY {
            return day.tomorrow().unwrap_or(day).at(0, 0, 0, 0);
        }
        let part = |number: u16| i8::try_from(number).unwrap_or_default();
        day.at(part(self.hour()), part(self.minute()), 0, 0)
    }
}

impl Days {
    pub const ALL: Self = Self(0b111_1111);

    #[must_use]
    pub fn of(days: impl IntoIterator<Item = Weekday>) -> Self {
        Self(days.into_iter().fold(0, |bits, day| bits | Self::bit(day)))
    }

    #[must_use]
    pub fn hold(self, day: Weekday) -> bool {
        self.0 & Self::bit(day) != 0
    }

    /// As a crontab's day-of-week field.
    pub(crate) fn crontab(self) -> String {
        let numbers = (0..7_u8).filter(|day| self.0 & (1 << day) != 0).map(|day| ((day + 1) % 7).to_string());
        numbers.collect::<Vec<_>>().join(",")
    }

    fn bit(day: Weekday) -> u8 {
        1 << (day.to_monday_zero_offset().unsigned_abs() % 7)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(zone: &str, days: Days, from: &str, to: &str) -> Hours {
        let time = |text| TimeOfDay::parse(text).expect("a time of the day");
        let ranges = vec![DailyRange { days, from: time(from), to: time(to) }];
        Hours { zone: Zone::find(zone).expect("it exists"), ranges }
    }

    #[test]
    fn they_go_by_the_wall_clock_past_midnight_and_over_changes_of_the_clock() {
        let workdays = Days::of([Weekday::Monday, Weekday::Friday]);
        let sunday = Days::of([Weekday::Sunday]);
        let table = [
            (hours("Europe/Vienna", workdays, "09:00", "17:00"), "2026-06-01T06:59", false),
            (hours("Europe/Vienna", workdays, "09:00", "17:00"), "2026-06-01T07:00", true),
            (hours("Europe/Vienna", workdays, "09:00", "17:00"), "2026-12-07T07:30", false),
            (hours("Europe/Vienna", workdays, "09:00", "17:00"), "2026-06-01T15:00", false),
            (hours("Europe/Vienna", workdays, "09:00", "17:00"), "2026-06-02T10:00", false),
            // From Friday evening into Saturday morning.
            (hours("UTC", workdays, "22:00", "06:00"), "2026-06-06T05:59", true),
            (hours("UTC", workdays, "22:00", "06:00"), "2026-06-06T22:30", false),
            (hours("UTC", workdays, "00:00", "24:00"), "2026-06-01T23:59", true),
            (hours("UTC", workdays, "00:00", "24:00"), "2026-06-02T00:00", false),
            // The night in which 02:30 exists twice: up to the first.
            (hours("Europe/Vienna", sunday, "00:00", "02:30"), "2026-10-25T00:29", true),
            (hours("Europe/Vienna", sunday, "00:00", "02:30"), "2026-10-25T00:30", false),
            // The night in which it does not exist.
            (hours("Europe/Vienna", sunday, "02:30", "04:00"), "2026-03-29T00:59", false),
            (hours("Europe/Vienna", sunday, "02:30", "04:00"), "2026-03-29T01:00", true),
            // The evening before a day that never was, and the morning after it.
            (hours("Pacific/Apia", Days::ALL, "22:00", "06:00"), "2011-12-30T09:59", true),
            (hours("Pacific/Apia", Days::of([Weekday::Friday]), "22:00", "06:00"), "2011-12-30T15:59", true),
        ];
        for (hours, at, expected) in table {
            let at = Zone::utc().instant(at.parse().expect("a date and time"));
            assert_eq!(hours.covers(at), expected, "{hours:?} at {at}");
        }
    }

    #[test]
    fn times_of_the_day_are_read_strictly() {
        let table = [
            ("09:30", Some((9, 30))),
            ("00:00", Some((0, 0))),
            ("24:00", Some((24, 0))),
            ("24:01", None),
            ("9:30", None),
            ("09:60", None),
            ("0930", None),
            ("+9:30", None),
        ];
        for (written, expected) in table {
            let parsed = TimeOfDay::parse(written).map(|time| (time.hour(), time.minute()));
            assert_eq!(parsed, expected, "{written}");
        }
    }
}

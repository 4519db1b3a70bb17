//! Time intervals as Alertmanager has them: working hours, holidays, the last days of a month. Knows nothing of who is
//! muted by one, nor how it is written in a file.

use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;

use crate::time::Timestamp;

/// A named interval's meaning: a moment is in it when it is in one of its periods.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimeInterval {
    pub periods: Vec<Period>,
}

/// A moment is in it when every field that is given holds it; a field holds it when one of its ranges does.
#[derive(Clone, Debug, PartialEq)]
pub struct Period {
    pub times: Vec<Minutes>,
    /// 0 is Sunday.
    pub weekdays: Vec<Range>,
    /// From 1; negative ones count from the month's end, -1 being its last day.
    pub days_of_month: Vec<Range>,
    pub months: Vec<Range>,
    pub years: Vec<Range>,
    /// Whose clocks and calendar count.
    pub zone: TimeZone,
}

/// Minutes of a day, the last one not included: 24:00 is 1440.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minutes {
    pub start: u16,
    pub end: u16,
}

/// Both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub first: i16,
    pub last: i16,
}

impl Range {
    const fn contains(self, value: i16) -> bool {
        self.first <= value && value <= self.last
    }
}

impl TimeInterval {
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.periods.iter().any(|period| period.contains(at))
    }
}

impl Default for Period {
    /// Always.
    fn default() -> Self {
        Self {
            times: Vec::new(),
            weekdays: Vec::new(),
            days_of_month: Vec::new(),
            months: Vec::new(),
            years: Vec::new(),
            zone: TimeZone::UTC,
        }
    }
}

impl Period {
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        // Beyond the calendar nothing is in an interval.
        let Ok(instant) = jiff::Timestamp::from_millisecond(at.as_millis()) else { return false };
        let local = self.zone.to_datetime(instant);
        self.holds_day(local) && self.holds_time(local)
    }

    fn holds_time(&self, local: DateTime) -> bool {
        let minute = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap_or(0);
        self.times.is_empty() || self.times.iter().any(|range| range.start <= minute && minute < range.end)
    }

    fn holds_day(&self, local: DateTime) -> bool {
        let any = |ranges: &[Range], value: i16| ranges.is_empty() || ranges.iter().any(|range| range.contains(value));
        any(&self.years, local.year())
            && any(&self.months, i16::from(local.month()))
            && any(&self.weekdays, i16::from(weekday(local)))
            && self.holds_day_of_month(i16::from(local.day()), i16::from(local.days_in_month()))
    }

    /// A range that reaches over a month's end ends with it; one that starts after it is not in this month.
    fn holds_day_of_month(&self, day: i16, days: i16) -> bool {
        let from_start = |day: i16| if day < 0 { days + day + 1 } else { day };
        let holds = |range: &Range| from_start(range.first) <= day && day <= from_start(range.last);
        self.days_of_month.is_empty() || self.days_of_month.iter().any(holds)
    }
}

fn weekday(local: DateTime) -> i8 {
    match local.weekday() {
        Weekday::Sunday => 0,
        day => day.to_monday_one_offset(),
    }
}

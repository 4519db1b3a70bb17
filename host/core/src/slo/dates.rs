//! Days, weeks, months, quarters and years on a zone's wall clock. Knows nothing of what is counted in them.

use jiff::civil::{Date, date};
use jiff::{Span as Time, ToSpan as _};

use super::CalendarUnit;
use crate::maintenance::Span;
use crate::time::Timestamp;
use crate::zone::Zone;

impl CalendarUnit {
    /// The day, week, month, quarter or year that a moment is in: from its first instant on, before the next one's.
    #[must_use]
    pub fn around(self, at: Timestamp, zone: &Zone) -> Span {
        let first = self.first_day(zone.civil(at).date());
        let next = first.checked_add(self.length()).unwrap_or(Date::MAX);
        Span { start: midnight(first, zone), end: midnight(next, zone) }
    }

    /// The one before that one.
    #[must_use]
    pub fn before(self, at: Timestamp, zone: &Zone) -> Span {
        let first = self.first_day(zone.civil(at).date());
        let previous = first.checked_sub(self.length()).unwrap_or(Date::MIN);
        Span { start: midnight(previous, zone), end: midnight(first, zone) }
    }

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    fn first_day(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Week => {
                let since_monday = i64::from(day.weekday().to_monday_zero_offset());
                day.checked_sub(since_monday.days()).unwrap_or(Date::MIN)
            }
            Self::Month => day.first_of_month(),
            Self::Quarter => date(day.year(), (day.month() - 1) / 3 * 3 + 1, 1),
            Self::Year => day.first_of_year(),
        }
    }

    fn length(self) -> Time {
        match self {
            Self::Day => 1.day(),
            Self::Week => 1.week(),
            Self::Month => 1.month(),
            Self::Quarter => 3.months(),
            Self::Year => 1.year(),
        }
    }
}

fn midnight(day: Date, zone: &Zone) -> Timestamp {
    zone.instant(day.at(0, 0, 0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_begin_and_end_at_midnight_of_the_wall_clock() {
        let vienna = Zone::find("Europe/Vienna").expect("it exists");
        let at = |written: &str| vienna.moment(written).expect("a moment");
        let table = [
            (CalendarUnit::Day, "2026-03-29T12:00", ["2026-03-28", "2026-03-29", "2026-03-30"], 23),
            (CalendarUnit::Day, "2026-10-25", ["2026-10-24", "2026-10-25", "2026-10-26"], 25),
            (CalendarUnit::Week, "2026-11-22T23:59", ["2026-11-09", "2026-11-16", "2026-11-23"], 168),
            (CalendarUnit::Month, "2024-02-29", ["2024-01-01", "2024-02-01", "2024-03-01"], 696),
            (CalendarUnit::Quarter, "2026-11-21", ["2026-07-01", "2026-10-01", "2027-01-01"], 2_209),
            (CalendarUnit::Year, "2026-01-01", ["2025-01-01", "2026-01-01", "2027-01-01"], 8_760),
        ];
        for (unit, moment, [before, start, end], hours) in table {
            let span = unit.around(at(moment), &vienna);
            assert_eq!((span.start, span.end), (at(start), at(end)), "{unit:?} {moment}");
            assert_eq!(span.end.since(span.start).as_secs() / 3_600, hours, "{unit:?} {moment}");
            let previous = unit.before(at(moment), &vienna);
            assert_eq!((previous.start, previous.end), (at(before), at(start)), "{unit:?} {moment}");
        }
    }
}

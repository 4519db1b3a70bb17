//! Time intervals as Alertmanager has them: working hours, holidays, the last days of a month. Knows nothing of who is
//! muted by one, nor how it is written in a file.

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

use crate::time::Timestamp;

/// How far ahead a change is looked for: 29 February may be eight years away.
const HORIZON_DAYS: i64 = 8 * 366 + 1;
/// The looking itself is bounded too, by moments that are tried.
const TRIED_MAX: usize = 20_000;

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

impl Minutes {
    /// 24:00
    pub const DAY: u16 = 1_440;
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

/// Whether a moment is in any of several intervals, and when that next changes after it: `None` where it does not within
/// eight years.
#[must_use]
pub fn next_change(intervals: &[&TimeInterval], after: Timestamp) -> (bool, Option<Timestamp>) {
    let is_in = |at: Timestamp| intervals.iter().any(|interval| interval.contains(at));
    let now = is_in(after);
    let end = after.as_millis().saturating_add(HORIZON_DAYS * 86_400_000);
    let mut at = after;
    for _ in 0..TRIED_MAX {
        let periods = intervals.iter().flat_map(|interval| &interval.periods);
        let next = periods.filter_map(|period| period.next_candidate(at)).min().filter(|next| next.as_millis() <= end);
        let Some(next) = next else { break };
        if is_in(next) != now {
            return (now, Some(next));
        }
        at = next;
    }
    (now, None)
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

    /// The next moment after this one at which the answer may be another: a day's start, the ends of the times of a day
    /// that counts, or a change of the zone's clocks.
    fn next_candidate(&self, after: Timestamp) -> Option<Timestamp> {
        let instant = jiff::Timestamp::from_millisecond(after.as_millis()).ok()?;
        let today = self.zone.to_datetime(instant).date();
        let of_today = if self.holds_day(today.to_datetime(jiff::civil::Time::midnight())) {
            self.times.iter().flat_map(|range| [range.start, range.end]).collect()
        } else {
            Vec::new()
        };
        let moments = of_today.into_iter().flat_map(|minute| self.moments(today, minute));
        let moments = moments.chain(self.moments(today, Minutes::DAY));
        let clocks = self.zone.following(instant).next().map(|change| change.timestamp());
        let moments = moments.chain(clocks).filter(|moment| *moment > instant);
        moments.min().map(|moment| Timestamp::from_millis(moment.as_millisecond()))
    }

    /// When the clocks show a minute of a day: twice where they are set back over it.
    fn moments(&self, day: Date, minute: u16) -> impl Iterator<Item = jiff::Timestamp> + use<> {
        let local = day.to_datetime(jiff::civil::Time::midnight()).checked_add(i64::from(minute).minutes()).ok();
        let ambiguous = local.map(|local| self.zone.to_ambiguous_timestamp(local));
        let earlier = ambiguous.and_then(|ambiguous| ambiguous.earlier().ok());
        earlier.into_iter().chain(ambiguous.and_then(|ambiguous| ambiguous.later().ok()))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_millis(text.parse::<jiff::Timestamp>().expect("an instant").as_millisecond())
    }

    fn range(first: i16, last: i16) -> Range {
        Range { first, last }
    }

    fn zone(name: &str) -> TimeZone {
        crate::schedule::zones::find(name).expect("a zone")
    }

    fn working_hours() -> Period {
        let times = vec![Minutes { start: 540, end: 1_020 }];
        Period { times, weekdays: vec![range(1, 5)], zone: zone("Europe/Vienna"), ..Period::default() }
    }

    #[test]
    fn every_field_must_hold_and_of_a_field_one_range() {
        let nights = vec![Minutes { start: 0, end: 360 }, Minutes { start: 1_320, end: 1_440 }];
        let table = [
            (Period::default(), "2026-03-01T12:00:00Z", true),
            (working_hours(), "2026-03-02T07:59:59Z", false),
            (working_hours(), "2026-03-02T08:00:00Z", true),
            (working_hours(), "2026-03-02T16:00:00Z", false),
            (working_hours(), "2026-03-01T12:00:00Z", false),
            // In summer the clocks are ahead.
            (working_hours(), "2026-07-06T07:00:00Z", true),
            (Period { times: nights.clone(), ..Period::default() }, "2026-03-01T23:59:59Z", true),
            (Period { times: nights.clone(), ..Period::default() }, "2026-03-01T06:00:00Z", false),
            (Period { days_of_month: vec![range(-1, -1)], ..Period::default() }, "2026-02-28T00:00:00Z", true),
            (Period { days_of_month: vec![range(-1, -1)], ..Period::default() }, "2028-02-28T00:00:00Z", false),
            (Period { days_of_month: vec![range(-31, -1)], ..Period::default() }, "2026-02-01T00:00:00Z", true),
            (Period { days_of_month: vec![range(30, 31)], ..Period::default() }, "2026-02-28T00:00:00Z", false),
            (Period { days_of_month: vec![range(25, 31)], ..Period::default() }, "2026-02-28T00:00:00Z", true),
            (Period { days_of_month: vec![range(5, -5)], ..Period::default() }, "2026-02-24T00:00:00Z", true),
            (Period { days_of_month: vec![range(5, -5)], ..Period::default() }, "2026-02-25T00:00:00Z", false),
            (
                Period { months: vec![range(12, 12)], years: vec![range(2025, 2026)], ..Period::default() },
                "2026-12-31T23:00:00Z",
                true,
            ),
            (
                Period { months: vec![range(12, 12)], years: vec![range(2025, 2026)], ..Period::default() },
                "2027-12-01T00:00:00Z",
                false,
            ),
            (Period { weekdays: vec![range(0, 0)], ..Period::default() }, "2026-03-01T00:00:00Z", true),
        ];
        for (period, moment, expected) in table {
            assert_eq!(period.contains(at(moment)), expected, "{period:?} {moment}");
        }
    }

    #[test]
    fn the_next_change_is_when_the_answer_becomes_another() {
        let of = |period: Period| TimeInterval { periods: vec![period] };
        let night =
            Period { times: vec![Minutes { start: 120, end: 180 }], zone: zone("Europe/Vienna"), ..Period::default() };
        let leap = Period { days_of_month: vec![range(29, 29)], months: vec![range(2, 2)], ..Period::default() };
        let past = Period { years: vec![range(2000, 2001)], ..Period::default() };
        let table = [
            (of(working_hours()), "2026-03-02T07:00:00Z", false, Some("2026-03-02T08:00:00Z")),
            (of(working_hours()), "2026-03-02T08:00:00Z", true, Some("2026-03-02T16:00:00Z")),
            // From Friday evening to Monday morning.
            (of(working_hours()), "2026-03-06T16:00:00Z", false, Some("2026-03-09T08:00:00Z")),
            // The clocks are set back from 3:00 to 2:00, so the hour comes twice without a pause.
            (of(night.clone()), "2026-10-25T00:00:00Z", true, Some("2026-10-25T02:00:00Z")),
            // The clocks are set ahead from 2:00 to 3:00: that day the hour does not come.
            (of(night), "2026-03-28T12:00:00Z", false, Some("2026-03-30T00:00:00Z")),
            (of(leap), "2028-03-01T00:00:00Z", false, Some("2032-02-29T00:00:00Z")),
            (of(past), "2026-01-01T00:00:00Z", false, None),
            (of(Period::default()), "2026-01-01T00:00:00Z", true, None),
            (TimeInterval::default(), "2026-01-01T00:00:00Z", false, None),
        ];
        for (interval, moment, is_in, expected) in table {
            let change = next_change(&[&interval], at(moment));
            assert_eq!(change, (is_in, expected.map(at)), "{interval:?} {moment}");
        }
    }

    #[test]
    fn intervals_that_touch_are_one() {
        let half = |start: u16, end: u16| TimeInterval {
            periods: vec![Period { times: vec![Minutes { start, end }], ..Period::default() }],
        };
        let (morning, afternoon) = (half(0, 720), half(720, 1_080));
        let change = next_change(&[&morning, &afternoon], at("2026-01-01T06:00:00Z"));
        assert_eq!(change, (true, Some(at("2026-01-01T18:00:00Z"))));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 64, ..Default::default() })]

        /// Minute by minute over two days around a change of the clocks.
        #[test]
        fn no_change_comes_before_the_next_one(
            start in 0_u16..1_380,
            length in 1_u16..60,
            day in 24_i16..27,
            from in 0_i64..1_440,
            is_by_day in proptest::bool::ANY,
        ) {
            let times = vec![Minutes { start, end: start + length }];
            let days_of_month = if is_by_day { vec![range(day, day)] } else { Vec::new() };
            let period = Period { times, days_of_month, zone: zone("Europe/Vienna"), ..Period::default() };
            let interval = TimeInterval { periods: vec![period] };
            let start = at("2026-10-24T00:00:00Z").as_millis() + from * 60_000;
            let moment = |minute: i64| Timestamp::from_millis(start + minute * 60_000);
            let now = interval.contains(moment(0));
            let flip = (1..2_880).map(moment).find(|moment| interval.contains(*moment) != now);
            let (is_in, change) = next_change(&[&interval], moment(0));
            proptest::prop_assert_eq!(is_in, now);
            proptest::prop_assert!(flip.is_none() || change == flip, "{:?} {:?}", change, flip);
        }
    }
}

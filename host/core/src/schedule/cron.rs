//! A cron expression in a time zone, and the one rule for the days on which clocks change:
//! a civil time that does not exist runs at the first instant after the gap; one that exists twice runs at the first
//! only, unless the expression holds for every hour: `*/5 * * * *` says "every five minutes", and a check must not
//! fall silent for an hour because the clocks went back.
//!
//! Fields mean what they mean in a crontab: days of the week count from Sunday as 0, and where both day fields are
//! restricted either may match.

use cron::TimeUnitSpec as _;
use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{days_of_week, zones};
use crate::time::Timestamp;

/// A valid cron expression with its time zone: it runs at least once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Cron {
    expression: String,
    time_zone: String,
    zone: TimeZone,
    /// It runs when any of these matches; two where both day fields are restricted.
    alternatives: Vec<cron::Schedule>,
    every_hour: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CronError {
    #[error(
        "`{expression}` has {count} fields; a cron expression has 5 (minute, hour, day of month, month, day of week) or 6 (the second first)"
    )]
    FieldCount { expression: String, count: usize },
    #[error("the {field} `{written}` is not valid; it takes {takes}, lists `a,b`, ranges `a-b` and steps `*/n`")]
    Field { field: &'static str, written: String, takes: &'static str },
    #[error("`{expression}` never runs: no date matches it")]
    Never { expression: String },
    #[error("there is no time zone `{name}`")]
    UnknownTimeZone { name: String, nearest: Option<String> },
}

/// Name and values of each field, seconds first.
const FIELDS: [(&str, &str); 6] = [
    ("second", "0 to 59"),
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of month", "1 to 31"),
    ("month", "1 to 12 or jan to dec"),
    ("day of week", "0 to 7 (both Sunday) or sun to sat"),
];
const DAY_OF_MONTH: usize = 3;
const DAY_OF_WEEK: usize = 5;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

impl Cron {
    /// An expression of 5 fields, or of 6 with the second first, and an IANA name such as `Europe/Vienna`.
    pub fn parse(expression: &str, time_zone: &str) -> Result<Self, CronError> {
        let fields = fields(expression)?;
        let zone = zones::find(time_zone).ok_or_else(|| CronError::UnknownTimeZone {
            name: time_zone.to_owned(),
            nearest: zones::suggest(time_zone),
        })?;
        let never = || CronError::Never { expression: expression.to_owned() };
        let alternatives = alternatives(&fields).ok_or_else(never)?;
        let cron = Self {
            expression: expression.to_owned(),
            time_zone: zone.iana_name().unwrap_or(time_zone).to_owned(),
            every_hour: alternatives.iter().all(|schedule| schedule.hours().count() == 24),
            zone,
            alternatives,
        };
        cron.next_after(Timestamp::default()).is_some().then_some(cron).ok_or_else(never)
    }

    /// As written.
    #[must_use]
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Its IANA name.
    #[must_use]
    pub fn time_zone(&self) -> &str {
        &self.time_zone
    }

    /// The first instant later than `after`; none after the year 2100.
    #[must_use]
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let after = jiff::Timestamp::from_millisecond(after.as_millis()).ok()?;
        let next = self.next_once(after)?;
        let next = self.next_repeated(after, next).unwrap_or(next);
        Some(Timestamp::from_millis(next.as_millisecond()))
    }

    /// The next instant where every civil time counts once.
    fn next_once(&self, after: jiff::Timestamp) -> Option<jiff::Timestamp> {
        let mut civil = self.zone.to_datetime(after);
        if let AmbiguousOffset::Fold { before, after: second } = self.zone.to_ambiguous_timestamp(civil).offset()
            && self.zone.to_offset(after) == second
        {
            // In the second pass of an hour that comes twice: all of it ran in the first, so go on at its end.
            let transition = self.zone.preceding(after.checked_add(SECOND).ok()?).next()?.timestamp();
            civil = before.to_datetime(transition).checked_sub(SECOND).ok()?;
        }
        loop {
            civil = self.civil_after(civil)?;
            let instant = self.instant(civil)?;
            if instant > after {
                return Some(instant);
            }
        }
    }

    /// An instant before `next` in the second pass of an hour that comes twice, if the expression holds every hour.
    fn next_repeated(&self, after: jiff::Timestamp, next: jiff::Timestamp) -> Option<jiff::Timestamp> {
        if !self.every_hour {
            return None;
        }
        let transition = self.zone.preceding(next).next()?;
        let before_transition = transition.timestamp().checked_sub(SECOND).ok()?;
        let (first, second) = (self.zone.to_offset(before_transition), transition.offset());
        let repeated = SignedDuration::from_secs(i64::from(first.seconds()) - i64::from(second.seconds()));
        if transition.timestamp().checked_add(repeated).ok()? <= after {
            return None;
        }
        let civil = self.civil_after(second.to_datetime(after.max(before_transition)))?;
        second.to_timestamp(civil).ok().filter(|instant| *instant > after && *instant < next)
    }

    fn instant(&self, civil: DateTime) -> Option<jiff::Timestamp> {
        match self.zone.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(civil).ok(),
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(civil).ok(),
            AmbiguousOffset::Gap { after, .. } => {
                let before_transition = after.to_timestamp(civil).ok()?;
                Some(self.zone.following(before_transition).next()?.timestamp())
            }
        }
    }

    /// The next civil time that matches. The crate reckons in UTC here, where every civil time exists once.
    fn civil_after(&self, civil: DateTime) -> Option<DateTime> {
        let seconds = Offset::UTC.to_timestamp(civil).ok()?.as_second();
        let after = chrono::DateTime::from_timestamp(seconds, 0)?;
        let next = self.alternatives.iter().filter_map(|schedule| schedule.after(&after).next()).min()?;
        Some(Offset::UTC.to_datetime(jiff::Timestamp::from_second(next.timestamp()).ok()?))
    }
}

/// What JSON holds of it.
#[derive(Serialize, Deserialize)]
struct Written {
    expression: String,
    time_zone: String,
}

impl TryFrom<Written> for Cron {
    type Error = CronError;

    fn try_from(written: Written) -> Result<Self, CronError> {
        Self::parse(&written.expression, &written.time_zone)
    }
}

impl From<Cron> for Written {
    fn from(cron: Cron) -> Self {
        Self { expression: cron.expression, time_zone: cron.time_zone }
    }
}

/// The six fields as the crate wants them, each of them valid by itself.
fn fields(expression: &str) -> Result<[String; 6], CronError> {
    let written: Vec<&str> = expression.split_whitespace().collect();
    let count = written.len();
    let with_second = match count {
        5 => std::iter::once("0").chain(written).collect(),
        6 => written,
        _ => return Err(CronError::FieldCount { expression: expression.to_owned(), count }),
    };
    let mut fields: [String; 6] = Default::default();
    for (index, ((target, written), (field, takes))) in fields.iter_mut().zip(with_second).zip(FIELDS).enumerate() {
        let invalid = || CronError::Field { field, written: written.to_owned(), takes };
        let translated =
            if index == DAY_OF_WEEK { days_of_week::from_crontab(written) } else { Some(written.to_owned()) };
        *target = translated.ok_or_else(invalid)?;
        let mut alone = ["*"; 6];
        if let Some(place) = alone.get_mut(index) {
            *place = target;
        }
        alone.join(" ").parse::<cron::Schedule>().map_err(|_| invalid())?;
    }
    Ok(fields)
}

fn alternatives(fields: &[String; 6]) -> Option<Vec<cron::Schedule>> {
    let restricted = |index: usize| fields.get(index).is_some_and(|field| !field.starts_with(['*', '?']));
    if !(restricted(DAY_OF_MONTH) && restricted(DAY_OF_WEEK)) {
        return Some(vec![fields.join(" ").parse().ok()?]);
    }
    let without = |opened: usize| {
        let opened = fields.iter().enumerate().map(|(index, field)| if index == opened { "*" } else { field });
        opened.collect::<Vec<_>>().join(" ").parse().ok()
    };
    Some(vec![without(DAY_OF_MONTH)?, without(DAY_OF_WEEK)?])
}

#[cfg(test)]
mod tests;

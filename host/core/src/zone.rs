//! A time zone by its IANA name, and the one rule from civil time to instants: a civil time that does not exist is the
//! first instant after the gap, one that exists twice is the first. Whatever repeats on the wall clock goes by it.

use std::fmt;
use std::ops::RangeInclusive;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::schedule::zones;
use crate::time::Timestamp;

/// Of what people write.
pub(crate) const YEARS: RangeInclusive<i16> = 1970..=9000;

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no time zone `{name}`")]
pub struct UnknownZone {
    pub name: String,
    /// What was probably meant.
    pub nearest: Option<String>,
}

impl Zone {
    /// # Errors
    /// The bundled database has no such zone.
    pub fn find(name: &str) -> Result<Self, UnknownZone> {
        let unknown = || UnknownZone { name: name.to_owned(), nearest: zones::suggest(name) };
        let zone = zones::find(name).ok_or_else(unknown)?;
        Ok(Self { name: zone.iana_name().unwrap_or(name).to_owned(), zone })
    }

    #[must_use]
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), zone: TimeZone::UTC }
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A moment as people write it: `2026-12-24T08:00` on the wall clock, or an instant with its own offset
    /// (`2026-12-24T08:00Z`); a date alone is its midnight.
    #[must_use]
    pub fn moment(&self, written: &str) -> Option<Timestamp> {
        if let Ok(instant) = written.parse::<jiff::Timestamp>() {
            return Some(Timestamp::from_millis(instant.as_millisecond()));
        }
        let civil = written.parse::<DateTime>().ok().filter(|civil| YEARS.contains(&civil.year()))?;
        Some(self.instant(civil))
    }

    /// What the wall clock shows, for people: `Thu 2026-12-24 08:00`, with the seconds only where there are any.
    #[must_use]
    pub fn show(&self, at: Timestamp) -> String {
        let civil = self.civil(at);
        let form = if civil.second() == 0 { "%a %Y-%m-%d %H:%M" } else { "%a %Y-%m-%d %H:%M:%S" };
        civil.strftime(form).to_string()
    }

    /// What the wall clock shows.
    pub(crate) fn civil(&self, at: Timestamp) -> DateTime {
        let end = if at.as_millis() < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        self.zone.to_datetime(jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or(end))
    }

    /// When the wall clock shows it; beyond the ends of the calendar, the end of time.
    pub(crate) fn instant(&self, civil: DateTime) -> Timestamp {
        let instant = match self.zone.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(civil).ok(),
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(civil).ok(),
            AmbiguousOffset::Gap { after, .. } => {
                let before_gap = after.to_timestamp(civil).ok();
                before_gap.and_then(|before| self.zone.following(before).next()).map(|change| change.timestamp())
            }
        };
        let millis =
            instant.map_or_else(|| if civil.year() < 1970 { i64::MIN } else { i64::MAX }, |it| it.as_millisecond());
        Timestamp::from_millis(millis)
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(name: String) -> Result<Self, UnknownZone> {
        Self::find(&name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.name, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_does_not_exist_is_the_end_of_the_gap_and_one_that_exists_twice_is_the_first() {
        let table = [
            ("Europe/Vienna", "2026-03-29T02:30", "2026-03-29T01:00:00.000Z"),
            ("Europe/Vienna", "2026-10-25T02:30", "2026-10-25T00:30:00.000Z"),
            ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00:00.000Z"),
            ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00.000Z"),
            // Half an hour, in a year that ends in summer.
            ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30:00.000Z"),
            ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00.000Z"),
            // A whole day that never was.
            ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00:00.000Z"),
            ("UTC", "2026-03-29T02:30", "2026-03-29T02:30:00.000Z"),
        ];
        for (zone, civil, expected) in table {
            let instant = Zone::find(zone).expect("it exists").instant(civil.parse().expect("a date and time"));
            assert_eq!(instant.to_string(), expected, "{zone} {civil}");
        }
    }

    #[test]
    fn a_moment_is_on_the_zones_clock_unless_it_names_its_own_and_is_shown_as_it_is_there() {
        let vienna = Zone::find("Europe/Vienna").expect("it exists");
        let table = [
            ("2026-12-24T08:00", Some("Thu 2026-12-24 08:00")),
            ("2026-12-24 08:00:30", Some("Thu 2026-12-24 08:00:30")),
            ("2026-12-24", Some("Thu 2026-12-24 00:00")),
            ("2026-12-24T08:00Z", Some("Thu 2026-12-24 09:00")),
            ("2026-06-24T08:00+00:00", Some("Wed 2026-06-24 10:00")),
            ("tomorrow", None),
            ("0001-01-01T00:00", None),
        ];
        for (written, expected) in table {
            let shown = vienna.moment(written).map(|at| vienna.show(at));
            assert_eq!(shown.as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn an_unknown_zone_names_the_nearest() {
        let unknown = Zone::find("Europe/Viena").expect_err("no such zone");
        assert_eq!(unknown.nearest.as_deref(), Some("Europe/Vienna"));
        assert_eq!(
            serde_json::to_string(&Zone::find("europe/vienna").expect("any case")).expect("json"),
            "\"Europe/Vienna\""
        );
        assert!(serde_json::from_str::<Zone>("\"Nowhere\"").is_err());
    }
}

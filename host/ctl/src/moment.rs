//! Time on the command line: how long and when, as people write and read them. Knows no clock.

use std::time::Duration;

use anyhow::{Result, anyhow};
use tocsin_api::Time;
use tocsin_core::quantity;
use tocsin_core::time::Timestamp;
use tocsin_core::zone::Zone;

/// `2h`, `1h30m`: for clap.
pub fn duration(written: &str) -> Result<Duration, String> {
    quantity::duration(written).map_err(|error| error.to_string())
}

/// `2026-12-24T08:00` on this zone's clock, or with an offset of its own.
pub fn parse(written: &str, zone: &Zone) -> Result<Timestamp> {
    let wrong = || {
        let example = "write `2026-12-24T08:00`, or with its zone `2026-12-24T08:00Z`";
        anyhow!("`{written}` is not a date and time; {example}")
    };
    zone.moment(written).ok_or_else(wrong)
}

/// `1h30m`, without what is less than a second.
#[must_use]
pub fn span(duration: Duration) -> String {
    quantity::show_duration(if duration.as_secs() > 0 { Duration::from_secs(duration.as_secs()) } else { duration })
}

/// For programs: RFC 3339.
#[must_use]
pub const fn wire(at: Timestamp) -> Time {
    Time::from_millis(at.as_millis())
}

#[must_use]
pub const fn read(time: Time) -> Timestamp {
    Timestamp::from_millis(time.as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_time_says_how_one_is_written() {
        assert_eq!(duration("5").unwrap_err(), "`5` has no unit; write `5s`, for example");
        let error = parse("noon", &Zone::utc()).unwrap_err().to_string();
        assert!(error.starts_with("`noon` is not a date and time; write `2026-12-24T08:00`"), "{error}");
    }

    #[test]
    fn a_span_is_shown_to_the_second() {
        for (ms, expected) in [(90_000, "1m30s"), (3_600_250, "1h"), (250, "250ms"), (0, "0s")] {
            assert_eq!(span(Duration::from_millis(ms)), expected);
        }
    }
}

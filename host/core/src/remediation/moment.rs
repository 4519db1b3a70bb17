//! Moments as sentences have them: as much of the date as is needed. Knows nothing of what happened then.

use crate::time::Timestamp;

/// `14:02:11 UTC`, with the date before it where that is not the day of `now`.
pub(super) fn moment(at: Timestamp, now: Timestamp) -> String {
    let (Ok(shown), Ok(today)) =
        (jiff::Timestamp::from_millisecond(at.as_millis()), jiff::Timestamp::from_millisecond(now.as_millis()))
    else {
        return at.to_string();
    };
    let day = |moment: jiff::Timestamp| moment.strftime("%Y-%m-%d").to_string();
    let format = if day(shown) == day(today) { "%H:%M:%S UTC" } else { "%Y-%m-%d %H:%M:%S UTC" };
    shown.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_said_where_it_is_another() {
        let at = |millis| Timestamp::from_millis(millis);
        assert_eq!(moment(at(1_700_000_000_123), at(1_700_000_100_000)), "22:13:20 UTC");
        assert_eq!(moment(at(1_700_000_000_123), at(1_700_090_000_000)), "2023-11-14 22:13:20 UTC");
        assert_eq!(moment(at(i64::MAX), at(0)), "9223372036854775807 ms");
    }
}

//! When a target is due: so much time later, or so much business time. Knows nothing of what is due.

use std::time::Duration;

use super::settings::Within;
use crate::hours::Hours;
use crate::time::Timestamp;

const WEEK: Duration = Duration::from_secs(7 * 86_400);
/// Hours that seldom come are looked for this long.
const WEEKS_MAX: usize = 520;

/// The moment at which so much of the time has passed; where business hours do not hold as much within ten years, their
/// end.
pub(crate) fn due(from: Timestamp, within: Within, hours: &Hours) -> Timestamp {
    if !within.business {
        return from.after(within.time);
    }
    let (mut at, mut left) = (from, within.time);
    for _ in 0..WEEKS_MAX {
        let end = at.after(WEEK);
        let mut edges: Vec<Timestamp> = hours.edges(at, end).chain([end]).collect();
        edges.sort_unstable();
        for edge in edges {
            if hours.covers(at) {
                let room = edge.since(at);
                if left <= room {
                    return at.after(left);
                }
                left -= room;
            }
            at = edge;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::Settings;
    use crate::zone::Zone;

    #[test]
    fn business_time_passes_on_weekdays_from_nine_to_five() {
        let at = |written: &str| Zone::utc().moment(written).expect("a moment");
        let hours = Settings::default().business_hours;
        let table = [
            // Friday evening: the clock begins on Monday.
            ("2026-11-20T18:00", 2, true, "2026-11-23T11:00"),
            ("2026-11-20T16:00", 2, true, "2026-11-23T10:00"),
            ("2026-11-18T10:30", 2, true, "2026-11-18T12:30"),
            ("2026-11-18T15:00", 2, true, "2026-11-18T17:00"),
            ("2026-11-18T08:00", 20, true, "2026-11-20T13:00"),
            ("2026-11-20T18:00", 2, false, "2026-11-20T20:00"),
        ];
        for (from, hours_long, business, expected) in table {
            let within = Within { time: Duration::from_secs(hours_long * 3_600), business };
            assert_eq!(due(at(from), within, &hours), at(expected), "{hours_long} h from {from}");
        }
    }

    #[test]
    fn hours_that_never_come_end_the_search() {
        let never = Hours { zone: Zone::utc(), ranges: Vec::new() };
        let within = Within { time: Duration::from_secs(1), business: true };
        let found = due(Timestamp::from_millis(0), within, &never);
        assert!(found >= Timestamp::from_millis(0).after(WEEK * 519), "{found}");
    }
}

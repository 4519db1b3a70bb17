//! The points in time at which a check with an interval runs. Every check has a phase of its own, so that five
//! thousand checks of one interval are spread over it, and the phase is a pure function of the names: a restart, a
//! reload or an upgrade of the daemon goes on with the same points.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::id::CheckName;
use crate::time::Timestamp;

/// All points `phase + n × interval` since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// At least 1.
    interval_ms: i64,
    /// At least 0, below the interval.
    phase_ms: i64,
}

impl Grid {
    /// The grid of a check: its phase is the first eight bytes, big endian, of SHA-256 over `node`, a zero byte and
    /// `check`, modulo the interval. (The standard library's hasher may change with any release of Rust.)
    #[must_use]
    pub fn new(node: &str, check: &CheckName, interval: Duration) -> Self {
        let interval_ms = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX).max(1);
        let digest = Sha256::new().chain_update(node).chain_update([0]).chain_update(check.as_str()).finalize();
        let hash = digest.iter().take(8).fold(0_u64, |hash, byte| (hash << 8) | u64::from(*byte));
        let phase_ms = i64::try_from(hash % interval_ms.unsigned_abs()).unwrap_or(0);
        Self { interval_ms, phase_ms }
    }

    /// The first point later than `after`, or the end of time.
    #[must_use]
    pub const fn next_after(&self, after: Timestamp) -> Timestamp {
        let since_point = after.as_millis().saturating_sub(self.phase_ms).rem_euclid(self.interval_ms);
        Timestamp::from_millis(after.as_millis().saturating_add(self.interval_ms - since_point))
    }

    #[must_use]
    pub const fn holds(&self, at: Timestamp) -> bool {
        at.as_millis().saturating_sub(self.phase_ms).rem_euclid(self.interval_ms) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(node: &str, check: &str, interval_ms: u64) -> Grid {
        Grid::new(node, &CheckName::new(check), Duration::from_millis(interval_ms))
    }

    /// These numbers must never change: they are what a restarted or upgraded node goes on with.
    #[test]
    fn phases_are_the_same_for_ever() {
        let table =
            [("web-1", "site", 10_000, 1_125), ("web-2", "site", 10_000, 6_480), ("web-1", "disk", 60_000, 47_428)];
        for (node, check, interval_ms, phase_ms) in table {
            assert_eq!(grid(node, check, interval_ms).phase_ms, phase_ms, "{node} {check} {interval_ms}");
        }
    }

    #[test]
    fn the_border_between_node_and_check_counts() {
        assert_ne!(grid("web-1", "2site", 1_000_000).phase_ms, grid("web-12", "site", 1_000_000).phase_ms);
    }

    #[test]
    fn the_next_point_is_later_and_at_most_one_interval_away() {
        let grid = Grid { interval_ms: 1_000, phase_ms: 300 };
        for (after, next) in [(0, 300), (299, 300), (300, 1_300), (301, 1_300), (-1, 300), (-700, 300), (-701, -700)] {
            assert_eq!(grid.next_after(Timestamp::from_millis(after)), Timestamp::from_millis(next), "after {after}");
        }
    }

    #[test]
    fn five_thousand_checks_are_spread_evenly() {
        let mut per_tenth = [0_usize; 10];
        for check in 0..5_000 {
            let phase = grid("node", &format!("check-{check}"), 10_000).phase_ms;
            per_tenth[usize::try_from(phase / 1_000).unwrap()] += 1;
        }
        assert!(per_tenth.iter().all(|count| (400..600).contains(count)), "{per_tenth:?}");
    }
}

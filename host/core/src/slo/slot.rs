//! Slots: the least that is told apart in time. Slot n of a width is from n to n + 1 widths after the Unix epoch. Knows
//! nothing of what is counted in one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A slot by its number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slot(pub i64);

impl Slot {
    #[must_use]
    pub const fn plus(self, slots: i64) -> Self {
        Self(self.0.saturating_add(slots))
    }

    #[must_use]
    pub const fn minus(self, slots: i64) -> Self {
        Self(self.0.saturating_sub(slots))
    }

    /// How many slots later than `earlier` it is; negative where it is not.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// How long a slot is: at least a millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SlotWidth(i64);

impl SlotWidth {
    #[must_use]
    pub fn new(width: Duration) -> Self {
        Self(i64::try_from(width.as_millis()).unwrap_or(i64::MAX).max(1))
    }

    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    #[must_use]
    pub fn as_duration(self) -> Duration {
        Duration::from_millis(self.0.unsigned_abs())
    }

    /// The slot that a moment is in.
    #[must_use]
    pub const fn slot(self, at: Timestamp) -> Slot {
        Slot(at.as_millis().div_euclid(self.0))
    }

    /// The first slot that does not begin before a moment.
    #[must_use]
    pub const fn slot_from(self, at: Timestamp) -> Slot {
        let into = at.as_millis().rem_euclid(self.0);
        let slot = self.slot(at);
        if into == 0 { slot } else { slot.plus(1) }
    }

    #[must_use]
    pub const fn start(self, slot: Slot) -> Timestamp {
        Timestamp::from_millis(slot.0.saturating_mul(self.0))
    }

    /// When a slot is over.
    #[must_use]
    pub const fn end(self, slot: Slot) -> Timestamp {
        self.start(slot.plus(1))
    }

    /// How many slots a duration is; a part of one counts as a whole one, and there is at least one.
    #[must_use]
    pub fn slots_in(self, duration: Duration) -> i64 {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        let whole = millis / self.0;
        let part = i64::from(millis % self.0 != 0);
        whole.saturating_add(part).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_in_the_slot_that_has_begun_and_is_not_over() {
        let width = SlotWidth::new(Duration::from_secs(60));
        for (millis, slot) in [(0, 0), (59_999, 0), (60_000, 1), (-1, -1), (-60_000, -1), (-60_001, -2)] {
            let (at, slot) = (Timestamp::from_millis(millis), Slot(slot));
            assert_eq!(width.slot(at), slot, "{millis}");
            assert!(width.start(slot) <= at && at < width.end(slot), "{millis}");
        }
        assert_eq!(width.slot_from(Timestamp::from_millis(60_000)), Slot(1));
        assert_eq!(width.slot_from(Timestamp::from_millis(60_001)), Slot(2));
    }

    #[test]
    fn a_duration_has_at_least_one_slot() {
        let width = SlotWidth::new(Duration::from_secs(60));
        for (seconds, slots) in [(0, 1), (1, 1), (60, 1), (61, 2), (3_600, 60)] {
            assert_eq!(width.slots_in(Duration::from_secs(seconds)), slots, "{seconds} s");
        }
    }
}

//! How often what runs find changes, as Icinga 2 measures it: the last 20 runs, each a change or not, weighted from 0.8
//! for the oldest in steps of 0.02, so that what is new counts more. Knows nothing of what follows.

use serde::{Deserialize, Serialize};

use super::status::Known;

const RUNS: u32 = 20;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Flaps {
    /// What the newest run found.
    last: Option<Known>,
    /// A bit a run, the newest lowest: set where it found another state than the one before.
    changes: u32,
}

impl Flaps {
    pub(super) const NONE: Self = Self { last: None, changes: 0 };

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::NONE
    }

    pub(super) fn after(self, found: Known) -> Self {
        let changed = self.last.is_some_and(|last| last != found);
        Self { last: Some(found), changes: (self.changes << 1 | u32::from(changed)) & ((1 << RUNS) - 1) }
    }

    /// The weighted share of changes, in tenths of a percent.
    pub(super) fn percent_tenths(self) -> u32 {
        // A fiftieth a step: 0.8 is 40 of them, and 50 × 20 runs are a thousand, the whole.
        (0..RUNS).filter(|age| self.changes >> age & 1 == 1).map(|age| 40 + (RUNS - 1 - age)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_grow_from_the_oldest_run_to_the_newest() {
        let table = [(0, 0), (1, 59), (1 << 19, 40), (0b11, 59 + 58), ((1 << 20) - 1, 990)];
        for (changes, tenths) in table {
            assert_eq!(Flaps { last: None, changes }.percent_tenths(), tenths, "{changes:b}");
        }
    }

    #[test]
    fn the_first_run_is_no_change_and_the_twenty_first_forgets_the_first_change() {
        let first = Flaps::NONE.after(Known::Ok);
        assert_eq!(first.changes, 0);
        let mut flaps = first.after(Known::Critical);
        for _ in 0..19 {
            flaps = flaps.after(Known::Critical);
            assert!(flaps.changes > 0);
        }
        assert_eq!(flaps.after(Known::Critical).changes, 0);
    }
}

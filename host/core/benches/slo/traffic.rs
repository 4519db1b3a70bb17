//! What a service does in a month, slot by slot: the same for both sides, and known to the last event. Knows neither side.

use std::fmt::Write as _;

use tocsin_core::slo::export::{GOOD_TOTAL, TOTAL};
use tocsin_core::slo::{Counts, Slo, Slot, SlotWidth};
use tocsin_core::time::Timestamp;

use crate::node::MINUTE;

/// Thirty days, and some hours before them: the longest window shall not reach past the beginning.
const SLOTS: i64 = 30 * 1_440 + 180;
/// The first objective burns, for so many slots up to now.
const BURNING: i64 = 120;

pub(crate) struct Traffic {
    /// The last one with anything in it, which is over.
    last: Slot,
}

impl Traffic {
    pub(crate) fn until(now: Timestamp) -> Self {
        Self { last: SlotWidth::new(MINUTE).slot(now).minus(1) }
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> + use<> {
        (self.first().0..=self.last.0).map(Slot)
    }

    pub(crate) fn first(&self) -> Slot {
        self.last.minus(SLOTS - 1)
    }

    /// A thousand events or so, and a bad one in every fifth slot; one in twenty where it burns.
    pub(crate) fn counts(&self, objective: usize, slot: Slot) -> Counts {
        if slot > self.last || slot < self.first() {
            return Counts::default();
        }
        let (number, objective) = (slot.0.unsigned_abs(), objective as u64);
        let total = 1_000 + (number * 37 + objective * 101) % 211;
        let burns = objective == 0 && self.last.since(slot) < BURNING;
        let bad = if burns { total / 20 } else { u64::from((number * 13 + objective * 7).is_multiple_of(5)) };
        Counts { good: total - bad, total }
    }

    /// Counted again, from the first slot to the last.
    pub(crate) fn sum(&self, objective: usize, first: Slot, last: Slot) -> Counts {
        let slots = (first.max(self.first()).0..=last.min(self.last).0).map(|slot| self.counts(objective, Slot(slot)));
        slots.fold(Counts::default(), |sum, more| Counts { good: sum.good + more.good, total: sum.total + more.total })
    }

    /// Both counters of each objective, at the end of each slot.
    pub(crate) fn open_metrics(&self, slos: &[Slo]) -> String {
        let mut text = String::new();
        let width = SlotWidth::new(MINUTE);
        for name in [GOOD_TOTAL, TOTAL] {
            text.push_str(&format!("# TYPE {} counter\n", name.trim_end_matches("_total")));
            for (index, slo) in slos.iter().enumerate() {
                let labels = format!("{{service=\"{}\",slo=\"{}\",objective=\"good\"}}", slo.service, slo.name);
                let mut count = 0;
                for slot in self.slots() {
                    let counts = self.counts(index, slot);
                    count += if name == TOTAL { counts.total } else { counts.good };
                    // Writing to a text does not fail.
                    let _written = writeln!(text, "{name}{labels} {count} {}", width.end(slot).as_millis() / 1_000);
                }
            }
        }
        text + "# EOF\n"
    }
}

//! Sums at the far end of a window, from closed blocks: a stretch of them that was read, and what was asked for. Knows
//! nothing of how blocks are stored.

use std::time::Duration;

use super::{Block, Counts, Shape, Slot};
use crate::time::Timestamp;

/// Sums that are read at once.
pub(super) const STRETCH: i64 = 96;
/// As long as so many are left there is no hurry.
pub(super) const AHEAD: i64 = 32;
/// Whoever was asked and did not answer is asked again.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    first: Slot,
    sums: Box<[Counts]>,
    asked: Option<(Slot, Timestamp)>,
}

impl Tail {
    pub(super) fn get(&self, slot: Slot) -> Option<Counts> {
        let index = usize::try_from(slot.since(self.first)).ok()?;
        self.sums.get(index).copied()
    }

    /// The first slot from `slot` on that is not there.
    pub(super) fn gap(&self, slot: Slot) -> Slot {
        let end = self.first.plus(i64::try_from(self.sums.len()).unwrap_or(0));
        if slot >= self.first && slot < end { end } else { slot }
    }

    pub(super) const fn ask(&mut self, first: Slot, at: Timestamp) {
        self.asked = Some((first, at));
    }

    pub(super) fn answer(&mut self, first: Slot, sums: Box<[Counts]>) {
        *self = Self { first, sums, asked: None };
    }

    pub(super) fn awaits(&self, first: Slot) -> bool {
        self.asked.is_some_and(|(asked, _)| asked == first)
    }

    /// Whether an answer may still come.
    pub(super) fn is_patient(&self, now: Timestamp) -> bool {
        self.asked.is_some_and(|(_, at)| now >= at && now.since(at) < PATIENCE)
    }

    pub(super) fn bytes(&self) -> usize {
        self.sums.len() * size_of::<Counts>()
    }
}

/// The sums at the end of each slot from `first` to `last`. `begin` is the last slot before the series and its sum;
/// `blocks` begin up to `last`, in their order, from the last one on that begins no later than `first`. One that a clock
/// was set back into holds no longer than to where the next one begins.
pub(super) fn sums_of(
    shape: &Shape,
    begin: (Slot, Counts),
    blocks: &[Block],
    first: Slot,
    last: Slot,
) -> Box<[Counts]> {
    let mut sums = Sums { known: begin, next: first, last, empty: shape.empty(), begin, found: Vec::new() };
    let nexts = blocks.iter().skip(1).map(|next| Some(next.first)).chain([None]);
    for (block, next) in blocks.iter().zip(nexts) {
        let holds = next.and_then(|next| usize::try_from(next.since(block.first)).ok()).unwrap_or(usize::MAX);
        sums.fill(block.first.minus(1));
        sums.known = (block.first.minus(1), block.before);
        for raw in block.counts.iter().take(holds) {
            let (slot, sum) = sums.known;
            sums.known = (slot.plus(1), sum.plus(shape.value(*raw)));
            sums.fill(slot.plus(1));
        }
    }
    sums.fill(last);
    sums.found.into_boxed_slice()
}

struct Sums {
    known: (Slot, Counts),
    next: Slot,
    last: Slot,
    empty: Counts,
    begin: (Slot, Counts),
    found: Vec<Counts>,
}

impl Sums {
    /// Up to a slot, from what is known before it.
    fn fill(&mut self, until: Slot) {
        while self.next <= until && self.next <= self.last {
            let sum = if self.next <= self.begin.0 {
                self.begin.1
            } else {
                self.known.1.plus(self.empty.times(self.next.since(self.known.0)))
            };
            self.found.push(sum);
            self.next = self.next.plus(1);
        }
    }
}

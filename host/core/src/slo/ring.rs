//! The newest sums of a series, one a slot. Knows nothing of blocks.

use std::collections::VecDeque;

use super::{Counts, Slot};

#[derive(Clone, Debug)]
pub(super) struct Ring {
    first: Slot,
    sums: VecDeque<Counts>,
    room: usize,
}

impl Ring {
    /// Without any sum; the first one will be that of `first`.
    pub(super) fn new(first: Slot, room: usize) -> Self {
        Self { first, sums: VecDeque::with_capacity(room), room }
    }

    pub(super) fn get(&self, slot: Slot) -> Option<Counts> {
        let index = usize::try_from(slot.since(self.first)).ok()?;
        self.sums.get(index).copied()
    }

    pub(super) const fn first(&self) -> Slot {
        self.first
    }

    pub(super) const fn room(&self) -> usize {
        self.room
    }

    /// The sum of the slot after the newest one.
    pub(super) fn push(&mut self, sum: Counts) {
        if self.sums.len() >= self.room {
            self.sums.pop_front();
            self.first = self.first.plus(1);
        }
        self.sums.push_back(sum);
    }

    /// More happened in a slot: its sum grows, and so does each one after it.
    pub(super) fn add_from(&mut self, slot: Slot, more: Counts) {
        let from = usize::try_from(slot.since(self.first)).unwrap_or(0);
        self.sums.range_mut(from.min(self.sums.len())..).for_each(|sum| *sum = sum.plus(more));
    }

    /// Forgets a slot and each one after it.
    pub(super) fn cut(&mut self, slot: Slot) {
        let keep = usize::try_from(slot.since(self.first)).unwrap_or(0);
        self.sums.truncate(keep);
        if self.sums.is_empty() {
            self.first = slot;
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.sums.capacity() * size_of::<Counts>()
    }
}

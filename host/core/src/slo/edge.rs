//! What windows are differences of, as it stands at this moment: the sum at their common end, and the one just before
//! each. Found when time moves or sums come, so that reading a window is a subtraction. Knows nothing of where sums lie.

use super::window::{Reading, Stretch};
use super::{Counts, Slot};

/// Where the windows of a series end, and where each begins.
#[derive(Clone, Debug, Default)]
pub(super) struct Edges {
    head: Slot,
    end: Option<Counts>,
    /// One a window.
    begins: Box<[Begin]>,
}

/// The slot just before a window, and the sum there, where memory has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begin {
    pub(super) slot: Slot,
    pub(super) sum: Option<Counts>,
    pub(super) stretch: Stretch,
}

impl Edges {
    /// Finds all of them anew.
    pub(super) fn find(&mut self, head: Slot, end: Option<Counts>, begins: impl ExactSizeIterator<Item = Begin>) {
        (self.head, self.end) = (head, end);
        if begins.len() == self.begins.len() {
            self.begins.iter_mut().zip(begins).for_each(|(known, begin)| *known = begin);
        } else {
            self.begins = begins.collect();
        }
    }

    /// More happened in a slot: each sum there or later grows.
    pub(super) fn add_from(&mut self, slot: Slot, more: Counts) {
        let add = |sum: &mut Option<Counts>| *sum = sum.map(|sum| sum.plus(more));
        if self.head >= slot {
            add(&mut self.end);
        }
        self.begins.iter_mut().filter(|begin| begin.slot >= slot).for_each(|begin| add(&mut begin.sum));
    }

    #[inline]
    pub(super) fn reading(&self, window: usize) -> Reading {
        self.begins.get(window).map_or(Reading::Insufficient, |begin| self.from(begin))
    }

    #[inline]
    pub(super) fn readings(&self) -> impl Iterator<Item = Reading> {
        self.begins.iter().map(|begin| self.from(begin))
    }

    #[inline]
    fn from(&self, begin: &Begin) -> Reading {
        match (self.end, begin.sum) {
            (Some(end), Some(sum)) => Reading::of(end.minus(sum), begin.stretch),
            _ => Reading::CatchingUp,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.begins.len() * size_of::<Begin>()
    }
}

//! A series: all that one objective counted, as sums of which windows are differences. In memory are the newest sums, the
//! far ends of windows, and what is still open; the rest lies in closed blocks. Knows nothing of alerts' texts, of
//! configuration, nor of who stores what.
//!
//! The law of it: after `base` nothing is counted but what is open, so that the sum at any later slot follows.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::edge::{Begin, Edges};
use super::ring::Ring;
use super::tail::{AHEAD, STRETCH, Tail, sums_of};
use super::window::{Reading, Stretch};
use super::{BLOCK_SLOTS, Beginning, Block, Counts, Meter, RuleState, Shape, Slot, Span, Tally};
use crate::time::Timestamp;

mod course;
mod keep;

pub(crate) use course::Step;

/// Sums that are kept besides those of open slots.
const RING_SLOTS: usize = 128;

#[derive(Clone, Debug)]
pub struct Series {
    shape: Arc<Shape>,
    beginning: Beginning,
    /// The end of the last closed block, and the sum there.
    base: (Slot, Counts),
    /// What happened since, in the order of the slots: only those in which anything did.
    open: VecDeque<(Slot, Counts)>,
    /// The slot that it is.
    newest: Slot,
    ring: Ring,
    /// One a window.
    tails: Box<[Tail]>,
    /// Follows from all of the above: found again by whatever changes it.
    edges: Edges,
    marks: VecDeque<(Slot, Counts)>,
    meter: Meter,
    tally: Tally,
    rules: BTreeMap<String, RuleState>,
    /// The last slot in which anything was counted.
    counted_in: Option<Slot>,
    /// Since when this node has looked on without a break.
    watched_from: Slot,
    /// Of the calendar period that it is: its first slot, and the first of the next.
    calendar: Option<(Slot, Slot)>,
    /// When to look at it again.
    look_at: Timestamp,
}

impl Series {
    #[must_use]
    pub const fn shape(&self) -> &Arc<Shape> {
        &self.shape
    }

    #[must_use]
    pub const fn beginning(&self) -> &Beginning {
        &self.beginning
    }

    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    #[must_use]
    pub const fn meter(&self) -> &Meter {
        &self.meter
    }

    /// By the names of the rules; one that is inactive has none.
    #[must_use]
    pub const fn rules(&self) -> &BTreeMap<String, RuleState> {
        &self.rules
    }

    /// Sums along the period, in the order of their slots.
    pub fn marks(&self) -> impl DoubleEndedIterator<Item = (Slot, Counts)> {
        self.marks.iter().copied()
    }

    /// The slot it has come to.
    #[must_use]
    pub const fn newest(&self) -> Slot {
        self.newest
    }

    /// The last slot in which anything was counted.
    #[must_use]
    pub const fn counted_in(&self) -> Option<Slot> {
        self.counted_in
    }

    /// Since when this node has looked on without a break.
    pub(crate) const fn watched_from(&self) -> Slot {
        self.watched_from
    }

    /// Up to and including this slot nothing can be added any more: a block holds it, or a mark says what was counted by
    /// then. The slot that it is, is later.
    pub(crate) fn closed_to(&self) -> Slot {
        self.marks.back().map_or(self.base.0, |(mark, _)| self.base.0.max(*mark))
    }

    /// The calendar period that it is: its first slot, and the first of the next.
    pub(super) const fn calendar(&self) -> Option<(Slot, Slot)> {
        self.calendar
    }

    #[must_use]
    pub const fn look_at(&self) -> Timestamp {
        self.look_at
    }

    /// What a slot holds that is in no block yet.
    #[must_use]
    pub fn raw(&self, slot: Slot) -> Counts {
        match self.place(slot) {
            Ok(index) => self.open.get(index).map_or(Counts::ZERO, |(_, raw)| *raw),
            Err(_) => Counts::ZERO,
        }
    }

    /// Whether more can still be counted in a slot.
    #[must_use]
    pub fn is_open(&self, slot: Slot) -> bool {
        slot > self.closed_to() && slot >= self.beginning.since
    }

    /// The newest slot that counts: slices do once they are over.
    #[must_use]
    pub fn head(&self) -> Slot {
        if self.shape.counts_open_slot() { self.newest } else { self.newest.minus(1) }
    }

    /// All that was ever counted up to the head, by the method.
    #[must_use]
    pub fn sum(&self) -> Counts {
        self.sum_after_base(self.head())
    }

    /// What a window holds, by its index.
    #[must_use]
    #[inline]
    pub fn reading(&self, window: usize) -> Reading {
        self.edges.reading(window)
    }

    /// What each window holds, in their order.
    #[inline]
    pub fn readings(&self) -> impl Iterator<Item = Reading> {
        self.edges.readings()
    }

    /// Where each window begins.
    fn begins(&self) -> impl ExactSizeIterator<Item = Begin> {
        let (head, before) = (self.head(), self.beginning.since.minus(1));
        (0..self.shape.windows.len()).map(move |window| {
            let slot = self.tail_slot(window).unwrap_or(head);
            let seen = slot.max(before);
            let stretch = Stretch { slots: head.since(seen), provisional: slot < seen };
            Begin { slot, sum: self.sum_for(window, slot), stretch }
        })
    }

    /// The slot just before a window.
    fn tail_slot(&self, window: usize) -> Option<Slot> {
        Some(match self.shape.windows.get(window)?.span {
            Span::Rolling(slots) => self.head().minus(slots),
            Span::Calendar(..) => self.calendar?.0.minus(1),
        })
    }

    /// The sum at the end of a slot, where memory has it.
    fn sum_at(&self, slot: Slot) -> Option<Counts> {
        if slot < self.beginning.since {
            return Some(self.beginning.sum);
        }
        if let Some(sum) = self.ring.get(slot) {
            return Some(sum);
        }
        (slot > self.base.0).then(|| self.sum_after_base(slot))
    }

    fn sum_for(&self, window: usize, slot: Slot) -> Option<Counts> {
        self.sum_at(slot).or_else(|| self.tails.get(window)?.get(slot))
    }

    fn sum_after_base(&self, slot: Slot) -> Counts {
        let empty = self.shape.empty();
        let (base, sum) = self.base;
        let happened = self.open.iter().take_while(|(at, _)| *at <= slot);
        happened.fold(sum.plus(empty.times(slot.since(base))), |sum, (_, raw)| {
            sum.plus(self.shape.value(*raw)).minus(empty)
        })
    }

    /// The stretches of old sums that windows will soon need: the window's index, first and last slot.
    pub(crate) fn wants(&self, now: Timestamp) -> impl Iterator<Item = (usize, Slot, Slot)> {
        self.tails.iter().enumerate().filter_map(move |(window, tail)| {
            let first = self.tail_slot(window)?.max(self.beginning.since);
            let last = self.wanted(window, tail, first)?;
            (!tail.is_patient(now)).then_some((window, first, last))
        })
    }

    fn wanted(&self, window: usize, tail: &Tail, first: Slot) -> Option<Slot> {
        let base = self.base.0;
        if first > base {
            return None;
        }
        if matches!(self.shape.windows.get(window)?.span, Span::Calendar(..)) {
            let stays = self.ring.get(first).is_some() && first.since(self.ring.first()) >= AHEAD;
            return (!stays && tail.get(first).is_none()).then_some(first);
        }
        let gap = tail.gap(first);
        let is_there = self.ring.get(gap).is_some() || gap > base;
        let is_near = gap.since(first) < AHEAD;
        (!is_there && is_near).then(|| base.min(first.plus(STRETCH - 1)))
    }

    /// Whether a window awaits sums from `first` on.
    pub(crate) fn awaiting(&self, first: Slot) -> impl Iterator<Item = usize> {
        let waits = move |(window, tail): (usize, &Tail)| tail.awaits(first).then_some(window);
        self.tails.iter().enumerate().filter_map(waits)
    }

    /// What blocks that were read say of the sums from `first` to `last`.
    pub(crate) fn sums_of(&self, blocks: &[Block], first: Slot, last: Slot) -> Box<[Counts]> {
        let begin = (self.beginning.since.minus(1), self.beginning.sum);
        sums_of(&self.shape, begin, blocks, first, last.min(first.plus(STRETCH - 1)))
    }

    fn place(&self, slot: Slot) -> Result<usize, usize> {
        // Nearly always it is the last one.
        match self.open.back() {
            Some((last, _)) if *last == slot => Ok(self.open.len() - 1),
            Some((last, _)) if *last < slot => Err(self.open.len()),
            _ => self.open.binary_search_by_key(&slot, |(at, _)| *at),
        }
    }

    /// About what it takes in memory; its definition is counted with it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let pair = size_of::<(Slot, Counts)>();
        let tails = self.tails.iter().map(|tail| size_of::<Tail>() + tail.bytes()).sum::<usize>();
        let rule = |(name, state): (&String, &RuleState)| {
            name.len() + size_of::<RuleState>() + state.labels.bytes() + state.annotations.bytes()
        };
        let shape = size_of::<Shape>()
            + self.shape.windows.len() * size_of::<super::WindowShape>()
            + self.shape.rules.len() * size_of::<super::RuleShape>();
        size_of::<Self>()
            + (self.open.capacity() + self.marks.capacity()) * pair
            + self.ring.bytes()
            + tails
            + self.edges.bytes()
            + self.rules.iter().map(rule).sum::<usize>()
            + shape
    }
}

/// The end of the grid's block that a slot is in.
const fn block_end(slot: Slot) -> Slot {
    Slot(slot.0.div_euclid(BLOCK_SLOTS) * BLOCK_SLOTS + BLOCK_SLOTS - 1)
}

/// The beginning of the grid's block that a slot is in.
const fn block_begin(slot: Slot) -> Slot {
    Slot(slot.0.div_euclid(BLOCK_SLOTS) * BLOCK_SLOTS)
}

fn room(shape: &Shape) -> usize {
    RING_SLOTS + usize::try_from(shape.late).unwrap_or(0)
}

fn tails(shape: &Shape) -> Box<[Tail]> {
    shape.windows.iter().map(|_| Tail::default()).collect()
}

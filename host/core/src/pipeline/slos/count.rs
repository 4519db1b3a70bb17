//! One series at one step: time that went by, and what is added to its slots, as changes. Knows nothing of where counts
//! come from.

use std::collections::BTreeMap;

use super::{SloChange, is_left_out};
use crate::pipeline::{State, Transition};
use crate::slo::{Counts, Meter, Refusal, Series, SeriesKey, Slot, Step, Tally, at_end};
use crate::time::Timestamp;

pub(super) struct Draft<'s> {
    pub(super) meter: Option<Meter>,
    state: &'s State,
    key: &'s SeriesKey,
    series: &'s Series,
    now: Timestamp,
    /// What is added, and refused only for what was there before.
    slots: BTreeMap<Slot, Counts>,
    tally: Tally,
}

impl<'s> Draft<'s> {
    pub(super) fn new(state: &'s State, key: &'s SeriesKey, series: &'s Series, now: Timestamp) -> Self {
        let mut draft =
            Self { meter: None, state, key, series, now, slots: BTreeMap::new(), tally: series.tally().clone() };
        draft.end_slots();
        draft
    }

    pub(super) fn add(&mut self, at: Timestamp, counts: Counts) {
        let width = self.series.shape().width;
        if at > self.now.after(width.as_duration()) {
            return self.refuse(Refusal::Future, counts.total);
        }
        let slot = width.slot(at);
        if slot < width.slot(self.now).minus(self.series.shape().late) {
            return self.refuse(Refusal::Late, counts.total);
        }
        self.put(slot, at, counts);
    }

    /// What the door let in.
    pub(super) fn add_in(&mut self, slot: Slot, counts: Counts) {
        let at = self.series.shape().width.start(slot).max(self.series.shape().width.end(slot).before(LEAST));
        self.put(slot, at.min(self.now), counts);
    }

    pub(super) fn refuse(&mut self, reason: Refusal, count: u64) {
        let refused = self.tally.refused.entry(reason).or_default();
        *refused = refused.saturating_add(count);
    }

    fn put(&mut self, slot: Slot, at: Timestamp, counts: Counts) {
        let slot = slot.min(self.series.shape().width.slot(self.now));
        if counts.is_zero() {
            return;
        }
        if is_left_out(self.state, self.series.shape(), at) {
            self.tally.excluded = self.tally.excluded.saturating_add(counts.total);
            self.tally.excluded_in = self.tally.excluded_in.max(Some(slot));
            return;
        }
        let before = self.slots.get(&slot).copied().unwrap_or_default();
        match before.total.checked_add(counts.total) {
            Some(total) => drop(self.slots.insert(slot, Counts { good: before.good + counts.good, total })),
            None => self.refuse(Refusal::Full, counts.total),
        }
    }

    /// Slots that ended since the last look, where the clock is what is counted by. Longer ago than what may be late is a
    /// break in which nobody looked.
    fn end_slots(&mut self) {
        let (shape, meter) = (self.series.shape(), self.series.meter());
        if !shape.is_by_clock() {
            return;
        }
        let slot = shape.width.slot(self.now);
        let first = self.series.newest().max(slot.minus(shape.late + 1)).max(self.series.watched_from());
        for ended in (first.0..slot.0).map(Slot) {
            if let Some(counts) = at_end(shape, meter, ended) {
                self.put(ended, shape.width.start(ended), counts);
            }
        }
    }

    /// Time first, then what is added.
    pub(super) fn finish(self, transition: &mut Transition) {
        let passing = self.series.pass(self.now);
        let mut closed_to = self.series.closed_to();
        let is_rewound = matches!(passing.step, Step::Rewinds(..));
        for block in passing.closed {
            closed_to = block.end();
            transition.slo(SloChange::Closed(self.key.clone(), block));
        }
        for (slot, sum) in passing.marks {
            transition.slo(SloChange::Mark(self.key.clone(), slot, sum));
        }
        match passing.step {
            Step::Stays => {
                if self.series.look_at() <= self.now {
                    transition.slo(SloChange::Advanced(self.key.clone(), self.series.newest()));
                }
            }
            Step::Advances(slot) => transition.slo(SloChange::Advanced(self.key.clone(), slot)),
            Step::Rewinds(block, beginning) => {
                closed_to = block.first.minus(1);
                transition.slo(SloChange::Rewound { series: self.key.clone(), block, beginning });
            }
        }
        if let Some(beginning) = passing.beginning {
            transition.slo(SloChange::Beginning(self.key.clone(), beginning));
        }
        self.write_down(closed_to, is_rewound, transition);
    }

    fn write_down(mut self, closed_to: Slot, is_rewound: bool, transition: &mut Transition) {
        let max = self.series.shape().slot_max();
        let mut slots = Vec::with_capacity(self.slots.len());
        for (slot, more) in std::mem::take(&mut self.slots) {
            let before = if is_rewound { Counts::default() } else { self.series.raw(slot) };
            if slot <= closed_to || slot < self.series.beginning().since.min(self.series.shape().width.slot(self.now)) {
                self.refuse(Refusal::Late, more.total);
                continue;
            }
            match before.total.checked_add(more.total).filter(|total| *total <= max) {
                Some(total) => slots.push((slot, Counts { good: before.good + more.good, total })),
                None => self.refuse(Refusal::Full, more.total),
            }
        }
        if !slots.is_empty() {
            transition.slo(SloChange::Slots(self.key.clone(), slots));
        }
        if self.tally != *self.series.tally() {
            transition.slo(SloChange::Tally(self.key.clone(), self.tally));
        }
        if let Some(meter) = self.meter.filter(|meter| meter != self.series.meter()) {
            transition.slo(SloChange::Meter(self.key.clone(), meter));
        }
    }
}

const LEAST: std::time::Duration = std::time::Duration::from_millis(1);

//! What the passing of time asks of a series: blocks that close, marks that are due, history that is let go of, or a clock
//! that was set back. Decides; changes nothing.

use std::time::Duration;

use super::{BLOCK_SLOTS, Beginning, Block, Counts, Series, Slot, block_begin, block_end};
use crate::time::Timestamp;

/// What becomes different as it gets this late.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Passing {
    pub(crate) step: Step,
    pub(crate) closed: Vec<Block>,
    pub(crate) marks: Vec<(Slot, Counts)>,
    /// Older history is not needed any more.
    pub(crate) beginning: Option<Beginning>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Step {
    /// It is the same slot still, or the clock is back by less than late events are waited for.
    #[default]
    Stays,
    Advances(Slot),
    /// The clock was set back by more than that, or to a slot that is closed, where nothing could be counted any more.
    Rewinds(Block, Beginning),
}

/// What was counted is kept for reports, thirteen months of it: last year's month beside this one's.
const KEPT: Duration = Duration::from_secs(400 * 86_400);

impl Series {
    pub(crate) fn pass(&self, now: Timestamp) -> Passing {
        let slot = self.shape.width.slot(now);
        if slot < self.newest.minus(self.shape.late.max(1)) || slot <= self.closed_to() {
            return self.rewound(slot);
        }
        if slot <= self.newest {
            return Passing::default();
        }
        Passing {
            step: Step::Advances(slot),
            closed: self.blocks_of(|open| block_end(open) < self.over(slot)),
            marks: self.due_marks(slot),
            beginning: self.outgrown(slot),
        }
    }

    /// All that was counted belongs to the slot that it is now.
    fn rewound(&self, slot: Slot) -> Passing {
        let before = self.sum_after_base(self.newest);
        let beginning = Beginning {
            era: self.beginning.era.saturating_add(1),
            since: self.beginning.since.min(slot),
            ..self.beginning.clone()
        };
        let block = Block { first: slot, before, counts: Vec::new() };
        // What was before that is history like any other.
        let closed = self.blocks_of(|open| open < slot);
        Passing { step: Step::Rewinds(block, beginning), closed, ..Passing::default() }
    }

    /// Slots before this one are over for late events too, even where the clock is a little behind.
    fn over(&self, to: Slot) -> Slot {
        to.minus(2 * self.shape.late + 1)
    }

    /// Open slots as blocks of the grid, from the oldest on as long as they are to be closed.
    fn blocks_of(&self, is_over: impl Fn(Slot) -> bool) -> Vec<Block> {
        let empty = self.shape.empty();
        let (mut base, mut blocks) = (self.base, Vec::new());
        let mut open = self.open.iter().peekable();
        while let Some((slot, _)) = open.peek().filter(|(slot, _)| is_over(*slot)) {
            let end = block_end(*slot);
            let first = block_begin(*slot).max(base.0.plus(1)).max(self.beginning.since);
            let before = base.1.plus(empty.times(first.minus(1).since(base.0)));
            let mut block =
                Block { first, before, counts: Vec::with_capacity(usize::try_from(BLOCK_SLOTS).unwrap_or(0)) };
            base = (first.minus(1), before);
            while let Some((slot, raw)) = open.next_if(|(slot, _)| *slot <= end && is_over(*slot)) {
                while base.0.plus(1) < *slot {
                    block.counts.push(Counts::ZERO);
                    base = (base.0.plus(1), base.1.plus(empty));
                }
                block.counts.push(*raw);
                base = (*slot, base.1.plus(self.shape.value(*raw)));
            }
            blocks.push(block);
        }
        blocks
    }

    /// Sums at slots that nothing can be added to any more.
    fn due_marks(&self, to: Slot) -> Vec<(Slot, Counts)> {
        const AT_ONCE: i64 = 70;
        let step = self.shape.mark_step();
        let last = self.marks.back().map_or(self.beginning.since.minus(1), |(slot, _)| *slot);
        let newest = self.over(to).minus(1).0.div_euclid(step);
        let first = last.0.div_euclid(step).saturating_add(1).max(newest.saturating_sub(AT_ONCE));
        let due = (first..=newest).map(|mark| Slot(mark.saturating_mul(step)));
        due.filter(|slot| *slot > last).filter_map(|slot| Some((slot, self.sum_at(slot)?))).collect()
    }

    /// Where it may begin without any window missing it.
    fn outgrown(&self, to: Slot) -> Option<Beginning> {
        let needed = to.minus(self.shape.longest() + 2 * BLOCK_SLOTS);
        let (since, sum) = self.marks().rfind(|(slot, _)| *slot < needed)?;
        let since = since.plus(1);
        let kept_from = since.min(to.minus(self.shape.width.slots_in(KEPT)));
        (since > self.beginning.since).then(|| Beginning { since, sum, kept_from, ..self.beginning.clone() })
    }
}

//! A series begins, is restored from what was kept, and becomes different by what was decided. Decides nothing.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::{Ring, Series, room, tails};
use crate::slo::edge::Edges;
use crate::slo::{Beginning, Block, Counts, KeptSeries, Meter, RuleState, Shape, Slot, Tally};
use crate::time::Timestamp;

/// More marks than are ever needed; a period that was made much shorter leaves too many.
const MARKS_MAX: usize = 96;

impl Series {
    #[must_use]
    pub fn begin(shape: Arc<Shape>, beginning: Beginning) -> Self {
        let kept = KeptSeries {
            beginning,
            meter: Meter::default(),
            tally: Tally::default(),
            rules: BTreeMap::new(),
            marks: Vec::new(),
            last_block: None,
            open: Vec::new(),
        };
        let since = kept.beginning.since;
        let mut series = Self::restore(shape, kept, since);
        series.watched_from = since;
        series
    }

    /// As it was when it was kept, counted on in the slot that it is by now.
    #[must_use]
    pub fn restore(shape: Arc<Shape>, kept: KeptSeries, now: Slot) -> Self {
        let before = kept.beginning.since.minus(1);
        let last_counted = kept.last_block.as_ref().and_then(last_counted);
        let base = kept.last_block.map_or((before, kept.beginning.sum), |block| end_of(&shape, &block));
        let mut marks: VecDeque<(Slot, Counts)> = kept.marks.into();
        marks.drain(..marks.len().saturating_sub(MARKS_MAX));
        let mut series = Self {
            ring: Ring::new(base.0.plus(1), room(&shape)),
            tails: tails(&shape),
            edges: Edges::default(),
            beginning: kept.beginning,
            open: VecDeque::new(),
            newest: base.0,
            base,
            marks,
            meter: kept.meter,
            tally: kept.tally,
            rules: kept.rules,
            counted_in: last_counted,
            watched_from: now,
            calendar: None,
            look_at: Timestamp::default(),
            shape,
        };
        // Whatever is closed lies before the slot that it was, even where the clock is behind that by now.
        series.go_on(series.closed_to().plus(1));
        for (slot, raw) in kept.open {
            series.go_on(slot);
            series.count(slot, raw);
        }
        series.go_on(now);
        series.recalendar();
        series.look_on();
        if now < series.newest {
            // The clock was set back meanwhile, and nobody else will notice before that slot has come again.
            series.look_at = series.shape.width.start(now);
        }
        series.find_edges();
        series
    }

    /// All that a store has of it, but for older blocks.
    #[must_use]
    pub fn keep(&self) -> KeptSeries {
        let (slot, before) = self.base;
        KeptSeries {
            beginning: self.beginning.clone(),
            meter: self.meter.clone(),
            tally: self.tally.clone(),
            rules: self.rules.clone(),
            marks: self.marks.iter().copied().collect(),
            last_block: Some(Block { first: slot.plus(1), before, counts: Vec::new() }),
            open: self.open.iter().copied().collect(),
        }
    }

    /// What a slot holds from now on.
    pub(crate) fn put(&mut self, slot: Slot, raw: Counts) {
        if slot > self.newest {
            self.advance(slot);
        }
        self.count(slot, raw);
    }

    fn count(&mut self, slot: Slot, raw: Counts) {
        if slot <= self.base.0 {
            return;
        }
        let before = match self.place(slot) {
            Ok(index) => self.open.get_mut(index).map(|known| std::mem::replace(&mut known.1, raw)),
            Err(index) => {
                self.open.insert(index, (slot, raw));
                None
            }
        };
        let before = self.shape.value(before.unwrap_or_default());
        let more = self.shape.value(raw).minus(before);
        self.ring.add_from(slot, more);
        self.edges.add_from(slot, more);
        self.counted_in = self.counted_in.max(Some(slot));
    }

    /// Time goes by, up to a slot.
    pub(crate) fn advance(&mut self, to: Slot) {
        let has_moved = to > self.newest;
        self.go_on(to);
        if self.calendar.is_some_and(|(begin, end)| self.head() < begin || self.head() >= end) {
            self.recalendar();
        }
        self.look_on();
        if has_moved {
            self.find_edges();
            self.look_at_courses();
        }
    }

    /// Each slot that went by has a sum.
    fn go_on(&mut self, to: Slot) {
        if to <= self.newest {
            return;
        }
        let room = i64::try_from(self.ring.room()).unwrap_or(i64::MAX);
        if to.since(self.newest) > room {
            self.newest = to.minus(room);
            self.ring = Ring::new(self.newest.plus(1), self.ring.room());
        }
        let empty = self.shape.empty();
        let mut sum = self.ring.get(self.newest).unwrap_or_else(|| self.sum_after_base(self.newest));
        while self.newest < to {
            self.newest = self.newest.plus(1);
            sum = sum.plus(empty);
            self.ring.push(sum);
        }
    }

    pub(crate) fn close(&mut self, block: &Block) {
        self.base = end_of(&self.shape, block);
        while self.open.front().is_some_and(|(slot, _)| *slot <= self.base.0) {
            self.open.pop_front();
        }
    }

    /// The clock was set back to where an empty block stands: all that was counted later belongs to that moment.
    pub(crate) fn rewind(&mut self, block: &Block, beginning: Beginning) {
        let slot = block.first;
        self.base = (slot.minus(1), block.before);
        self.beginning = beginning;
        self.open.clear();
        self.ring.cut(slot);
        self.tails = tails(&self.shape);
        self.marks.retain(|(mark, _)| *mark < slot);
        (self.newest, self.watched_from) = (slot.minus(1), slot);
        self.counted_in = self.counted_in.map(|counted| counted.min(slot));
        let sum = block.before.plus(self.shape.empty());
        self.ring.push(sum);
        self.newest = slot;
        self.recalendar();
        self.look_on();
        self.find_edges();
    }

    /// It is counted as before, and looked at by other windows and rules.
    pub(crate) fn reshape(&mut self, shape: Arc<Shape>) {
        if self.ring.room() != room(&shape) {
            let mut ring = Ring::new(self.ring.first(), room(&shape));
            let mut slot = self.ring.first();
            while let Some(sum) = self.ring.get(slot) {
                ring.push(sum);
                slot = slot.plus(1);
            }
            self.ring = ring;
        }
        self.tails = tails(&shape);
        self.shape = shape;
        self.recalendar();
        self.find_edges();
    }

    pub(crate) fn begin_at(&mut self, beginning: Beginning) {
        self.marks.retain(|(mark, _)| *mark >= beginning.since);
        self.beginning = beginning;
        self.find_edges();
    }

    pub(crate) fn measure(&mut self, meter: Meter) {
        self.meter = meter;
    }

    pub(crate) fn tell(&mut self, tally: Tally) {
        self.tally = tally;
    }

    pub(crate) fn mark(&mut self, slot: Slot, sum: Counts) {
        if self.marks.len() >= MARKS_MAX {
            self.marks.pop_front();
        }
        self.marks.push_back((slot, sum));
    }

    pub(crate) fn rule(&mut self, name: &str, state: Option<&RuleState>) {
        match state {
            Some(state) => {
                self.rules.insert(name.to_owned(), state.clone());
                self.look_at_courses();
            }
            None => drop(self.rules.remove(name)),
        }
    }

    pub(crate) fn ask(&mut self, window: usize, first: Slot, at: Timestamp) {
        if let Some(tail) = self.tails.get_mut(window) {
            tail.ask(first, at);
        }
    }

    pub(crate) fn answer(&mut self, window: usize, first: Slot, sums: &[Counts]) {
        if let Some(tail) = self.tails.get_mut(window) {
            tail.answer(first, sums.into());
        }
        self.find_edges();
    }

    /// At the next slot's beginning.
    fn look_on(&mut self) {
        self.look_at = self.shape.width.end(self.newest);
    }

    /// Or sooner, where a rule has held for long enough by then.
    fn look_at_courses(&mut self) {
        let begun = self.shape.width.start(self.newest);
        for (name, state) in &self.rules {
            let at = state.course.look_at(self.shape.timing(name)).filter(|at| *at > begun);
            self.look_at = at.map_or(self.look_at, |at| self.look_at.min(at));
        }
    }

    /// Whatever moves time, or brings sums or windows, ends with this.
    fn find_edges(&mut self) {
        let mut edges = std::mem::take(&mut self.edges);
        edges.find(self.head(), self.sum_at(self.head()), self.begins());
        self.edges = edges;
    }

    fn recalendar(&mut self) {
        self.calendar = self.shape.calendar_at(self.head());
    }
}

/// Where a block ends, and the sum there.
fn end_of(shape: &Shape, block: &Block) -> (Slot, Counts) {
    let begin = (block.first.minus(1), block.before);
    block.counts.iter().fold(begin, |(slot, sum), raw| (slot.plus(1), sum.plus(shape.value(*raw))))
}

fn last_counted(block: &Block) -> Option<Slot> {
    let index = block.counts.iter().rposition(|raw| !raw.is_zero())?;
    Some(block.first.plus(i64::try_from(index).ok()?))
}

//! Recorded slots of one objective as sums, so that any stretch of them costs two look-ups: what simulations and reports
//! are made from. Knows nothing of the disk, nor of what is decided.

use std::time::Duration;

use thiserror::Error;

use super::{Counts, Method};
use crate::maintenance::Span;
use crate::time::Timestamp;

/// More would not fit into memory: 90 days of one-second slots do.
pub const SLOTS_MAX: u64 = 10_000_000;

/// What was counted in one slot, as the indicator has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    pub start: Timestamp,
    pub counts: Counts,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HistoryError {
    #[error("{0} slots are more than the {SLOTS_MAX} that can be looked at together; choose a shorter time")]
    TooMany(u64),
    #[error("slots have no width")]
    NoWidth,
}

/// Every slot of a stretch of time, by what the method makes of it.
#[derive(Clone, Debug)]
pub struct History {
    from: Timestamp,
    slot_ms: i64,
    method: Method,
    /// Of all slots before the n-th; one more than there are slots.
    sums: Vec<Counts>,
    /// Of raw totals: how many slots before the n-th had any event.
    seen: Vec<u32>,
}

impl History {
    /// The slots that begin within `span`; it begins with a slot. What is recorded elsewhere is left out, and of slots
    /// that are recorded twice both count.
    ///
    /// # Errors
    /// Too many slots.
    pub fn new(recorded: &[Recorded], span: Span, slot: Duration, method: Method) -> Result<Self, HistoryError> {
        let slot_ms = i64::try_from(slot.as_millis()).ok().filter(|ms| *ms > 0).ok_or(HistoryError::NoWidth)?;
        let from = Timestamp::from_millis(span.start.as_millis().div_euclid(slot_ms).saturating_mul(slot_ms));
        let millis = span.end.since(from).as_millis();
        let count = u64::try_from(millis.div_ceil(slot.as_millis().max(1))).unwrap_or(u64::MAX);
        if count > SLOTS_MAX {
            return Err(HistoryError::TooMany(count));
        }
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let mut slots = vec![Counts::default(); count];
        for Recorded { start, counts } in recorded {
            let index = start.as_millis().saturating_sub(from.as_millis()).div_euclid(slot_ms);
            if let Some(slot) = usize::try_from(index).ok().and_then(|index| slots.get_mut(index)) {
                slot.good = slot.good.saturating_add(counts.good);
                slot.total = slot.total.saturating_add(counts.total);
            }
        }
        let (mut sums, mut seen) = (Vec::with_capacity(count + 1), Vec::with_capacity(count + 1));
        let (mut sum, mut with_data) = (Counts::default(), 0_u32);
        sums.push(sum);
        seen.push(with_data);
        for raw in slots {
            let value = method.value(raw);
            sum = Counts { good: sum.good.saturating_add(value.good), total: sum.total.saturating_add(value.total) };
            with_data += u32::from(raw.total > 0);
            sums.push(sum);
            seen.push(with_data);
        }
        Ok(Self { from, slot_ms, method, sums, seen })
    }

    #[must_use]
    pub const fn method(&self) -> Method {
        self.method
    }

    #[must_use]
    pub const fn slots(&self) -> usize {
        self.sums.len().saturating_sub(1)
    }

    #[must_use]
    pub fn slot(&self) -> Duration {
        Duration::from_millis(self.slot_ms.unsigned_abs())
    }

    /// When the n-th slot begins.
    #[must_use]
    pub fn start(&self, index: usize) -> Timestamp {
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        Timestamp::from_millis(self.from.as_millis().saturating_add(index.saturating_mul(self.slot_ms)))
    }

    /// The first slot that does not begin before a moment; at most one behind the last.
    #[must_use]
    pub fn index(&self, at: Timestamp) -> usize {
        let off = at.as_millis().saturating_sub(self.from.as_millis()).max(0);
        let index = off.saturating_add(self.slot_ms - 1) / self.slot_ms;
        usize::try_from(index).unwrap_or(usize::MAX).min(self.slots())
    }

    /// How many slots a duration is; a part of one is one.
    #[must_use]
    pub fn slots_in(&self, duration: Duration) -> usize {
        let slots = duration.as_millis().div_ceil(u128::from(self.slot_ms.unsigned_abs()));
        usize::try_from(slots).unwrap_or(usize::MAX)
    }

    /// Of the slots from one index on, before another.
    #[must_use]
    pub fn sum(&self, from: usize, until: usize) -> Counts {
        let until = until.min(self.slots());
        let of = |index: usize| self.sums.get(index).copied().unwrap_or_default();
        let (before, after) = (of(from.min(until)), of(until));
        Counts { good: after.good.saturating_sub(before.good), total: after.total.saturating_sub(before.total) }
    }

    /// Of the slots that begin within a span.
    #[must_use]
    pub fn within(&self, span: Span) -> Counts {
        self.sum(self.index(span.start), self.index(span.end))
    }

    /// How many slots from one index on, before another, had any event.
    #[must_use]
    pub fn with_data(&self, from: usize, until: usize) -> usize {
        let until = until.min(self.slots());
        let of = |index: usize| self.seen.get(index).copied().unwrap_or_default();
        usize::try_from(of(until).saturating_sub(of(from.min(until)))).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(slots: &[(i64, u64, u64)]) -> Vec<Recorded> {
        let of = |&(minute, good, total): &(i64, u64, u64)| Recorded {
            start: Timestamp::from_millis(minute * 60_000),
            counts: Counts { good, total },
        };
        slots.iter().map(of).collect()
    }

    fn span(from: i64, until: i64) -> Span {
        Span { start: Timestamp::from_millis(from * 60_000), end: Timestamp::from_millis(until * 60_000) }
    }

    #[test]
    fn sums_are_those_of_the_slots_that_begin_within() {
        let slots = recorded(&[(0, 1, 1), (3, 4, 5), (4, 0, 2), (9, 7, 7), (10, 1, 1), (-1, 1, 1)]);
        let minute = Duration::from_secs(60);
        let history = History::new(&slots, span(0, 10), minute, Method::Occurrences).expect("short");
        assert_eq!((history.slots(), history.within(span(0, 10))), (10, Counts { good: 12, total: 15 }));
        assert_eq!(history.within(span(3, 5)), Counts { good: 4, total: 7 });
        assert_eq!(history.within(span(-5, 1)), Counts { good: 1, total: 1 });
        assert_eq!(history.within(span(5, 3)), Counts::default());
        assert_eq!((history.with_data(0, 10), history.with_data(4, 9)), (4, 1));
        let late = Timestamp::from_millis(3 * 60_000 + 1);
        assert_eq!((history.index(late), history.start(4).as_millis()), (4, 240_000));
    }

    #[test]
    fn more_slots_than_fit_are_refused() {
        let year = Span { start: Timestamp::from_millis(0), end: Timestamp::from_millis(31_536_000_000) };
        let error = History::new(&[], year, Duration::from_secs(1), Method::Occurrences).expect_err("too many");
        assert_eq!(error, HistoryError::TooMany(31_536_000));
        assert!(History::new(&[], year, Duration::ZERO, Method::Occurrences).is_err());
    }
}

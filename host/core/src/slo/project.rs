//! When a budget will be gone, if it goes on as it does. What was bad longest ago leaves a rolling period as time goes by,
//! and is refunded: marks along the period say how much. For people; nothing is decided by it.

use super::{Counts, LooksAt, Method, Series, Span, burn_rate};
use crate::time::Timestamp;

/// Between these two moments, by the slower and the faster of the burns that rules look at; `None`: it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhaustion {
    pub soonest: Timestamp,
    pub latest: Option<Timestamp>,
}

/// How the period goes on.
struct Course {
    /// Slots from now, and how much is bad of what will have left the period by then: rising.
    refunds: Vec<(f64, f64)>,
    bad: f64,
    allowed: f64,
    /// Slots that are looked ahead.
    ahead: f64,
}

impl Series {
    /// Nothing where it will last, or nothing can be said.
    pub(super) fn exhaustion(&self, now: Timestamp) -> Option<Exhaustion> {
        let course = self.course_ahead()?;
        let rates = self.bad_rates();
        let slots: Vec<Option<f64>> = rates.iter().map(|rate| course.crossing(*rate)).collect();
        let soonest = slots.iter().flatten().copied().reduce(f64::min)?;
        let latest = slots.iter().copied().collect::<Option<Vec<f64>>>();
        let latest = latest.and_then(|slots| slots.into_iter().reduce(f64::max));
        let after = |slots: f64| now.after(self.shape().width.as_duration().mul_f64(slots));
        Some(Exhaustion { soonest: after(soonest), latest: latest.map(after) })
    }

    fn course_ahead(&self) -> Option<Course> {
        let period = self.period().counts()?;
        let length = self.period_slots();
        #[expect(clippy::cast_precision_loss, reason = "only shown")]
        let span = |slots: i64| slots as f64;
        let seen = span(self.head().since(self.beginning().since.minus(1)).clamp(1, length.max(1)));
        let share = self.shape().target.rest().as_f64();
        // As many events a slot as until now.
        let allowed = share * self.units(period.total) / seen * span(length);
        let (refunds, ahead) = match self.shape().windows.last()?.span {
            Span::Rolling(_) => (self.refunds(length), span(length)),
            Span::Calendar(..) => (Vec::new(), span(self.calendar()?.1.since(self.head()).max(0))),
        };
        Some(Course { refunds, bad: self.units(period.bad()), allowed, ahead })
    }

    /// By the marks of the period that is now.
    #[expect(clippy::cast_precision_loss, reason = "only shown")]
    fn refunds(&self, length: i64) -> Vec<(f64, f64)> {
        let tail = self.head().minus(length);
        let bad = |sum: Counts| sum.total.wrapping_sub(sum.good);
        let (mut last, mut refunded, mut refunds) = (None, 0.0, Vec::new());
        let begin = (self.beginning().since.minus(1), self.beginning().sum);
        for (slot, sum) in std::iter::once(begin).chain(self.marks()) {
            if let Some(before) = last.filter(|_| slot > tail) {
                refunded += self.units(bad(sum).wrapping_sub(before));
                refunds.push((slot.since(tail) as f64, refunded));
            }
            last = Some(bad(sum));
        }
        refunds
    }

    /// Bad events or slices a slot, in each window that a burn rule looks at.
    fn bad_rates(&self) -> Vec<f64> {
        let mut windows: Vec<usize> = Vec::new();
        for rule in &self.shape().rules {
            match rule.looks_at {
                LooksAt::Burn { long, short, .. } => windows.extend([long, short]),
                LooksAt::Breach { window, .. } => windows.push(window),
                LooksAt::Absent { .. } => {}
            }
        }
        windows.sort_unstable();
        windows.dedup();
        // The fastest pair is what answers to the present.
        windows.truncate(2);
        windows.into_iter().filter_map(|window| self.bad_rate(window)).collect()
    }

    fn bad_rate(&self, window: usize) -> Option<f64> {
        let super::Reading::Known { counts, stretch } = self.reading(window) else { return None };
        #[expect(clippy::cast_precision_loss, reason = "only shown")]
        let slots = stretch.slots.max(1) as f64;
        burn_rate(counts, self.shape().target)?;
        let per_slot = self.units(counts.bad()) / slots;
        // A slice holds one at most.
        Some(if self.shape().method == Method::Occurrences { per_slot } else { per_slot.min(1.0) })
    }
}

impl Course {
    /// Slots until all is spent; `None` where as much is refunded as is spent, or it lasts for a whole period.
    fn crossing(&self, rate: f64) -> Option<f64> {
        if self.bad >= self.allowed {
            return Some(0.0);
        }
        let left_at = |slots: f64, refunded: f64| self.allowed - self.bad - rate * slots + refunded;
        let (mut from, mut refunded_before) = (0.0, 0.0);
        let ends = self.refunds.iter().copied().filter(|(slot, _)| *slot > 0.0 && *slot < self.ahead);
        let last = self.refunds.last().map_or(0.0, |(_, refunded)| *refunded);
        for (to, refunded) in ends.chain([(self.ahead, last)]) {
            if left_at(to, refunded) <= 0.0 {
                // Between two marks what leaves does so evenly.
                let net = rate - (refunded - refunded_before) / (to - from);
                let left = left_at(from, refunded_before);
                return Some(if net > 0.0 { (from + left / net).min(to) } else { to });
            }
            (from, refunded_before) = (to, refunded);
        }
        None
    }
}

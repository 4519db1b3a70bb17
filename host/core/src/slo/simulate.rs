//! What alerts would have said of recorded history, so that a target is chosen from evidence. Knows nothing of where the
//! history lies, and decides as the running node does: [`burns`], [`breaches`] and [`Course`].
//!
//! Each slot is looked at once, when it is over, with every window ending with it; sums make its price the same for any
//! window. The running node looks at open slots too, so it is ahead of this by at most one slot.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::history::History;
use super::{AlertRule, CalendarUnit, Counts, Period, Ratio, When, breaches, budget_left_ppm, burns};
use crate::maintenance::Span;
use crate::rule::{Course, Timing};
use crate::time::Timestamp;
use crate::zone::Zone;

mod text;

pub use text::text;

/// More are counted, and not listed.
const FIRED_MAX: usize = 10_000;

/// A target to be tried, with the alerts it would have.
#[derive(Clone, Copy, Debug)]
pub struct Trial<'t> {
    pub target: Ratio,
    pub alerts: &'t [AlertRule],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Simulated {
    /// In percent, as it is written.
    pub target: String,
    /// From the first slot to the last, all of them.
    pub from: Timestamp,
    pub until: Timestamp,
    pub counts: Counts,
    /// Whether all of it together holds the target; `None` where nothing was counted.
    pub met: Option<bool>,
    /// In the order in which they fired.
    pub fired: Vec<Fired>,
    /// Of all that fired, those too that are not listed.
    pub pages: u64,
    pub tickets: u64,
    pub others: u64,
    /// Millionths of the period's budget that were left at the end, and when least was left.
    pub budget_left_ppm: Option<i64>,
    pub least_budget_left_ppm: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fired {
    pub rule: String,
    pub severity: String,
    pub fired_at: Timestamp,
    /// `None`: it fired to the end.
    pub ended_at: Option<Timestamp>,
    /// Millionths of the period's budget that were left as it fired, and as it ended.
    pub budget_left_ppm: Option<i64>,
    pub budget_left_at_end_ppm: Option<i64>,
}

/// One rule while the slots go by.
struct Watch<'r> {
    rule: &'r AlertRule,
    /// Its windows in slots; of a rule with one, both are that.
    long: usize,
    short: usize,
    course: Option<Course>,
    /// Where in the list it stands while it fires.
    listed: Option<usize>,
}

/// Where the period of a slot begins.
struct Budget<'p> {
    period: &'p Period,
    /// Of the calendar's period that the slots are in.
    until: Timestamp,
    first: usize,
}

#[must_use]
pub fn simulate(history: &History, period: &Period, trial: Trial<'_>) -> Simulated {
    let mut simulated = Simulated::new(history, trial.target);
    let mut watches: Vec<Watch<'_>> = trial.alerts.iter().map(|rule| Watch::new(rule, history)).collect();
    let mut budget = Budget { period, until: Timestamp::from_millis(i64::MIN), first: 0 };
    // The end of the last slot with data; before there was any, the beginning.
    let mut heard = history.start(0);
    for slot in 0..history.slots() {
        let now = history.start(slot + 1);
        if history.with_data(slot, slot + 1) > 0 {
            heard = now;
        }
        let left = budget_left_ppm(history.sum(budget.first(history, slot), slot + 1), trial.target);
        simulated.least_budget_left_ppm = match (simulated.least_budget_left_ppm, left) {
            (Some(least), Some(left)) => Some(least.min(left)),
            (least, left) => least.or(left),
        };
        simulated.budget_left_ppm = left;
        for watch in &mut watches {
            let holds = watch.holds(history, trial.target, slot, now.since(heard));
            let timing = Timing { hold: watch.rule.hold, keep_firing_for: Duration::ZERO };
            let was_firing = watch.course.and_then(Course::fired_at).is_some();
            watch.course = Course::next(watch.course, holds, timing, now);
            match (was_firing, watch.course.and_then(Course::fired_at).is_some()) {
                (false, true) => watch.listed = simulated.fire(watch.rule, now, left),
                (true, false) => simulated.end(watch.listed.take(), now, left),
                (false, false) | (true, true) => {}
            }
        }
    }
    simulated
}

impl Simulated {
    fn new(history: &History, target: Ratio) -> Self {
        let counts = history.sum(0, history.slots());
        Self {
            target: target.to_string(),
            from: history.start(0),
            until: history.start(history.slots()),
            counts,
            met: budget_left_ppm(counts, target).map(|left| left >= 0),
            fired: Vec::new(),
            pages: 0,
            tickets: 0,
            others: 0,
            budget_left_ppm: None,
            least_budget_left_ppm: None,
        }
    }

    fn fire(&mut self, rule: &AlertRule, now: Timestamp, left: Option<i64>) -> Option<usize> {
        let severity = rule.labels.get("severity");
        *match severity {
            "page" => &mut self.pages,
            "ticket" => &mut self.tickets,
            _ => &mut self.others,
        } += 1;
        if self.fired.len() >= FIRED_MAX {
            return None;
        }
        self.fired.push(Fired {
            rule: rule.name.clone(),
            severity: severity.to_owned(),
            fired_at: now,
            ended_at: None,
            budget_left_ppm: left,
            budget_left_at_end_ppm: None,
        });
        Some(self.fired.len() - 1)
    }

    fn end(&mut self, listed: Option<usize>, now: Timestamp, left: Option<i64>) {
        if let Some(fired) = listed.and_then(|index| self.fired.get_mut(index)) {
            fired.ended_at = Some(now);
            fired.budget_left_at_end_ppm = left;
        }
    }
}

impl<'r> Watch<'r> {
    fn new(rule: &'r AlertRule, history: &History) -> Self {
        let (long, short) = match rule.when {
            When::Burn { long, short, .. } => (long, short),
            When::Breach { window, .. } => (window, window),
            When::Absent { after } => (after, after),
        };
        let (long, short) = (history.slots_in(long).max(1), history.slots_in(short).max(1));
        Self { rule, long, short, course: None, listed: None }
    }

    fn holds(&self, history: &History, target: Ratio, slot: usize, silence: Duration) -> Option<bool> {
        let last = |slots: usize| history.sum((slot + 1).saturating_sub(slots), slot + 1);
        match self.rule.when {
            When::Burn { factor, guard, .. } => {
                burns(last(self.long), last(self.short), target, history.method(), factor, guard)
            }
            When::Breach { guard, .. } => breaches(last(self.long), target, history.method(), guard),
            When::Absent { after } => Some(silence >= after),
        }
    }
}

impl Budget<'_> {
    fn first(&mut self, history: &History, slot: usize) -> usize {
        match self.period {
            Period::Rolling(period) => (slot + 1).saturating_sub(history.slots_in(*period).max(1)),
            Period::Calendar { unit, zone } => self.calendar(history, slot, (*unit, zone)),
        }
    }

    fn calendar(&mut self, history: &History, slot: usize, (unit, zone): (CalendarUnit, &Zone)) -> usize {
        let start = history.start(slot);
        if start >= self.until {
            let Span { start, end } = unit.around(start, zone);
            (self.first, self.until) = (history.index(start), end);
        }
        self.first
    }
}

#[cfg(test)]
mod tests;

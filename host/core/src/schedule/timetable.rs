//! What is due, and when to look again. Every check has exactly one planned point at any time, so neither a suspend
//! nor a clock that jumps can make a burst: points that passed meanwhile are made up for by one run, and a clock that
//! was set back plans every check anew on its own grid.

use std::cmp::{Ordering, Reverse};
use std::collections::binary_heap::PeekMut;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use super::{Cron, Grid};
use crate::config::{Check, Config, Priority, Schedule};
use crate::id::CheckName;
use crate::time::Timestamp;

/// The planned points of all checks. A look costs O(log n) a check that is due and nothing for the others.
#[derive(Debug, Default)]
pub struct Timetable {
    planned: BinaryHeap<Planned>,
    paused: BTreeMap<CheckName, Timestamp>,
    /// Runs wanted before the next planned point, by check and by time.
    retries: BTreeMap<CheckName, (Timestamp, Priority)>,
    retries_at: BTreeSet<(Timestamp, CheckName)>,
    /// The latest look, to notice a clock that was set back.
    looked_at: Option<Timestamp>,
}

/// A check to run now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub check: CheckName,
    /// The planned point, on the check's grid; long ago after a suspend.
    pub due_at: Timestamp,
    pub priority: Priority,
}

impl Timetable {
    /// Puts a configuration in force: what did not change keeps its planned point, what is new starts at the next
    /// point of its grid, what is gone is forgotten.
    pub fn set(&mut self, config: &Config, now: Timestamp) {
        self.follow_clock(now);
        let mut before: BTreeMap<CheckName, Planned> =
            std::mem::take(&mut self.planned).into_iter().map(|planned| (planned.check.clone(), planned)).collect();
        let plan = |check: &Check| {
            let rhythm = Rhythm::of(&config.node, check);
            let kept = before.remove(&check.name).filter(|planned| planned.rhythm == rhythm);
            let at = kept.map_or_else(|| rhythm.next_after(now), |planned| Some(planned.at))?;
            Some(Planned { at, check: check.name.clone(), priority: check.priority, rhythm })
        };
        self.planned = config.checks.values().filter_map(plan).collect();
        self.paused.retain(|check, until| *until > now && config.checks.contains_key(check));
        self.retries.retain(|check, _| config.checks.contains_key(check));
        self.retries_at.retain(|(_, check)| config.checks.contains_key(check));
    }

    /// Every check whose planned point or retry has come, the most important first, each at most once. Each is planned
    /// anew at the first point of its grid later than `now`, which a retry does not move.
    pub fn due(&mut self, now: Timestamp) -> Vec<Due> {
        self.follow_clock(now);
        let mut due = Vec::new();
        while let Some(mut next) = self.planned.peek_mut() {
            if next.at > now {
                break;
            }
            if self.paused.get(&next.check).is_none_or(|until| now >= *until) {
                due.push(Due { check: next.check.clone(), due_at: next.at, priority: next.priority });
            }
            if let Some((at, _)) = self.retries.remove(&next.check) {
                self.retries_at.remove(&(at, next.check.clone()));
            }
            match next.rhythm.next_after(now) {
                Some(at) => next.at = at,
                None => drop(PeekMut::pop(next)),
            }
        }
        while self.retries_at.first().is_some_and(|(at, _)| *at <= now) {
            let Some((due_at, check)) = self.retries_at.pop_first() else { break };
            let Some((_, priority)) = self.retries.remove(&check) else { continue };
            if self.paused.get(&check).is_none_or(|until| now >= *until) {
                due.push(Due { check, due_at, priority });
            }
        }
        due.sort_by_key(|due| Reverse(due.priority));
        due
    }

    /// When to look again. Wait a second at most before calling [`Self::due`] all the same: only a look notices that
    /// the clock was set back.
    #[must_use]
    pub fn next_at(&self) -> Option<Timestamp> {
        let (planned, retry) =
            (self.planned.peek().map(|planned| planned.at), self.retries_at.first().map(|(at, _)| *at));
        planned.into_iter().chain(retry).min()
    }

    /// Wants the check run at `at` besides, which replaces an earlier wish; a planned point that comes first fulfils it.
    pub fn retry(&mut self, check: &CheckName, at: Timestamp, priority: Priority) {
        if let Some((before, _)) = self.retries.insert(check.clone(), (at, priority)) {
            self.retries_at.remove(&(before, check.clone()));
        }
        self.retries_at.insert((at, check.clone()));
    }

    /// Passes over the check's points before `until`, which replaces an earlier pause; `now` ends it.
    pub fn pause(&mut self, check: &CheckName, until: Timestamp) {
        self.paused.insert(check.clone(), until);
    }

    /// Where the clock was set back, points planned by the old one would leave a check silent for as long: all are
    /// planned anew, and pauses keep the length they had left.
    fn follow_clock(&mut self, now: Timestamp) {
        let set_back = self.looked_at.map(|looked_at| looked_at.since(now)).filter(|by| !by.is_zero());
        self.looked_at = Some(now);
        let Some(by) = set_back else { return };
        // A retry planned by the old clock could be far away; the grid is not.
        self.retries.clear();
        self.retries_at.clear();
        for until in self.paused.values_mut() {
            *until = until.before(by);
        }
        let planned = std::mem::take(&mut self.planned).into_iter();
        self.planned = planned.filter_map(|it| Some(Planned { at: it.rhythm.next_after(now)?, ..it })).collect();
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rhythm {
    Grid(Grid),
    Cron(Arc<Cron>),
}

impl Rhythm {
    fn of(node: &str, check: &Check) -> Self {
        match &check.schedule {
            Schedule::Every(interval) => Self::Grid(Grid::new(node, &check.name, *interval)),
            Schedule::Cron(cron) => Self::Cron(Arc::new(cron.clone())),
        }
    }

    fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Grid(grid) => Some(grid.next_after(after)),
            Self::Cron(cron) => cron.next_after(after),
        }
    }
}

/// A check and its next point. The heap's greatest is the earliest.
#[derive(Debug)]
struct Planned {
    at: Timestamp,
    check: CheckName,
    priority: Priority,
    rhythm: Rhythm,
}

impl Ord for Planned {
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.cmp(&self.at)
    }
}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Planned {}

#[cfg(test)]
mod tests;

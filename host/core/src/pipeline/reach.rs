//! Which checks are unreachable behind others. A step's new states are drafted here, and whatever depends on one that
//! went down or came back is drawn in, child by child: the cost is that of what changes, not of what exists. Knows
//! nothing of why a state changed.

use std::collections::{BTreeMap, VecDeque};

use crate::config::Config;
use crate::health::Word;
use crate::id::CheckName;
use crate::pipeline::{Change, CheckState, State, Transition};
use crate::time::Timestamp;

/// New states over those that hold.
#[derive(Debug)]
pub(super) struct Draft<'s> {
    state: &'s State,
    config: &'s Config,
    now: Timestamp,
    next: BTreeMap<CheckName, CheckState>,
}

impl<'s> Draft<'s> {
    pub(super) const fn new(state: &'s State, config: &'s Config, now: Timestamp) -> Self {
        Self { state, config, now, next: BTreeMap::new() }
    }

    pub(super) fn get(&self, check: &CheckName) -> Option<&CheckState> {
        self.next.get(check).or_else(|| self.state.check(check))
    }

    /// A check's new state, and what it means for those that depend on it.
    pub(super) fn put(&mut self, check: &CheckName, next: CheckState) {
        let hid = self.get(check).is_some_and(|before| before.health.hides_others());
        let hides = next.health.hides_others();
        self.next.insert(check.clone(), next);
        if hid != hides {
            self.look_behind(self.dependents(check).to_vec());
        }
    }

    /// Looks anew at whether these checks can be reached, and at those behind them as far as something changes. Ends
    /// because no check depends on itself.
    pub(super) fn look_behind(&mut self, checks: impl IntoIterator<Item = CheckName>) {
        let mut queue: VecDeque<CheckName> = checks.into_iter().collect();
        while let Some(name) = queue.pop_front() {
            let (Some(check), Some(before)) = (self.config.checks.get(&name), self.get(&name)) else { continue };
            let hides = |parent: &&CheckName| self.get(parent).is_some_and(|parent| parent.health.hides_others());
            let parent = check.depends_on.iter().find(hides);
            let Some(health) = before.health.after(Word::Behind(parent), &check.health, self.now) else { continue };
            let turned = before.health.hides_others() != health.hides_others();
            let next = CheckState { health, ..before.clone() };
            self.next.insert(name.clone(), next);
            if turned {
                queue.extend(self.dependents(&name).iter().cloned());
            }
        }
    }

    /// Says what differs from what holds.
    pub(super) fn finish(self, transition: &mut Transition) {
        for (name, next) in self.next {
            if self.state.check(&name) != Some(&next) {
                transition.change(Change::Check(name, Some(next)));
            }
        }
    }

    fn dependents(&self, check: &CheckName) -> &'s [CheckName] {
        self.config.dependents.get(check).map_or(&[], Vec::as_slice)
    }
}

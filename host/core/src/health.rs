//! What a check's runs say about its target, as one state: the hard one, which others act upon, and the soft one, which
//! is still to be confirmed. A run that did not complete makes it unknown, never worse; silence makes it stale, never
//! better; neither counts as a failure or as a recovery. Knows nothing of alerts.

use serde::{Deserialize, Serialize};

use crate::config::{Check, Schedule};
use crate::id::CheckName;
use crate::observation::Status;
use crate::run::{RunOutcome, RunRecord};
use crate::time::Timestamp;

mod failing;
mod flaps;
mod policy;
mod status;
mod votes;

pub use failing::Failing;
pub use policy::{FlapPolicy, HealthPolicy, QUORUM_MAX, Quorum};
pub use status::HealthStatus;

use flaps::Flaps;
use status::Known;
use votes::Votes;

/// A check's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The hard state.
    pub status: HealthStatus,
    pub since: Timestamp,
    /// What the newest run found, where that differs from the hard state and is not confirmed yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soft: Option<Soft>,
    /// Set while what runs find changes too often to be believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flapping_since: Option<Timestamp>,
    /// Set while something that the check depends on is down: what its runs find is not its target's doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    /// The hard state before nothing was known any more; only while it is unknown or stale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_known: Option<Known>,
    #[serde(default, skip_serializing_if = "Votes::is_empty")]
    votes: Votes,
    #[serde(default, skip_serializing_if = "Flaps::is_empty")]
    flaps: Flaps,
}

/// A state that waits to be confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Soft {
    pub status: HealthStatus,
    /// Runs that said so, of the last ones that count.
    pub attempt: u32,
    /// Runs that must say so.
    pub needed: u32,
    pub since: Timestamp,
}

/// What a check is unreachable behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behind {
    /// A parent that is down, or is itself unreachable.
    pub parent: CheckName,
    /// Unreachable since; a change from one parent to another does not count.
    pub since: Timestamp,
}

/// One thing that is learnt about a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word<'a> {
    /// A run completed.
    Found(Status),
    /// A run did not complete, which is its plugin's own problem.
    Failed,
    /// Runs that were due did not come.
    Silent,
    /// The parent that hides the check now, if one does.
    Behind(Option<&'a CheckName>),
}

impl Word<'_> {
    /// What a run says; nothing, where the node did not do it: the last word stands until it is stale.
    #[must_use]
    pub fn of(run: &RunRecord) -> Option<Self> {
        match run.outcome {
            RunOutcome::Completed => Some(Self::Found(run.status().unwrap_or(Status::Unknown))),
            RunOutcome::Saturated | RunOutcome::Cancelled => None,
            RunOutcome::GuestError { .. }
            | RunOutcome::Trap { .. }
            | RunOutcome::Deadline { .. }
            | RunOutcome::Memory { .. }
            | RunOutcome::Denied { .. }
            | RunOutcome::HostError { .. } => Some(Self::Failed),
        }
    }
}

impl Health {
    #[must_use]
    pub const fn not_run_yet(now: Timestamp) -> Self {
        Self::hard(HealthStatus::Unknown, now)
    }

    /// A hard state of which nothing else is known.
    #[must_use]
    pub const fn hard(status: HealthStatus, since: Timestamp) -> Self {
        Self {
            status,
            since,
            soft: None,
            flapping_since: None,
            behind: None,
            last_known: None,
            votes: Votes::NONE,
            flaps: Flaps::NONE,
        }
    }

    /// The next state, if it differs. Everything that ever changes a check's health comes through here.
    #[must_use]
    pub fn after(&self, word: Word<'_>, policy: &HealthPolicy, at: Timestamp) -> Option<Self> {
        let mut next = self.clone();
        match word {
            Word::Found(status) => match Known::of(status) {
                Some(found) => next.found(found, policy, at),
                None => next.nothing_known(HealthStatus::Unknown, at),
            },
            Word::Failed => next.nothing_known(HealthStatus::Unknown, at),
            Word::Silent => next.silent(at),
            Word::Behind(parent) => next.hidden(parent, at),
        }
        (next != *self).then_some(next)
    }

    #[must_use]
    pub const fn is_flapping(&self) -> bool {
        self.flapping_since.is_some()
    }

    /// How much of what the last runs found was a change, newer ones counting more.
    #[must_use]
    pub fn flapping_percent(&self) -> u32 {
        self.flaps.percent_tenths() / 10
    }

    /// Whether the target is down as far as anyone knows: a plugin that fails on a target that was down does not bring
    /// it up, but silence says nothing for ever.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.status != HealthStatus::Stale && self.known() == Some(Known::Critical)
    }

    /// Whether checks that depend on this one are unreachable.
    #[must_use]
    pub fn hides_others(&self) -> bool {
        self.is_down() || self.behind.is_some()
    }

    /// The hard state, or what it was while there was one.
    fn known(&self) -> Option<Known> {
        Known::of_hard(self.status).or(self.last_known)
    }

    fn found(&mut self, found: Known, policy: &HealthPolicy, at: Timestamp) {
        self.count_flaps(found, policy, at);
        let known = self.known();
        let hard = known.unwrap_or(Known::Ok);
        self.votes = self.votes.with(found, hard, policy);
        if found == hard {
            self.soft = None;
            self.becomes(found, at);
            return;
        }
        let settled = self.votes.settle(hard, policy);
        if let Some(settled) = settled {
            self.votes = self.votes.beyond(hard, settled);
            self.becomes(settled, at);
        } else if self.status == HealthStatus::Stale {
            // It is heard again, and one run is not enough to tell.
            self.last_known = known;
            self.status = HealthStatus::Unknown;
            self.since = at;
        }
        let since = self.soft.take().map_or(at, |soft| soft.since);
        let (attempt, needed) = self.votes.attempt(found, settled.unwrap_or(hard), policy);
        self.soft = (settled != Some(found)).then(|| Soft { status: found.into(), attempt, needed, since });
    }

    fn becomes(&mut self, known: Known, at: Timestamp) {
        self.last_known = None;
        self.set(known.into(), at);
    }

    fn nothing_known(&mut self, status: HealthStatus, at: Timestamp) {
        self.last_known = self.known();
        self.set(status, at);
    }

    fn silent(&mut self, at: Timestamp) {
        self.nothing_known(HealthStatus::Stale, at);
        // What runs said before the silence confirms nothing after it.
        (self.soft, self.flapping_since) = (None, None);
        (self.votes, self.flaps) = (Votes::NONE, Flaps::NONE);
    }

    fn set(&mut self, status: HealthStatus, at: Timestamp) {
        if self.status != status {
            (self.status, self.since) = (status, at);
        }
    }

    fn count_flaps(&mut self, found: Known, policy: &HealthPolicy, at: Timestamp) {
        let Some(flapping) = &policy.flapping else {
            (self.flaps, self.flapping_since) = (Flaps::NONE, None);
            return;
        };
        self.flaps = self.flaps.after(found);
        let limit = if self.is_flapping() { flapping.low_percent } else { flapping.high_percent };
        let is_flapping = self.flaps.percent_tenths() > limit.saturating_mul(10);
        self.flapping_since = is_flapping.then(|| self.flapping_since.unwrap_or(at));
    }

    fn hidden(&mut self, parent: Option<&CheckName>, at: Timestamp) {
        let since = self.behind.as_ref().map_or(at, |behind| behind.since);
        self.behind = parent.map(|parent| Behind { parent: parent.clone(), since });
    }
}

/// When a check last heard at `heard_at` becomes stale: after the runs that may be missed and the time one may take.
#[must_use]
pub fn stale_at(check: &Check, heard_at: Timestamp) -> Timestamp {
    let tolerated = check.health.stale_after;
    let missed = match &check.schedule {
        Schedule::Every(interval) => heard_at.after(interval.saturating_mul(tolerated)),
        Schedule::Cron(cron) => (0..tolerated).fold(heard_at, |at, _| cron.next_after(at).unwrap_or(at)),
    };
    missed.after(check.limits.deadline)
}

#[cfg(test)]
mod tests;

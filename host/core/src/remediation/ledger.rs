//! What gates count, kept over restarts: an account each for the node, the fleet, a playbook and a target. Everything is a
//! number or a moment, so that a clock that was set back moves it along and one that was set forward refills no more than
//! there is room for. Knows nothing of what follows from it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::PlaybookName;
use crate::playbook::GateLimits;
use crate::remediation::End;
use crate::time::Timestamp;

mod bucket;

pub use bucket::{Bucket, Wait};

/// Whose account it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerKey {
    Node,
    /// What this node has spent of what all nodes share.
    Fleet,
    Playbook(PlaybookName),
    Target(String),
}

/// What was done so far. A repair counts from its first verb on: what was refused, dropped or only looked at costs nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    #[serde(default)]
    pub bucket: Bucket,
    /// Repairs since it was last healthy for long enough.
    #[serde(default)]
    pub attempts: u32,
    /// When the first of these attempts began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_at: Option<Timestamp>,
    /// When the last repair ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Since when the target is healthy, as far as anyone knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthy_since: Option<Timestamp>,
    /// The longest it was healthy since the last repair began, not counting now.
    #[serde(default)]
    pub healthy_longest: Duration,
    /// Repairs in a row that did not help.
    #[serde(default)]
    pub failures: u32,
    /// When somebody last closed the breaker again, and who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<Reset>,
    /// When repairs that worked ended, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub worked: Vec<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reset {
    pub by: String,
    pub at: Timestamp,
}

/// So many repairs that worked are remembered; a limit above this is never reached.
pub const WORKED_MAX: usize = 100;

impl Account {
    /// A repair is about to carry out its first verb.
    #[must_use]
    pub fn began(&self, key: &LedgerKey, limits: &GateLimits, now: Timestamp) -> Self {
        let mut next = self.clone();
        match key {
            LedgerKey::Node => next.bucket = self.bucket.take(limits.node_rate, now),
            LedgerKey::Fleet => next.bucket = self.bucket.take(limits.fleet_rate, now),
            LedgerKey::Playbook(_) => next.bucket = self.bucket.take(limits.rate, now),
            LedgerKey::Target(_) => {
                let (attempts, first_at) = self.attempts(limits, now);
                next.attempts = attempts.saturating_add(1);
                next.first_at = first_at.or(Some(now));
                (next.healthy_since, next.healthy_longest) = (None, Duration::ZERO);
            }
        }
        next
    }

    /// A repair that had begun is over.
    #[must_use]
    pub fn ended(&self, how: End, now: Timestamp) -> Self {
        let mut next = self.clone();
        match how {
            End::Verified => {
                next.failures = 0;
                next.ended_at = Some(now);
                next.worked.push(now);
                let surplus = next.worked.len().saturating_sub(WORKED_MAX);
                next.worked.drain(..surplus);
            }
            End::Undone | End::Failed | End::Indeterminate => {
                next.failures = self.failures.saturating_add(1);
                next.ended_at = Some(now);
            }
            End::Refused | End::Dropped | End::Unapproved | End::Observed => {}
        }
        next
    }

    /// All that the target's repairs answer is ok, hard, from now on.
    #[must_use]
    pub fn healthy(&self, now: Timestamp) -> Self {
        Self { healthy_since: self.healthy_since.or(Some(now)), ..self.clone() }
    }

    /// Something of it is not ok any more, or nothing is known of it.
    #[must_use]
    pub fn unhealthy(&self, now: Timestamp) -> Self {
        let lasted = self.healthy_since.map_or(Duration::ZERO, |since| now.since(since));
        Self { healthy_since: None, healthy_longest: self.healthy_longest.max(lasted), ..self.clone() }
    }

    /// A person closes the breaker. What waited for it is not made up for.
    #[must_use]
    pub fn reset(&self, by: &str, now: Timestamp) -> Self {
        Self { failures: 0, reset: Some(Reset { by: by.to_owned(), at: now }), ..self.clone() }
    }

    /// The wall clock shows that much less than it did.
    #[must_use]
    pub fn set_back(&self, by: Duration) -> Self {
        let back = |at: Timestamp| at.before(by);
        Self {
            bucket: self.bucket.set_back(by),
            first_at: self.first_at.map(back),
            ended_at: self.ended_at.map(back),
            healthy_since: self.healthy_since.map(back),
            reset: self.reset.as_ref().map(|reset| Reset { by: reset.by.clone(), at: back(reset.at) }),
            worked: self.worked.iter().map(|at| back(*at)).collect(),
            ..self.clone()
        }
    }

    /// The attempts that count, and when the first of them began; none, once it was healthy for long enough.
    #[must_use]
    pub fn attempts(&self, limits: &GateLimits, now: Timestamp) -> (u32, Option<Timestamp>) {
        let lasted = self.healthy_since.map_or(Duration::ZERO, |since| now.since(since));
        if self.healthy_longest.max(lasted) >= limits.healthy_for { (0, None) } else { (self.attempts, self.first_at) }
    }

    /// How often it was repaired within `repeat_within`, where that is as often as `repeat_max` or more: then a person is
    /// told, although each repair worked.
    #[must_use]
    pub fn repeats(&self, limits: &GateLimits, now: Timestamp) -> Option<u32> {
        let lately = self.worked.iter().filter(|at| now.since(**at) < limits.repeat_within).count();
        let lately = u32::try_from(lately).unwrap_or(u32::MAX);
        (limits.repeat_max > 0 && lately >= limits.repeat_max).then_some(lately)
    }

    /// Whether it says nothing any more that a fresh account would not, under any limits within `keep`.
    #[must_use]
    pub fn is_forgettable(&self, keep: Duration, now: Timestamp) -> bool {
        let old = |at: Timestamp| now.since(at) >= keep;
        self.failures == 0
            && self.ended_at.is_none_or(old)
            && self.first_at.is_none_or(old)
            && self.healthy_since.is_none_or(old)
            && self.reset.as_ref().is_none_or(|reset| old(reset.at))
            && self.bucket.is_full(now)
    }
}

#[cfg(test)]
mod tests;

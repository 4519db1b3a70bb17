//! The course of one rule's instance: inactive, pending, firing, as Prometheus's `AlertingRule.Eval` has it, with one
//! more case: what is not known changes nothing. Knows nothing of conditions, labels or alerts.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// How long a condition must hold before it fires, and how long it goes on firing after it held last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// `for`
    pub hold: Duration,
    pub keep_firing_for: Duration,
}

/// Where an instance stands; an inactive one has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Course {
    /// The condition holds, but not yet for long enough.
    Pending { active_at: Timestamp },
    Firing {
        active_at: Timestamp,
        fired_at: Timestamp,
        /// Since when the condition has not held; `None` while it does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keep_firing_since: Option<Timestamp>,
    },
}

impl Course {
    /// Where an instance stands after its condition was looked at; `holds` is `None` where nothing is known, which
    /// neither fires nor resolves.
    #[must_use]
    pub fn next(before: Option<Self>, holds: Option<bool>, timing: Timing, now: Timestamp) -> Option<Self> {
        let Some(holds) = holds else { return before };
        match before {
            None | Some(Self::Pending { .. }) if !holds => None,
            None => Some(Self::held_since(now, timing, now)),
            // A clock that was set back must not make it wait for the time it was set back by.
            Some(Self::Pending { active_at }) => Some(Self::held_since(active_at.min(now), timing, now)),
            Some(Self::Firing { active_at, fired_at, .. }) if holds => {
                // It fired sooner than the rule now asks for: `for` was raised.
                let is_early = fired_at.since(active_at) < timing.hold && now.since(active_at) < timing.hold;
                Some(if is_early {
                    Self::Pending { active_at }
                } else {
                    Self::Firing { active_at, fired_at, keep_firing_since: None }
                })
            }
            Some(Self::Firing { active_at, fired_at, keep_firing_since }) => {
                let since = keep_firing_since.unwrap_or(now).min(now);
                let keeps = now.since(since) < timing.keep_firing_for;
                keeps.then_some(Self::Firing { active_at, fired_at, keep_firing_since: Some(since) })
            }
        }
    }

    fn held_since(active_at: Timestamp, timing: Timing, now: Timestamp) -> Self {
        if now.since(active_at) >= timing.hold {
            Self::Firing { active_at, fired_at: now, keep_firing_since: None }
        } else {
            Self::Pending { active_at }
        }
    }

    /// When it changes by time alone.
    #[must_use]
    pub fn look_at(self, timing: Timing) -> Option<Timestamp> {
        match self {
            Self::Pending { active_at } => Some(active_at.after(timing.hold)),
            Self::Firing { keep_firing_since, .. } => {
                keep_firing_since.map(|since| since.after(timing.keep_firing_for))
            }
        }
    }

    /// Whether the condition held when something was last known of it.
    #[must_use]
    pub const fn holds(self) -> bool {
        matches!(self, Self::Pending { .. } | Self::Firing { keep_firing_since: None, .. })
    }

    #[must_use]
    pub const fn fired_at(self) -> Option<Timestamp> {
        match self {
            Self::Pending { .. } => None,
            Self::Firing { fired_at, .. } => Some(fired_at),
        }
    }

    /// Firing, with a condition that holds: what a separate clear threshold holds on to.
    #[must_use]
    pub const fn is_latched(self) -> bool {
        matches!(self, Self::Firing { keep_firing_since: None, .. })
    }
}

#[cfg(test)]
mod tests;

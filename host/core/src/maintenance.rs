//! Maintenance windows: planned work on checks, on whatever has certain labels, or on the whole node, during which
//! nobody is told. Once or again and again. Knows nothing of how what it covers is muted.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{CheckName, WindowName};
use crate::label::Labels;
use crate::matcher::{Matcher, all_match};
use crate::schedule::Cron;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub name: WindowName,
    pub scope: Scope,
    pub when: When,
    /// Ends as soon as what broke during it is well again.
    pub end_when_healthy: bool,
    pub comment: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All checks of this node.
    Node,
    Checks(BTreeSet<CheckName>),
    /// At least one; all must match.
    Labels(Vec<Matcher>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    Once(Span),
    /// For so much time that passes, whatever the clocks do meanwhile; those that touch are one.
    Recurring {
        starts: Cron,
        duration: Duration,
    },
}

/// From `start` on, before `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub start: Timestamp,
    pub end: Timestamp,
}

/// How one occurrence of a window went, for those that end when healthy: they must have seen something broken first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Of the occurrence.
    pub start: Timestamp,
    pub was_unhealthy: bool,
    pub ended_at: Option<Timestamp>,
}

/// Occurrences that touch are followed this far in both directions: an hour every five minutes never ends.
const CHAIN_MAX: usize = 100;

impl Window {
    /// Whether it is under way, and did not end early. `progress` is what [`Progress::observe`] last gave.
    #[must_use]
    pub fn is_active(&self, at: Timestamp, progress: Option<&Progress>) -> bool {
        let ended = |span: &Span| progress.is_some_and(|it| it.start == span.start && it.ended_at.is_some());
        self.span_at(at).is_some_and(|span| !ended(&span))
    }

    /// The occurrence that is under way.
    #[must_use]
    pub fn span_at(&self, at: Timestamp) -> Option<Span> {
        self.when.span_at(at)
    }

    /// The occurrence that is under way, or else the next one.
    #[must_use]
    pub fn next_span(&self, at: Timestamp) -> Option<Span> {
        self.when.next_span(at)
    }

    /// When it begins or ends next, were nothing to end it early.
    #[must_use]
    pub fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        let span = self.next_span(at)?;
        Some(if span.start > at { span.start } else { span.end })
    }

    /// Whether it is about this. `check` is the check that speaks, if one of this node does.
    #[must_use]
    pub fn covers(&self, check: Option<&CheckName>, labels: &Labels) -> bool {
        match &self.scope {
            Scope::Node => check.is_some(),
            Scope::Checks(checks) => check.is_some_and(|check| checks.contains(check)),
            Scope::Labels(matchers) => all_match(matchers, labels),
        }
    }
}

impl When {
    /// The occurrence that is under way.
    #[must_use]
    pub fn span_at(&self, at: Timestamp) -> Option<Span> {
        self.next_span(at).filter(|span| span.start <= at)
    }

    /// The occurrence that is under way, or else the next one.
    #[must_use]
    pub fn next_span(&self, at: Timestamp) -> Option<Span> {
        match self {
            Self::Once(span) => Some(*span).filter(|span| at < span.end),
            Self::Recurring { starts, duration } => {
                Some(chain(starts, starts.next_after(at.before(*duration))?, *duration))
            }
        }
    }
}

/// The occurrence that starts at `start`, with all before and after that touch.
fn chain(starts: &Cron, start: Timestamp, duration: Duration) -> Span {
    let mut span = Span { start, end: start.after(duration) };
    for _ in 0..CHAIN_MAX {
        let reach = span.start.before(duration).before(Duration::from_millis(1));
        let Some(earlier) = starts.next_after(reach).filter(|earlier| *earlier < span.start) else { break };
        span.start = earlier;
    }
    let mut last = start;
    for _ in 0..CHAIN_MAX {
        let Some(next) = starts.next_after(last).filter(|next| *next <= span.end) else { break };
        (last, span.end) = (next, next.after(duration));
    }
    span
}

impl Progress {
    /// What is known of a window after a look at whether all that it covers is healthy; nothing where none is under way
    /// or its end does not depend on that.
    #[must_use]
    pub fn observe(before: Option<&Self>, window: &Window, at: Timestamp, is_healthy: bool) -> Option<Self> {
        let span = window.span_at(at).filter(|_| window.end_when_healthy)?;
        let fresh = Self { start: span.start, was_unhealthy: false, ended_at: None };
        let mut progress = before.filter(|it| it.start == span.start).cloned().unwrap_or(fresh);
        if is_healthy && progress.was_unhealthy {
            progress.ended_at = progress.ended_at.or(Some(at));
        }
        progress.was_unhealthy |= !is_healthy;
        Some(progress)
    }
}

#[cfg(test)]
mod tests;

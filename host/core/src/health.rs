//! What a check's runs say about its target, as one state. A run that did not complete makes it unknown, never worse;
//! silence makes it stale, never better. Knows nothing of alerts.

use serde::{Deserialize, Serialize};

use crate::config::{Check, Schedule};
use crate::observation::Status;
use crate::run::{RunOutcome, RunRecord};
use crate::time::Timestamp;

/// A check's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    Ok,
    Warning,
    Critical,
    /// Nothing is known: not run yet, or the last run did not complete.
    Unknown,
    /// Runs that were due did not come.
    Stale,
}

impl HealthStatus {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Critical => "critical",
            Self::Unknown => "unknown",
            Self::Stale => "stale",
        }
    }
}

impl From<Status> for HealthStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Ok => Self::Ok,
            Status::Warning => Self::Warning,
            Status::Critical => Self::Critical,
            Status::Unknown => Self::Unknown,
        }
    }
}

/// A check's state and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    pub status: HealthStatus,
    pub since: Timestamp,
}

impl Health {
    #[must_use]
    pub const fn not_run_yet(now: Timestamp) -> Self {
        Self { status: HealthStatus::Unknown, since: now }
    }

    /// The next state, if it differs.
    #[must_use]
    pub fn after(&self, run: &RunRecord) -> Option<Self> {
        let status = match &run.outcome {
            RunOutcome::Completed => run.status().map_or(HealthStatus::Unknown, HealthStatus::from),
            // The node chose not to run it, or had no place: the last word stands until it is stale.
            RunOutcome::Saturated | RunOutcome::Cancelled => return None,
            RunOutcome::GuestError { .. }
            | RunOutcome::Trap { .. }
            | RunOutcome::Deadline { .. }
            | RunOutcome::Memory { .. }
            | RunOutcome::Denied { .. }
            | RunOutcome::HostError { .. } => HealthStatus::Unknown,
        };
        self.becomes(status, run.finished_at())
    }

    /// Stale from now on, if it was not.
    #[must_use]
    pub fn unheard(&self, now: Timestamp) -> Option<Self> {
        self.becomes(HealthStatus::Stale, now)
    }

    fn becomes(&self, status: HealthStatus, at: Timestamp) -> Option<Self> {
        (self.status != status).then_some(Self { status, since: at })
    }
}

/// Runs missed before silence is called stale.
const MISSED_RUNS_TOLERATED: u32 = 3;

/// Whether a run that ended like this counts as a word from the check.
#[must_use]
pub const fn is_heard(outcome: &RunOutcome) -> bool {
    !matches!(outcome, RunOutcome::Saturated | RunOutcome::Cancelled)
}

/// When a check last heard at `heard_at` becomes stale: after three missed runs and the time one may take.
#[must_use]
pub fn stale_at(check: &Check, heard_at: Timestamp) -> Timestamp {
    let missed = match &check.schedule {
        Schedule::Every(interval) => heard_at.after(interval.saturating_mul(MISSED_RUNS_TOLERATED)),
        Schedule::Cron(cron) => (0..MISSED_RUNS_TOLERATED).fold(heard_at, |at, _| cron.next_after(at).unwrap_or(at)),
    };
    missed.after(check.limits.deadline)
}

#[cfg(test)]
mod tests;

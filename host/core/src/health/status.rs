//! The states a check can be in. Knows nothing of how one leads to another.

use serde::{Deserialize, Serialize};

use crate::observation::Status;

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

/// A state that says something about the target, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Known {
    Ok,
    Warning,
    Critical,
}

impl Known {
    pub(super) const fn of(status: Status) -> Option<Self> {
        match status {
            Status::Ok => Some(Self::Ok),
            Status::Warning => Some(Self::Warning),
            Status::Critical => Some(Self::Critical),
            Status::Unknown => None,
        }
    }

    pub(super) const fn of_hard(status: HealthStatus) -> Option<Self> {
        match status {
            HealthStatus::Ok => Some(Self::Ok),
            HealthStatus::Warning => Some(Self::Warning),
            HealthStatus::Critical => Some(Self::Critical),
            HealthStatus::Unknown | HealthStatus::Stale => None,
        }
    }
}

impl From<Known> for HealthStatus {
    fn from(known: Known) -> Self {
        match known {
            Known::Ok => Self::Ok,
            Known::Warning => Self::Warning,
            Known::Critical => Self::Critical,
        }
    }
}

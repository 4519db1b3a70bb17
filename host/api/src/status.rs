//! The node at a glance. Knows nothing of single checks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The node at a glance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// The node's own name, from its configuration or the host name.
    pub node: String,
    pub version: String,
    pub uptime_seconds: u64,
    /// Plugins installed.
    pub plugins: u64,
    pub checks: CheckCounts,
    pub alerts: AlertCounts,
    pub incidents: IncidentCounts,
    pub runs: RunCounts,
}

/// Configured checks by their state; the states add up to `total`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckCounts {
    pub total: u64,
    pub ok: u64,
    pub warning: u64,
    pub critical: u64,
    /// Nothing is known: not run yet, or the last run did not complete.
    pub unknown: u64,
    /// Runs that were due did not come.
    pub stale: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlertCounts {
    /// Conditions that hold, but not for long enough yet.
    pub pending: u64,
    /// Suppressed ones included.
    pub firing: u64,
}

/// Incidents that are not resolved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IncidentCounts {
    pub open: u64,
}

/// Runs of all plugins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunCounts {
    /// Since the daemon started.
    pub total: u64,
    /// Over the last minute, or since the start if that is shorter.
    pub per_second: f64,
    /// Wall time of a run over the last minute, half were quicker; zero where there was none.
    pub p50_us: u64,
    /// Wall time of a run over the last minute, 99 of 100 were quicker; zero where there was none.
    pub p99_us: u64,
}

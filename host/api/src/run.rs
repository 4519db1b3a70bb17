//! Runs: how each one ended, what it cost and what it found. Knows nothing of checks' states.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::check::CheckStatus;
use crate::time::Time;

/// One run of a check, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Run {
    pub id: String,
    pub check: String,
    pub plugin: String,
    /// The component that ran.
    pub digest: String,
    pub cause: Cause,
    /// The point of the schedule it was due at.
    pub due_at: Time,
    pub started_at: Time,
    pub outcome: Outcome,
    pub cost: Cost,
    /// Only where the run completed.
    pub observation: Option<Observation>,
    /// What the plugin returned that could not be kept, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// Whether `/runs/{id}/transcript` has one.
    pub transcript: bool,
}

/// A run as it stands in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunBrief {
    pub id: String,
    pub cause: Cause,
    pub started_at: Time,
    pub outcome: OutcomeKind,
    /// What it found; absent where it did not complete.
    pub status: Option<CheckStatus>,
    /// What it found, or why it did not complete.
    pub summary: String,
    pub cost: Cost,
    pub transcript: bool,
}

/// Why a run took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    Schedule,
    /// Somebody asked for it.
    Demand,
}

/// How the run itself ended. Only `completed` says anything about the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Outcome {
    pub kind: OutcomeKind,
    /// One sentence for people.
    pub message: String,
    /// Of a trap: the guest's stack, innermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denied: Option<Denied>,
}

/// The kinds of outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeKind {
    Completed,
    GuestError,
    Trap,
    Deadline,
    Memory,
    Denied,
    HostError,
    Saturated,
    Cancelled,
}

impl OutcomeKind {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::GuestError => "guest-error",
            Self::Trap => "trap",
            Self::Deadline => "deadline",
            Self::Memory => "memory",
            Self::Denied => "denied",
            Self::HostError => "host-error",
            Self::Saturated => "saturated",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The host call that was outside the run's rights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Denied {
    pub capability: String,
    pub target: String,
    pub reason: String,
}

/// What a run cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Cost {
    pub wall_us: u64,
    /// CPU time of the plugin's own code.
    pub cpu_us: u64,
    pub memory_peak_bytes: u64,
    pub host_calls: u32,
    pub host_bytes: u64,
}

/// What one run may use at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Limits {
    pub deadline_ms: u64,
    pub cpu_ms: u64,
    pub memory_bytes: u64,
    pub host_calls: u32,
    pub host_bytes: u64,
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Observation {
    pub status: CheckStatus,
    /// One line for people.
    pub summary: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

/// One thing found, precise enough to act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// Stable and for machines: `certificate-expires-soon`.
    pub code: String,
    pub status: CheckStatus,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// One number measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Metric {
    pub name: String,
    pub value: f64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    pub kind: MetricKind,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<Bounds>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critical: Option<Bounds>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MetricKind {
    Gauge,
    Counter,
}

/// The bounds of good values, both inclusive; an absent one is open. A value is bad outside them, or inside them where
/// `inverted`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Bounds {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    #[serde(default)]
    pub inverted: bool,
}

/// The bytes behind a finding: as `text` where they are UTF-8, else as `base64`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    pub name: String,
    /// As the plugin says; never trust it.
    pub media_type: String,
    pub size_bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
}

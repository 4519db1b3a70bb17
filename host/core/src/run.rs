//! How one run of a plugin ended and what it cost. A run that did not complete says nothing about its target.
//! Knows nothing of checks' health.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{CheckName, Digest, PluginName, RunId};
use crate::observation::{Observation, Problem, Status};
use crate::time::Timestamp;

/// How the run itself ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum RunOutcome {
    Completed,
    /// The guest said that it could not do its work, or returned what cannot be read.
    GuestError {
        message: String,
    },
    /// The guest hit a Wasm trap (a panic is one).
    Trap {
        message: String,
        frames: Vec<String>,
    },
    Deadline {
        layer: DeadlineLayer,
        limit_ms: u64,
    },
    /// The guest asked for more memory than its limit.
    Memory {
        limit_bytes: u64,
    },
    /// A host call was outside the run's rights.
    Denied {
        capability: String,
        target: String,
        reason: String,
    },
    HostError {
        message: String,
    },
    /// No place was free to run it in.
    Saturated,
    /// The node stopped it: a shutdown, a removed check, an overrun policy.
    Cancelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeadlineLayer {
    /// The run as a whole took too long.
    Wall,
    /// The guest computed for too long.
    Cpu,
}

impl RunOutcome {
    /// A stable word for metrics and tables.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::GuestError { .. } => "guest-error",
            Self::Trap { .. } => "trap",
            Self::Deadline { .. } => "deadline",
            Self::Memory { .. } => "memory",
            Self::Denied { .. } => "denied",
            Self::HostError { .. } => "host-error",
            Self::Saturated => "saturated",
            Self::Cancelled => "cancelled",
        }
    }

    #[must_use]
    pub const fn is_completed(&self) -> bool {
        matches!(self, Self::Completed)
    }

    /// Whether the plugin is to blame: what counts towards its quarantine.
    #[must_use]
    pub const fn is_plugin_fault(&self) -> bool {
        match self {
            Self::Trap { .. } | Self::Deadline { layer: DeadlineLayer::Cpu, .. } | Self::Memory { .. } => true,
            Self::Completed
            | Self::GuestError { .. }
            | Self::Deadline { .. }
            | Self::Denied { .. }
            | Self::HostError { .. }
            | Self::Saturated
            | Self::Cancelled => false,
        }
    }
}

/// One sentence for people.
impl fmt::Display for RunOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completed => f.write_str("completed"),
            Self::GuestError { message } => write!(f, "the plugin failed: {message}"),
            Self::Trap { message, .. } => write!(f, "the plugin trapped: {message}"),
            Self::Deadline { layer: DeadlineLayer::Wall, limit_ms } => {
                write!(f, "not done within its deadline of {limit_ms} ms")
            }
            Self::Deadline { layer: DeadlineLayer::Cpu, limit_ms } => {
                write!(f, "computed for longer than its CPU budget of {limit_ms} ms")
            }
            Self::Memory { limit_bytes } => write!(f, "asked for more than its memory limit of {limit_bytes} bytes"),
            Self::Denied { capability, target, reason } => {
                write!(f, "the capability `{capability}` does not reach {target}: {reason}")
            }
            Self::HostError { message } => write!(f, "the host failed: {message}"),
            Self::Saturated => f.write_str("no place was free to run it"),
            Self::Cancelled => f.write_str("cancelled by the node"),
        }
    }
}

/// What a run cost. Durations in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunCost {
    pub wall_us: u64,
    /// CPU time of the guest's own polls.
    pub cpu_us: u64,
    pub memory_peak_bytes: u64,
    pub host_calls: u32,
    pub host_bytes: u64,
}

/// Why a run took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunCause {
    Schedule,
    /// Somebody asked for it.
    Demand,
}

/// One run of a check, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    pub id: RunId,
    pub check: CheckName,
    pub plugin: PluginName,
    pub digest: Digest,
    pub cause: RunCause,
    /// The point of the grid it was due at.
    pub due_at: Timestamp,
    pub started_at: Timestamp,
    pub outcome: RunOutcome,
    pub cost: RunCost,
    /// Within bounds; only where the run completed.
    pub observation: Option<Observation>,
    /// What the guest returned that could not be kept.
    pub problems: Vec<Problem>,
    /// Whether a transcript was kept.
    pub transcript: bool,
}

impl RunRecord {
    /// What the run says about its target; nothing, if it did not complete.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        self.observation.as_ref().filter(|_| self.outcome.is_completed()).map(|observation| observation.status)
    }

    #[must_use]
    pub fn finished_at(&self) -> Timestamp {
        self.started_at.after(Duration::from_micros(self.cost.wall_us))
    }
}

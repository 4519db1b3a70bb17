//! How far an incident has come, and what the node keeps in mind for it. Knows nothing of who is told.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Severity;
use crate::time::Timestamp;

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentState {
    Open,
    Acknowledged,
    /// Its impact is over.
    Mitigated,
    Resolved,
}

impl IncidentState {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Mitigated => "mitigated",
            Self::Resolved => "resolved",
        }
    }
}

impl fmt::Display for IncidentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Moments that are due, and what was already said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// When one of its alerts last began or ended.
    #[serde(default)]
    pub heard_at: Timestamp,
    /// Until then somebody is to acknowledge it, and its impact is to be over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub respond_by: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve_by: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_missed: Option<Miss>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution_missed: Option<Miss>,
    /// All of its alerts are over: it is resolved then, if none comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<Timestamp>,
    /// Resolved; what comes back until then reopens it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopen_until: Option<Timestamp>,
    #[serde(default)]
    pub reopened: u32,
    /// The first acknowledgement, whatever became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_acknowledged_at: Option<Timestamp>,
    /// How often all of its alerts were over; one that comes and goes is not told of each time.
    #[serde(default)]
    pub calmed: u32,
    /// A person said how severe it is: alerts do not change it any more.
    #[serde(default)]
    pub severity_is_given: bool,
    /// The last status update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
    /// Routine entries that the timeline had no room for.
    #[serde(default)]
    pub entries_omitted: u32,
    /// There was no room for every alert.
    #[serde(default)]
    pub alerts_omitted: bool,
}

/// A target that was missed, for as long as its alert fires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Miss {
    /// When the target was.
    pub due: Timestamp,
    /// When its alert began.
    pub at: Timestamp,
    /// How severe the incident was then.
    pub severity: Severity,
    /// When its alert ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_at: Option<Timestamp>,
}

/// What a status update last said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub now: Severity,
    /// The worst that was ever told.
    pub severity: Severity,
    pub state: IncidentState,
    /// How many updates there were; part of each one's identity.
    pub updates: u32,
}

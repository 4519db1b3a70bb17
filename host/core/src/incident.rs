//! An incident: correlated alerts with a timeline, from the first alert to the last word of its post-mortem. Knows nothing
//! of how anyone is told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{CheckName, IncidentId};
use crate::label::{Fingerprint, Labels};
use crate::time::Timestamp;

mod contribution;
mod settings;

pub use contribution::Contribution;
pub use settings::Settings;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub id: IncidentId,
    pub title: String,
    pub severity: Severity,
    pub opened_by: OpenedBy,
    /// Those that all of its first alerts share.
    pub labels: Labels,
    pub opened_at: Timestamp,
    /// The earliest start of any of its alerts.
    pub onset: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Signed>,
    /// Its impact is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mitigated: Option<Signed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Signed>,
    /// Every alert that ever belonged to it.
    pub alerts: BTreeMap<Fingerprint, Member>,
    /// The check that most likely began it: the earliest onset highest in the graph of dependencies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<CheckName>,
    /// What happened, oldest first; bounded.
    pub timeline: Vec<Entry>,
}

/// How bad it is; the first is the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    #[serde(rename = "SEV-1")]
    Sev1,
    #[serde(rename = "SEV-2")]
    Sev2,
    #[serde(rename = "SEV-3")]
    Sev3,
    #[serde(rename = "SEV-4")]
    Sev4,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OpenedBy {
    /// A rule of the configuration, or one that is built in.
    Rule(String),
    /// By hand.
    Person(String),
    /// A playbook that answers an alert no rule opens an incident for.
    Playbook(String),
}

/// Who said so, and when. What the node itself decided is signed with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    pub by: String,
    pub at: Timestamp,
}

/// An alert of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub labels: Labels,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckName>,
    pub starts_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    pub joined_at: Timestamp,
}

/// One line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub at: Timestamp,
    pub kind: EntryKind,
    /// Where it came from: a rule, a person, a playbook, a receiver.
    pub source: String,
    /// In a sentence.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    State,
    Severity,
    Alert,
    Acknowledgement,
    Note,
    Notification,
    Remediation,
    Verification,
    Change,
    Target,
}

impl Severity {
    pub const ALL: [Self; 4] = [Self::Sev1, Self::Sev2, Self::Sev3, Self::Sev4];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sev1 => "SEV-1",
            Self::Sev2 => "SEV-2",
            Self::Sev3 => "SEV-3",
            Self::Sev4 => "SEV-4",
        }
    }

    /// 1 (worst) to 4.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Sev1 => 1,
            Self::Sev2 => 2,
            Self::Sev3 => 3,
            Self::Sev4 => 4,
        }
    }
}

impl Incident {
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.resolved.is_none()
    }
}

//! An incident: correlated alerts with a timeline, from the first alert to the last word of its post-mortem. Knows nothing
//! of how anyone is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::{CheckName, IncidentId};
use crate::label::{Fingerprint, Labels};
use crate::time::Timestamp;

mod act;
mod business;
mod contribution;
mod course;
mod door;
pub mod figures;
mod impact;
mod life;
mod origin;
pub mod postmortem;
pub mod report;
mod settings;
mod timeline;

pub use act::IncidentAct;
pub(crate) use business::due;
pub use contribution::Contribution;
pub use course::{Course, IncidentState, Miss, Told};
pub use door::ActError;
pub use impact::Impact;
pub use life::{MEMBERS_MAX, NODE};
pub(crate) use life::{bounded, name_of, summary};
pub(crate) use origin::{above, below, origin};
pub use postmortem::Postmortem;
pub use settings::{Rule, Settings, Target, Update, Within};
pub use timeline::ENTRIES_MAX;
pub(crate) use timeline::clipped;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// The alerts that belong to it, those that are over too; bounded.
    pub alerts: BTreeMap<Fingerprint, Member>,
    /// The check that most likely began it: the earliest onset highest in the graph of dependencies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<CheckName>,
    /// What happened, oldest first; bounded.
    pub timeline: Vec<Arc<Entry>>,
    #[serde(default)]
    pub people: People,
    #[serde(default)]
    pub course: Course,
    /// What it cost the error budgets of the SLOs that it is about.
    #[serde(default)]
    pub impact: Vec<Impact>,
    /// From its first resolution on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postmortem: Option<Postmortem>,
}

/// Who works on it, and where they talk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commander: Option<String>,
    /// Of the call or the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
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
    /// As long as it fires the incident is not over: it is one that could have opened it.
    #[serde(default)]
    pub holds: bool,
    /// How often it began while it belonged to the incident.
    #[serde(default)]
    pub times: u32,
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
    /// One without alerts, that nobody has looked at.
    #[must_use]
    pub fn new(
        id: IncidentId,
        title: impl Into<String>,
        severity: Severity,
        opened_by: OpenedBy,
        labels: Labels,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            title: title.into(),
            severity,
            opened_by,
            labels,
            opened_at: now,
            onset: now,
            acknowledged: None,
            mitigated: None,
            resolved: None,
            alerts: BTreeMap::new(),
            origin: None,
            timeline: Vec::new(),
            people: People::default(),
            course: Course { heard_at: now, ..Course::default() },
            impact: Vec::new(),
            postmortem: None,
        }
    }

    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.resolved.is_none()
    }

    #[must_use]
    pub const fn state(&self) -> IncidentState {
        if self.resolved.is_some() {
            IncidentState::Resolved
        } else if self.mitigated.is_some() {
            IncidentState::Mitigated
        } else if self.acknowledged.is_some() {
            IncidentState::Acknowledged
        } else {
            IncidentState::Open
        }
    }

    /// The checks that its alerts are about.
    #[must_use]
    pub fn checks(&self) -> BTreeSet<&CheckName> {
        self.alerts.values().filter_map(|member| member.check.as_ref()).collect()
    }

    /// The label `service` of what opened it, else of its first alert that has one; empty where none has.
    #[must_use]
    pub fn service(&self) -> &str {
        let own = self.labels.get("service");
        let of_alerts = || {
            let with = self.alerts.values().filter(|member| member.labels.contains("service"));
            with.min_by_key(|member| member.joined_at).map_or("", |member| member.labels.get("service"))
        };
        if own.is_empty() { of_alerts() } else { own }
    }
}

impl EntryKind {
    /// A stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Severity => "severity",
            Self::Alert => "alert",
            Self::Acknowledgement => "acknowledgement",
            Self::Note => "note",
            Self::Notification => "notification",
            Self::Remediation => "remediation",
            Self::Verification => "verification",
            Self::Change => "change",
            Self::Target => "target",
        }
    }
}

//! Pages: notified groups that someone is to answer for, each on the ladder of an escalation policy. Knows nothing of who
//! is on call.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::time::Time;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PageState {
    /// Nobody has answered.
    Open,
    Acknowledged,
    Closed,
}

impl PageState {
    pub const ALL: [Self; 3] = [Self::Open, Self::Acknowledged, Self::Closed];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Closed => "closed",
        }
    }
}

/// Which pages are wanted. What is left out does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct PageQuery {
    /// States, parted by commas: `open,acknowledged`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// Open ones first, then those that were acknowledged, then those that closed; newest first among each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PageList {
    pub pages: Vec<Page>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Page {
    pub id: String,
    pub state: PageState,
    /// The group's key.
    pub group: String,
    pub labels: BTreeMap<String, String>,
    pub receiver: String,
    pub policy: String,
    /// The worst of its alerts'; empty where none says.
    pub severity: String,
    pub opened_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Time>,
    /// The level that was told last, from 1; 0 before the first.
    pub level: u64,
    /// Levels of its policy.
    pub levels: u64,
    /// From 1.
    pub round: u64,
    /// When the next level is told; absent while it is acknowledged, and when the ladder has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_step_at: Option<Time>,
    /// The ladder has ended and nobody answered.
    pub exhausted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledgement>,
    /// Everyone who was ever told, in words.
    pub told: Vec<String>,
    /// Fingerprints of the alerts in its group.
    pub alerts: Vec<String>,
    /// What happened, oldest first.
    pub notes: Vec<PageNote>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Acknowledgement {
    pub by: String,
    pub at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// When it ends by itself and the ladder goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// Whether it outlasts a worse severity.
    pub sticky: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PageNote {
    pub at: Time,
    /// From 1.
    pub round: u64,
    /// From 1; 0 where it concerns no level.
    pub level: u64,
    pub words: String,
}

/// How to acknowledge. All of it may be left out, and the body too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Acknowledge {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Either this or `duration_seconds`; as long as the policy says where neither is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u64>,
    /// Holds also when a worse alert joins.
    pub sticky: bool,
}

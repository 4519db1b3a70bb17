//! What is learnt from an incident: what the node puts together when it resolves, and what people fill in. Knows nothing of
//! how it looks.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Contribution, Signed};
use crate::id::{CheckName, ContributionId, MetricName};
use crate::time::Timestamp;

mod fill;
mod html;
mod markdown;
mod moved;
mod sheet;

pub use fill::ACTIONS_MAX;
pub use html::html;
pub use markdown::markdown;
pub use moved::{Excerpt, moved};

/// How often one may ask why.
pub const WHYS_MAX: usize = 5;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Postmortem {
    /// When the incident resolved, for the first time.
    pub begun_at: Timestamp,
    /// By its severity.
    pub required: bool,
    /// Changes to the world that it may come from, the nearest to its onset first.
    #[serde(default)]
    pub contributions: Vec<Contributing>,
    /// Metrics that moved around its onset, the furthest first.
    #[serde(default)]
    pub moved: Vec<Moved>,
    /// The answers to the first why, the second, ... up to [`WHYS_MAX`]; empty where nobody has answered.
    #[serde(default)]
    pub whys: Vec<String>,
    #[serde(default)]
    pub root_cause: String,
    #[serde(default)]
    pub lessons: String,
    #[serde(default)]
    pub actions: Vec<ActionItem>,
    /// Somebody says that it is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed: Option<Signed>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contributing {
    pub id: ContributionId,
    pub told: Arc<Contribution>,
}

/// A metric that was otherwise after the onset than before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    pub check: CheckName,
    pub metric: MetricName,
    /// Medians.
    pub before: f64,
    pub after: f64,
    /// How far the median moved, in units of the spread before.
    pub spreads: f64,
}

/// Something to do, until it is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionItem {
    /// From 1, within the incident.
    pub number: u32,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// A date: `2026-12-24`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Signed>,
}

/// What someone fills in.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// The answer to a why, from 1 to [`WHYS_MAX`]; an empty one takes it back.
    Why {
        number: usize,
        answer: String,
    },
    RootCause(String),
    Lessons(String),
    AddAction {
        text: String,
        owner: Option<String>,
        due: Option<String>,
    },
    /// All of it anew, but for whether it is done.
    ChangeAction {
        number: u32,
        text: String,
        owner: Option<String>,
        due: Option<String>,
    },
    Done {
        number: u32,
        done: bool,
    },
    /// Nothing is left to be filled in; `false` takes it back.
    Complete(bool),
    /// Of the node's shell: what the metrics around the onset show.
    Moved(Vec<Moved>),
}

#[cfg(test)]
mod tests;

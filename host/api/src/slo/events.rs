//! What applications report for an indicator. Knows nothing of who counts it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::time::Time;

/// A batch of events, all of which are taken in one step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SliEvents {
    /// The same batch sent again under the same key is counted once, for as long as late events are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Who sends it: keys are told apart by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    pub events: Vec<SliEvent>,
}

/// One event or a sum of several: `good` and `total`, or a `value` that is judged by the objective's limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SliEvent {
    /// Now, where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SliTaken {
    /// Events that are counted now.
    pub counted: u64,
    /// The key was known: nothing was counted again.
    pub repeated: bool,
    /// Events that are not counted, by reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<EventsRefused>,
}

/// Events refused for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventsRefused {
    /// `late`, `future`, `good-above-total`, ...
    pub code: String,
    pub count: u64,
    /// The index of the first such event in the batch.
    pub first: u64,
    /// What is wrong with it, and the way out.
    pub message: String,
}

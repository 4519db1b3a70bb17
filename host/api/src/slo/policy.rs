//! Error budget policies as they stand, and downtime as people explain it. Knows nothing of how either is decided.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::time::Time;

/// What the error budget policies of an SLO ask for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SloPolicy {
    pub slo: String,
    /// Deploys are frozen.
    pub frozen: bool,
    /// Why the gate is open or closed, and what would change it.
    pub because: String,
    /// In force now.
    pub responses: Vec<BudgetResponse>,
}

/// One response in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BudgetResponse {
    /// `freeze-deploys`, `slow-rollouts`, `raise-check-frequency`, or any other name.
    pub response: String,
    pub policy: String,
    pub objective: String,
    pub since: Time,
    /// Why, in words.
    pub because: String,
}

/// What is known of a stretch of time in which an objective was missed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Downtime {
    pub id: String,
    pub slo: String,
    /// All of them, where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<String>,
    pub starts_at: Time,
    pub ends_at: Time,
    /// `planned-maintenance`, `unplanned-outage`, `network`, `hardware`, `software`, `capacity`, `security` or
    /// `third-party`.
    pub reason: String,
    pub comment: String,
    pub author: String,
}

/// What somebody says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDowntime {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<String>,
    pub starts_at: Time,
    pub ends_at: Time,
    pub reason: String,
    #[serde(default)]
    pub comment: String,
}

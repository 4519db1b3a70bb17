//! Detectors and the anomalies they reported. Knows nothing of how a detector judges.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::run::OutcomeKind;
use crate::time::Time;

/// All detectors in the order of their names, and what they reported last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Detectors {
    pub detectors: Vec<DetectorSummary>,
    /// Newest first.
    pub anomalies: Vec<Anomaly>,
}

/// A detector on a check's metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DetectorSummary {
    pub name: String,
    pub plugin: String,
    pub check: String,
    pub metric: String,
    /// False while it has too little history to judge.
    pub warm: bool,
    /// Samples up to here were judged.
    pub judged_until: Option<Time>,
    /// How its last run ended.
    pub last_outcome: Option<OutcomeKind>,
    /// Why its last run did not complete.
    pub error: Option<String>,
}

/// A verdict on one point of a series: evidence, not a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Anomaly {
    pub detector: String,
    pub check: String,
    pub metric: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    pub at: Time,
    /// `spike`, `dip`, `level-shift`, `trend`, `seasonal`, `missing`, `constant`, `drift` or `other`.
    pub kind: String,
    /// In the detector's own measure; larger is stranger.
    pub score: f64,
    pub value: Option<f64>,
    pub expected_low: Option<f64>,
    pub expected_high: Option<f64>,
    pub explanation: String,
}

//! Series, samples and what a detector says about them. An anomaly is evidence, not a page, unless a rule says so.
//! Knows nothing of how a detector judges.

use serde::{Deserialize, Serialize};

use crate::id::{CheckName, DetectorName, MetricName};
use crate::observation::Label;
use crate::time::Timestamp;

/// One point of a series; no value where a run found none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub at: Timestamp,
    pub value: Option<f64>,
}

/// What identifies a series: a check's metric with its labels, sorted by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SeriesKey {
    pub check: CheckName,
    pub metric: MetricName,
    pub labels: Vec<Label>,
}

/// A series and what is new in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub key: SeriesKey,
    pub unit: String,
    /// The check's interval; zero where it has none (cron).
    pub interval_ms: u64,
    pub samples: Vec<Sample>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnomalyKind {
    Spike,
    Dip,
    LevelShift,
    Trend,
    Seasonal,
    Missing,
    Constant,
    Drift,
    Other,
}

/// A detector's verdict on one point of a series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anomaly {
    pub detector: DetectorName,
    pub series: SeriesKey,
    pub at: Timestamp,
    pub kind: AnomalyKind,
    /// In the detector's own measure; larger is stranger.
    pub score: f64,
    pub value: Option<f64>,
    pub expected_low: Option<f64>,
    pub expected_high: Option<f64>,
    pub explanation: String,
}

/// What one run of a detector returned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    pub anomalies: Vec<Anomaly>,
    /// Handed to the next run; opaque to the host.
    pub snapshot: Vec<u8>,
    /// False while the detector has too little history to judge.
    pub warm: bool,
}

//! What one run of a check found, and the bounds that hold for it.
//! Knows nothing of how the run itself ended (that is [`crate::run`]) or of what follows from the status.

use std::fmt;

use serde::{Deserialize, Serialize};

mod accept;
mod number;

pub use accept::{Accepted, Problem};
pub(crate) use accept::{LABELS_MAX, bad_label, is_metric_name};

/// What a probe found. Ordered by severity: ok < unknown < warning < critical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    Unknown,
    Warning,
    Critical,
}

impl Status {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

pub type Label = (String, String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricKind {
    Gauge,
    Counter,
}

/// The bounds of good values, both inclusive; an absent bound is open. A value is bad outside the bounds, or inside
/// them where `inverted` (Nagios writes that `@low:high`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    #[serde(with = "number::optional", skip_serializing_if = "Option::is_none", default)]
    pub low: Option<f64>,
    #[serde(with = "number::optional", skip_serializing_if = "Option::is_none", default)]
    pub high: Option<f64>,
    #[serde(default)]
    pub inverted: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    pub name: String,
    /// Not finite only in what a guest returned; an accepted observation holds finite values alone.
    #[serde(with = "number")]
    pub value: f64,
    /// A base unit as in OpenMetrics (`seconds`, `bytes`, `ratio`, ...); empty for a plain number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    pub kind: MetricKind,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Label>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<Range>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critical: Option<Range>,
}

/// One thing found, precise enough to act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable and for machines: `certificate-expires-soon`.
    pub code: String,
    pub status: Status,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// The bytes behind a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub name: String,
    pub media_type: String,
    pub body: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    pub status: Status,
    /// One line for people.
    pub summary: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

impl Observation {
    #[must_use]
    pub fn new(status: Status, summary: impl Into<String>) -> Self {
        Self { status, summary: summary.into(), findings: Vec::new(), metrics: Vec::new(), evidence: Vec::new() }
    }
}

//! Incidents: correlated alerts with a timeline, who is on them, how long they took, and what was learnt. Knows nothing of
//! how alerts are correlated.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::time::Time;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum IncidentState {
    /// Nobody has answered.
    Open,
    Acknowledged,
    /// Its impact is over.
    Mitigated,
    Resolved,
}

impl IncidentState {
    pub const ALL: [Self; 4] = [Self::Open, Self::Acknowledged, Self::Mitigated, Self::Resolved];

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

/// Which incidents are wanted. What is left out does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct IncidentQuery {
    /// States, parted by commas: `open,acknowledged`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// At most this many, the newest; 100 where none is given, 5,000 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// Those that are not resolved first, then newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IncidentList {
    pub incidents: Vec<IncidentSummary>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IncidentSummary {
    pub id: String,
    pub title: String,
    pub state: IncidentState,
    /// `SEV-1` (worst) to `SEV-4`.
    pub severity: String,
    /// What opened it: a rule, a person, a playbook.
    pub opened_by: String,
    pub opened_at: Time,
    /// The earliest start of any of its alerts.
    pub onset: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Time>,
    /// The check that most likely began it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// Alerts that still fire.
    pub alerts_firing: u64,
    pub alerts_total: u64,
    /// Ids of its remediations, oldest first.
    pub remediations: Vec<String>,
}

/// An incident with all that is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Incident {
    #[serde(flatten)]
    pub summary: IncidentSummary,
    pub labels: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<SignedAt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mitigated: Option<SignedAt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<SignedAt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commander: Option<String>,
    /// Where people talk about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    pub alerts: Vec<IncidentAlert>,
    /// Checks that its alerts are about.
    pub checks: Vec<String>,
    /// Oldest first.
    pub timeline: Vec<TimelineEntry>,
    pub durations: Durations,
    /// Error budget that was spent while it was open.
    pub impact: Vec<BudgetSpent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postmortem: Option<Postmortem>,
}

/// Who said so, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedAt {
    pub by: String,
    pub at: Time,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IncidentAlert {
    pub fingerprint: String,
    pub labels: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    pub starts_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimelineEntry {
    pub at: Time,
    /// `state`, `severity`, `alert`, `acknowledgement`, `note`, `notification`, `remediation`, `verification`, `change`,
    /// `target`.
    pub kind: String,
    pub source: String,
    pub text: String,
}

/// Seconds; absent while it has not happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Durations {
    /// From the onset until it was opened (TTD).
    pub detect_seconds: Option<u64>,
    /// From then until somebody answered (TTA).
    pub acknowledge_seconds: Option<u64>,
    /// From when it was opened until its impact was over (TTM).
    pub mitigate_seconds: Option<u64>,
    /// From when it was opened until it was resolved (TTR).
    pub resolve_seconds: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BudgetSpent {
    pub slo: String,
    pub objective: String,
    /// Of the whole period's budget; 0.25 is a quarter of it. Absent where nothing was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// Counted while it was open.
    pub bad: u64,
    pub total: u64,
}

/// What was learnt: what the node found around the onset, and what people filled in. From the first resolution on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Postmortem {
    /// By the incident's severity.
    pub required: bool,
    /// Metrics that moved around the onset, the furthest first.
    pub moved: Vec<MovedMetric>,
    /// Changes that it may come from, the nearest to its onset first, each in a sentence.
    pub changes: Vec<String>,
    /// Each answers a why about the one before; empty where nobody has answered.
    pub whys: Vec<String>,
    pub root_cause: String,
    pub lessons: String,
    pub actions: Vec<ActionItem>,
    /// Somebody says that nothing is left to be filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed: Option<SignedAt>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MovedMetric {
    pub check: String,
    pub metric: String,
    /// Medians before and after the onset.
    pub before: f64,
    pub after: f64,
    /// How far the median moved, in units of the spread before.
    pub spreads: f64,
}

/// Something to do, listed until it is done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActionItem {
    /// From 1, within the incident.
    pub number: u32,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// `2026-12-24`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<SignedAt>,
}

/// What is filled into a post-mortem. What is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangePostmortem {
    /// The answer to the first why, the second, ...: at most five.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whys: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lessons: Option<String>,
    /// New things to do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<NewAction>,
    /// Numbers of things that are done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complete: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAction {
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
}

/// An incident opened by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenIncident {
    pub title: String,
    /// `SEV-1` (worst) to `SEV-4`.
    pub severity: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// What is to be different about an incident. What is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeIncident {
    /// `acknowledged`, `mitigated`, `resolved`, or `open` to open again what was resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<IncidentState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// An empty text takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commander: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Added to the timeline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postmortem: Option<ChangePostmortem>,
}

/// A deployment or another change to the world, told by whoever made it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TellChange {
    /// `deploy`, `migration`, `flag`, or any word.
    pub kind: String,
    /// In a sentence.
    pub summary: String,
    /// Now, where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// Which parts it is about, in the words of checks and alerts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToldChange {
    pub id: String,
}

/// How a post-mortem is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct PostmortemQuery {
    /// `markdown` (where none is given) or `html`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
}

/// Durations of incidents by service and month: n, median and 90th percentile, never a mean.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IncidentFigures {
    pub rows: Vec<FiguresRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FiguresRow {
    /// Empty where the incidents name none.
    pub service: String,
    /// `2026-11`
    pub month: String,
    pub detect: Spread,
    pub acknowledge: Spread,
    pub mitigate: Spread,
    pub resolve: Spread,
}

/// Of `n` durations in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Spread {
    pub n: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p90_seconds: Option<u64>,
}

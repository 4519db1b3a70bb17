//! Checks: what each one is, how it is, and how it got there. Knows nothing of how a status is decided.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::plugin::Right;
use crate::run::{Limits, Observation, Run, RunBrief};
use crate::time::Time;

/// The state of a check. An observation has the first four only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CheckStatus {
    Ok,
    Warning,
    Critical,
    /// Nothing is known: not run yet, or the last run did not complete.
    Unknown,
    /// Runs that were due did not come.
    Stale,
}

impl CheckStatus {
    pub const ALL: [Self; 5] = [Self::Critical, Self::Warning, Self::Unknown, Self::Stale, Self::Ok];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Critical => "critical",
            Self::Unknown => "unknown",
            Self::Stale => "stale",
        }
    }
}

/// Which checks are wanted. What is left out does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct CheckQuery {
    /// States, parted by commas: `critical,warning`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Labels, parted by commas, all of which must be there: `team=web,tier=1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// A plugin's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// A part of the check's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `false` leaves the recent runs out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recent: Option<bool>,
    /// At most this many; 1,000 where none is given, 10,000 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Only those whose name comes after this one: the `next` of the answer before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Checks in the order of their names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckList {
    pub checks: Vec<CheckSummary>,
    /// How many fit the filter, also beyond `limit`.
    pub total: u64,
    /// There are more: ask again with this as `after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A check as it stands in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckSummary {
    pub name: String,
    pub plugin: String,
    pub status: CheckStatus,
    /// In this state since.
    pub since: Time,
    /// One line for people: of the last completed run, or why the last run did not complete. From a plugin: never
    /// trust it as markup.
    pub summary: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// In words: `every 10s`, `cron */5 * * * * Europe/Berlin`.
    pub schedule: String,
    pub next_run_at: Option<Time>,
    pub last_run: Option<RunBrief>,
    /// Set while the check rests because its plugin failed again and again.
    pub paused: Option<Pause>,
    /// Set while what the last run found waits to be confirmed by more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soft: Option<Soft>,
    /// What its runs find changes too often to be believed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flapping: bool,
    /// Set while a check that this one depends on is down: its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreachable_behind: Option<String>,
    /// What the values of `recent` are.
    pub headline: Option<Headline>,
    /// Oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<RecentRun>,
}

/// A rest from a failing plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pause {
    pub until: Time,
    /// Failures in a row.
    pub faults: u32,
}

/// A state that waits to be confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Soft {
    pub status: CheckStatus,
    /// Runs that said so.
    pub attempt: u32,
    /// Runs that must.
    pub needed: u32,
    pub since: Time,
}

/// The metric that stands for a check: the first of its observation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Headline {
    pub metric: String,
    /// A base unit as in OpenMetrics: `seconds`, `bytes`, `ratio`; empty for a plain number.
    pub unit: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// A run as a point of a sparkline.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecentRun {
    pub at: Time,
    /// `unknown` where the run did not complete.
    pub status: CheckStatus,
    pub wall_us: u64,
    /// The headline metric's value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}

/// Everything about one check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckDetail {
    #[serde(flatten)]
    pub summary: CheckSummary,
    /// As it stands in the configuration.
    pub config: Value,
    /// What its runs may reach: manifest ∩ grant, narrowed to what its config names.
    pub rights: Vec<Right>,
    pub limits: Limits,
    /// `skip`, `queue` or `kill`.
    pub overrun: String,
    /// `low`, `normal` or `high`.
    pub priority: String,
    /// Where it stands in the configuration: `tocsin.yaml:12:5`.
    pub place: String,
    /// Of the newest completed run.
    pub observation: Option<Observation>,
    /// The newest run that did not complete or was not ok, with its findings and evidence.
    pub trouble: Option<Run>,
    /// Newest first.
    pub runs: Vec<RunBrief>,
}

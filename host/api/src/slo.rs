//! Service level objectives, their error budgets, and what applications report for them. Knows nothing of how any of it
//! is counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::time::Time;

mod events;
mod policy;

pub use events::{EventsRefused, SliEvent, SliEvents, SliTaken};
pub use policy::{BudgetResponse, Downtime, NewDowntime, SloPolicy};

/// All SLOs, in the order of their names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SloList {
    pub slos: Vec<Slo>,
    /// Give it as `after` to go on, where not all are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct SloQuery {
    /// Only of this service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// At most so many; 200 where it is not given, 1,000 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// The SLO after which to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// One SLO, with where each of its objectives stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Slo {
    pub name: String,
    pub title: String,
    pub service: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What is measured: availability, latency, throughput, error-rate, freshness or quality.
    pub kind: String,
    /// Where it comes from, in words: `the check shop`, `events of checkout`.
    pub source: String,
    /// `rolling 30d`, `calendar month in Europe/Berlin`.
    pub period: String,
    /// The length of a rolling period, or of the present calendar one.
    pub period_seconds: u64,
    /// The least that is told apart in time.
    pub slot_seconds: f64,
    /// How late an event may come and still be counted.
    pub late_seconds: f64,
    pub objectives: Vec<Objective>,
    /// What its error budget policies ask for now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub responses: Vec<BudgetResponse>,
}

/// Where one objective stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Objective {
    pub name: String,
    /// Exact, in percent: `99.95%`.
    pub target: String,
    /// The same as a share of one.
    pub target_ratio: f64,
    /// `occurrences`, `timeslices` or `ratio-timeslices`.
    pub method: String,
    /// What a good value is, where values are judged: `<= 0.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    pub state: SloState,
    /// Why it is in that state, in one sentence.
    pub because: String,
    /// Good and total over the period; slices, where slices are counted.
    pub good: u64,
    pub total: u64,
    /// Good of total; absent while there is too little data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compliance: Option<f64>,
    pub budget: Budget,
    /// In the order of their length; the period's own is last.
    pub burn: Vec<Burn>,
    pub alerts: Vec<SloAlert>,
    /// Compliance over some 60 even parts of the period, oldest first; null where there was no data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Option<f64>>,
    /// Since when it is counted as it is now.
    pub since: Time,
    /// It took the place of what was counted by another definition: another check, another measure, another method.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub renewed: bool,
    pub counters: SloCounters,
}

/// How an objective stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SloState {
    /// The objective is met, and no alert of it fires.
    Met,
    /// The objective is met, and its budget burns so fast that an alert fires.
    Burning,
    /// No budget is left: the objective is missed.
    Exhausted,
    /// Too little is known to say.
    InsufficientData,
    /// What is needed is being read from disk.
    CatchingUp,
}

impl SloState {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Burning => "burning",
            Self::Exhausted => "exhausted",
            Self::InsufficientData => "insufficient-data",
            Self::CatchingUp => "catching-up",
        }
    }
}

/// What may go wrong, and how much of it is left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Budget {
    /// Bad events that the objective allows of those there were, with their fraction.
    pub allowed: f64,
    /// Bad events there were; where the shares of slices are what is counted, with their fraction.
    pub consumed: f64,
    /// Of one; below zero where more was spent than there was. Absent while there is too little data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining_ratio: Option<f64>,
    /// The same as time in which nothing works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining_seconds: Option<f64>,
    /// The history is shorter than the period.
    pub provisional: bool,
    /// When nothing is left if it goes on like this, at the earliest and at the latest of what the short and the long
    /// windows say; absent where it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exhausted: Option<Exhausted>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Exhausted {
    pub earliest_seconds: f64,
    /// Absent where only the shorter window says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_seconds: Option<f64>,
}

/// How many times faster than evenly the budget burns over one window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Burn {
    /// `5m`, `1h`, `30d`.
    pub window: String,
    pub window_seconds: f64,
    pub good: u64,
    pub total: u64,
    /// Absent while there is no data in the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
}

/// One reason to alert, and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SloAlert {
    pub name: String,
    /// `burn above 14.4 over 1h and 5m`.
    pub when: String,
    pub severity: String,
    /// `inactive`, `pending` or `firing`.
    pub state: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
}

/// What was not counted, and why, since `since`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SloCounters {
    /// Events that came too late.
    pub late: u64,
    /// Events from the future.
    pub future: u64,
    /// Left out for planned maintenance.
    pub excluded: u64,
}

/// What was counted, slot by slot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlotList {
    pub slot_seconds: f64,
    /// Slots in which anything was counted, in order: when they begin, good, total.
    pub slots: Vec<(Time, u64, u64)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct SlotQuery {
    /// The first, where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objective: Option<String>,
    /// A point in time; the beginning of the period, where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// A point in time; now, where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct ReportQuery {
    /// `day`, `week`, `month` or `quarter`; `month` where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// A point in time within the period that is wanted; the present one, where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Only of this SLO.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slo: Option<String>,
    /// Where its days begin, by IANA name; UTC where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// What to play a recorded history through.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Simulate {
    /// Its objective; the first, where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objective: Option<String>,
    /// Targets in percent, `99.9`; the objective's own, where there is none.
    pub targets: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

/// Labels, by name.
pub type Labels = BTreeMap<String, String>;

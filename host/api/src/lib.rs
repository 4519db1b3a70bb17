//! What the daemon and its clients say to each other, as JSON under `/api/v1`. Knows nothing of ours: every type here
//! is plain data with the names that stand on the wire, and the daemon alone turns its own types into these.
//!
//! What alerting speaks of has rooms of its own: [`alert`], [`silence`], [`page`], [`oncall`], [`why`]; what
//! is promised, in [`slo`]; what happened and what was done about it, in [`incident`] and [`remediation`].
//!
//! Durations and sizes carry their unit in the name; points in time are RFC 3339 in UTC. Fields may be added; none is
//! renamed or removed within `v1`, so a reader ignores what it does not know.

#![forbid(unsafe_code)]

pub mod alert;
mod audit;
mod change;
mod check;
mod detector;
pub mod incident;
pub mod oncall;
pub mod page;
mod plugin;
mod problem;
pub mod remediation;
mod run;
pub mod silence;
pub mod slo;
mod status;
mod time;
pub mod why;

pub use audit::{AuditEntry, AuditLog};
pub use change::Change;
pub use check::{CheckDetail, CheckList, CheckQuery, CheckStatus, CheckSummary, Headline, Pause, RecentRun, Soft};
pub use detector::{Anomaly, DetectorSummary, Detectors};
pub use plugin::{
    InstallQuery, InstallRequest, Installed, PluginCost, PluginState, PluginSummary, Plugins, Reloaded, Right, Signer,
};
pub use problem::{Code, Problem, ProblemError};
pub use run::{
    Bounds, Cause, Cost, Denied, Evidence, Finding, Limits, Metric, MetricKind, Observation, Outcome, OutcomeKind, Run,
    RunBrief,
};
pub use status::{AlertCounts, CheckCounts, IncidentCounts, RunCounts, Status};
pub use time::Time;

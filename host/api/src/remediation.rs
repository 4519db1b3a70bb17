//! Remediations: a playbook's plan, what every gate says of it, what was done, what proved that it helped. Knows nothing of
//! what carries a verb out.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::time::Time;

/// Which remediations are wanted. What is left out does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct RemediationQuery {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub playbook: Option<String>,
    /// Only those that have not ended.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
    /// At most this many, the newest; 100 where none is given, 2,000 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// Those under way first, then newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RemediationList {
    pub remediations: Vec<Remediation>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Remediation {
    pub id: String,
    pub playbook: String,
    pub incident: String,
    /// What its lease, cooldown and attempts are about.
    pub target: String,
    /// The triggering checks.
    pub checks: Vec<String>,
    /// `observe`, `dry-run`, `approve` or `auto`.
    pub mode: String,
    /// Which action of the playbook's ladder, from 1.
    pub rung: u64,
    pub proposed_at: Time,
    /// `diagnosing`, `probing`, `planning`, `held`, `awaiting-approval`, `running`, `settling`, `verifying`, `undoing`,
    /// `ended`.
    pub stage: String,
    /// The stage in a sentence.
    pub words: String,
    pub since: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanShown>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<ApprovedBy>,
    /// Every gate in the order in which they are asked, as it was judged last.
    pub gates: Vec<GateVerdict>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<RemediationEnd>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanShown {
    /// What an approval names.
    pub hash: String,
    pub summary: String,
    pub why: String,
    /// The component that made it.
    pub digest: String,
    pub at: Time,
    pub steps: Vec<PlanStep>,
    /// What must hold right before the first verb, each in a sentence.
    pub preconditions: Vec<String>,
    /// These are run again, and must be ok.
    pub verified_by: Vec<String>,
    pub settle_seconds: u64,
    pub times: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanStep {
    /// `restart-service`, `run-command`, ...
    pub verb: String,
    /// Its arguments.
    #[schema(value_type = Object)]
    pub arguments: Value,
    pub why: String,
    pub timeout_ms: u32,
    /// What it would do, once that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepared: Option<String>,
    /// Whether it can be taken back.
    pub undoable: bool,
    /// `waiting`, `under-way`, `done`, `failed`, `indeterminate`, `undone`, `not-undone`.
    pub state: String,
    /// What came of it, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub output: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApprovedBy {
    pub by: String,
    pub at: Time,
    pub until: Time,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GateVerdict {
    pub gate: String,
    /// `allow`, `hold` or `refuse`.
    pub ruling: String,
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RemediationEnd {
    pub at: Time,
    /// `verified`, `undone`, `failed`, `indeterminate`, `refused`, `dropped`, `unapproved`, `observed`.
    pub how: String,
    pub reason: String,
    /// Whether a person was told because of it.
    pub escalated: bool,
}

/// Says yes or no to the plan with this hash, and to no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    pub hash: String,
}

/// What stops repairs now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KillSwitches {
    pub switches: Vec<KillSwitchShown>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KillSwitchShown {
    #[serde(flatten)]
    pub scope: SwitchScope,
    pub reason: String,
    pub by: String,
    pub at: Time,
    /// Absent where it holds until it is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

/// What a kill switch stops: everything, where neither is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SwitchScope {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub playbook: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ThrowSwitch {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub playbook: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    pub reason: String,
    /// Until it is taken back, where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u64>,
}

/// The playbooks of the configuration in force.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlaybookList {
    pub playbooks: Vec<PlaybookSummary>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlaybookSummary {
    pub name: String,
    pub mode: String,
    /// Plugins of its ladder, in order.
    pub actions: Vec<String>,
    /// Failures in a row.
    pub failures: u64,
    /// Whether its breaker is open: it does nothing until a person resets it.
    pub stopped: bool,
    pub under_way: u64,
}

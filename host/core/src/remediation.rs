//! A remediation: one life of a playbook, from the moment it was proposed to its end. Verified, undone and escalated are
//! ends; nothing is left in between. Knows nothing of what carries out a verb.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::{CheckName, Digest, IncidentId, PlaybookName, RemediationId};
use crate::label::Labels;
use crate::plan::Plan;
use crate::playbook::Mode;
use crate::time::Timestamp;
use crate::verb::{Done, Prepared, VerbFailure};

mod approval;
mod approved;
mod check_plan;
mod course;
pub mod fleet;
pub mod gate;
mod hash;
mod ledger;
mod moment;
mod show;
pub mod simulate;
mod switch;

pub use approval::ApprovalFault;
pub use approved::Approved;
pub use check_plan::{PlanFault, PlanPart, SIGNALS, check_plan};
pub(crate) use check_plan::{SETTLE_MAX, TIMES_MAX};
pub use course::{Burn, Course, Probed};
pub use gate::{hold_until, judge, ruling};
pub use ledger::{Account, Bucket, LedgerKey, Reset, WORKED_MAX, Wait};
pub use show::StepShown;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remediation {
    pub id: RemediationId,
    pub playbook: PlaybookName,
    pub incident: IncidentId,
    /// What its lease, cooldown and attempts are about.
    pub target: String,
    /// The triggering checks.
    pub checks: Vec<CheckName>,
    pub mode: Mode,
    /// Index into the playbook's actions.
    pub rung: usize,
    pub proposed_at: Timestamp,
    pub stage: Stage,
    /// When the stage was entered.
    pub since: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Planned>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// Of every gate, as it was judged last, in the order of the gates.
    #[serde(default)]
    pub verdicts: Vec<Verdict>,
    /// The journal: a record for each step of the plan that was begun.
    #[serde(default)]
    pub steps: Vec<StepRecord>,
    #[serde(default)]
    pub course: Course,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
}

/// Where it is in its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "kebab-case")]
pub enum Stage {
    /// Checks of the diagnosis are run, this one now.
    Diagnosing {
        step: usize,
        asked_at: Timestamp,
    },
    /// The triggering checks are run again, right now: a repair answers the present.
    Probing {
        asked_at: Timestamp,
        heard: Vec<CheckName>,
    },
    /// The action was asked for a plan.
    Planning {
        asked_at: Timestamp,
    },
    /// A gate holds it.
    Held,
    /// The plan waits for a person.
    AwaitingApproval {
        until: Timestamp,
    },
    /// The plan's steps are looked at or carried out, one at a time.
    Running {
        step: u32,
    },
    Settling {
        until: Timestamp,
    },
    Verifying {
        round: u32,
        asked_at: Timestamp,
        heard: Vec<CheckName>,
    },
    /// Steps are taken back, the last first.
    Undoing {
        step: u32,
    },
    Ended,
}

/// A plan, and what is approved of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    pub plan: Arc<Plan>,
    pub hash: PlanHash,
    /// The component that made it.
    pub digest: Digest,
    pub at: Timestamp,
}

/// The SHA-256 of a plan as it is written down, 64 lower-case hex digits: what an approval is bound to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanHash(pub String);

impl fmt::Display for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub by: String,
    pub at: Timestamp,
    pub hash: PlanHash,
    pub until: Timestamp,
}

/// What a gate says, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub gate: Gate,
    pub ruling: Ruling,
    /// In a sentence.
    pub reason: String,
    /// Of one that holds: when to ask again, if nothing is heard before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// In the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    Mode,
    KillSwitch,
    /// The trigger is hard, reachable, not flapping, not in maintenance.
    Trigger,
    /// The trigger was seen lately, and again right now.
    Fresh,
    Cooldown,
    Attempts,
    Rate,
    BlastRadius,
    Lease,
    Storm,
    Breaker,
    /// The plan is valid, bounded, and within the grant.
    Plan,
    Approval,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    Allow,
    /// Not now; asked again.
    Hold,
    Refuse,
    /// There is nothing left to repair: it ends, and nobody is woken for it.
    Drop,
}

/// What became of one step. An intent without a result is all that a crash leaves: nobody can tell what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    pub step: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepared: Option<Prepared>,
    /// It was decided to carry it out; on disk before it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intended_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<StepResult>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_intended_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_result: Option<StepResult>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepResult {
    Done(Done),
    Failed(VerbFailure),
    /// The node went away in between.
    Indeterminate,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub at: Timestamp,
    pub how: End,
    /// In a sentence.
    pub reason: String,
    /// A person was told because of it.
    pub escalated: bool,
    /// The labels of the alerts that say so; they are over once the incident is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<Labels>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// It helped.
    Verified,
    /// It did not help, or failed, and was taken back.
    Undone,
    /// It did not help or failed, and what it did stands.
    Failed,
    /// What was happening when the node went away is not known.
    Indeterminate,
    /// A gate, or the action itself.
    Refused,
    /// There was nothing left to repair.
    Dropped,
    /// Nobody approved it in time, or somebody rejected it.
    Unapproved,
    /// Looked at and not carried out, as its mode says.
    Observed,
}

/// Stops verbs before the next one begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KillSwitch {
    pub reason: String,
    pub by: String,
    pub at: Timestamp,
    /// `None` holds until it is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What a kill switch stops.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    All,
    Playbook(PlaybookName),
    Target(String),
}

impl Remediation {
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.ended.is_some()
    }
}

impl Stage {
    /// A stable word.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Diagnosing { .. } => "diagnosing",
            Self::Probing { .. } => "probing",
            Self::Planning { .. } => "planning",
            Self::Held => "held",
            Self::AwaitingApproval { .. } => "awaiting-approval",
            Self::Running { .. } => "running",
            Self::Settling { .. } => "settling",
            Self::Verifying { .. } => "verifying",
            Self::Undoing { .. } => "undoing",
            Self::Ended => "ended",
        }
    }
}

impl Ruling {
    /// A stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Hold => "hold",
            Self::Refuse => "refuse",
            Self::Drop => "drop",
        }
    }
}

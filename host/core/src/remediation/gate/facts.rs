//! What a remediation is judged by: plain values, gathered from the state and frozen. Knows nothing of where they come
//! from.

use std::time::Duration;

use crate::health::HealthStatus;
use crate::id::{CheckName, PlaybookName, RemediationId, WindowName};
use crate::observation::Status;
use crate::playbook::Mode;
use crate::remediation::fleet::Word;
use crate::remediation::{Account, Approval, KillSwitch, PlanHash, Scope};
use crate::time::Timestamp;

/// All that the gates know of one remediation at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    pub id: RemediationId,
    pub playbook: PlaybookName,
    pub target: String,
    pub mode: Mode,
    pub phase: Phase,
    pub proposed_at: Timestamp,
    /// All that are thrown on this node; those that do not reach this remediation, or are over, are passed by.
    pub switches: Vec<(Scope, KillSwitch)>,
    /// The triggering checks, each once.
    pub triggers: Vec<Trigger>,
    /// This remediation is counted in the accounts already: it has begun its first verb, or is about to.
    pub is_counted: bool,
    /// Default where there is none.
    pub target_account: Account,
    pub playbook_account: Account,
    pub node_account: Account,
    pub fleet: Word,
    /// All checks that the blast radius's group matches, the triggering ones included; `None` where nobody can tell, and
    /// of no meaning where the playbook limits no group.
    pub group: Option<Vec<Peer>>,
    /// Who holds the target; `None` where nobody does. From its first step on the remediation holds it itself.
    pub lease: Option<Lease>,
    /// On the node, suppressed ones included.
    pub alerts_firing: u32,
    pub plan: Option<PlanFacts>,
    /// Since when a person is asked.
    pub approval_asked_at: Option<Timestamp>,
    pub approval: Option<Approval>,
}

/// How far the remediation has come, which says what must be known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It is to be begun: no check was run again for it yet, and there is no plan. Allowed, an action is asked.
    Proposed,
    /// There is a plan, and the triggering checks were run again. Allowed, its steps are looked at.
    Planned,
    /// Right before the first verb. Allowed, it is carried out.
    First,
    /// Right before another verb: the ones before may well have healed what triggered it.
    Next,
    /// Right before a step is taken back.
    Undo,
}

/// A check that triggered it, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    pub check: CheckName,
    /// The hard state.
    pub status: HealthStatus,
    pub since: Timestamp,
    /// What the newest run found, where that is not confirmed yet.
    pub soft: Option<HealthStatus>,
    pub is_flapping: bool,
    /// The parent that it is unreachable behind.
    pub behind: Option<CheckName>,
    /// The maintenance that covers it now.
    pub maintenance: Option<WindowName>,
    /// Between two of its runs, by its schedule.
    pub interval: Duration,
    /// When its last run ended that completed and knew the target's state.
    pub observed_at: Option<Timestamp>,
    /// Why its last run did not complete; `None` where it did.
    pub failed: Option<String>,
    /// The newest run that was asked for by this very remediation.
    pub probe: Option<Probe>,
}

/// A run that a remediation asked for, to see the present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    pub at: Timestamp,
    /// Or why it did not complete.
    pub found: Result<Status, String>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    pub check: CheckName,
    pub standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Hard ok.
    Healthy,
    /// Hard warning or critical.
    Unhealthy,
    /// Unknown, stale, unreachable, or never heard of.
    Unknown,
    /// It triggered this remediation, or another one is at work on it.
    UnderRepair,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub holder: RemediationId,
    pub playbook: PlaybookName,
    pub until: Timestamp,
}

/// What is known of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanFacts {
    /// Of the plan as it stands now.
    pub hash: PlanHash,
    /// What is wrong with it, each in a sentence.
    pub faults: Vec<String>,
    /// Preconditions that do not hold now, or of which nothing is known, each in a sentence. Asked right before the first
    /// verb.
    pub unmet: Vec<String>,
}

//! A remediation's way down the hallway: proposed by an incident, held to its gates before every verb, verified or taken
//! back. Knows nothing of what carries out a verb.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::id::{Digest, IncidentId, RemediationId};
use crate::pipeline::state::put;
use crate::pipeline::{State, Transition};
use crate::plan::Decision;
use crate::remediation::{
    Account, Approved, Gate, KillSwitch, LedgerKey, PlanHash, Remediation, Ruling, Scope, Verdict,
};
use crate::run::RunRecord;
use crate::time::Timestamp;
use crate::verb::{Done, OrderKey, Prepared, VerbFailure};

/// An incident is new, or other than it was.
pub(super) fn respond(_state: &State, _incident: &IncidentId, _now: Timestamp) -> Transition {
    Transition::default()
}

/// A check was run: what was waiting for it goes on.
pub(super) fn run_finished(_state: &State, _run: &RunRecord, _now: Timestamp, _transition: &mut Transition) {}

/// An action answered.
pub(super) fn planned(
    _state: &State,
    _id: &RemediationId,
    _digest: &Digest,
    _answer: Result<&Arc<Decision>, &String>,
    _now: Timestamp,
) -> Transition {
    Transition::default()
}

/// A step was looked at.
pub(super) fn prepared(
    _state: &State,
    _order: &OrderKey,
    _result: Result<&Prepared, &VerbFailure>,
    _now: Timestamp,
) -> Transition {
    Transition::default()
}

/// A step has ended.
pub(super) fn carried(
    _state: &State,
    _order: &OrderKey,
    _result: Result<&Done, &VerbFailure>,
    _now: Timestamp,
) -> Transition {
    Transition::default()
}

/// Somebody said yes or no.
pub(super) fn approved(
    _state: &State,
    _id: &RemediationId,
    _by: &str,
    _hash: &PlanHash,
    _approves: bool,
    _now: Timestamp,
) -> Transition {
    Transition::default()
}

/// A kill switch is thrown, or taken back.
pub(super) fn switched(_state: &State, scope: &Scope, switch: Option<&Arc<KillSwitch>>, _now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    transition.remediation(RemediationChange::KillSwitch(scope.clone(), switch.cloned()));
    transition
}

/// What time alone does to remediations.
pub(super) fn tick(_state: &State, _now: Timestamp, _transition: &mut Transition) {}

/// The only way to an [`Approved`]: every gate is asked again, on the state as it is now.
///
/// # Errors
/// The gate that does not allow it any more, with its reason.
pub fn approve(_state: &State, order: &OrderKey, _now: Timestamp) -> Result<Approved, Verdict> {
    let reason = format!("there is no step {order}");
    Err(Verdict { gate: Gate::Plan, ruling: Ruling::Refuse, reason, until: None })
}

/// One thing that is different from now on; all of it is durable.
#[derive(Clone, Debug, PartialEq)]
pub enum RemediationChange {
    Remediation(RemediationId, Option<Arc<Remediation>>),
    Ledger(LedgerKey, Option<Arc<Account>>),
    KillSwitch(Scope, Option<Arc<KillSwitch>>),
}

/// All that a store kept of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeptRemediations {
    pub remediations: Vec<Remediation>,
    pub ledger: Vec<(LedgerKey, Account)>,
    pub switches: Vec<(Scope, KillSwitch)>,
}

/// The node's remediations, under way and lately ended, and what stops them.
#[derive(Clone, Debug, Default)]
pub struct Remediations {
    remediations: BTreeMap<RemediationId, Arc<Remediation>>,
    ledger: BTreeMap<LedgerKey, Arc<Account>>,
    switches: BTreeMap<Scope, Arc<KillSwitch>>,
}

impl Remediations {
    pub(crate) fn restore(kept: KeptRemediations) -> Self {
        let by_id = |remediation: Remediation| (remediation.id.clone(), Arc::new(remediation));
        let switches = kept.switches.into_iter().map(|(scope, switch)| (scope, Arc::new(switch)));
        let ledger = kept.ledger.into_iter().map(|(key, account)| (key, Arc::new(account)));
        Self {
            remediations: kept.remediations.into_iter().map(by_id).collect(),
            ledger: ledger.collect(),
            switches: switches.collect(),
        }
    }

    pub(crate) fn apply(&mut self, change: &RemediationChange) {
        match change {
            RemediationChange::Remediation(id, it) => put(&mut self.remediations, id, it.as_ref()),
            RemediationChange::Ledger(key, it) => put(&mut self.ledger, key, it.as_ref()),
            RemediationChange::KillSwitch(scope, it) => put(&mut self.switches, scope, it.as_ref()),
        }
    }

    pub(crate) const fn next_wake(&self) -> Option<Timestamp> {
        None
    }

    #[must_use]
    pub fn get(&self, id: &RemediationId) -> Option<&Arc<Remediation>> {
        self.remediations.get(id)
    }

    /// In the order in which they were proposed.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Remediation>> {
        self.remediations.values()
    }

    #[must_use]
    pub fn account(&self, key: &LedgerKey) -> Option<&Arc<Account>> {
        self.ledger.get(key)
    }

    pub fn switches(&self) -> impl Iterator<Item = (&Scope, &Arc<KillSwitch>)> {
        self.switches.iter()
    }
}

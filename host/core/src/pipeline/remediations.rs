//! A remediation's way down the hallway: proposed by an incident, held to its gates before every verb, verified or taken
//! back. Here is who is told of what; what each stage does is in the rooms beside. Knows nothing of what carries out a verb.

use std::sync::Arc;

use crate::config::Config;
use crate::id::{CheckName, Digest, PlaybookName, RemediationId};
use crate::observation::Status;
use crate::pipeline::{Event, State, Transition};
use crate::plan::Decision;
use crate::remediation::{Account, KillSwitch, LedgerKey, PlanHash, Scope, Stage};
use crate::run::RunRecord;
use crate::time::Timestamp;
use crate::verb::{Done, OrderKey, Prepared, VerbFailure};

mod alarm;
mod ask;
mod attend;
mod book;
mod diagnosing;
mod draft;
mod facts;
mod health;
mod hold;
mod leftovers;
mod patience;
mod permit;
mod planning;
mod probing;
mod propose;
mod running;
mod set_back;
mod slo;
mod undoing;
mod verifying;

pub use ask::{Question, order, question};
pub use book::{KeptRemediations, RemediationChange, Remediations};
pub(super) use hold::held;
pub use leftovers::{Tidy, leftovers};
pub use permit::{approvable, approve};
pub(super) use propose::respond;
pub(super) use set_back::set_back;

use draft::Draft;

/// Why a remediation is looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Because {
    /// A moment has come that it waited for.
    Time,
    /// A check was run that it waits to hear of.
    Ran(Arc<RunRecord>),
    /// What its gates look at may be another.
    News,
    /// The node has begun anew.
    Restarted,
    /// It did not help, and the ladder has another action.
    Climb,
    /// The configuration does not hold any more what it is about; in a sentence.
    Outdated(String),
}

/// A run has ended: those that asked for it hear of it.
pub(super) fn run_finished(state: &State, run: &Arc<RunRecord>, transition: &mut Transition) {
    for it in state.remediations.awaiting(&run.check) {
        transition.follow(attention(&it.id, Because::Ran(Arc::clone(run))));
    }
}

/// A check was judged anew: what waits for its target looks at it, and accounts count how long it is well.
pub(super) fn judged(state: &State, check: &CheckName, now: Timestamp, transition: &mut Transition) {
    health::judged(state, check, now, transition);
}

/// Something of the node's own asks to look at a remediation.
pub(super) fn attend(state: &State, id: &RemediationId, because: &Because, now: Timestamp) -> Transition {
    match (Draft::of(state, id, now), because, state.remediations.get(id)) {
        (Some(draft), ..) => attend::attend(draft, because),
        (None, Because::Climb, Some(before)) => propose::climb(state, before, now),
        _ => Transition::default(),
    }
}

/// An action answered.
pub(super) fn planned(
    state: &State,
    id: &RemediationId,
    digest: &Digest,
    answer: Result<&Arc<Decision>, &String>,
    now: Timestamp,
) -> Transition {
    with_way(state, id, now, |draft, way| {
        if matches!(draft.it.stage, Stage::Planning { .. }) {
            planning::answered(draft, way, digest, answer);
        }
    })
}

/// A step was looked at.
pub(super) fn prepared(
    state: &State,
    order: &OrderKey,
    result: Result<&Prepared, &VerbFailure>,
    now: Timestamp,
) -> Transition {
    with_way(state, &order.remediation, now, |draft, way| {
        let awaited = Stage::Running { step: order.step };
        if draft.it.stage == awaited && !order.undo {
            running::prepared(draft, way, order.step, result);
        }
    })
}

/// A step has ended, or its taking back.
pub(super) fn carried(
    state: &State,
    order: &OrderKey,
    result: Result<&Done, &VerbFailure>,
    now: Timestamp,
) -> Transition {
    let Some(mut draft) = Draft::of(state, &order.remediation, now) else {
        return running::late(state, order, result, now);
    };
    if order.undo {
        undoing::carried(&mut draft, order.step, result);
    } else {
        running::carried(&mut draft, order.step, result);
    }
    draft.finish()
}

/// Somebody said yes or no.
pub(super) fn approved(
    state: &State,
    id: &RemediationId,
    by: &str,
    hash: &PlanHash,
    approves: bool,
    now: Timestamp,
) -> Transition {
    with_way(state, id, now, |draft, way| planning::approved(draft, way, by, hash, approves))
}

/// A kill switch is thrown, or taken back: whatever has not begun looks at it at once, and what has begun before its next
/// verb. What was refused because of it may be answered once it is taken back.
pub(super) fn switched(state: &State, scope: &Scope, switch: Option<&Arc<KillSwitch>>, _now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    transition.remediation(RemediationChange::KillSwitch(scope.clone(), switch.cloned()));
    for it in state.remediations.open() {
        transition.follow(attention(&it.id, Because::News));
    }
    if switch.is_none() {
        look_at_the_present(state, &mut transition);
    }
    transition
}

/// A person closes a breaker: what waited meanwhile is not made up for, only the present is looked at.
pub(super) fn reset(state: &State, playbook: &PlaybookName, by: &str, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    let key = LedgerKey::Playbook(playbook.clone());
    let account = state.remediations.account(&key).map_or_else(Account::default, |account| Account::clone(account));
    transition.remediation(RemediationChange::Ledger(key, Some(Arc::new(account.reset(by, now)))));
    look_at_the_present(state, &mut transition);
    transition
}

/// Remediations are held against a configuration that is about to be true, each in a step of its own.
pub(super) fn configured(state: &State, config: &Config, transition: &mut Transition) {
    for it in state.remediations.open() {
        let because = match state.config() {
            None => Some(Because::Restarted),
            Some(before) => attend::outdated(it, before, config).map(Because::Outdated),
        };
        transition.follows.extend(because.map(|because| attention(&it.id, because)));
    }
}

/// What time alone does to remediations.
pub(super) fn tick(state: &State, now: Timestamp, transition: &mut Transition) {
    let over: Vec<Scope> = state.remediations.switches_over(now).cloned().collect();
    if !over.is_empty() {
        // As if somebody had taken them back.
        over.into_iter().for_each(|scope| transition.remediation(RemediationChange::KillSwitch(scope, None)));
        look_at_the_present(state, transition);
    }
    for it in state.remediations.looks_due(now) {
        if it.is_over() {
            health::forget(state, it, now, transition);
        } else {
            transition.follow(attention(&it.id, Because::Time));
        }
    }
    for it in state.remediations.holds_due(now) {
        hold::release(state, it, now, transition);
    }
}

/// Whether the run says something of the check's target.
fn found(run: &RunRecord) -> Result<Status, String> {
    run.status().ok_or_else(|| run.outcome.to_string())
}

fn attention(id: &RemediationId, because: Because) -> Event {
    Event::Attend { remediation: id.clone(), because }
}

fn look_at_the_present(state: &State, transition: &mut Transition) {
    for incident in state.incidents.iter().filter(|incident| incident.is_open()) {
        transition.follow(Event::Respond(incident.id.clone()));
    }
}

/// Goes on with a remediation, unless its playbook is gone.
fn with_way(
    state: &State,
    id: &RemediationId,
    now: Timestamp,
    go: impl FnOnce(&mut Draft<'_>, draft::Way<'_>),
) -> Transition {
    let Some(mut draft) = Draft::of(state, id, now) else { return Transition::default() };
    match draft.way() {
        Ok(way) => go(&mut draft, way),
        Err(gone) => attend::give_up(&mut draft, &gone),
    }
    draft.finish()
}

#[cfg(test)]
mod tests;

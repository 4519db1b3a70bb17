//! The only way to an [`Approved`]: right before a verb everything is derived again from the state that is committed. That
//! this very step was decided upon and has no result, that its plan is the one that was approved, and that no gate has
//! anything against it now. Knows nothing of what carries it out.

use super::attend::has_acted;
use super::draft::Way;
use super::{facts, patience};
use crate::config::Config;
use crate::id::RemediationId;
use crate::pipeline::State;
use crate::plan::{Plan, Verb};
use crate::remediation::gate::{self, Phase};
use crate::remediation::{
    Approval, ApprovalFault, Approved, Gate, PlanHash, Remediation, Ruling, Stage, StepRecord, Verdict,
};
use crate::time::Timestamp;
use crate::verb::{Errand, Order, OrderKey};

/// Every gate is asked again, on the state as it is now.
///
/// # Errors
/// The gate that does not allow it any more, with its reason.
pub fn approve(state: &State, order: &OrderKey, now: Timestamp) -> Result<Approved, Verdict> {
    let decided = decided(state, order).map_err(|reason| refuse(Gate::Plan, reason))?;
    let Decided { config, it, way, record, plan } = decided;
    let timeout = patience::verb(plan, order.step);
    let decided_at = if order.undo { record.undo_intended_at } else { record.intended_at };
    // Whoever comes later is not waited for any more, and the state may be about to say so.
    // What begins in time is over before the state gives it up.
    if decided_at.is_none_or(|at| now >= at.after(patience::BEGIN_WITHIN)) {
        return Err(refuse(Gate::Lease, format!("the time to begin {order} is over")));
    }
    // What was done before this step, not what it is about to do itself.
    let before = Remediation {
        steps: it.steps.iter().filter(|other| other.step != order.step).cloned().collect(),
        ..it.clone()
    };
    let phase = match (order.undo, has_acted(&before)) {
        (true, _) => Phase::Undo,
        (false, true) => Phase::Next,
        (false, false) => Phase::First,
    };
    let verdicts = facts::judge(state, config, it, way, phase, now);
    if gate::ruling(&verdicts) != Ruling::Allow {
        let worst = gate::decisive(&verdicts).cloned();
        return Err(worst.unwrap_or_else(|| refuse(Gate::Plan, "no gate was asked".to_owned())));
    }
    let errand = errand(order, record, plan).map_err(|reason| refuse(Gate::Plan, reason))?;
    let command = match &errand {
        Errand::Do(Verb::RunCommand { command, .. }) => match config.commands.get(command.as_str()) {
            Some(command) => Some(command.clone()),
            None => return Err(refuse(Gate::Plan, format!("the configuration has no command `{command}` any more"))),
        },
        Errand::Do(_) | Errand::Undo(_) => None,
    };
    let rights = way.rung.rights.acting();
    Ok(Approved::new(Order { key: order.clone(), errand, timeout, rights, command }))
}

/// Whether an approval of this plan would count, for whoever is about to give one.
///
/// # Errors
/// Why it would not.
pub fn approvable(state: &State, id: &RemediationId, hash: &PlanHash, now: Timestamp) -> Result<(), ApprovalFault> {
    let it = state.remediations.get(id).ok_or_else(|| ApprovalFault::NotWaiting(id.to_string()))?;
    Approval::give(it, "", hash, std::time::Duration::ZERO, now).map(drop)
}

/// A step that was decided upon, and has no result yet.
struct Decided<'s> {
    config: &'s Config,
    it: &'s Remediation,
    way: Way<'s>,
    record: &'s StepRecord,
    plan: &'s Plan,
}

fn decided<'s>(state: &'s State, order: &OrderKey) -> Result<Decided<'s>, String> {
    let none = || format!("there is no step {order} to carry out");
    let config = state.config().ok_or_else(none)?;
    let it = state.remediations.get(&order.remediation).filter(|it| !it.is_over()).ok_or_else(none)?;
    let playbook = config.playbooks.get(&it.playbook);
    let way = playbook.and_then(|playbook| Some(Way { playbook, rung: playbook.actions.get(it.rung)? }));
    let way =
        way.ok_or_else(|| format!("the configuration has no such action of the playbook `{}` any more", it.playbook))?;
    if let Some(gone) = it.checks.iter().find(|check| !config.checks.contains_key(*check)) {
        return Err(format!("the configuration has no check `{gone}` any more"));
    }
    // What is given up carries out nothing new, only takes back.
    if !order.undo && it.course.failed.is_some() {
        return Err(none());
    }
    let stage = if order.undo { Stage::Undoing { step: order.step } } else { Stage::Running { step: order.step } };
    let record = it.steps.iter().find(|record| record.step == order.step).filter(|_| it.stage == stage);
    let is_open = |record: &&StepRecord| match order.undo {
        false => record.prepared.is_some() && record.intended_at.is_some() && record.result.is_none(),
        true => record.undo_intended_at.is_some() && record.undo_result.is_none(),
    };
    let record = record.filter(is_open).ok_or_else(none)?;
    let planned = it.planned.as_ref().ok_or_else(none)?;
    Ok(Decided { config, it, way, record, plan: &planned.plan })
}

fn errand(order: &OrderKey, record: &StepRecord, plan: &Plan) -> Result<Errand, String> {
    let none = || format!("there is no step {order} in the plan");
    if order.undo {
        let undo = record.prepared.as_ref().and_then(|prepared| prepared.undo.clone());
        return Ok(Errand::Undo(undo.ok_or_else(|| format!("{order} cannot be taken back"))?));
    }
    let step = usize::try_from(order.step).ok().and_then(|step| plan.steps.get(step));
    Ok(Errand::Do(step.ok_or_else(none)?.verb.clone()))
}

fn refuse(gate: Gate, reason: String) -> Verdict {
    Verdict { gate, ruling: Ruling::Refuse, reason, until: None }
}

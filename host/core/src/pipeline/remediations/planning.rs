//! The plan: asked of the action, held against its bounds and the gates, and, where the mode says so, approved by a person.
//! Knows nothing of how a plan is carried out.

use std::sync::Arc;

use super::alarm::{self, Alarm};
use super::attend::follow_ruling;
use super::draft::{Draft, Way};
use super::{hold, patience, probing};
use crate::id::Digest;
use crate::pipeline::{Effect, Event};
use crate::plan::{Decision, Plan};
use crate::remediation::gate::Phase;
use crate::remediation::{Approval, End, Gate, PlanHash, Planned, Ruling, Stage, check_plan};
use crate::time::Timestamp;

pub(super) fn ask(draft: &mut Draft<'_>, way: Way<'_>) {
    let look_at = draft.now.after(patience::plan(way.rung.limits.deadline));
    draft.enter(Stage::Planning { asked_at: draft.now }, look_at);
    draft.transition.effect(Effect::Plan(draft.it.id.clone()));
}

/// No word of the action: it is asked again, which touches nothing, and then given up.
pub(super) fn wait(draft: &mut Draft<'_>, way: Way<'_>) {
    let patience = patience::plan(way.rung.limits.deadline);
    if draft.now >= draft.it.since.after(patience.saturating_mul(patience::ASKS)) {
        return draft.escalate(End::Refused, format!("the action `{}` gave no answer", way.rung.plugin));
    }
    draft.transition.effect(Effect::Plan(draft.it.id.clone()));
    draft.look_at(draft.now.after(patience));
}

pub(super) fn answered(draft: &mut Draft<'_>, way: Way<'_>, digest: &Digest, answer: Result<&Arc<Decision>, &String>) {
    let plugin = &way.rung.plugin;
    match answer.map(|decision| &**decision) {
        // A failure of the action is nobody else's doing, and a person mends it.
        Err(failed) => draft.escalate(End::Refused, format!("the action `{plugin}` failed: {failed}")),
        Ok(Decision::Refuse(reason)) => draft.end(End::Refused, format!("the action `{plugin}` refuses: {reason}")),
        Ok(Decision::Plan(plan)) => match check_plan(plan, &way.rung.rights, draft.config) {
            Ok(()) => take(draft, way, digest, plan),
            Err(faults) => {
                let faults = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                keep(draft, digest, plan);
                let _shown = draft.judge(way, Phase::Planned);
                let reason = format!("the plan of `{plugin}` is not carried out: {faults}");
                draft.escalate(End::Refused, reason);
            }
        },
    }
}

fn keep(draft: &mut Draft<'_>, digest: &Digest, plan: &Plan) {
    let hash = PlanHash::of(plan);
    // An approval is of one plan, and holds for a while.
    let holds = |approval: &Approval| approval.hash == hash && draft.now < approval.until;
    if draft.it.approval.as_ref().is_some_and(|approval| !holds(approval)) {
        draft.it.approval = None;
        draft.note("what was approved is not the plan of now: it is asked for again");
    }
    if draft.it.course.approval_asked_for.as_ref() != Some(&hash) {
        draft.disband();
    }
    draft.it.planned = Some(Planned { plan: Arc::new(plan.clone()), hash, digest: digest.clone(), at: draft.now });
}

fn take(draft: &mut Draft<'_>, way: Way<'_>, digest: &Digest, plan: &Plan) {
    keep(draft, digest, plan);
    draft.note(format!("plan of `{}`: {} ({})", way.rung.plugin, plan.summary, plan.why));
    let ruling = draft.judge(way, Phase::Planned);
    let others =
        draft.it.verdicts.iter().filter(|verdict| verdict.gate != Gate::Approval).map(|verdict| verdict.ruling);
    let is_approval_all = others.max().is_none_or(|worst| worst == Ruling::Allow);
    if ruling == Ruling::Hold && is_approval_all {
        await_approval(draft, way);
    } else {
        follow_ruling(draft, way, ruling, probing::see);
    }
}

fn await_approval(draft: &mut Draft<'_>, way: Way<'_>) {
    let asked_at = *draft.it.course.approval_asked_at.get_or_insert(draft.now);
    draft.it.course.approval_asked_for = draft.it.planned.as_ref().map(|planned| planned.hash.clone());
    let until = asked_at.after(way.playbook.gates.approval_within);
    draft.enter(Stage::AwaitingApproval { until }, until);
    draft.note(format!("waits for approval until {until}"));
    let plan = draft.it.planned.as_ref().map_or("", |planned| planned.plan.summary.as_str());
    let reason = format!("{plan}. Look at the plan and approve it until {until}, or reject it");
    let alert = alarm::raise(Alarm::AwaitsApproval, draft.config, &draft.it, &reason, draft.now);
    draft.transition.follow(Event::Alert(alert.fingerprint(), Arc::new(alert)));
    // A person is asked, and is to know of what.
    hold::let_go(draft);
}

/// Somebody said yes or no. A yes that is late, or is not about this plan, is noted and counts for nothing.
pub(super) fn approved(draft: &mut Draft<'_>, way: Way<'_>, by: &str, hash: &PlanHash, approves: bool) {
    let within = way.playbook.gates.approval_within;
    let given = Approval::give(&draft.it, by, hash, within, draft.now);
    match given {
        Err(fault) => {
            let word = if approves { "approval" } else { "rejection" };
            draft.note(format!("the {word} of {by} counts for nothing: {fault}"));
        }
        Ok(_) if !approves => draft.end(End::Unapproved, format!("{by} rejected the plan")),
        Ok(approval) => {
            draft.note(format!("{by} approved the plan"));
            draft.it.approval = Some(approval);
            draft.disband();
            let ruling = draft.judge(way, Phase::Planned);
            follow_ruling(draft, way, ruling, probing::see);
        }
    }
}

pub(super) fn nobody_approved(draft: &mut Draft<'_>, until: Timestamp) {
    if draft.now >= until {
        draft.end(End::Unapproved, format!("nobody approved the plan until {until}"));
    } else {
        draft.look_at(until);
    }
}

//! The plan's steps, one at a time: looked at, held against the gates, decided upon, carried out, and what became of it. A
//! step is decided upon on disk before it is carried out, and carried out at most once. Knows nothing of what carries out.

use super::draft::{Draft, Way};
use super::{RemediationChange, attend, patience, slo, undoing, verifying};
use crate::incident::{Entry, EntryKind};
use crate::pipeline::{Effect, Event, State, Transition};
use crate::playbook::Mode;
use crate::remediation::gate::Phase;
use crate::remediation::{End, Remediation, Ruling, Stage, StepRecord, StepResult};
use crate::time::Timestamp;
use crate::verb::{Changed, Done, OrderKey, Prepared, VerbFailure};

/// Takes the target, and looks at the first step.
pub(super) fn start(draft: &mut Draft<'_>) {
    draft.it.steps.clear();
    draft.it.course.leased_at = Some(draft.now);
    prepare(draft, 0);
}

/// Asks for a step to be looked at; whatever was seen of it before is forgotten.
pub(super) fn prepare(draft: &mut Draft<'_>, step: u32) {
    draft.it.steps.retain(|record| record.step != step);
    draft.it.steps.push(StepRecord {
        step,
        prepared: None,
        intended_at: None,
        result: None,
        undo_intended_at: None,
        undo_result: None,
    });
    draft.enter(Stage::Running { step }, draft.now.after(patience::PREPARE));
    draft.transition.effect(Effect::Prepare(key(&draft.it, step, false)));
}

pub(super) fn prepared(draft: &mut Draft<'_>, way: Way<'_>, step: u32, result: Result<&Prepared, &VerbFailure>) {
    let Some(record) = record_mut(&mut draft.it, step).filter(|record| record.prepared.is_none()) else { return };
    match result {
        Ok(prepared) => {
            record.prepared = Some(prepared.clone());
            if is_dry(draft, way) {
                draft.note(format!("step {} would: {}", step + 1, prepared.says));
                return next(draft, way, step + 1);
            }
            decide(draft, way, step);
        }
        Err(failure) if is_dry(draft, way) => {
            draft.end(End::Observed, format!("step {} cannot be carried out: {}", step + 1, failure.reason));
        }
        Err(failure) => {
            let reason = format!("step {} could not be looked at: {}", step + 1, failure.reason);
            undoing::fall(draft, reason);
        }
    }
}

/// What was stricter when it was proposed stays so.
fn is_dry(draft: &Draft<'_>, way: Way<'_>) -> bool {
    draft.it.mode.min(way.playbook.mode) < Mode::Approve
}

/// All gates once more; then the verb is decided upon.
fn decide(draft: &mut Draft<'_>, way: Way<'_>, step: u32) {
    let has_acted = attend::has_acted(&draft.it);
    let ruling = draft.judge(way, if has_acted { Phase::Next } else { Phase::First });
    if ruling != Ruling::Allow {
        return stopped(draft, way, ruling, step);
    }
    slo::look_before(draft, way);
    draft.begin(way);
    let within = draft.it.planned.as_ref().map_or(patience::CARRY_GRACE, |planned| patience::verb(&planned.plan, step));
    let now = draft.now;
    if let Some(record) = record_mut(&mut draft.it, step) {
        record.intended_at = Some(now);
    }
    draft.look_at(now.after(within).after(patience::CARRY_GRACE));
    draft.transition.effect(Effect::Carry(key(&draft.it, step, false)));
}

/// A gate does not allow the step. Where nothing was done yet nothing is lost; else what was done is taken back.
fn stopped(draft: &mut Draft<'_>, way: Way<'_>, ruling: Ruling, step: u32) {
    if attend::has_acted(&draft.it) {
        let reason = format!("stopped before step {}: {}", step + 1, draft.because());
        return undoing::fall(draft, reason);
    }
    attend::follow_ruling(draft, way, ruling, |_, _| {});
}

pub(super) fn carried(draft: &mut Draft<'_>, step: u32, result: Result<&Done, &VerbFailure>) {
    let is_awaited = draft.it.stage == Stage::Running { step };
    let awaits = |record: &&mut StepRecord| is_awaited && record.intended_at.is_some() && record.result.is_none();
    let Some(record) = record_mut(&mut draft.it, step).filter(awaits) else { return };
    record.result = Some(match result {
        Ok(done) => StepResult::Done(done.clone()),
        Err(failure) => StepResult::Failed(failure.clone()),
    });
    match result {
        Ok(done) => {
            draft.note(format!("step {}: {}", step + 1, done.says));
            // What it needs went away meanwhile.
            match (draft.it.course.failed.clone(), draft.way()) {
                (None, Ok(way)) => next(draft, way, step + 1),
                (Some(gone), _) | (None, Err(gone)) => undoing::fall(draft, gone),
            }
        }
        Err(failure) => failed(draft, step, failure),
    }
}

fn failed(draft: &mut Draft<'_>, step: u32, failure: &VerbFailure) {
    let reason = format!("step {} failed: {}", step + 1, failure.reason);
    if failure.changed == Changed::Perhaps {
        let reason = format!("{reason}; nobody can tell what it has changed, so it is neither repeated nor taken back");
        return draft.escalate(End::Indeterminate, reason);
    }
    if let Ok(way) = draft.way()
        && !attend::has_acted(&draft.it)
        && draft.it.course.failed.is_none()
    {
        // It may have been stopped at the last moment, by a gate: then nothing has failed.
        let ruling = draft.judge(way, Phase::First);
        if ruling != Ruling::Allow {
            return stopped(draft, way, ruling, step);
        }
    }
    undoing::fall(draft, reason);
}

/// The next step, or what comes after the last one.
fn next(draft: &mut Draft<'_>, way: Way<'_>, step: u32) {
    let steps = draft.it.planned.as_ref().map_or(0, |planned| planned.plan.steps.len());
    if usize::try_from(step).is_ok_and(|step| step < steps) {
        return prepare(draft, step);
    }
    if is_dry(draft, way) {
        return draft.end(End::Observed, "mode dry-run: each step was looked at, and none carried out");
    }
    verifying::settle(draft, way);
}

/// The step's time is over without a word.
pub(super) fn wait(draft: &mut Draft<'_>, step: u32) {
    if is_in_flight(&draft.it) {
        return lose(draft, "no word of it came in time");
    }
    if draft.now >= draft.it.since.after(patience::PREPARE.saturating_mul(patience::ASKS)) {
        return undoing::fall(draft, format!("step {} could not be looked at in time", step + 1));
    }
    draft.transition.effect(Effect::Prepare(key(&draft.it, step, false)));
    draft.look_at(draft.now.after(patience::PREPARE));
}

/// Whether something was decided upon of which no word has come.
pub(super) fn is_in_flight(it: &Remediation) -> bool {
    let is_open = |at: Option<Timestamp>, result: &Option<StepResult>| at.is_some() && result.is_none();
    it.steps.iter().any(|record| {
        is_open(record.intended_at, &record.result) || is_open(record.undo_intended_at, &record.undo_result)
    })
}

/// Nobody can tell what became of what was decided upon: it is never repeated, and a person looks.
pub(super) fn lose(draft: &mut Draft<'_>, because: &str) {
    let mut lost = None;
    for record in &mut draft.it.steps {
        if record.intended_at.is_some() && record.result.is_none() {
            record.result = Some(StepResult::Indeterminate);
            lost = Some(format!("what became of step {}", record.step + 1));
        }
        if record.undo_intended_at.is_some() && record.undo_result.is_none() {
            record.undo_result = Some(StepResult::Indeterminate);
            lost = Some(format!("whether step {} was taken back", record.step + 1));
        }
    }
    let what = lost.unwrap_or_else(|| "what was done".to_owned());
    draft.escalate(End::Indeterminate, format!("nobody can tell {what}: {because}; it is never repeated blindly"));
}

/// A word that comes after the end changes nothing any more, and is told.
pub(super) fn late(state: &State, order: &OrderKey, result: Result<&Done, &VerbFailure>, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    let Some(it) = state.remediations.get(&order.remediation) else { return transition };
    let mut next = Remediation::clone(it);
    let Some(record) = record_mut(&mut next, order.step) else { return transition };
    let known = if order.undo { &mut record.undo_result } else { &mut record.result };
    if *known != Some(StepResult::Indeterminate) {
        return transition;
    }
    let (result, says) = match result {
        Ok(done) => (StepResult::Done(done.clone()), &done.says),
        Err(failure) => (StepResult::Failed(failure.clone()), &failure.reason),
    };
    *known = Some(result);
    let source = format!("playbook {}", it.playbook);
    let text = format!("a late word of step {}: {says}", order.step + 1);
    let entry = Entry { at: now, kind: EntryKind::Remediation, source, text };
    transition.follow(Event::IncidentNoted { incident: it.incident.clone(), entry });
    transition.remediation(RemediationChange::Remediation(next.id.clone(), Some(std::sync::Arc::new(next))));
    transition
}

pub(super) fn key(it: &Remediation, step: u32, undo: bool) -> OrderKey {
    OrderKey { remediation: it.id.clone(), step, undo }
}

pub(super) fn record_mut(it: &mut Remediation, step: u32) -> Option<&mut StepRecord> {
    it.steps.iter_mut().find(|record| record.step == step)
}

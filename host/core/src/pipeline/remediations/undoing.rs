//! What was done is taken back, the last step first, as far as there is a way; then the ladder goes on, or a person is told.
//! Knows nothing of what takes back.

use super::draft::Draft;
use super::running::{key, record_mut};
use super::{attend, patience};
use crate::pipeline::Effect;
use crate::plan::Verb;
use crate::remediation::gate::Phase;
use crate::remediation::{End, Remediation, Ruling, Stage, StepRecord, StepResult};
use crate::verb::{Changed, Done, VerbFailure};

/// It did not help, or cannot go on: takes back the last step that can be, or ends.
pub(super) fn fall(draft: &mut Draft<'_>, reason: String) {
    let reason = draft.it.course.failed.get_or_insert(reason).clone();
    draft.it.course.awaits.clear();
    let next = draft.it.steps.iter().rev().find(|record| can_be_undone(&draft.it, record)).map(|record| record.step);
    let Some(step) = next else { return over(draft, reason) };
    let way = match draft.way() {
        Ok(way) => way,
        Err(gone) => return draft.escalate(End::Failed, stands(&reason, &gone)),
    };
    if draft.judge(way, Phase::Undo) != Ruling::Allow {
        let because = draft.because();
        return draft.escalate(End::Failed, stands(&reason, &because));
    }
    let within = draft.it.planned.as_ref().map_or(patience::CARRY_GRACE, |planned| patience::verb(&planned.plan, step));
    draft.note(format!("{reason}: step {} is taken back", step + 1));
    draft.enter(Stage::Undoing { step }, draft.now.after(within).after(patience::CARRY_GRACE));
    let now = draft.now;
    if let Some(record) = record_mut(&mut draft.it, step) {
        record.undo_intended_at = Some(now);
    }
    draft.transition.effect(Effect::Carry(key(&draft.it, step, true)));
}

pub(super) fn carried(draft: &mut Draft<'_>, step: u32, result: Result<&Done, &VerbFailure>) {
    let is_awaited = draft.it.stage == Stage::Undoing { step };
    let awaits =
        |record: &&mut StepRecord| is_awaited && record.undo_intended_at.is_some() && record.undo_result.is_none();
    let Some(record) = record_mut(&mut draft.it, step).filter(awaits) else { return };
    record.undo_result = Some(match result {
        Ok(done) => StepResult::Done(done.clone()),
        Err(failure) => StepResult::Failed(failure.clone()),
    });
    let reason = draft.it.course.failed.clone().unwrap_or_default();
    match result {
        Ok(done) => {
            draft.note(format!("step {} was taken back: {}", step + 1, done.says));
            fall(draft, reason);
        }
        // Steps before it may rest on it: nothing more is touched.
        Err(failure) => {
            let how = if failure.changed == Changed::Perhaps { End::Indeterminate } else { End::Failed };
            let because = format!("step {} could not be taken back: {}", step + 1, failure.reason);
            draft.escalate(how, stands(&reason, &because));
        }
    }
}

fn stands(reason: &str, because: &str) -> String {
    format!("{reason}; what was done stands, because {because}")
}

/// All is taken back that can be.
fn over(draft: &mut Draft<'_>, reason: String) {
    let was_done = |record: &&StepRecord| has_changed(&draft.it, record);
    let stands = draft.it.steps.iter().filter(was_done).any(|record| !is_undone(record));
    let (how, what) = match (attend::has_acted(&draft.it), stands) {
        (false, _) => (End::Failed, "nothing was changed"),
        (true, true) => (End::Failed, "what it did stands"),
        (true, false) => (End::Undone, "what it did was taken back"),
    };
    let reason = format!("{reason}; {what}");
    let Ok(way) = draft.way() else { return draft.escalate(how, reason) };
    let is_last = way.playbook.actions.len() <= draft.it.rung + 1;
    let is_known = draft.state.incidents.get(&draft.it.incident).is_some();
    // A switch that stops the taking back stops the ladder as well.
    if is_last || !is_known || draft.judge(way, Phase::Undo) != Ruling::Allow {
        draft.escalate(how, reason);
    } else {
        draft.hand_on(how, reason);
    }
}

fn can_be_undone(it: &Remediation, record: &StepRecord) -> bool {
    let has_way = record.prepared.as_ref().is_some_and(|prepared| prepared.undo.is_some());
    has_way && has_changed(it, record) && record.undo_intended_at.is_none()
}

fn is_undone(record: &StepRecord) -> bool {
    matches!(record.undo_result, Some(StepResult::Done(_)))
}

/// Whether the step is known to have changed something; running a check changes nothing.
fn has_changed(it: &Remediation, record: &StepRecord) -> bool {
    let step = usize::try_from(record.step).ok();
    let step = step.and_then(|step| it.planned.as_ref()?.plan.steps.get(step));
    let is_look = step.is_some_and(|step| matches!(step.verb, Verb::RunCheck { .. }));
    !is_look
        && match &record.result {
            Some(StepResult::Done(_)) => true,
            Some(StepResult::Failed(failure)) => failure.changed == Changed::Yes,
            Some(StepResult::Indeterminate) | None => false,
        }
}

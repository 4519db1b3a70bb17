//! A remediation is looked at: because its time has come, a run was heard, something is another than it was, or the node
//! has begun anew. Here is what each of that means for each stage. Knows nothing of how a stage does its work.

use super::draft::{Draft, Way};
use super::{Because, diagnosing, hold, patience, planning, probing, running, undoing, verifying};
use crate::config::Config;
use crate::pipeline::Transition;
use crate::playbook::Playbook;
use crate::remediation::gate::Phase;
use crate::remediation::{End, Remediation, Ruling, Stage, StepRecord, StepResult, gate};
use crate::run::{RunOutcome, RunRecord};
use crate::verb::Changed;

pub(super) fn attend(mut draft: Draft<'_>, because: &Because) -> Transition {
    let way = match because {
        Because::Outdated(reason) => Err(reason.clone()),
        // What was under way when the node went away comes before all else: nobody can tell what became of it.
        Because::Restarted if running::is_in_flight(&draft.it) => {
            running::lose(&mut draft, "the node went away in between");
            return draft.finish();
        }
        _ => draft.way(),
    };
    match (way, because) {
        (Err(gone), _) => give_up(&mut draft, &gone),
        (Ok(way), Because::Time) => time(&mut draft, way),
        (Ok(way), Because::Ran(run)) => heard(&mut draft, way, run),
        (Ok(way), Because::News) => news(&mut draft, way),
        (Ok(way), Because::Restarted) => resume(&mut draft, way),
        (Ok(_), Because::Climb | Because::Outdated(_)) => {}
    }
    draft.finish()
}

fn time(draft: &mut Draft<'_>, way: Way<'_>) {
    match draft.it.stage.clone() {
        Stage::Diagnosing { step, .. } => diagnosing::wait(draft, way, step),
        Stage::Probing { .. } => probing::wait(draft, way),
        Stage::Planning { .. } => planning::wait(draft, way),
        Stage::Held => reconsider(draft, way),
        Stage::AwaitingApproval { until } => planning::nobody_approved(draft, until),
        Stage::Running { step } => running::wait(draft, step),
        Stage::Settling { until } => verifying::settled(draft, way, until),
        Stage::Verifying { .. } => verifying::wait(draft, way),
        Stage::Undoing { .. } => running::lose(draft, "no word of it came in time"),
        Stage::Ended => {}
    }
}

/// A run that it asked for has ended; one that began before it was asked for says nothing of the present.
fn heard(draft: &mut Draft<'_>, way: Way<'_>, run: &RunRecord) {
    let asked_at = match &draft.it.stage {
        Stage::Diagnosing { asked_at, .. } | Stage::Probing { asked_at, .. } | Stage::Verifying { asked_at, .. } => {
            *asked_at
        }
        _ => return,
    };
    let is_run = !matches!(run.outcome, RunOutcome::Saturated | RunOutcome::Cancelled);
    if run.started_at < asked_at || !is_run || !draft.it.course.awaits.remove(&run.check) {
        return;
    }
    match &draft.it.stage {
        Stage::Diagnosing { step, .. } => diagnosing::heard(draft, way, *step, run),
        Stage::Probing { .. } => probing::heard(draft, way, run),
        Stage::Verifying { .. } => verifying::heard(draft, way, run),
        _ => {}
    }
}

/// Something its gates look at may be another: only what has done nothing yet has to know at once.
fn news(draft: &mut Draft<'_>, way: Way<'_>) {
    let phase = match draft.it.stage {
        Stage::Held => return reconsider(draft, way),
        Stage::AwaitingApproval { until } if draft.now >= until => return planning::nobody_approved(draft, until),
        Stage::AwaitingApproval { .. } => Phase::Planned,
        Stage::Diagnosing { .. } | Stage::Probing { .. } | Stage::Planning { .. } => Phase::Proposed,
        _ => return,
    };
    if is_incident_over(draft) {
        return draft.end(End::Dropped, "the incident is resolved");
    }
    match draft.judge(way, phase) {
        Ruling::Allow | Ruling::Hold => {}
        Ruling::Refuse => draft.end(End::Refused, draft.because()),
        Ruling::Drop => draft.end(End::Dropped, draft.because()),
    }
}

/// One that is held: it begins anew, as far as its gates allow it now.
fn reconsider(draft: &mut Draft<'_>, way: Way<'_>) {
    if is_incident_over(draft) {
        return draft.end(End::Dropped, "the incident is resolved");
    }
    let ruling = draft.judge(way, Phase::Proposed);
    follow_ruling(draft, way, ruling, |draft, way| {
        draft.note("nothing holds it any more");
        probing::start(draft, way);
    });
}

/// Before anything was done: goes on, is held, or ends.
pub(super) fn follow_ruling(
    draft: &mut Draft<'_>,
    way: Way<'_>,
    ruling: Ruling,
    go: impl FnOnce(&mut Draft<'_>, Way<'_>),
) {
    match ruling {
        Ruling::Allow => go(draft, way),
        Ruling::Hold => {
            let until = gate::hold_until(&draft.it.verdicts);
            let because = draft.because();
            if probing::is_blind(draft) {
                return probing::blind(draft, &because);
            }
            draft.it.course.blind_since = None;
            wait_for(draft, until, &because);
        }
        Ruling::Refuse => draft.end(End::Refused, draft.because()),
        Ruling::Drop => draft.end(End::Dropped, draft.because()),
    }
}

/// Holds it, until then at the latest; one that could not begin for very long ends.
pub(super) fn wait_for(draft: &mut Draft<'_>, until: Option<crate::time::Timestamp>, because: &str) {
    let last = draft.it.proposed_at.after(patience::BEGIN);
    if draft.now >= last {
        return draft.end(End::Refused, format!("it could not begin for a day: {because}"));
    }
    let until = until.unwrap_or_else(|| draft.now.after(patience::HELD)).min(last);
    draft.it.course.leased_at = None;
    draft.it.course.because = Some(because.to_owned());
    draft.it.course.awaits.clear();
    draft.disband();
    if draft.it.stage == Stage::Held && draft.it.course.look_at.is_some() {
        draft.look_at(until);
    } else {
        draft.note(format!("held: {because}"));
        draft.enter(Stage::Held, until);
        // Nothing is being repaired: whoever is to know, knows.
        hold::let_go(draft);
    }
}

fn is_incident_over(draft: &Draft<'_>) -> bool {
    draft.state.incidents.get(&draft.it.incident).is_none_or(|incident| !incident.is_open())
}

/// The node has begun anew. Whatever was asked is asked again; what was to be done is planned again, for the present.
fn resume(draft: &mut Draft<'_>, way: Way<'_>) {
    match draft.it.stage.clone() {
        Stage::Diagnosing { step, .. } => diagnosing::ask(draft, way, step),
        Stage::Held => reconsider(draft, way),
        Stage::Running { step } if has_acted(&draft.it) => running::prepare(draft, step),
        Stage::Probing { .. } | Stage::Planning { .. } | Stage::AwaitingApproval { .. } | Stage::Running { .. } => {
            draft.it.planned = None;
            probing::see(draft, way);
        }
        Stage::Settling { until } => draft.look_at(until),
        Stage::Verifying { .. } => {
            draft.it.course.prove_by = Some(draft.now.after(way.playbook.verification.within));
            verifying::begin_round(draft, way, 0, draft.now);
        }
        Stage::Undoing { .. } | Stage::Ended => {}
    }
}

/// The configuration does not hold any more what it needs. What is being carried out now is waited for; then all is taken
/// back, as far as that can be.
pub(super) fn give_up(draft: &mut Draft<'_>, gone: &str) {
    let is_done = matches!(draft.it.stage, Stage::Settling { .. } | Stage::Verifying { .. });
    if is_done && draft.way().is_ok() {
        // There is no next verb, and to take back what may well have helped would help nobody.
        draft.note(format!("{gone}: the proof goes on as it says now"));
    } else if running::is_in_flight(&draft.it) {
        draft.it.course.failed.get_or_insert_with(|| gone.to_owned());
        let is_due = draft.it.course.look_at.is_some_and(|at| at <= draft.now);
        if is_due {
            running::lose(draft, "no word of it came in time");
        }
    } else if has_acted(&draft.it) {
        undoing::fall(draft, gone.to_owned());
    } else if draft.it.course.after.is_some() {
        draft.escalate(End::Refused, gone);
    } else {
        draft.end(End::Dropped, gone);
    }
}

/// What another configuration changes about it, in a sentence.
pub(super) fn outdated(it: &Remediation, before: &Config, after: &Config) -> Option<String> {
    let name = &it.playbook;
    let (old, new) = (before.playbooks.get(name), after.playbooks.get(name));
    let gone = it.checks.iter().find(|check| !after.checks.contains_key(*check));
    match (old, new, gone) {
        (_, _, Some(gone)) => Some(format!("the configuration has no check `{gone}` any more")),
        (_, None, _) => Some(format!("the configuration has no playbook `{name}` any more")),
        (Some(old), Some(new), _) if !is_same(old, new) => {
            Some(format!("the configuration says something else of the playbook `{name}`"))
        }
        _ => None,
    }
}

/// Wherever in the file it stands.
fn is_same(old: &Playbook, new: &Playbook) -> bool {
    let moved = Playbook { place: old.place.clone(), ..new.clone() };
    moved == *old
}

/// Whether a verb of it may have changed anything.
pub(super) fn has_acted(it: &Remediation) -> bool {
    it.steps.iter().any(may_have_changed)
}

fn may_have_changed(record: &StepRecord) -> bool {
    match &record.result {
        Some(StepResult::Done(_) | StepResult::Indeterminate) => true,
        Some(StepResult::Failed(failure)) => failure.changed != Changed::No,
        None => record.intended_at.is_some(),
    }
}

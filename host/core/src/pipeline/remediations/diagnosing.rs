//! The diagnosis: checks run on demand, one after the other, until one names the cause; that chooses the action. A check
//! that cannot be run names nothing. Knows nothing of what follows.

use super::draft::{Draft, Way};
use super::{found, patience, probing};
use crate::observation::{Finding, Status};
use crate::playbook::Diagnosis;
use crate::remediation::Stage;
use crate::run::RunRecord;

/// Asks the check of a step, or goes on where there is none.
pub(super) fn ask(draft: &mut Draft<'_>, way: Way<'_>, step: usize) {
    let Some(diagnosis) = way.playbook.diagnosis.get(step) else {
        if step > 0 {
            draft.note("the diagnosis names no cause: the first action is tried");
        }
        return probing::see(draft, way);
    };
    let look_at = draft.now.after(patience::runs(draft.config, [&diagnosis.check]));
    draft.enter(Stage::Diagnosing { step, asked_at: draft.now }, look_at);
    draft.probe([diagnosis.check.clone()]);
    if draft.it.course.awaits.is_empty() {
        draft.note(format!("diagnosis: there is no check `{}` any more", diagnosis.check));
        ask(draft, way, step + 1);
    }
}

pub(super) fn heard(draft: &mut Draft<'_>, way: Way<'_>, step: usize, run: &RunRecord) {
    let Some(diagnosis) = way.playbook.diagnosis.get(step) else { return probing::see(draft, way) };
    let check = &run.check;
    let said = match (found(run), run.observation.as_ref()) {
        (Ok(status), observation) => {
            let findings = observation.map_or(&[][..], |observation| &observation.findings);
            match named(diagnosis, status, findings) {
                Some(cause) => return choose(draft, way, diagnosis, cause),
                None => format!("diagnosis: `{check}` is {status}, which is not the cause"),
            }
        }
        (Err(failed), _) => format!("diagnosis: `{check}` could not be run, and names nothing: {failed}"),
    };
    draft.note(said);
    ask(draft, way, step + 1);
}

/// No word of the check: it is asked again, and then passed over.
pub(super) fn wait(draft: &mut Draft<'_>, way: Way<'_>, step: usize) {
    let Some(diagnosis) = way.playbook.diagnosis.get(step) else { return probing::see(draft, way) };
    let patience = patience::runs(draft.config, [&diagnosis.check]);
    if draft.now >= draft.it.since.after(patience.saturating_mul(patience::ASKS)) {
        draft.note(format!("diagnosis: `{}` did not answer in time, and names nothing", diagnosis.check));
        return ask(draft, way, step + 1);
    }
    draft.probe_again();
    draft.look_at(draft.now.after(patience));
}

fn choose(draft: &mut Draft<'_>, way: Way<'_>, diagnosis: &Diagnosis, cause: String) {
    draft.it.rung = diagnosis.then;
    let chosen = match draft.way() {
        Ok(chosen) => chosen,
        // A valid configuration names only actions that there are.
        Err(_) => {
            draft.it.rung = 0;
            way
        }
    };
    draft.note(format!("diagnosis: {cause}, which chooses `{}`", chosen.rung.plugin));
    draft.it.course.cause = Some(cause);
    probing::see(draft, chosen);
}

/// The cause, where this run names it.
fn named(diagnosis: &Diagnosis, status: Status, findings: &[Finding]) -> Option<String> {
    let Diagnosis { check, findings: wanted, status: wanted_status, .. } = diagnosis;
    if let Some(finding) = findings.iter().find(|finding| wanted.contains(&finding.code)) {
        return Some(format!("`{check}` finds {}: {}", finding.code, finding.message));
    }
    let by_default = wanted.is_empty() && wanted_status.is_empty() && status == Status::Critical;
    (by_default || wanted_status.contains(&status)).then(|| format!("`{check}` is {status}"))
}

//! Alerts that no rule opens an incident for, and a playbook answers: they open one too. Knows nothing of what the playbook
//! does.

use std::sync::Arc;

use super::open::open;
use crate::alert::Alert;
use crate::incident::{OpenedBy, Severity};
use crate::label::Fingerprint;
use crate::page::severity_rank;
use crate::pipeline::{State, Transition};
use crate::playbook::Playbook;
use crate::time::Timestamp;

/// Whether a playbook answers it.
pub(super) fn is_wanted(state: &State, alert: &Alert) -> bool {
    answering(state, alert).is_some()
}

pub(super) fn by_playbook(
    state: &State,
    (fingerprint, alert): (Fingerprint, &Arc<Alert>),
    now: Timestamp,
    transition: &mut Transition,
) {
    if let Some(playbook) = answering(state, alert) {
        let by = OpenedBy::Playbook(playbook.name.to_string());
        open(state, &[fingerprint], (severity(alert), by), now, transition);
    }
}

/// The first that would answer an incident of this alert alone.
fn answering<'s>(state: &'s State, alert: &Alert) -> Option<&'s Playbook> {
    let mut playbooks = state.config()?.playbooks.values();
    playbooks.find(|playbook| playbook.answers_alert(alert.origin.check(), &alert.labels, severity(alert)))
}

fn severity(alert: &Alert) -> Severity {
    match severity_rank(alert.labels.get("severity")) {
        0 => Severity::Sev1,
        1 => Severity::Sev2,
        2 => Severity::Sev3,
        _ => Severity::Sev4,
    }
}

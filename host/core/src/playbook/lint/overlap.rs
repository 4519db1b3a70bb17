//! Playbooks that may answer the same alert for the same target: whichever comes first keeps the other out, which is safe
//! and seldom meant.

use std::collections::BTreeSet;

use super::LintNote;
use crate::config::Config;
use crate::playbook::{Mode, Playbook, contradiction};

/// Pairs that are told; who has more has one mistake many times.
const PAIRS_MAX: usize = 100;

pub(super) fn lint(config: &Config) -> Vec<LintNote> {
    let repairing: Vec<&Playbook> =
        config.playbooks.values().filter(|playbook| playbook.mode >= Mode::Approve).collect();
    let (mut told, mut notes) = (BTreeSet::new(), Vec::new());
    for check in config.checks.keys() {
        let about: Vec<&Playbook> =
            repairing.iter().copied().filter(|playbook| playbook.trigger.names(check)).collect();
        for (index, later) in about.iter().enumerate() {
            for earlier in about.iter().take(index).filter(|earlier| may_meet(earlier, later)) {
                if told.len() >= PAIRS_MAX {
                    return notes;
                }
                if told.insert((&earlier.name, &later.name)) {
                    let name = &earlier.name;
                    notes.push(LintNote {
                        place: later.place.clone(),
                        playbook: later.name.clone(),
                        code: "overlap",
                        message: format!(
                            "alerts about `{check}` are answered by the playbook `{name}` too, for the same target"
                        ),
                        help: "make the actions of both one ladder, or narrow one of the triggers".to_owned(),
                    });
                }
            }
        }
    }
    notes
}

/// Whether one alert can fit both, going by what their matchers say of its labels.
fn may_meet(a: &Playbook, b: &Playbook) -> bool {
    let (a_on, b_on) = (&a.trigger, &b.trigger);
    a.target_label == b.target_label
        && contradiction(a_on.alert.iter().chain(&b_on.alert)).is_none()
        && contradiction(a_on.incident.iter().chain(&b_on.incident)).is_none()
}

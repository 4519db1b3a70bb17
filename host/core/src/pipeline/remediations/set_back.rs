//! A wall clock that was set back: moments that remediations wait for or count from move along, so that nothing waits
//! longer, and nothing is fresher, than it is. When alerts began and how long people stop something stand as they were
//! written.

use std::sync::Arc;
use std::time::Duration;

use super::RemediationChange;
use crate::pipeline::{State, Transition};
use crate::remediation::{Account, Remediation, Stage};
use crate::time::Timestamp;

pub(in crate::pipeline) fn set_back(state: &State, by: Duration, transition: &mut Transition) {
    for it in state.remediations.iter() {
        let next = Arc::new(moved(it, by));
        transition.remediation(RemediationChange::Remediation(it.id.clone(), Some(next)));
    }
    for (key, account) in state.remediations.ledger() {
        let next = Arc::new(Account::clone(account).set_back(by));
        transition.remediation(RemediationChange::Ledger(key.clone(), Some(next)));
    }
}

fn moved(it: &Remediation, by: Duration) -> Remediation {
    let back = |at: Timestamp| at.before(by);
    let mut next = it.clone();
    next.proposed_at = back(it.proposed_at);
    next.since = back(it.since);
    match &mut next.stage {
        Stage::Diagnosing { asked_at, .. }
        | Stage::Probing { asked_at, .. }
        | Stage::Planning { asked_at }
        | Stage::Verifying { asked_at, .. } => *asked_at = back(*asked_at),
        Stage::AwaitingApproval { until } | Stage::Settling { until } => *until = back(*until),
        Stage::Held | Stage::Running { .. } | Stage::Undoing { .. } | Stage::Ended => {}
    }
    if let Some(planned) = &mut next.planned {
        planned.at = back(planned.at);
    }
    if let Some(approval) = &mut next.approval {
        (approval.at, approval.until) = (back(approval.at), back(approval.until));
    }
    for record in &mut next.steps {
        record.intended_at = record.intended_at.map(back);
        record.undo_intended_at = record.undo_intended_at.map(back);
    }
    let course = &mut next.course;
    let moments = [
        &mut course.look_at,
        &mut course.hold_until,
        &mut course.blind_since,
        &mut course.approval_asked_at,
        &mut course.leased_at,
        &mut course.begun_at,
        &mut course.prove_by,
    ];
    moments.into_iter().for_each(|moment| *moment = moment.map(back));
    course.probes.values_mut().for_each(|probe| probe.at = back(probe.at));
    if let Some(ended) = &mut next.ended {
        ended.at = back(ended.at);
    }
    next
}

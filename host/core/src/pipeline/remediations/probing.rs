//! What triggered it is run again, right now: before an action is asked for a plan, and once more before the plan's first
//! step, with its preconditions. What is well again is not repaired, and neither is what cannot be seen. Knows nothing of
//! plans.

use super::draft::{Draft, Way};
use super::{attend, diagnosing, found, patience, planning, running};
use crate::health::HealthStatus;
use crate::id::CheckName;
use crate::observation::Status;
use crate::remediation::{End, Probed, Stage};
use crate::run::RunRecord;

/// Begins, as its gates allow: with the diagnosis, where its ladder has not chosen an action yet.
pub(super) fn start(draft: &mut Draft<'_>, way: Way<'_>) {
    draft.it.planned = None;
    draft.it.steps.clear();
    if draft.it.course.after.is_some() || draft.it.course.cause.is_some() {
        see(draft, way);
    } else {
        diagnosing::ask(draft, way, 0);
    }
}

/// Runs again what triggered it, and what its plan presupposes.
pub(super) fn see(draft: &mut Draft<'_>, way: Way<'_>) {
    let wanted = wanted(draft);
    draft.it.course.probes.clear();
    draft.it.course.leased_at = None;
    let look_at = draft.now.after(patience::runs(draft.config, &wanted));
    draft.enter(Stage::Probing { asked_at: draft.now, heard: Vec::new() }, look_at);
    draft.probe(wanted);
    if draft.it.course.awaits.is_empty() {
        all_heard(draft, way);
    }
}

pub(super) fn heard(draft: &mut Draft<'_>, way: Way<'_>, run: &RunRecord) {
    let probed = Probed { at: run.started_at, found: found(run) };
    draft.it.course.probes.insert(run.check.clone(), probed);
    if let Stage::Probing { heard, .. } = &mut draft.it.stage {
        heard.push(run.check.clone());
    }
    if draft.it.course.awaits.is_empty() {
        all_heard(draft, way);
    }
}

/// No word of a check: it is asked again, and then taken to be out of sight.
pub(super) fn wait(draft: &mut Draft<'_>, way: Way<'_>) {
    let patience = patience::runs(draft.config, &draft.it.course.awaits);
    if draft.now >= draft.it.since.after(patience.saturating_mul(patience::ASKS)) {
        let silent = draft.it.course.awaits.iter().map(|check| format!("`{check}`")).collect::<Vec<_>>().join(", ");
        return blind(draft, &format!("{silent} could not be run again in time"));
    }
    if draft.it.course.awaits.is_empty() {
        return all_heard(draft, way);
    }
    draft.probe_again();
    draft.look_at(draft.now.after(patience));
}

fn wanted(draft: &Draft<'_>) -> Vec<CheckName> {
    let plan = draft.it.planned.iter().flat_map(|planned| &planned.plan.preconditions);
    let plan = plan.map(|precondition| &precondition.check);
    draft.it.checks.iter().chain(parents(draft)).chain(plan).cloned().collect()
}

/// What the triggering checks depend on: where that is down, they only show it. They may have been seen before it was.
fn parents<'d>(draft: &'d Draft<'_>) -> impl Iterator<Item = &'d CheckName> {
    let checks = draft.it.checks.iter().filter_map(|check| draft.config.checks.get(check));
    checks.flat_map(|check| &check.depends_on).filter(|parent| !draft.it.checks.contains(parent))
}

fn all_heard(draft: &mut Draft<'_>, way: Way<'_>) {
    let seen = |check: &CheckName| draft.it.course.probes.get(check).map(|probe| probe.found.clone());
    let unseen = draft.it.checks.iter().find_map(|check| match seen(check) {
        Some(Ok(Status::Unknown)) => Some(format!("`{check}` was run again and found out nothing")),
        Some(Ok(_)) => None,
        Some(Err(failed)) => Some(format!("`{check}` was run again and did not complete: {failed}")),
        None => Some(format!("`{check}` could not be run again")),
    });
    if let Some(unseen) = unseen {
        return blind(draft, &unseen);
    }
    draft.it.course.blind_since = None;
    let down = parents(draft).find(|parent| seen(parent) == Some(Ok(Status::Critical)));
    if let Some(down) = down.cloned() {
        let because = format!("`{down}` was run just now and is critical: what depends on it is not repaired");
        return attend::wait_for(draft, None, &because);
    }
    if draft.it.checks.iter().all(|check| seen(check) == Some(Ok(Status::Ok))) {
        let checks = draft.it.checks.iter().map(|check| format!("`{check}`")).collect::<Vec<_>>().join(", ");
        return draft.end(End::Dropped, format!("it healed by itself: {checks} was run again and is ok"));
    }
    if draft.it.planned.is_some() {
        running::start(draft);
    } else {
        planning::ask(draft, way);
    }
}

/// Whether nothing is known of what it is to repair: its checks do not complete, or are not run.
pub(super) fn is_blind(draft: &Draft<'_>) -> bool {
    let known = draft.it.checks.iter().filter_map(|check| draft.state.check(check));
    let mut known = known.map(|known| (known.failing.is_some(), known.health.status));
    known.any(|(fails, status)| fails || matches!(status, HealthStatus::Unknown | HealthStatus::Stale))
}

/// Nothing is repaired on missing data; sight is waited for, but not for ever.
pub(super) fn blind(draft: &mut Draft<'_>, because: &str) {
    let since = *draft.it.course.blind_since.get_or_insert(draft.now);
    if draft.now >= since.after(patience::BLIND) {
        return draft.end(End::Refused, format!("{because}: nothing is repaired on missing data"));
    }
    attend::wait_for(draft, None, because);
}

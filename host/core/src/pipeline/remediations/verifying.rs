//! The proof that it helped: it settles, and then what triggered it, what its plan names, and what has newly broken behind
//! it is run again, several times over; the SLO that is named burns less. Missing data proves nothing. Knows nothing of
//! how steps are taken back.

use std::collections::BTreeSet;
use std::time::Duration;

use super::draft::{Draft, Way};
use super::{found, patience, slo, undoing};
use crate::config::Schedule;
use crate::health::HealthStatus;
use crate::id::CheckName;
use crate::incident::EntryKind;
use crate::observation::Status;
use crate::pipeline::{Event, IncidentAct};
use crate::remediation::{End, Probed, Stage};
use crate::run::RunRecord;
use crate::time::Timestamp;

/// Between two rounds at most: two looks in the same breath are one.
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// What the SLO counts is looked at this often, once all checks are well.
const SLO_LOOK: Duration = Duration::from_secs(5);
/// After it has settled there is at least so long to prove it, whatever the plan says of settling.
const PROOF_MIN: Duration = Duration::from_secs(60);
/// Checks behind it that are looked at.
const BEHIND_MAX: usize = 200;

/// All steps are done.
pub(super) fn settle(draft: &mut Draft<'_>, way: Way<'_>) {
    let wanted = draft.it.planned.as_ref().map_or(0, |planned| planned.plan.verification.settle_ms);
    let settle = way.playbook.verification.settle.max(Duration::from_millis(u64::from(wanted)));
    let until = draft.now.after(settle);
    draft.it.course.prove_by = Some(draft.now.after(way.playbook.verification.within).max(until.after(PROOF_MIN)));
    draft.it.course.awaits.clear();
    if settle.is_zero() {
        return begin_round(draft, way, 0, draft.now);
    }
    draft.note(format!("all steps are done: it settles until {until}"));
    draft.enter(Stage::Settling { until }, until);
}

pub(super) fn settled(draft: &mut Draft<'_>, way: Way<'_>, until: Timestamp) {
    if draft.now >= until {
        // However long nobody looked: the proof has its time.
        let least = draft.now.after(PROOF_MIN);
        draft.it.course.prove_by = Some(draft.it.course.prove_by.map_or(least, |by| by.max(least)));
        begin_round(draft, way, 0, draft.now);
    } else {
        draft.look_at(until);
    }
}

/// A round of runs, to begin at a moment.
pub(super) fn begin_round(draft: &mut Draft<'_>, way: Way<'_>, round: u32, at: Timestamp) {
    if round == 0 {
        slo::look_from(draft, way);
    }
    let wanted = wanted(draft);
    draft.enter(Stage::Verifying { round, asked_at: at, heard: Vec::new() }, at);
    if at > draft.now {
        draft.it.course.awaits = wanted;
    } else {
        draft.probe(wanted);
        look_again(draft);
    }
}

pub(super) fn heard(draft: &mut Draft<'_>, way: Way<'_>, run: &RunRecord) {
    let Stage::Verifying { round, asked_at, mut heard } = draft.it.stage.clone() else { return };
    let check = &run.check;
    let said = found(run);
    draft.it.course.probes.insert(check.clone(), Probed { at: run.started_at, found: said.clone() });
    match said {
        Ok(status) if is_well(draft, check, status) => {}
        Ok(Status::Unknown) | Err(_) => {
            // Asked again in a while: nobody can tell yet.
            draft.it.course.awaits.insert(check.clone());
            return;
        }
        Ok(status) => return refute(draft, format!("`{check}` was run again and is {status}")),
    }
    heard.push(check.clone());
    let missing: BTreeSet<CheckName> = wanted(draft).into_iter().filter(|check| !heard.contains(check)).collect();
    draft.it.stage = Stage::Verifying { round, asked_at, heard };
    let news: Vec<CheckName> = missing.difference(&draft.it.course.awaits).cloned().collect();
    if !news.is_empty() {
        draft.probe(missing);
    } else if missing.is_empty() {
        round_over(draft, way, round);
    }
}

/// The moment of a round has come, or no word did.
pub(super) fn wait(draft: &mut Draft<'_>, way: Way<'_>) {
    let Stage::Verifying { round, .. } = draft.it.stage else { return };
    if draft.it.course.prove_by.is_none_or(|by| draft.now >= by) {
        let missing = draft.it.course.awaits.iter().map(|check| format!("`{check}`")).collect::<Vec<_>>().join(", ");
        let reason = match missing.as_str() {
            "" => "it could not be proven in time that it helped".to_owned(),
            missing => format!("it could not be proven in time that it helped: nothing is known of {missing}"),
        };
        return refute(draft, reason);
    }
    if draft.it.course.awaits.is_empty() {
        return round_over(draft, way, round);
    }
    draft.probe_again();
    look_again(draft);
}

fn look_again(draft: &mut Draft<'_>) {
    let patience = patience::runs(draft.config, &draft.it.course.awaits);
    look_at(draft, patience);
}

/// Never past the moment by which it is to be proven.
fn look_at(draft: &mut Draft<'_>, after: Duration) {
    let at = draft.now.after(after);
    draft.look_at(draft.it.course.prove_by.map_or(at, |by| by.min(at)));
}

fn round_over(draft: &mut Draft<'_>, way: Way<'_>, round: u32) {
    let wanted = draft.it.planned.as_ref().map_or(0, |planned| planned.plan.verification.times);
    let times = way.playbook.verification.times.max(wanted).max(1);
    if round + 1 < times {
        let at = draft.now.after(pause(draft, way, times));
        return begin_round(draft, way, round + 1, at);
    }
    match slo::improved(draft, way) {
        Ok(true) => proven(draft, times),
        Ok(false) => {
            draft.it.course.awaits.clear();
            look_at(draft, SLO_LOOK);
        }
        Err(worse) => refute(draft, worse),
    }
}

fn proven(draft: &mut Draft<'_>, times: u32) {
    let checks = draft.it.checks.iter().map(|check| format!("`{check}`")).collect::<Vec<_>>().join(", ");
    let text = format!("verified: {checks} was run {times} times and was ok each time, and nothing broke behind it");
    draft.note_as(EntryKind::Verification, text);
    let (incident, by) = (draft.it.incident.clone(), format!("playbook {}", draft.it.playbook));
    draft.transition.follow(Event::IncidentActed { incident, by, act: IncidentAct::Mitigate });
    draft.end(End::Verified, "it helped");
}

fn refute(draft: &mut Draft<'_>, reason: String) {
    draft.note_as(EntryKind::Verification, format!("not verified: {reason}"));
    undoing::fall(draft, format!("it did not help: {reason}"));
}

/// Two looks of one round after the other would be one: as far apart as the checks' own runs, within what there is time for.
fn pause(draft: &Draft<'_>, way: Way<'_>, times: u32) -> Duration {
    let intervals = draft.it.checks.iter().filter_map(|check| match draft.config.checks.get(check)?.schedule {
        Schedule::Every(interval) => Some(interval),
        Schedule::Cron(_) => None,
    });
    let there_is = way.playbook.verification.within / times.saturating_mul(2).max(1);
    intervals.min().unwrap_or(PAUSE_MAX).min(PAUSE_MAX).min(there_is)
}

/// What is run in a round: what triggered it, what its plan names, and what broke behind it since it was proposed.
fn wanted(draft: &Draft<'_>) -> BTreeSet<CheckName> {
    let plan = draft.it.planned.iter().flat_map(|planned| planned.plan.verification.checks.iter());
    let named = draft.it.checks.iter().chain(plan).cloned();
    named.chain(newly_broken(draft)).filter(|check| draft.config.checks.contains_key(check)).collect()
}

fn newly_broken(draft: &Draft<'_>) -> Vec<CheckName> {
    let is_broken = |check: &CheckName| {
        let Some(health) = draft.state.check(check).map(|known| &known.health) else { return false };
        let others = health.behind.as_ref().is_some_and(|behind| !draft.it.checks.contains(&behind.parent));
        health.status == HealthStatus::Critical && health.since > draft.it.proposed_at && !others
    };
    dependants(draft).into_iter().filter(is_broken).collect()
}

/// All that depends on what it repairs, near ones first.
fn dependants(draft: &Draft<'_>) -> Vec<CheckName> {
    let mut known: BTreeSet<&CheckName> = draft.it.checks.iter().collect();
    let mut all: Vec<CheckName> = Vec::new();
    let mut next: Vec<&CheckName> = draft.it.checks.iter().collect();
    while let Some(check) = next.pop() {
        for child in draft.config.dependents.get(check).into_iter().flatten() {
            if all.len() < BEHIND_MAX && known.insert(child) {
                all.push(child.clone());
                next.push(child);
            }
        }
    }
    all
}

/// What is repaired is ok; what lies behind it is no worse than it may have been.
fn is_well(draft: &Draft<'_>, check: &CheckName, status: Status) -> bool {
    let plan = draft.it.planned.as_ref().map(|planned| &planned.plan.verification.checks);
    let must_be_ok = draft.it.checks.contains(check) || plan.is_some_and(|checks| checks.contains(check));
    match status {
        Status::Ok => true,
        Status::Warning => !must_be_ok,
        Status::Critical | Status::Unknown => false,
    }
}

//! What begins: playbooks look at an incident that is new or other than it was, and each that answers it proposes a
//! remediation, unless it has answered this very onset already. Knows nothing of what a remediation does later.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::alarm;
use super::draft::{Draft, Way};
use super::{Because, attend, attention, facts, probing};
use crate::config::Config;
use crate::id::{CheckName, IncidentId, RemediationId};
use crate::incident::{Incident, Member};
use crate::pipeline::{Event, State, Transition};
use crate::playbook::{Mode, Playbook};
use crate::remediation::gate::Phase;
use crate::remediation::{Course, End, Gate, Remediation, Ruling, Stage, Verdict, gate};
use crate::time::Timestamp;

/// Under way at once; beyond that nothing is proposed.
const OPEN_MAX: usize = 1_000;

/// An incident is new, or other than it was.
pub(in crate::pipeline) fn respond(state: &State, id: &IncidentId, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    let (Some(config), Some(incident)) = (state.config(), state.incidents.get(id)) else { return transition };
    for it in state.remediations.of_incident(id).filter(|it| !it.is_over()) {
        transition.follow(attention(&it.id, Because::News));
    }
    if !incident.is_open() {
        calm(state, id, now, &mut transition);
        return transition;
    }
    let mut room = OPEN_MAX.saturating_sub(state.remediations.open_len());
    for playbook in config.playbooks.values() {
        let Some(checks) = playbook.answers(incident).filter(|_| room > 0) else { continue };
        let (target, problem) = target(playbook, incident, &checks);
        let Some(onset) = onset(state, config, incident, playbook, &target, &checks, now) else { continue };
        let mut it = proposal(playbook, incident, target, checks, 0, now);
        it.course.onset = onset;
        it.course.hold_until = hold_until(state, playbook, incident, now);
        let begun = begin(state, config, it, problem, now);
        transition.changes.extend(begun.changes);
        transition.effects.extend(begun.effects);
        transition.follows.extend(begun.follows);
        room -= 1;
    }
    transition
}

/// One did not help, and the ladder goes on with its next action.
pub(super) fn climb(state: &State, before: &Remediation, now: Timestamp) -> Transition {
    let (Some(config), Some(incident)) = (state.config(), state.incidents.get(&before.incident)) else {
        return Transition::default();
    };
    let Some(playbook) = config.playbooks.get(&before.playbook) else { return Transition::default() };
    let (target, checks) = (before.target.clone(), before.checks.clone());
    let mut it = proposal(playbook, incident, target, checks, before.rung + 1, now);
    it.course.onset = before.course.onset;
    it.course.after = Some(before.id.clone());
    begin(state, config, it, None, now)
}

/// The first judgement, and what follows from it.
fn begin(state: &State, config: &Config, it: Remediation, problem: Option<String>, now: Timestamp) -> Transition {
    let mut draft = Draft::new(state, config, it, now);
    let way = match (draft.way(), problem) {
        (Ok(way), None) => way,
        (Err(reason), _) | (_, Some(reason)) => {
            draft.end(End::Refused, reason);
            return draft.finish();
        }
    };
    draft.note(format!("proposed to repair `{}` with `{}`", draft.it.target, way.rung.plugin));
    let ruling = draft.judge(way, Phase::Proposed);
    if draft.it.mode == Mode::Observe {
        let reason = observed(&draft.it.verdicts, way);
        draft.end(End::Observed, reason);
    } else {
        attend::follow_ruling(&mut draft, way, ruling, probing::start);
    }
    draft.finish()
}

/// What would have been, were its mode another.
fn observed(verdicts: &[Verdict], way: Way<'_>) -> String {
    let others: Vec<Verdict> = verdicts.iter().filter(|verdict| verdict.gate != Gate::Mode).cloned().collect();
    let because = gate::decisive(&others).map_or("", |verdict| verdict.reason.as_str());
    match gate::ruling(&others) {
        Ruling::Allow => format!("mode observe: it would have asked `{}` for a plan", way.rung.plugin),
        Ruling::Hold => format!("mode observe: it would have been held: {because}"),
        Ruling::Refuse => format!("mode observe: it would have been refused: {because}"),
        Ruling::Drop => format!("mode observe: it would have been dropped: {because}"),
    }
}

fn proposal(
    playbook: &Playbook,
    incident: &Incident,
    target: String,
    checks: Vec<CheckName>,
    rung: usize,
    now: Timestamp,
) -> Remediation {
    Remediation {
        id: id(playbook, incident, &target, rung, now),
        playbook: playbook.name.clone(),
        incident: incident.id.clone(),
        target,
        checks,
        mode: playbook.mode,
        rung,
        proposed_at: now,
        stage: Stage::Held,
        since: now,
        planned: None,
        approval: None,
        verdicts: Vec::new(),
        steps: Vec::new(),
        course: Course { severity: playbook.escalate.clone(), ..Course::default() },
        ended: None,
    }
}

/// Derived from what it is, so that a replay makes the same; in order of time.
fn id(playbook: &Playbook, incident: &Incident, target: &str, rung: usize, now: Timestamp) -> RemediationId {
    let identity = format!("{}\n{}\n{target}\n{rung}\n{}", playbook.name, incident.id, now.as_millis());
    let hash: String = Sha256::digest(identity).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    RemediationId::new(format!("{:012x}{hash}", now.as_millis()))
}

/// What the lease, the cooldown and the attempts are about; with what is wrong where the incident does not say.
fn target(playbook: &Playbook, incident: &Incident, checks: &[CheckName]) -> (String, Option<String>) {
    if let Some(target) = playbook.target(incident) {
        return (target, None);
    }
    let first = checks.first().map_or_else(|| incident.id.to_string(), ToString::to_string);
    let label = playbook.target_label.as_deref().unwrap_or_default();
    let problem = format!("its alerts do not say with one voice what `{label}` is, which is to name the target");
    (first, Some(problem))
}

fn firing<'i>(incident: &'i Incident, checks: &'i [CheckName]) -> impl Iterator<Item = &'i Member> {
    let about = move |member: &&Member| member.check.as_ref().is_some_and(|check| checks.contains(check));
    incident.alerts.values().filter(|member| member.ended_at.is_none()).filter(about)
}

/// The latest start of what it is to answer; `None` where nothing fires any more, or an answer to this was given already.
fn onset(
    state: &State,
    config: &Config,
    incident: &Incident,
    playbook: &Playbook,
    target: &str,
    checks: &[CheckName],
    now: Timestamp,
) -> Option<Timestamp> {
    let starts = || firing(incident, checks).map(|member| member.starts_at);
    let (first, last) = (starts().min()?, starts().max()?);
    let before = state.remediations.of_incident(&incident.id);
    let mut before = before.filter(|before| before.playbook == playbook.name && before.target == target);
    let is_answered = before.any(|before| answers(state, config, before, first, now));
    (!is_answered).then_some(last)
}

/// Whether one that was proposed before is the answer to what began at `onset`, or still may be.
fn answers(state: &State, config: &Config, before: &Remediation, onset: Timestamp, now: Timestamp) -> bool {
    let Some(ended) = &before.ended else { return true };
    match ended.how {
        End::Dropped => now < ended.at.after(super::patience::DROPPED),
        // What was stopped by people may be answered once they let it.
        End::Refused if stopped_by_people(&before.verdicts) => {
            let now_judged = config.playbooks.get(&before.playbook).and_then(|playbook| {
                let rung = playbook.actions.get(before.rung)?;
                let way = Way { playbook, rung };
                Some(facts::judge(state, config, before, way, Phase::Proposed, now))
            });
            now_judged.is_none_or(|verdicts| stopped_by_people(&verdicts))
        }
        _ => onset <= before.course.onset,
    }
}

fn stopped_by_people(verdicts: &[Verdict]) -> bool {
    let gates = [Gate::KillSwitch, Gate::Breaker];
    verdicts.iter().any(|verdict| verdict.ruling == Ruling::Refuse && gates.contains(&verdict.gate))
}

/// From the first answer to this incident on: whatever is tried after it gets no more time.
fn hold_until(state: &State, playbook: &Playbook, incident: &Incident, now: Timestamp) -> Option<Timestamp> {
    if playbook.mode < Mode::Approve {
        return None;
    }
    let first = state.remediations.of_incident(&incident.id).map(|before| before.proposed_at).min().unwrap_or(now);
    Some(first.min(now).after(playbook.hold_notifications)).filter(|until| now < *until)
}

/// The incident is over, and so is what was said because of its remediations.
fn calm(state: &State, id: &IncidentId, now: Timestamp, transition: &mut Transition) {
    let ended = state.remediations.of_incident(id).filter_map(|it| it.ended.as_ref());
    for labels in ended.flat_map(|ended| &ended.alerts) {
        if let Some(alert) = alarm::ended(state, labels, now) {
            transition.follow(Event::Alert(alert.fingerprint(), Arc::new(alert)));
        }
    }
}

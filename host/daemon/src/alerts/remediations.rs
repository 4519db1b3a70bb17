//! Remediations, kill switches and playbooks as people see and act upon them. Decides nothing itself.

use std::time::Duration;

use tocsin_api::remediation as api;
use tocsin_core::id::{PlaybookName, RemediationId};
use tocsin_core::pipeline::{Event, State, approvable};
use tocsin_core::playbook::Playbook;
use tocsin_core::remediation::{
    Ended, KillSwitch, LedgerKey, PlanHash, Planned, Remediation, Scope, StepShown, Verdict,
};

use super::{Alerts, CommitError};
use crate::http::wire::time;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemediationRefused {
    #[error("no remediation is `{0}`; /api/v1/remediations lists them")]
    Unknown(RemediationId),
    #[error("{0}")]
    NotApprovable(String),
    #[error("no playbook is called `{0}`; /api/v1/playbooks lists them")]
    UnknownPlaybook(String),
    #[error("{SWITCHES_MAX} kill switches are thrown, which is the most; throw one for all repairs")]
    TooManySwitches,
    #[error("it changed before this was said; look at it again")]
    Changed,
    #[error("no kill switch is thrown there")]
    NotThrown,
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Each gate looks at all of them.
const SWITCHES_MAX: usize = 1_000;

/// Says yes or no to a plan, by its hash; the remediation before and after that.
///
/// # Errors
/// Why that cannot be done.
pub async fn approve(
    alerts: &Alerts,
    id: &RemediationId,
    by: &str,
    hash: PlanHash,
    approves: bool,
) -> Result<(api::Remediation, api::Remediation), RemediationRefused> {
    let before = alerts.look(|state, now| {
        let known = state.remediations().get(id).ok_or_else(|| RemediationRefused::Unknown(id.clone()))?;
        approvable(state, id, &hash, now).map_err(|fault| RemediationRefused::NotApprovable(fault.to_string()))?;
        Ok::<_, RemediationRefused>(remediation(known))
    })?;
    let event = Event::Approved { remediation: id.clone(), by: by.to_owned(), hash, approves };
    alerts.commit(vec![event]).await?;
    let after = shown(alerts, id)?;
    let is_heard = if approves { after.approved.as_ref().is_some_and(|it| it.by == by) } else { after.ended.is_some() };
    if is_heard { Ok((before, after)) } else { Err(RemediationRefused::Changed) }
}

/// One that is known.
///
/// # Errors
/// There is none of that id.
pub fn shown(alerts: &Alerts, id: &RemediationId) -> Result<api::Remediation, RemediationRefused> {
    let found = alerts.look(|state, _| state.remediations().get(id).map(|known| remediation(known)));
    found.ok_or_else(|| RemediationRefused::Unknown(id.clone()))
}

/// Throws a kill switch, or another one in its place.
///
/// # Errors
/// Why that cannot be done.
pub async fn throw(
    alerts: &Alerts,
    by: &str,
    scope: Scope,
    reason: String,
    duration: Option<Duration>,
) -> Result<api::KillSwitchShown, RemediationRefused> {
    let switch = alerts.look(|state, now| {
        known_playbook(state, &scope)?;
        if state.remediations().switches().count() >= SWITCHES_MAX {
            return Err(RemediationRefused::TooManySwitches);
        }
        let until = duration.map(|duration| now.after(duration));
        Ok::<_, RemediationRefused>(KillSwitch { reason, by: by.to_owned(), at: now, until })
    })?;
    let shown = switch_shown(&scope, &switch);
    alerts.commit(vec![Event::KillSwitch(scope, Some(switch.into()))]).await?;
    Ok(shown)
}

/// Takes a kill switch back.
///
/// # Errors
/// Why that cannot be done.
pub async fn release(alerts: &Alerts, scope: Scope) -> Result<api::KillSwitchShown, RemediationRefused> {
    let thrown = alerts.look(|state, _| {
        let thrown = state.remediations().switches().find(|(known, _)| **known == scope);
        thrown.map(|(scope, switch)| switch_shown(scope, switch))
    });
    let thrown = thrown.ok_or(RemediationRefused::NotThrown)?;
    alerts.commit(vec![Event::KillSwitch(scope, None)]).await?;
    Ok(thrown)
}

/// Lets a playbook go on that its breaker stopped.
///
/// # Errors
/// Why that cannot be done.
pub async fn reset(alerts: &Alerts, by: &str, name: &str) -> Result<api::PlaybookSummary, RemediationRefused> {
    let playbook = PlaybookName::new(name);
    let unknown = || RemediationRefused::UnknownPlaybook(name.to_owned());
    let is_known =
        alerts.look(|state, _| state.config().is_some_and(|config| config.playbooks.contains_key(&playbook)));
    if !is_known {
        return Err(unknown());
    }
    alerts.commit(vec![Event::BreakerReset { playbook: playbook.clone(), by: by.to_owned() }]).await?;
    let shown = alerts.look(|state, _| {
        let playbook = state.config()?.playbooks.get(&playbook)?;
        Some(summary(state, playbook))
    });
    shown.ok_or_else(unknown)
}

fn known_playbook(state: &State, scope: &Scope) -> Result<(), RemediationRefused> {
    match (scope, state.config()) {
        (Scope::Playbook(name), Some(config)) if !config.playbooks.contains_key(name) => {
            Err(RemediationRefused::UnknownPlaybook(name.to_string()))
        }
        _ => Ok(()),
    }
}

#[must_use]
pub fn switch_shown(scope: &Scope, switch: &KillSwitch) -> api::KillSwitchShown {
    api::KillSwitchShown {
        scope: match scope {
            Scope::All => api::SwitchScope::default(),
            Scope::Playbook(name) => api::SwitchScope { playbook: Some(name.to_string()), target: None },
            Scope::Target(target) => api::SwitchScope { playbook: None, target: Some(target.clone()) },
        },
        reason: switch.reason.clone(),
        by: switch.by.clone(),
        at: time(switch.at),
        until: switch.until.map(time),
    }
}

#[must_use]
pub fn summary(state: &State, playbook: &Playbook) -> api::PlaybookSummary {
    let account = state.remediations().account(&LedgerKey::Playbook(playbook.name.clone()));
    let failures = account.map_or(0, |account| account.failures);
    let of_it = state.remediations().iter().filter(|it| it.playbook == playbook.name && !it.is_over());
    api::PlaybookSummary {
        name: playbook.name.to_string(),
        mode: playbook.mode.as_str().to_owned(),
        actions: playbook.actions.iter().map(|rung| rung.plugin.to_string()).collect(),
        failures: failures.into(),
        stopped: failures >= playbook.gates.breaker_failures,
        under_way: of_it.count() as u64,
    }
}

#[must_use]
pub fn remediation(it: &Remediation) -> api::Remediation {
    api::Remediation {
        id: it.id.to_string(),
        playbook: it.playbook.to_string(),
        incident: it.incident.to_string(),
        target: it.target.clone(),
        checks: it.checks.iter().map(ToString::to_string).collect(),
        mode: it.mode.as_str().to_owned(),
        rung: it.rung as u64 + 1,
        proposed_at: time(it.proposed_at),
        stage: it.stage.as_str().to_owned(),
        words: it.words(),
        since: time(it.since),
        plan: it.planned.as_ref().map(|planned| plan(it, planned)),
        approved: it.approval.as_ref().map(|approval| api::ApprovedBy {
            by: approval.by.clone(),
            at: time(approval.at),
            until: time(approval.until),
        }),
        gates: it.verdicts.iter().map(verdict).collect(),
        ended: it.ended.as_ref().map(ended),
    }
}

fn plan(it: &Remediation, planned: &Planned) -> api::PlanShown {
    let plan = &planned.plan;
    let preconditions = plan.preconditions.iter().map(|it| {
        let status: Vec<&str> = it.status.iter().map(|status| status.as_str()).collect();
        format!("{} is {}: {}", it.check, status.join(" or "), it.why)
    });
    api::PlanShown {
        hash: planned.hash.to_string(),
        summary: plan.summary.clone(),
        why: plan.why.clone(),
        digest: planned.digest.to_string(),
        at: time(planned.at),
        steps: it.steps_shown().map(|shown| plan_step(&shown)).collect(),
        preconditions: preconditions.collect(),
        verified_by: plan.verification.checks.iter().map(ToString::to_string).collect(),
        settle_seconds: Duration::from_millis(plan.verification.settle_ms.into()).as_secs(),
        times: plan.verification.times.into(),
    }
}

fn plan_step(shown: &StepShown<'_>) -> api::PlanStep {
    let mut arguments = serde_json::to_value(&shown.step.verb).unwrap_or_default();
    let verb = arguments.as_object_mut().and_then(|it| it.shift_remove("verb"));
    api::PlanStep {
        verb: verb.and_then(|verb| verb.as_str().map(str::to_owned)).unwrap_or_default(),
        arguments,
        why: shown.step.why.clone(),
        timeout_ms: shown.step.timeout_ms,
        prepared: shown.would.map(str::to_owned),
        undoable: shown.is_undoable,
        state: shown.state.to_owned(),
        said: shown.said.map(str::to_owned),
        output: shown.output.to_owned(),
    }
}

fn verdict(verdict: &Verdict) -> api::GateVerdict {
    api::GateVerdict {
        gate: verdict.gate.as_str().to_owned(),
        ruling: verdict.ruling.as_str().to_owned(),
        reason: verdict.reason.clone(),
    }
}

fn ended(ended: &Ended) -> api::RemediationEnd {
    api::RemediationEnd {
        at: time(ended.at),
        how: ended.how.as_str().to_owned(),
        reason: ended.reason.clone(),
        escalated: ended.escalated,
    }
}

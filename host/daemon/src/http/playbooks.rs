//! Playbooks and what stops them: the breaker of each, and kill switches. Knows nothing of what a playbook does.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use tocsin_api::remediation::{KillSwitchShown, KillSwitches, PlaybookList, PlaybookSummary, SwitchScope, ThrowSwitch};
use tocsin_api::{Code, Problem};
use tocsin_core::id::{CheckName, PlaybookName};
use tocsin_core::remediation::{Scope, simulate};

use super::Front;
use super::audit::audited;
use super::doors::Operator;
use super::problem::{Asked, Named, Refused, Sent};
use super::remediations::problem;
use crate::alerts::remediations::{self, RemediationRefused};
use crate::audit::Action;

const REASON_BYTES_MAX: usize = 1_024;
const TARGET_BYTES_MAX: usize = 256;

/// The playbooks of the configuration in force, with the state of their breakers.
#[utoipa::path(get, path = "/api/v1/playbooks", tag = "incidents", responses((status = 200, body = PlaybookList)))]
pub(super) async fn list(State(front): State<Front>) -> Json<PlaybookList> {
    let playbooks = front.alerts.look(|state, _| {
        let playbooks = state.config().map(|config| config.playbooks.values());
        playbooks.into_iter().flatten().map(|playbook| remediations::summary(state, playbook)).collect()
    });
    Json(PlaybookList { playbooks })
}

/// Lets a playbook go on that its breaker stopped. What came meanwhile is not made up for. Needs an operator.
#[utoipa::path(post, path = "/api/v1/playbooks/{name}/reset", tag = "incidents", params(("name" = String, Path)),
    responses(
        (status = 200, body = PlaybookSummary),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn reset(
    State(front): State<Front>,
    Operator(who): Operator,
    Named(name): Named,
) -> Result<Json<PlaybookSummary>, Refused> {
    let work = remediations::reset(&front.alerts, &who.name, &name).await.map_err(problem);
    audited(&front, who, Action::ResetBreaker, name, work, |after| (None, serde_json::to_value(after).ok())).await
}

/// What a playbook would have answered to the incidents that are remembered, and which gate had let it pass or not.
#[utoipa::path(get, path = "/api/v1/playbooks/{name}/simulate", tag = "incidents", params(("name" = String, Path)),
    responses(
        (status = 200, body = serde_json::Value),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn simulate(
    State(front): State<Front>,
    Named(name): Named,
) -> Result<Json<simulate::Simulated>, Refused> {
    let known = front.alerts.look(|state, _| {
        let config = state.config()?;
        config.playbooks.contains_key(name.as_str()).then(|| {
            let incidents = state.incidents().iter().map(|incident| (**incident).clone()).collect::<Vec<_>>();
            (Arc::clone(config), incidents)
        })
    });
    let unknown = || problem(RemediationRefused::UnknownPlaybook(name.clone()));
    let (config, incidents) = known.ok_or_else(unknown)?;
    let mut record = simulate::Record { incidents, ..simulate::Record::default() };
    let checks: BTreeSet<CheckName> = record.incidents.iter().flat_map(|incident| incident.checks()).cloned().collect();
    for check in checks.into_iter().filter(|check| config.checks.contains_key(check)) {
        let seen = front.node.seen(&check).await?;
        record.runs.insert(check, seen);
    }
    let playing = tokio::task::spawn_blocking(move || {
        config.playbooks.get(name.as_str()).map(|playbook| simulate::simulate(playbook, &config, &record))
    });
    let fell = || Refused::new(Code::Internal, "The simulation could not be made.");
    playing.await.ok().flatten().map(Json).ok_or_else(fell)
}

/// What stops repairs now.
#[utoipa::path(get, path = "/api/v1/killswitches", tag = "incidents", responses((status = 200, body = KillSwitches)))]
pub(super) async fn switches(State(front): State<Front>) -> Json<KillSwitches> {
    let switches = front.alerts.look(|state, now| {
        let switches = state.remediations().switches();
        let in_force = switches.filter(|(_, switch)| switch.is_in_force(now));
        in_force.map(|(scope, switch)| remediations::switch_shown(scope, switch)).collect()
    });
    Json(KillSwitches { switches })
}

/// Stops everything, a playbook, or a target: before the next verb begins. Needs an operator.
#[utoipa::path(put, path = "/api/v1/killswitches", tag = "incidents", request_body = ThrowSwitch, responses(
    (status = 200, body = KillSwitchShown),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
    (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn throw(
    State(front): State<Front>,
    Operator(who): Operator,
    Sent(asked): Sent<ThrowSwitch>,
) -> Result<Json<KillSwitchShown>, Refused> {
    let scope = scope(SwitchScope { playbook: asked.playbook, target: asked.target })?;
    let reason = asked.reason.trim();
    if reason.is_empty() || reason.len() > REASON_BYTES_MAX {
        let detail = format!("A kill switch has a reason, of at most {REASON_BYTES_MAX} bytes.");
        return Err(Refused::new(Code::BadRequest, detail));
    }
    if asked.duration_seconds == Some(0) {
        let detail = "A kill switch that holds for 0 s stops nothing; leave `duration_seconds` out, or give more.";
        return Err(Refused::new(Code::BadRequest, detail));
    }
    if matches!(&scope, Scope::Target(target) if target.is_empty() || target.len() > TARGET_BYTES_MAX) {
        let detail = format!("A target has 1 to {TARGET_BYTES_MAX} bytes.");
        return Err(Refused::new(Code::BadRequest, detail));
    }
    let (target, duration) = (words(&scope), asked.duration_seconds.map(Duration::from_secs));
    let work = remediations::throw(&front.alerts, &who.name, scope, reason.to_owned(), duration).await;
    let after = |thrown: &KillSwitchShown| (None, serde_json::to_value(thrown).ok());
    audited(&front, who, Action::ThrowKillSwitch, target, work.map_err(problem), after).await
}

/// Takes a kill switch back. Needs an operator.
#[utoipa::path(delete, path = "/api/v1/killswitches", tag = "incidents", params(SwitchScope), responses(
    (status = 200, body = KillSwitchShown),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
    (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn release(
    State(front): State<Front>,
    Operator(who): Operator,
    Asked(asked): Asked<SwitchScope>,
) -> Result<Json<KillSwitchShown>, Refused> {
    let scope = scope(asked)?;
    let target = words(&scope);
    let work = remediations::release(&front.alerts, scope).await.map_err(problem);
    let before = |was: &KillSwitchShown| (serde_json::to_value(was).ok(), None);
    audited(&front, who, Action::ReleaseKillSwitch, target, work, before).await
}

fn scope(asked: SwitchScope) -> Result<Scope, Refused> {
    match (asked.playbook, asked.target) {
        (None, None) => Ok(Scope::All),
        (Some(playbook), None) => Ok(Scope::Playbook(PlaybookName::new(playbook))),
        (None, Some(target)) => Ok(Scope::Target(target)),
        (Some(_), Some(_)) => {
            let detail = "Give a playbook or a target, not both; neither is everything.";
            Err(Refused::new(Code::BadRequest, detail))
        }
    }
}

fn words(scope: &Scope) -> String {
    match scope {
        Scope::All => "all".to_owned(),
        Scope::Playbook(name) => format!("playbook {name}"),
        Scope::Target(target) => format!("target {target}"),
    }
}

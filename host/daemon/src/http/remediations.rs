//! Remediations: what playbooks propose, what every gate says of it, and saying yes or no to a plan. Looking at one never
//! approves it.

use axum::Json;
use axum::extract::State;
use tocsin_api::remediation::{Approve, Remediation, RemediationList, RemediationQuery};
use tocsin_api::{Code, Problem};
use tocsin_core::id::RemediationId;
use tocsin_core::remediation::PlanHash;

use super::audit::audited;
use super::doors::Operator;
use super::problem::{Asked, Named, Refused, Sent};
use super::{Front, Who};
use crate::alerts::remediations::{self, RemediationRefused};
use crate::audit::Action;

const LIMIT: usize = 100;
const LIMIT_MAX: usize = 2_000;

/// Those under way first, then newest first.
#[utoipa::path(get, path = "/api/v1/remediations", tag = "incidents", params(RemediationQuery), responses(
    (status = 200, body = RemediationList),
    (status = 400, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(State(front): State<Front>, Asked(query): Asked<RemediationQuery>) -> Json<RemediationList> {
    let fits = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
    let mut found = front.alerts.look(|state, _| {
        let fitting = state.remediations().iter().filter(|it| {
            fits(&query.incident, it.incident.as_str())
                && fits(&query.playbook, it.playbook.as_str())
                && !(query.open && it.is_over())
        });
        fitting.cloned().collect::<Vec<_>>()
    });
    found.sort_by_key(|it| (it.is_over(), std::cmp::Reverse(it.proposed_at)));
    found.truncate(query.limit.unwrap_or(LIMIT).min(LIMIT_MAX));
    let found = found.iter().map(|it| remediations::remediation(it)).collect();
    Json(RemediationList { remediations: found })
}

/// One remediation with its plan, its gates and its journal.
#[utoipa::path(get, path = "/api/v1/remediations/{id}", tag = "incidents", params(("id" = String, Path)), responses(
    (status = 200, body = Remediation),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn show(State(front): State<Front>, Named(id): Named) -> Result<Json<Remediation>, Refused> {
    remediations::shown(&front.alerts, &RemediationId::new(&id)).map(Json).map_err(|refused| problem(refused).into())
}

/// Approves the plan with this hash, and no other. Needs an operator.
#[utoipa::path(post, path = "/api/v1/remediations/{id}/approve", tag = "incidents", params(("id" = String, Path)),
    request_body = Approve, responses(
        (status = 200, body = Remediation),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn approve(
    State(front): State<Front>,
    Operator(who): Operator,
    Named(id): Named,
    Sent(asked): Sent<Approve>,
) -> Result<Json<Remediation>, Refused> {
    say(&front, who, id, asked, true).await
}

/// Rejects the plan with this hash. Needs an operator.
#[utoipa::path(post, path = "/api/v1/remediations/{id}/reject", tag = "incidents", params(("id" = String, Path)),
    request_body = Approve, responses(
        (status = 200, body = Remediation),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn reject(
    State(front): State<Front>,
    Operator(who): Operator,
    Named(id): Named,
    Sent(asked): Sent<Approve>,
) -> Result<Json<Remediation>, Refused> {
    say(&front, who, id, asked, false).await
}

async fn say(
    front: &Front,
    who: Who,
    id: String,
    asked: Approve,
    approves: bool,
) -> Result<Json<Remediation>, Refused> {
    let hash = PlanHash(asked.hash.trim().to_ascii_lowercase());
    let after = Some(serde_json::json!({ "hash": hash }));
    let work = remediations::approve(&front.alerts, &RemediationId::new(&id), &who.name, hash, approves).await;
    let work = work.map_err(problem);
    let before = work.as_ref().ok().map(|(before, _)| serde_json::json!({ "stage": before.stage }));
    let action = if approves { Action::ApprovePlan } else { Action::RejectPlan };
    audited(front, who, action, id, work.map(|(_, after)| after), |_| (before, after)).await
}

pub(super) fn problem(refused: RemediationRefused) -> Problem {
    let code = match &refused {
        RemediationRefused::Unknown(_) => Code::RemediationNotFound,
        RemediationRefused::UnknownPlaybook(_) => Code::PlaybookNotFound,
        RemediationRefused::NotThrown => Code::SwitchNotThrown,
        RemediationRefused::NotApprovable(_) | RemediationRefused::Changed => Code::NotApprovable,
        RemediationRefused::TooManySwitches => Code::Saturated,
        RemediationRefused::Commit(error) => return super::problem::commit(*error),
    };
    Problem::new(code, refused.to_string())
}

//! SLOs: where they stand, what their policies ask for, and what was recorded of them. Knows nothing of how any of it is
//! decided.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use tocsin_api::slo::{Slo, SloList, SloPolicy, SloQuery};
use tocsin_api::{Code, Problem};
use tocsin_core::config::Config;
use tocsin_core::slo;

use super::Front;
use super::problem::{Asked, Named, Refused};
use crate::slos;

pub(super) mod downtime;
pub(super) mod history;

const LIMIT: usize = 200;
const LIMIT_MAX: usize = 1_000;

/// SLOs in the order of their names, with where each objective stands.
#[utoipa::path(get, path = "/api/v1/slos", tag = "slos", params(SloQuery), responses(
    (status = 200, body = SloList),
    (status = 400, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(State(front): State<Front>, Asked(query): Asked<SloQuery>) -> Result<Json<SloList>, Refused> {
    let limit = query.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let fits = |slo: &&slo::Slo| {
        query.service.as_deref().is_none_or(|service| slo.service.as_str() == service)
            && query.after.as_deref().is_none_or(|after| slo.name.as_str() > after)
    };
    let list = front.alerts.look(|state, now| {
        let Some(config) = state.config() else { return SloList::default() };
        let mut fitting = config.slos.values().filter(fits);
        let slos: Vec<Slo> = fitting.by_ref().take(limit).map(|slo| slos::slo(state, config, slo, now)).collect();
        let next = fitting.next().and_then(|_| slos.last().map(|last| last.name.clone()));
        SloList { slos, next }
    });
    Ok(Json(list))
}

/// One SLO.
#[utoipa::path(get, path = "/api/v1/slos/{name}", tag = "slos", params(("name" = String, Path)), responses(
    (status = 200, body = Slo),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn show(State(front): State<Front>, Named(name): Named) -> Result<Json<Slo>, Refused> {
    let config = in_force(&front)?;
    let slo = find(&config, &name)?;
    Ok(Json(front.alerts.look(|state, now| slos::slo(state, &config, slo, now))))
}

/// What its error budget policies ask for, and whether deploys are frozen.
#[utoipa::path(get, path = "/api/v1/slos/{name}/policy", tag = "slos", params(("name" = String, Path)), responses(
    (status = 200, body = SloPolicy),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn policy(State(front): State<Front>, Named(name): Named) -> Result<Json<SloPolicy>, Refused> {
    let config = in_force(&front)?;
    let slo = find(&config, &name)?;
    Ok(Json(front.alerts.look(|state, _| slos::policy(state, &config, slo))))
}

pub(super) fn in_force(front: &Front) -> Result<Arc<Config>, Refused> {
    let config = front.alerts.look(|state, _| state.config().cloned());
    config.ok_or_else(|| Refused::new(Code::NotReady, "No configuration is in force yet."))
}

fn find<'c>(config: &'c Config, name: &str) -> Result<&'c slo::Slo, Refused> {
    let unknown = || {
        let detail = format!("No SLO is named `{name}`; GET /api/v1/slos lists those there are.");
        Refused::new(Code::SloNotFound, detail)
    };
    config.slos.get(name).ok_or_else(unknown)
}

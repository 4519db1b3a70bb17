//! The audit log as a resource, and the one way a change gets into it. Knows nothing of how it is kept.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;
use tocsin_api::{AuditLog, Problem};
use utoipa::IntoParams;

use super::doors::Admin;
use super::problem::{Asked, Refused};
use super::{Front, Who};
use crate::audit::{Action, Audited};

const LIMIT: usize = 100;
const LIMIT_MAX: usize = 1_000;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AuditQuery {
    /// At most this many; 100 where none is given, 1,000 at most.
    limit: Option<usize>,
}

/// Who changed what, newest first. Needs an admin.
#[utoipa::path(get, path = "/api/v1/audit", tag = "node", params(AuditQuery), responses(
    (status = 200, body = AuditLog),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(front): State<Front>,
    Admin(_): Admin,
    Asked(query): Asked<AuditQuery>,
) -> Result<Json<AuditLog>, Refused> {
    let limit = query.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    Ok(Json(AuditLog { entries: front.audit.newest(limit).await? }))
}

/// Records what came of a change before anybody hears of it: one that could not be recorded is answered as a failure
/// that says so.
pub(super) async fn audited<T>(
    front: &Front,
    who: Who,
    action: Action,
    target: String,
    work: Result<T, Problem>,
    change: impl FnOnce(&T) -> (Option<Value>, Option<Value>),
) -> Result<Json<T>, Refused> {
    let change = work.as_ref().map_or((None, None), change);
    let failed = work.as_ref().err().map(ToString::to_string);
    record(front, who, action, target, change, failed).await?;
    Ok(Json(work?))
}

/// The same, for answers that have a form of their own.
pub(super) async fn record(
    front: &Front,
    who: Who,
    action: Action,
    target: String,
    (before, after): (Option<Value>, Option<Value>),
    failed: Option<String>,
) -> Result<(), Problem> {
    tracing::info!(who = who.name, action = action.as_str(), target, failed, "change");
    front.audit.append(Audited { who, action, target, before, after, failed }).await
}

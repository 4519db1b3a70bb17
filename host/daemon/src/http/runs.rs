//! Single runs and their transcripts. Knows nothing of how a transcript is made.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use tocsin_api::{Problem, Run};
use tocsin_core::id::RunId;

use super::Front;
use super::doors::Operator;
use super::problem::{Named, Refused};

/// One run, as it is kept.
#[utoipa::path(get, path = "/api/v1/runs/{id}", tag = "runs", params(("id" = String, Path)), responses(
    (status = 200, body = Run),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn show(State(front): State<Front>, Named(id): Named) -> Result<Json<Run>, Refused> {
    Ok(Json(front.node.run(&RunId::new(id)).await?))
}

/// Everything the run heard from the host, as `pluginctl replay` takes it. Needs an operator: it holds what was
/// fetched.
#[utoipa::path(get, path = "/api/v1/runs/{id}/transcript", tag = "runs", params(("id" = String, Path)), responses(
    (status = 200, body = String, content_type = "application/octet-stream"),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn transcript(
    State(front): State<Front>,
    Operator(_): Operator,
    Named(id): Named,
) -> Result<impl IntoResponse, Refused> {
    let bytes = front.node.transcript(&RunId::new(id)).await?;
    Ok(([(CONTENT_TYPE, "application/octet-stream"), (CONTENT_DISPOSITION, "attachment")], bytes))
}

/// The component that ran, as `pluginctl replay` takes it.
#[utoipa::path(get, path = "/api/v1/runs/{id}/component", tag = "runs", params(("id" = String, Path)), responses(
    (status = 200, body = String, content_type = "application/wasm"),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn component(
    State(front): State<Front>,
    Operator(_): Operator,
    Named(id): Named,
) -> Result<impl IntoResponse, Refused> {
    let bytes = front.node.component_of(&RunId::new(id)).await?;
    Ok(([(CONTENT_TYPE, "application/wasm"), (CONTENT_DISPOSITION, "attachment")], bytes))
}

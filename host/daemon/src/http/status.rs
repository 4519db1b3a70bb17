//! The node as a whole: its status, its health for those who start it, its metrics. Knows nothing of single checks.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::header::CONTENT_TYPE;
use tocsin_api::{Code, Problem, Status};

use super::Front;
use super::problem::Refused;

/// The node at a glance.
#[utoipa::path(get, path = "/api/v1/status", tag = "node", responses((status = 200, body = Status)))]
pub(super) async fn status(State(front): State<Front>) -> Json<Status> {
    Json(front.node.status())
}

/// Whether the daemon answers at all.
#[utoipa::path(get, path = "/healthz", tag = "node", security(()), responses((status = 200, body = String)))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether the node runs checks and can keep what it finds.
#[utoipa::path(get, path = "/readyz", tag = "node", security(()), responses(
    (status = 200, body = String),
    (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn readyz(State(front): State<Front>) -> Result<&'static str, Refused> {
    match front.node.not_ready() {
        None => Ok("ready\n"),
        Some(why) => Err(Refused::new(Code::NotReady, why)),
    }
}

/// The daemon's metrics in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "node", responses((status = 200, body = String, content_type = "text/plain")))]
pub(super) async fn metrics(State(front): State<Front>) -> Result<impl IntoResponse, Refused> {
    let text = front.metrics.text(&*front.node, &front.alerts).map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "the metrics cannot be written");
        Refused::new(Code::Internal, "The metrics cannot be written; the log says why.")
    })?;
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}

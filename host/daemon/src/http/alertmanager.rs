//! Alertmanager's API v2, so that what speaks to an Alertmanager (Prometheus, `amtool`, dashboards) speaks to this node.
//! Its answers are those of Alertmanager's OpenAPI document: errors are a bare text in JSON. Nothing is decided here.

mod alerts;
mod body;
mod filter;
mod groups;
mod shown;
pub(super) mod silences;
mod status;

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use super::Front;
use crate::alerts::CommitError;

/// As `--web.route-prefix` would set it; clients are given it as part of the URL.
const PREFIX: &str = "/alertmanager";

pub(super) fn router() -> Router<Front> {
    let api = Router::new()
        .route("/api/v2/status", get(status::show))
        .route("/api/v2/receivers", get(status::receivers))
        .route("/api/v2/alerts", get(alerts::list).post(alerts::post))
        .route("/api/v2/alerts/groups", get(groups::list))
        .route("/api/v2/silences", get(silences::list).post(silences::post))
        .route("/api/v2/silence/{id}", get(silences::show).delete(silences::expire))
        .route("/-/healthy", get(status::healthy))
        .route("/-/ready", get(status::ready));
    Router::new().nest(PREFIX, api)
}

/// What Alertmanager answers with when it cannot do what was asked.
#[derive(Debug)]
struct Failure {
    status: StatusCode,
    text: String,
}

impl Failure {
    fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }

    fn bad(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    fn fell() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the node failed; its log says why")
    }
}

impl From<CommitError> for Failure {
    fn from(error: CommitError) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.text)).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Runs what takes long off the async threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a request fell");
        Failure::fell()
    })
}

/// A body of JSON that was already written.
fn json(bytes: Vec<u8>) -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(http::header::CONTENT_TYPE, kind)], bytes).into_response()
}

//! Turns everything that can go wrong with a request into a problem document. Knows nothing of single resources.

use axum::Json;
use axum::body::{Bytes, to_bytes};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, Uri};
use serde::de::DeserializeOwned;
use tocsin_api::{Code, Problem, Time};
use tocsin_core::time::Timestamp;

use crate::alerts::CommitError;

/// Of a body that a person or the CLI writes.
const BODY_BYTES_MAX: usize = 256 * 1_024;
const BODY_TIME_MAX: std::time::Duration = std::time::Duration::from_secs(15);

/// What a room answers with when it cannot do what was asked.
#[derive(Debug)]
pub(super) struct Refused(pub(super) Problem);

impl Refused {
    pub(super) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Problem::new(code, detail))
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let code = self.0.code;
        let mut response = (status, Json(self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"tocsin\""));
        }
        if code == Code::Saturated {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// The query of a request.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let refused = |rejection: QueryRejection| Refused::new(Code::BadRequest, rejection.body_text());
        Query::from_request_parts(parts, state).await.map(|Query(asked)| Self(asked)).map_err(refused)
    }
}

/// The name or id in a path.
pub(super) struct Named(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let refused = |rejection: PathRejection| Refused::new(Code::BadRequest, rejection.body_text());
        Path::from_request_parts(parts, state).await.map(|Path(name)| Self(name)).map_err(refused)
    }
}

/// The JSON of a body.
pub(super) struct Sent<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refused> {
        let bytes = body(request).await?;
        let wrong = |error| Refused::new(Code::BadRequest, format!("The body cannot be read: {error}."));
        serde_json::from_slice(&bytes).map(Self).map_err(wrong)
    }
}

/// The same; nothing at all says nothing.
pub(super) struct MaySent<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for MaySent<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refused> {
        let bytes = body(request).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        let wrong = |error| Refused::new(Code::BadRequest, format!("The body cannot be read: {error}."));
        serde_json::from_slice(&bytes).map(Self).map_err(wrong)
    }
}

async fn body(request: Request) -> Result<Bytes, Refused> {
    let read = tokio::time::timeout(BODY_TIME_MAX, to_bytes(request.into_body(), BODY_BYTES_MAX)).await;
    let late = |_| Refused::new(Code::TimedOut, "The body took too long.");
    let wrong = |_| {
        let detail = format!("The body has more than {BODY_BYTES_MAX} bytes, or ended before it was complete.");
        Refused::new(Code::BodyTooLarge, detail)
    };
    read.map_err(late)?.map_err(wrong)
}

/// A point in time that stands in a query.
pub(super) fn moment(name: &str, written: Option<String>) -> Result<Option<Timestamp>, Refused> {
    let Some(written) = written else { return Ok(None) };
    let wrong = |_| {
        let detail = format!("`{name}` is `{written}`; it takes a point in time such as 2026-11-14T22:13:20Z.");
        Refused::new(Code::BadRequest, detail)
    };
    let at: Time = serde_json::from_value(written.as_str().into()).map_err(wrong)?;
    Ok(Some(Timestamp::from_millis(at.as_millis())))
}

/// Why events were not taken in.
pub(super) fn commit(error: CommitError) -> Problem {
    let code = match error {
        CommitError::Full => Code::Saturated,
        CommitError::Late => Code::TimedOut,
        CommitError::Stopping => Code::ShuttingDown,
    };
    Problem::new(code, error.to_string())
}

pub(super) async fn not_found(uri: Uri) -> Refused {
    let detail = format!("No route is `{}`; `/api/v1/openapi.json` lists them all.", uri.path());
    Refused::new(Code::NotFound, detail)
}

pub(super) async fn method_not_allowed(method: Method, uri: Uri) -> Refused {
    let detail = format!("`{}` does not take {method}; `/api/v1/openapi.json` lists what it takes.", uri.path());
    Refused::new(Code::MethodNotAllowed, detail)
}

//! What every request passes before it reaches a room: it is counted, its host is checked, and its token is asked
//! for. A new route is closed until it says who may enter: reading needs a viewer, everything else an operator.

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, Uri};
use tocsin_api::Code;

use super::problem::Refused;
use super::{Front, Who};
use crate::auth::Need;

/// Scripts and styles are the page's own; nothing is loaded from elsewhere, framed or submitted.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) async fn count(State(front): State<Front>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    let status = response.status();
    // A method is the client's own word: one outside the standard would be a label without bound.
    let method = if is_known(&method) { method.as_str() } else { "other" };
    front.metrics.http_answered(method, route.as_deref().unwrap_or("none"), status.as_u16());
    tracing::debug!(method, route, status = status.as_u16(), "http");
    response
}

fn is_known(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::POST, Method::DELETE, Method::PUT, Method::PATCH, Method::OPTIONS]
        .contains(method)
}

pub(super) async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// On loopback reading needs no token, so a foreign page must not read through a name of its own that it points at
/// 127.0.0.1 (DNS rebinding): only names of this machine itself are answered.
pub(super) async fn check_host(State(front): State<Front>, request: Request, next: Next) -> Response {
    if front.auth.is_local() && !names_loopback(request.headers(), request.uri()) {
        let detail = "This node answers to `localhost` and loopback addresses only; the header `Host` names another.";
        return Refused::new(Code::HostNotAllowed, detail).into_response();
    }
    next.run(request).await
}

fn names_loopback(headers: &HeaderMap, uri: &Uri) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).and_then(|host| host.parse::<Authority>().ok());
    let Some(authority) = uri.authority().cloned().or(host) else { return false };
    let host = authority.host();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

pub(super) async fn authorise(State(front): State<Front>, mut request: Request, next: Next) -> Response {
    if is_guarded(request.uri().path()) {
        let reads = [Method::GET, Method::HEAD].contains(request.method());
        match front.auth.admit(request.headers(), if reads { Need::Read } else { Need::Operate }) {
            Ok(who) => drop(request.extensions_mut().insert(who)),
            Err(problem) => return Refused(problem).into_response(),
        }
    }
    next.run(request).await
}

fn is_guarded(path: &str) -> bool {
    path.starts_with("/api/") || path.starts_with("/alertmanager/api/") || path == "/metrics"
}

/// Somebody who may run checks and look into runs.
pub(super) struct Operator(pub(super) Who);

impl FromRequestParts<Front> for Operator {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, front: &Front) -> Result<Self, Refused> {
        Ok(Self(front.auth.admit(&parts.headers, Need::Operate)?))
    }
}

/// Somebody who may change plugins and configuration.
pub(super) struct Admin(pub(super) Who);

impl FromRequestParts<Front> for Admin {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, front: &Front) -> Result<Self, Refused> {
        Ok(Self(front.auth.admit(&parts.headers, Need::Administer)?))
    }
}

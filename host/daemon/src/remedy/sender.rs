//! Requests of plans, sent through the one network that all plugins use: the same policy, the same addresses that are never
//! reached, secrets filled in here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tocsin_core::capability::Rights;
use tocsin_core::plan::{HeaderValue, HttpCall};
use tocsin_sandbox::Network;
use tocsin_sandbox::net::{Budget, CallError, Caller, http};
use tocsin_verbs::{HttpAnswer, HttpError, HttpSender, Sending};
use tokio::time::Instant;

use crate::secrets::NodeSecrets;

/// Of an answer; what is longer is cut off.
const ANSWER_BYTES_MAX: u64 = 64 * 1_024;

pub struct NetworkSender {
    pub network: Network,
    pub secrets: Arc<NodeSecrets>,
}

impl fmt::Debug for NetworkSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetworkSender").finish_non_exhaustive()
    }
}

impl HttpSender for NetworkSender {
    fn send<'a>(&'a self, call: &'a HttpCall, rights: &'a Rights, timeout: Duration) -> Sending<'a> {
        Box::pin(async move {
            let rights = rights.acting();
            let budget = Budget::new(Instant::now() + timeout, ANSWER_BYTES_MAX);
            let caller = Caller { rights: &rights, secrets: &*self.secrets, budget };
            match self.network.http(request(call, timeout), &caller).await {
                Ok(response) => Ok(HttpAnswer { status: response.status, body: response.body }),
                Err(CallError::Refused(refused)) => Err(HttpError::NotSent(refused.to_string())),
                Err(CallError::Failed(failure)) => Err(match failure.kind {
                    http::FailureKind::InvalidRequest
                    | http::FailureKind::Lookup
                    | http::FailureKind::Connect
                    | http::FailureKind::Tls => HttpError::NotSent(failure.message),
                    http::FailureKind::Timeout | http::FailureKind::Protocol => HttpError::NoAnswer(failure.message),
                }),
            }
        })
    }
}

fn request(call: &HttpCall, timeout: Duration) -> http::Request {
    let header = |value: &HeaderValue| match value {
        HeaderValue::Text(text) => http::HeaderValue::Text(text.clone()),
        HeaderValue::Secret(name) => http::HeaderValue::Secret(name.clone()),
        HeaderValue::Bearer(name) => http::HeaderValue::Bearer(name.clone()),
    };
    http::Request {
        method: call.method.clone(),
        url: call.url.clone(),
        headers: call.headers.iter().map(|(name, value)| (name.clone(), header(value))).collect(),
        body: call.body.clone(),
        timeout: Some(timeout),
        body_max: u32::try_from(ANSWER_BYTES_MAX).ok(),
        tls: None,
    }
}

//! `http`: one request a call. Only translates: what may be reached and how it is sent is [`crate::net`]'s.

use std::time::Duration;

use super::tls::{micros, options, session};
use super::types::denial;
use crate::net::http as net;
use crate::net::{CallError, Phases as NetPhases};
use crate::transcript::exchange::HttpSend;
use crate::world::guest::{Guest, Turn};
use crate::world::v0_1::tocsin::plugin::http::{
    Error, Failure, FailureKind, HeaderValue, Host, Phases, Request, Response,
};

impl Host for Guest {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Response, Error>> {
        match self.ask::<HttpSend>(request)? {
            Turn::Replayed(answer) => Ok(answer),
            Turn::Perform(request) => {
                let answer = self.network.http(outward(&request), &self.caller()).await;
                self.answer::<HttpSend>(request, answer.map(response).map_err(error))
            }
        }
    }
}

fn outward(request: &Request) -> net::Request {
    net::Request {
        method: request.method.clone(),
        url: request.url.clone(),
        headers: request.headers.iter().map(|(name, value)| (name.clone(), header_value(value))).collect(),
        body: request.body.clone(),
        timeout: request.timeout_ms.map(|ms| Duration::from_millis(ms.into())),
        body_max: request.body_max,
        tls: request.tls.as_ref().map(options),
    }
}

fn header_value(value: &HeaderValue) -> net::HeaderValue {
    match value {
        HeaderValue::Text(text) => net::HeaderValue::Text(text.clone()),
        HeaderValue::Secret(secret) => net::HeaderValue::Secret(secret.clone()),
        HeaderValue::Bearer(secret) => net::HeaderValue::Bearer(secret.clone()),
        HeaderValue::Basic((user, secret)) => net::HeaderValue::Basic { user: user.clone(), secret: secret.clone() },
    }
}

fn response(response: net::Response) -> Response {
    Response {
        status: response.status,
        headers: response.headers,
        body: response.body,
        body_truncated: response.body_truncated,
        phases: phases(&response.phases),
        peer: response.peer.to_string(),
        tls: response.tls.map(session),
    }
}

fn error(error: CallError<net::Failure>) -> Error {
    match error {
        CallError::Refused(refused) => Error::Denied(denial(refused)),
        CallError::Failed(failure) => Error::Failed(Failure {
            kind: match failure.kind {
                net::FailureKind::InvalidRequest => FailureKind::InvalidRequest,
                net::FailureKind::Lookup => FailureKind::Lookup,
                net::FailureKind::Connect => FailureKind::Connect,
                net::FailureKind::Tls => FailureKind::Tls,
                net::FailureKind::Timeout => FailureKind::Timeout,
                net::FailureKind::Protocol => FailureKind::Protocol,
            },
            phases: phases(&failure.phases),
            peer: failure.peer.map(|peer| peer.to_string()),
            message: failure.message,
        }),
    }
}

fn phases(phases: &NetPhases) -> Phases {
    Phases {
        lookup_us: phases.lookup.map(micros),
        connect_us: phases.connect.map(micros),
        tls_us: phases.tls.map(micros),
        first_byte_us: phases.first_byte.map(micros),
        total_us: micros(phases.total),
    }
}

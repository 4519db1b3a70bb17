//! One HTTP/1.1 request a call, over a connection of its own. Redirects are not followed: the guest asks again, and is
//! checked again. Knows neither the WIT nor the transcript.

mod exchange;
mod hidden;
mod request;
mod timed;

use std::net::SocketAddr;
use std::time::Duration;

use super::connect::{self, ConnectFailure, ConnectStage, Phases};
use super::error::{CallError, told};
use super::tls::{Session, TlsError, TlsOptions};
use super::{Caller, Network};
use hidden::Hidden;
use request::Checked;

/// As the guest asked; holds names of secrets, never their values.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, HeaderValue)>,
    pub body: Vec<u8>,
    pub timeout: Option<Duration>,
    /// At most this many bytes of the body are returned; never more than the budget has left.
    pub body_max: Option<u32>,
    pub tls: Option<TlsOptions>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderValue {
    Text(String),
    /// The value of the named secret.
    Secret(String),
    /// `Bearer` and the value of the named secret.
    Bearer(String),
    /// Basic authentication with the value of the named secret as the password.
    Basic {
        user: String,
        secret: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Lower-case names; values that carry secrets are hidden.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub body_truncated: bool,
    pub phases: Phases,
    pub peer: SocketAddr,
    pub tls: Option<Session>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    InvalidRequest,
    Lookup,
    Connect,
    Tls,
    Timeout,
    Protocol,
}

/// There is no response. The message is a sentence for the guest and for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub kind: FailureKind,
    pub message: String,
    pub phases: Phases,
    pub peer: Option<SocketAddr>,
}

impl Network {
    pub async fn http(&self, request: Request, caller: &Caller<'_>) -> Result<Response, CallError<Failure>> {
        let deadline = caller.budget.until(request.timeout);
        let room = caller.budget.bytes(None);
        let body_max = request.body_max.map_or(room, |max| usize::try_from(max).unwrap_or(room));
        let checked = Checked::of(request, caller.rights).map_err(|error| error.map(Failure::invalid))?;
        let client = match &checked.tls {
            None => None,
            Some(options) => Some(self.tls_client(options, caller).map_err(|error| error.map(Failure::of_settings))?),
        };
        let mut hidden = Hidden::default();
        let filled = checked.filled(caller, &mut hidden).map_err(|error| error.map(Failure::invalid))?;
        let connected = connect::open(self, &checked.permit, client.as_ref(), deadline).await;
        let connected = connected.map_err(|error| error.map(Failure::from))?;
        exchange::exchange(filled, connected, (room, body_max), deadline, &hidden).await.map_err(CallError::Failed)
    }
}

impl Failure {
    fn invalid(message: String) -> Self {
        Self { kind: FailureKind::InvalidRequest, message, phases: Phases::default(), peer: None }
    }

    fn of_settings(error: TlsError) -> Self {
        Self { kind: FailureKind::Tls, ..Self::invalid(told(&error)) }
    }
}

impl From<ConnectFailure> for Failure {
    fn from(failure: ConnectFailure) -> Self {
        let kind = match failure.stage {
            ConnectStage::Lookup => FailureKind::Lookup,
            ConnectStage::Connect => FailureKind::Connect,
            ConnectStage::Tls => FailureKind::Tls,
            ConnectStage::Timeout => FailureKind::Timeout,
        };
        Self { kind, message: failure.message, phases: failure.phases, peer: failure.peer }
    }
}

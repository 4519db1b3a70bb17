//! A TCP connection of a guest, bare or under TLS: bounded in time, in bytes and in number.
//! Knows neither the WIT nor the transcript.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;

use super::connect::{self, ConnectFailure, ConnectStage, Phases};
use super::error::{CallError, told};
use super::host::Host;
use super::policy::Permit;
use super::stream::Stream;
use super::tls::{Session, TlsError, TlsOptions, explain, tls_error_in};
use super::{Budget, Caller, Network};

/// Connections that one run has open at a time.
const OPEN_MAX: usize = 16;

/// Counts the open connections of one run.
#[derive(Clone, Debug)]
pub struct OpenConnections(Arc<Semaphore>);

impl Default for OpenConnections {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(OPEN_MAX)))
    }
}

#[derive(Clone, Debug)]
pub struct Target {
    pub host: String,
    pub port: u16,
    pub timeout: Option<Duration>,
    /// TLS from the start.
    pub tls: Option<TlsOptions>,
}

/// What was found while connecting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    pub peer: SocketAddr,
    pub phases: Phases,
    pub tls: Option<Session>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub bytes: Vec<u8>,
    /// The other side closed its half.
    pub closed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    Lookup,
    Connect,
    Tls,
    Timeout,
    Closed,
    Reset,
    TooLarge,
}

/// The message is a sentence for the guest and for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub kind: FailureKind,
    pub message: String,
}

/// An open connection; dropping it closes it.
#[derive(Debug)]
pub struct Connection {
    opened: Opened,
    host: Host,
    /// None once it broke.
    stream: Option<Stream>,
    /// Read, but not asked for yet.
    ahead: BytesMut,
    _open: OwnedSemaphorePermit,
}

impl Network {
    pub async fn tcp_connect(
        &self,
        target: &Target,
        open: &OpenConnections,
        caller: &Caller<'_>,
    ) -> Result<Connection, CallError<Failure>> {
        let deadline = caller.budget.until(target.timeout);
        let failed = |kind, message| CallError::Failed(Failure { kind, message });
        let host = Host::parse(&target.host).map_err(|error| failed(FailureKind::Lookup, error.to_string()))?;
        let permit = Permit::tcp(host.clone(), target.port, caller.rights)?;
        let slot = Arc::clone(&open.0).try_acquire_owned().map_err(|_| {
            failed(FailureKind::Connect, format!("this run has {OPEN_MAX} connections open: close one first"))
        })?;
        let client = match &target.tls {
            None => None,
            Some(options) => Some(self.tls_client(options, caller).map_err(|error| error.map(Failure::of_tls))?),
        };
        let connected = connect::open(self, &permit, client.as_ref(), deadline).await;
        let connected = connected.map_err(|error| error.map(Failure::from))?;
        let opened = Opened { peer: connected.peer, phases: connected.phases, tls: connected.tls };
        Ok(Connection { opened, host, stream: Some(connected.stream), ahead: BytesMut::new(), _open: slot })
    }
}

impl Connection {
    #[must_use]
    pub const fn opened(&self) -> &Opened {
        &self.opened
    }

    /// Sends all of it. What was sent in part cannot be taken back, so that a failure ends the connection.
    pub async fn send(&mut self, bytes: &[u8], timeout: Option<Duration>, budget: Budget) -> Result<(), Failure> {
        if bytes.len() > budget.bytes(None) {
            let message = format!("{} bytes are more than this run may still carry", bytes.len());
            return Err(Failure { kind: FailureKind::TooLarge, message });
        }
        let peer = self.opened.peer;
        let mut stream = self.stream.take().ok_or_else(|| closed(peer))?;
        let sent = timeout_at(budget.until(timeout), async {
            stream.write_all(bytes).await?;
            stream.flush().await
        });
        match sent.await {
            Ok(Ok(())) => {
                self.stream = Some(stream);
                Ok(())
            }
            Ok(Err(error)) => Err(broken(peer, &error)),
            Err(_) => Err(timed_out(&format!("{peer} did not take {} bytes in time", bytes.len()))),
        }
    }

    /// Reads until `until` was seen (empty: until anything came), the other side closed, or `max` bytes were read. What
    /// came before a timeout is kept for the next call.
    pub async fn receive(
        &mut self,
        until: &[u8],
        max: u32,
        timeout: Option<Duration>,
        budget: Budget,
    ) -> Result<Received, Failure> {
        let peer = self.opened.peer;
        let max = budget.bytes(Some(max));
        let deadline = budget.until(timeout);
        let mut searched = 0;
        loop {
            if let Some(end) = end_of(&self.ahead, until, &mut searched).filter(|end| *end <= max || until.is_empty()) {
                return Ok(Received { bytes: self.ahead.split_to(end.min(max)).to_vec(), closed: false });
            }
            let room = max.saturating_sub(self.ahead.len());
            if room == 0 {
                return Ok(Received { bytes: self.ahead.split_to(max).to_vec(), closed: false });
            }
            let stream = self.stream.as_mut().ok_or_else(|| closed(peer))?;
            let mut limited = stream.take(u64::try_from(room).unwrap_or(u64::MAX));
            match timeout_at(deadline, limited.read_buf(&mut self.ahead)).await {
                Ok(Ok(0)) => return Ok(Received { bytes: self.ahead.split().to_vec(), closed: true }),
                Ok(Ok(_)) => {}
                // Under TLS: closed without saying so. Many servers do.
                Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Ok(Received { bytes: self.ahead.split().to_vec(), closed: true });
                }
                Ok(Err(error)) => {
                    self.stream = None;
                    return Err(broken(peer, &error));
                }
                Err(_) => return Err(timed_out(&format!("{peer} did not send what was waited for in time"))),
            }
        }
    }

    /// TLS from here on (STARTTLS). A failure ends the connection.
    pub async fn start_tls(
        &mut self,
        network: &Network,
        options: &TlsOptions,
        timeout: Option<Duration>,
        caller: &Caller<'_>,
    ) -> Result<Session, CallError<Failure>> {
        let failed = |message: String| CallError::Failed(Failure { kind: FailureKind::Tls, message });
        let peer = self.opened.peer;
        let client = network.tls_client(options, caller).map_err(|error| error.map(Failure::of_tls))?;
        let stream = match self.stream.take() {
            None => return Err(CallError::Failed(closed(peer))),
            Some(Stream::Tls(_)) => return Err(failed(format!("the connection to {peer} is under TLS already"))),
            Some(Stream::Plain(_)) if !self.ahead.is_empty() => {
                // Somebody between could have put it there, to be taken for words under TLS.
                return Err(failed(format!("{peer} sent more in plain text after its consent to TLS")));
            }
            Some(Stream::Plain(stream)) => stream,
        };
        match timeout_at(caller.budget.until(timeout), client.handshake(stream, &self.host)).await {
            Ok(Ok((stream, session))) => {
                self.stream = Some(Stream::Tls(Box::new(stream)));
                Ok(session)
            }
            Ok(Err(error)) => Err(CallError::Failed(Failure::of_tls(error))),
            Err(_) => Err(CallError::Failed(timed_out(&format!("{peer} did not finish the TLS handshake in time")))),
        }
    }
}

/// Where what was waited for ends, if it is there. `searched` remembers how far was looked.
fn end_of(bytes: &[u8], until: &[u8], searched: &mut usize) -> Option<usize> {
    if until.is_empty() {
        return (!bytes.is_empty()).then_some(bytes.len());
    }
    let from = *searched;
    let found = bytes.get(from..)?.windows(until.len()).position(|window| window == until);
    *searched = (bytes.len() + 1).saturating_sub(until.len()).max(from);
    found.map(|at| from + at + until.len())
}

fn broken(peer: SocketAddr, error: &io::Error) -> Failure {
    let (kind, message) = match (tls_error_in(error), error.kind()) {
        (Some(error), _) => (FailureKind::Tls, explain(error)),
        (None, io::ErrorKind::ConnectionReset) => (FailureKind::Reset, format!("{peer} reset the connection")),
        (None, _) => (FailureKind::Closed, format!("the connection to {peer} broke: {error}")),
    };
    Failure { kind, message }
}

fn closed(peer: SocketAddr) -> Failure {
    Failure { kind: FailureKind::Closed, message: format!("the connection to {peer} is closed") }
}

fn timed_out(message: &str) -> Failure {
    Failure { kind: FailureKind::Timeout, message: message.to_owned() }
}

impl Failure {
    fn of_tls(error: TlsError) -> Self {
        Self { kind: FailureKind::Tls, message: told(&error) }
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
        Self { kind, message: failure.message }
    }
}

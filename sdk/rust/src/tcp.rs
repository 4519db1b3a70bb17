//! TCP connections, bare or under TLS.

use std::fmt;
use std::time::Duration;

use crate::bindings::host::tcp as wit;
use crate::{CallError, tls};

pub use crate::bindings::host::tcp::{Failure, FailureKind, Opened, Received};

/// A connection in the making.
#[derive(Clone, Debug)]
pub struct Target(wit::Target);

/// Names where to connect.
///
/// ```no_run
/// use tocsin_sdk::tcp;
///
/// let connection = tcp::target("mail.example.org", 25).connect()?;
/// let greeting = connection.receive(b"\r\n", 512)?;
/// connection.send(b"QUIT\r\n")?;
/// # Ok::<(), tocsin_sdk::Error>(())
/// ```
pub fn target(host: impl Into<String>, port: u16) -> Target {
    Target(wit::Target { host: host.into(), port, timeout_ms: None, tls: None })
}

impl Target {
    /// Gives up connecting after this long.
    #[must_use]
    pub fn timeout(mut self, timeout: impl Into<Duration>) -> Self {
        self.0.timeout_ms = Some(crate::call::milliseconds(timeout.into()));
        self
    }

    /// TLS from the start.
    #[must_use]
    pub fn tls(mut self, options: tls::Options) -> Self {
        self.0.tls = Some(options);
        self
    }

    /// Connects.
    pub fn connect(self) -> Result<Connection, CallError<Failure>> {
        crate::call::tcp_connect(&self.0).map(|raw| Connection { raw, timeout_ms: self.0.timeout_ms }).map_err(refused)
    }
}

/// An open connection; closed when dropped.
pub struct Connection {
    raw: crate::call::TcpConnection,
    timeout_ms: Option<u32>,
}

impl Connection {
    /// What was found while connecting.
    #[must_use]
    pub fn opened(&self) -> Opened {
        self.raw.opened()
    }

    /// How long each exchange from here on may take; the target's own timeout unless set.
    pub fn set_timeout(&mut self, timeout: impl Into<Duration>) {
        self.timeout_ms = Some(crate::call::milliseconds(timeout.into()));
    }

    /// Sends all bytes.
    pub fn send(&self, bytes: &[u8]) -> Result<(), CallError<Failure>> {
        self.raw.send(bytes, self.timeout_ms).map_err(refused)
    }

    /// Reads until `until` was seen (empty: until anything came), the other side closed, or `max` bytes were read.
    pub fn receive(&self, until: &[u8], max: u32) -> Result<Received, CallError<Failure>> {
        self.raw.receive(until, max, self.timeout_ms).map_err(refused)
    }

    /// TLS from here on (STARTTLS).
    pub fn start_tls(&self, options: &tls::Options) -> Result<tls::Session, CallError<Failure>> {
        self.raw.start_tls(options, self.timeout_ms).map_err(refused)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("timeout_ms", &self.timeout_ms).finish_non_exhaustive()
    }
}

fn refused(error: wit::Error) -> CallError<Failure> {
    match error {
        wit::Error::Denied(denial) => CallError::Denied(denial),
        wit::Error::Failed(failure) => CallError::Failed(failure),
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

//! ICMP echo.

use std::fmt;
use std::time::Duration;

use crate::CallError;
use crate::bindings::host::icmp as wit;

pub use crate::bindings::host::icmp::{Failure, FailureKind, Reply};

/// Sends one echo request of `size` bytes and waits for its reply.
pub fn echo(host: &str, size: u16, timeout: Option<Duration>) -> Result<Reply, CallError<Failure>> {
    crate::call::icmp_echo(host, size, timeout.map(crate::call::milliseconds)).map_err(|error| match error {
        wit::Error::Denied(denial) => CallError::Denied(denial),
        wit::Error::Failed(failure) => CallError::Failed(failure),
    })
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

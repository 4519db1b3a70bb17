//! DNS queries, one a call.

use std::fmt;
use std::time::Duration;

use crate::CallError;
use crate::bindings::host::dns as wit;

pub use crate::bindings::host::dns::{Answer, Failure, FailureKind, RecordType, ResourceRecord};

/// A query in the making.
#[derive(Clone, Debug)]
pub struct Query(wit::QueryInput);

/// Asks for a name's records of one type.
///
/// ```no_run
/// use tocsin_sdk::dns::{self, RecordType};
///
/// let answer = dns::query("example.org", RecordType::A).server("192.0.2.53").send()?;
/// # Ok::<(), tocsin_sdk::Error>(())
/// ```
pub fn query(name: impl Into<String>, record_type: RecordType) -> Query {
    Query(wit::QueryInput { name: name.into(), record_type, server: None, timeout_ms: None })
}

impl Query {
    /// Asks this server instead of the node's own resolvers.
    #[must_use]
    pub fn server(mut self, server: impl Into<String>) -> Self {
        self.0.server = Some(server.into());
        self
    }

    /// Gives up after this long.
    #[must_use]
    pub fn timeout(mut self, timeout: impl Into<Duration>) -> Self {
        self.0.timeout_ms = Some(crate::call::milliseconds(timeout.into()));
        self
    }

    /// Sends it. A name that does not exist is an answer (`NXDOMAIN`), not an error.
    pub fn send(self) -> Result<Answer, CallError<Failure>> {
        crate::call::dns_query(&self.0).map_err(|error| match error {
            wit::Error::Denied(denial) => CallError::Denied(denial),
            wit::Error::Failed(failure) => CallError::Failed(failure),
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

//! The way out for plugins: HTTP, TCP and DNS under one policy. Plain values in and out; knows neither Wasmtime nor the
//! transcript. Every connection of a plugin, whichever interface asked for it, is made here.

mod address;
mod budget;
mod connect;
pub mod dns;
mod error;
mod host;
pub mod http;
mod owned;
mod policy;
mod resolve;
mod secret;
mod stream;
pub mod tcp;
mod tls;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;

use tocsin_core::capability::{Refused, Rights};
use tokio::time::{Instant, timeout_at};

pub use budget::Budget;
pub use connect::{ConnectFailure, ConnectStage, Connected, Phases};
pub use error::CallError;
pub use host::{Host, HostError};
pub use owned::OwnedPorts;
pub use policy::Purpose;
pub use secret::Secrets;
pub use stream::Stream;
pub use tls::{Certificate, Session, TlsOptions};

use policy::Permit;
use resolve::Resolver;
use tls::{TlsClient, TlsClients, TlsError};

/// What the node's own configuration says about the network.
#[derive(Clone, Debug, Default)]
pub struct NetworkConfig {
    /// The name server to ask instead of the system's.
    pub resolver: Option<SocketAddr>,
    /// A PEM bundle to trust beside the system's certificates.
    pub ca_pem: Option<Vec<u8>>,
    /// The daemon's own listeners.
    pub owned: OwnedPorts,
}

#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    #[error("the node's extra certificate authorities (`ca_pem`) hold no usable PEM certificate")]
    Ca,
}

/// On whose behalf a call is made: what it may reach, which secrets it may use, and what is left of it.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    pub rights: &'a Rights,
    pub secrets: &'a dyn Secrets,
    pub budget: Budget,
}

/// The node's network as plugins see it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Network(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    resolver: Resolver,
    tls: TlsClients,
    owned: OwnedPorts,
}

impl Network {
    pub fn new(config: NetworkConfig) -> Result<Self, NetworkError> {
        let tls = TlsClients::new(config.ca_pem.as_deref()).map_err(|_| NetworkError::Ca)?;
        Ok(Self(Arc::new(Inner { resolver: Resolver::new(config.resolver), tls, owned: config.owned })))
    }

    /// Whether a plugin that opens a TCP socket itself (WASI) may connect it to this address. Its rights name hosts; the
    /// names among them with this port are looked up, and the address must be one of theirs.
    pub async fn check_socket(&self, target: SocketAddr, rights: &Rights, deadline: Instant) -> Result<(), Refused> {
        let literal = Permit::tcp(Host::Address(target.ip().to_canonical()), target.port(), rights);
        let refused = match literal {
            Ok(permit) => return permit.address(target.ip(), self.owned()).map(drop),
            Err(refused) => refused,
        };
        for endpoint in rights.tcp.iter().filter(|endpoint| endpoint.port == target.port()) {
            let Ok(host @ Host::Name(_)) = Host::parse(&endpoint.host) else { continue };
            let Ok(Ok(found)) = timeout_at(deadline, self.resolver().addresses(&host)).await else { continue };
            if found.iter().any(|address| address.to_canonical() == target.ip().to_canonical()) {
                return Permit::tcp(host, target.port(), rights)?.address(target.ip(), self.owned()).map(drop);
            }
        }
        Err(refused)
    }

    /// An open connection for a request that somebody else (WASI's HTTP) will speak: rights, addresses and TLS are done.
    pub async fn connect_checked(
        &self,
        (scheme, host, port): (&str, &str, u16),
        purpose: Purpose,
        rights: &Rights,
        deadline: Instant,
    ) -> Result<Connected, CallError<ConnectFailure>> {
        let failed = |stage, message| {
            CallError::Failed(ConnectFailure { stage, message, peer: None, phases: Phases::default() })
        };
        let host = Host::parse(host).map_err(|error| failed(ConnectStage::Lookup, error.to_string()))?;
        let permit = Permit::http(scheme, host, port, purpose, rights)?;
        let client = match scheme {
            "https" => {
                let client = self.0.tls.client(&TlsOptions::default(), None);
                Some(client.map_err(|error| failed(ConnectStage::Tls, error.to_string()))?)
            }
            _ => None,
        };
        connect::open(self, &permit, client.as_ref(), deadline).await
    }

    fn resolver(&self) -> &Resolver {
        &self.0.resolver
    }

    fn owned(&self) -> &OwnedPorts {
        &self.0.owned
    }

    /// A TLS client for these options, with the identity that they name filled in.
    fn tls_client(&self, options: &TlsOptions, caller: &Caller<'_>) -> Result<TlsClient, CallError<TlsError>> {
        let identity = match &options.client_identity {
            None => None,
            Some(secret) => Some(
                caller
                    .secret(secret)?
                    .ok_or_else(|| CallError::Failed(TlsError::Settings { reason: secret::missing(secret) }))?,
            ),
        };
        self.0.tls.client(options, identity.as_deref()).map_err(CallError::Failed)
    }
}

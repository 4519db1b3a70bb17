//! The network against real servers on loopback: what they see, what the guest gets, and what is refused.

mod certificates;
mod dns;
mod http;
mod names;
mod servers;
mod tcp;
mod tls;

use std::collections::BTreeMap;
use std::time::Duration;

use tocsin_core::capability::{Endpoint, HttpRight};

use super::*;

/// Secrets of a node, by name.
struct Known(BTreeMap<&'static str, String>);

impl Secrets for Known {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

/// One run's view of the network.
struct Run {
    network: Network,
    rights: Rights,
    secrets: Known,
    owned: OwnedPorts,
    deadline: Duration,
}

impl Run {
    fn new() -> Self {
        Self::with_resolver(None)
    }

    fn with_resolver(resolver: Option<SocketAddr>) -> Self {
        let owned = OwnedPorts::default();
        let config = NetworkConfig { resolver, ca_pem: None, owned: owned.clone() };
        let network = Network::new(config).unwrap();
        let secrets = Known(BTreeMap::new());
        Self { network, rights: Rights::default(), secrets, owned, deadline: Duration::from_secs(20) }
    }

    /// Grants an origin: `http://127.0.0.1:80`.
    fn origin(mut self, origin: &str) -> Self {
        let url = url::Url::parse(origin).unwrap();
        let host = url.host_str().unwrap().trim_matches(['[', ']']).to_owned();
        let endpoint = Endpoint { host, port: url.port_or_known_default().unwrap() };
        self.rights.http.insert(HttpRight { scheme: url.scheme().to_owned(), endpoint });
        self
    }

    fn endpoint(mut self, host: &str, port: u16) -> Self {
        self.rights.tcp.insert(Endpoint { host: host.to_owned(), port });
        self
    }

    fn secret(mut self, name: &'static str, value: &str) -> Self {
        self.rights.secrets.insert(name.to_owned());
        self.secrets.0.insert(name, value.to_owned());
        self
    }

    fn private(mut self) -> Self {
        self.rights.private = true;
        self
    }

    fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    fn caller(&self) -> Caller<'_> {
        let budget = Budget::new(Instant::now() + self.deadline, 1024 * 1024);
        Caller { rights: &self.rights, secrets: &self.secrets, budget }
    }

    async fn get(&self, url: &str) -> Result<super::http::Response, CallError<super::http::Failure>> {
        self.send(get(url)).await
    }

    async fn send(
        &self,
        request: super::http::Request,
    ) -> Result<super::http::Response, CallError<super::http::Failure>> {
        self.network.http(request, &self.caller()).await
    }
}

fn get(url: &str) -> super::http::Request {
    super::http::Request { method: "GET".to_owned(), url: url.to_owned(), ..Default::default() }
}

fn refusal<T: std::fmt::Debug, F: std::fmt::Debug>(result: Result<T, CallError<F>>) -> Refused {
    match result {
        Err(CallError::Refused(refused)) => refused,
        other => panic!("not refused: {other:?}"),
    }
}

fn failure<T: std::fmt::Debug, F: std::fmt::Debug>(result: Result<T, CallError<F>>) -> F {
    match result {
        Err(CallError::Failed(failure)) => failure,
        other => panic!("did not fail: {other:?}"),
    }
}

//! The one policy for every way out: names and ports by the run's rights, then each resolved address.
//! Judges only; resolves and connects nothing.

use std::net::{IpAddr, SocketAddr};

use tocsin_core::capability::{Endpoint, Rights};

use super::address::{Reach, canonical, reach};
use super::host::Host;
use super::owned::OwnedPorts;

/// A refusal: which capability does not reach what, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the capability `{capability}` does not reach {target}: {reason}")]
pub struct Denial {
    /// `http`, `tcp`, `dns`, `secrets`.
    pub capability: &'static str,
    /// What was asked for: `http://10.0.0.7:80`.
    pub target: String,
    pub reason: String,
}

/// What is going to be asked of an address, as far as the policy cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Anything,
    /// A plain GET of the node's own `/healthz` or `/metrics`: all that our own listeners answer to a plugin.
    OwnPage,
}

impl Purpose {
    /// `path` is the request's target: a query, a body or another method make it something else.
    #[must_use]
    pub fn of_request(method: &str, path: &str, has_body: bool) -> Self {
        let own_page = method == "GET" && matches!(path, "/healthz" | "/metrics") && !has_body;
        if own_page { Self::OwnPage } else { Self::Anything }
    }
}

/// The rights reach this host and port. Made only by the first layer below; a connection needs one, and the second layer
/// ([`Permit::address`]) for each address.
#[derive(Clone, Debug)]
pub(crate) struct Permit {
    capability: &'static str,
    target: String,
    host: Host,
    port: u16,
    private: bool,
    purpose: Purpose,
}

impl Permit {
    pub(crate) fn http(scheme: &str, host: Host, port: u16, purpose: Purpose, rights: &Rights) -> Result<Self, Denial> {
        let granted = || rights.http.iter().filter(|right| right.scheme == scheme).map(|right| &right.endpoint);
        let target = format!("{scheme}://{}", host.with_port(port));
        let all = || rights.http.iter().map(|right| format!("{}://{}", right.scheme, shown(&right.endpoint))).collect();
        Self::judge("http", target, (host, port), granted(), all, rights).map(|permit| Self { purpose, ..permit })
    }

    pub(crate) fn tcp(host: Host, port: u16, rights: &Rights) -> Result<Self, Denial> {
        let all = || rights.tcp.iter().map(shown).collect();
        Self::judge("tcp", host.with_port(port), (host, port), rights.tcp.iter(), all, rights)
    }

    pub(crate) fn dns(host: Host, port: u16, rights: &Rights) -> Result<Self, Denial> {
        let system = rights.dns_system.then(|| "system".to_owned());
        let all = || rights.dns.iter().map(shown).chain(system).collect();
        Self::judge("dns", host.with_port(port), (host, port), rights.dns.iter(), all, rights)
    }

    fn judge<'a>(
        capability: &'static str,
        target: String,
        (host, port): (Host, u16),
        mut granted: impl Iterator<Item = &'a Endpoint>,
        all: impl FnOnce() -> Vec<String>,
        rights: &Rights,
    ) -> Result<Self, Denial> {
        if granted.any(|endpoint| covers(endpoint, &host, port)) {
            // What is named literally was named by the check's config or by the grant: rights hold nothing else.
            let private = rights.private || host.is_literal();
            return Ok(Self { capability, target, host, port, private, purpose: Purpose::Anything });
        }
        let granted = all();
        let reason = if granted.is_empty() {
            "this run has no such right; the plugin's manifest must ask for it and its grant allow it".to_owned()
        } else {
            format!("the check's own config and the plugin's grant reach only {}", granted.join(", "))
        };
        Err(Denial { capability, target, reason })
    }

    pub(crate) const fn host(&self) -> &Host {
        &self.host
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// The second layer. What it returns is the address to connect to: the name is not asked again, so that a second
    /// answer cannot lead elsewhere.
    pub(crate) fn address(&self, address: IpAddr, owned: &OwnedPorts) -> Result<SocketAddr, Denial> {
        let address = canonical(address);
        let found = match self.host {
            Host::Address(_) => format!("{address} is"),
            Host::Name(ref name) => format!("{name} resolves to {address},"),
        };
        match reach(address) {
            Reach::Public => {}
            Reach::Private(_) if self.private => {}
            Reach::Private(kind) => {
                let way_out = "name the address itself in the check's config, or grant `private`";
                return Err(self.denial(format!("{found} {kind}; {way_out}")));
            }
            Reach::Never(kind) => return Err(self.denial(format!("{found} {kind}, which no plugin may reach"))),
        }
        let socket = SocketAddr::new(address, self.port);
        if self.purpose != Purpose::OwnPage && owned.contains(socket) {
            let way_out = "plugins may only GET its /healthz and /metrics";
            return Err(self.denial(format!("{socket} is this node's own listener; {way_out}")));
        }
        Ok(socket)
    }

    fn denial(&self, reason: String) -> Denial {
        Denial { capability: self.capability, target: self.target.clone(), reason }
    }
}

/// Whether a granted endpoint covers this host and port. `*.example.org` covers every name below `example.org`.
fn covers(endpoint: &Endpoint, host: &Host, port: u16) -> bool {
    endpoint.port == port
        && match (endpoint.host.strip_prefix("*."), host) {
            (Some(parent), Host::Name(name)) => name.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.')),
            (Some(_), Host::Address(_)) => false,
            (None, host) => Host::parse(&endpoint.host).is_ok_and(|granted| granted == *host),
        }
}

fn shown(endpoint: &Endpoint) -> String {
    match Host::parse(&endpoint.host) {
        Ok(host) => host.with_port(endpoint.port),
        Err(_) => format!("{}:{}", endpoint.host, endpoint.port),
    }
}

#[cfg(test)]
mod tests;

//! The one policy for every way out: names and ports by the run's rights, then each resolved address.
//! Judges only; resolves and connects nothing.

use std::net::{IpAddr, SocketAddr};

use tocsin_core::capability::{Endpoint, HttpRight, Refused, Rights};

use super::address::{Reach, canonical, reach};
use super::host::Host;
use super::owned::OwnedPorts;

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
    pub(crate) fn http(
        scheme: &str,
        host: Host,
        port: u16,
        purpose: Purpose,
        rights: &Rights,
    ) -> Result<Self, Refused> {
        let name = host.to_string();
        rights.permits_http(scheme, &name, port)?;
        let target = HttpRight { scheme: scheme.to_owned(), endpoint: Endpoint { host: name, port } };
        Ok(Self { purpose, ..Self::granted("http", target.to_string(), host, port, rights) })
    }

    pub(crate) fn tcp(host: Host, port: u16, rights: &Rights) -> Result<Self, Refused> {
        rights.permits_tcp(&host.to_string(), port)?;
        Ok(Self::granted("tcp", host.with_port(port), host, port, rights))
    }

    pub(crate) fn dns(host: Host, port: u16, rights: &Rights) -> Result<Self, Refused> {
        rights.permits_dns_server(&host.to_string(), port)?;
        Ok(Self::granted("dns", host.with_port(port), host, port, rights))
    }

    fn granted(capability: &'static str, target: String, host: Host, port: u16, rights: &Rights) -> Self {
        // A literal that the rights reach was named in so many words: no wildcard covers an address.
        let private = rights.private || host.is_literal();
        Self { capability, target, host, port, private, purpose: Purpose::Anything }
    }

    pub(crate) const fn host(&self) -> &Host {
        &self.host
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// The second layer. What it returns is the address to connect to: the name is not asked again, so that a second
    /// answer cannot lead elsewhere.
    pub(crate) fn address(&self, address: IpAddr, owned: &OwnedPorts) -> Result<SocketAddr, Refused> {
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
                return Err(self.refused(format!("{found} {kind}; {way_out}")));
            }
            Reach::Never(kind) => return Err(self.refused(format!("{found} {kind}, which no plugin may reach"))),
        }
        let socket = SocketAddr::new(address, self.port);
        if self.purpose != Purpose::OwnPage && owned.contains(socket) {
            let way_out = "plugins may only GET its /healthz and /metrics";
            return Err(self.refused(format!("{socket} is this node's own listener; {way_out}")));
        }
        Ok(socket)
    }

    fn refused(&self, reason: String) -> Refused {
        Refused { capability: self.capability, target: self.target.clone(), reason }
    }
}

#[cfg(test)]
mod tests;

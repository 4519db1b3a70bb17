//! One DNS query a call, to a server that the check names or to the node's own. Knows neither the WIT nor the
//! transcript; names that HTTP and TCP connect to are `resolve`'s.

mod ask;
mod text;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::proto::rr::{Name, RecordType as WireType};
use tocsin_core::capability::Refused;
use tokio::time::{Instant, timeout_at};

use super::error::{CallError, told};
use super::host::Host;
use super::policy::Permit;
use super::{Caller, Network};

pub use text::ResourceRecord;

const PORT: u16 = 53;

#[derive(Clone, Debug)]
pub struct Query {
    pub name: String,
    pub record_type: RecordType,
    /// `192.0.2.53` or `192.0.2.53:5353`; none: the node's own resolvers.
    pub server: Option<String>,
    pub timeout: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordType {
    A,
    Aaaa,
    Caa,
    Cname,
    Mx,
    Ns,
    Ptr,
    Soa,
    Srv,
    Txt,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// `NOERROR`, `NXDOMAIN`, `SERVFAIL`, ...
    pub code: String,
    pub records: Vec<ResourceRecord>,
    pub authoritative: bool,
    pub server: SocketAddr,
    pub duration: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    InvalidRequest,
    Timeout,
    Network,
    Protocol,
}

/// No server answered, or not in DNS. The message is a sentence for the guest and for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub kind: FailureKind,
    pub message: String,
    pub duration: Duration,
}

impl Network {
    pub async fn dns(&self, query: &Query, caller: &Caller<'_>) -> Result<Answer, CallError<Failure>> {
        let started = Instant::now();
        let deadline = caller.budget.until(query.timeout);
        let failed = |(kind, message)| CallError::Failed(Failure { kind, message, duration: started.elapsed() });
        let name = query.wire_name().map_err(|message| failed((FailureKind::InvalidRequest, message)))?;
        let servers = match &query.server {
            Some(server) => self.named_servers(server, deadline, caller).await.map_err(|error| match error {
                CallError::Refused(refused) => CallError::Refused(refused),
                CallError::Failed(failure) => failed(failure),
            })?,
            None => self.own_servers(caller)?,
        };
        if servers.is_empty() {
            let message = "this node has no name server: /etc/resolv.conf names none".to_owned();
            return Err(failed((FailureKind::Network, message)));
        }
        let (server, message) = ask::ask(&servers, &name, query.record_type.into(), deadline).await.map_err(failed)?;
        Ok(Answer {
            code: text::code(message.metadata.response_code),
            records: message.answers.iter().map(ResourceRecord::of).collect(),
            authoritative: message.metadata.authoritative,
            server,
            duration: started.elapsed(),
        })
    }

    async fn named_servers(
        &self,
        server: &str,
        deadline: Instant,
        caller: &Caller<'_>,
    ) -> Result<Vec<SocketAddr>, CallError<(FailureKind, String)>> {
        let (host, port) = host_and_port(server).ok_or_else(|| {
            let message = format!("`{server}` is no server: write a host, or a host and a port");
            CallError::Failed((FailureKind::InvalidRequest, message))
        })?;
        let permit = Permit::dns(host, port, caller.rights)?;
        let found = match timeout_at(deadline, self.resolver().addresses(permit.host())).await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => return Err(CallError::Failed((FailureKind::Network, told(&error)))),
            Err(_) => {
                let message = format!("the address of the server {server} was not found in time");
                return Err(CallError::Failed((FailureKind::Timeout, message)));
            }
        };
        Ok(found.into_iter().map(|address| permit.address(address, self.owned())).collect::<Result<_, _>>()?)
    }

    /// The node's own servers are reached wherever they are (often on loopback): the node chose them, not the plugin.
    fn own_servers(&self, caller: &Caller<'_>) -> Result<Vec<SocketAddr>, Refused> {
        caller.rights.permits_dns_system()?;
        Ok(self.resolver().servers())
    }
}

impl Query {
    /// The name to ask for. An address asked for its names is turned into its reverse name.
    fn wire_name(&self) -> Result<Name, String> {
        if let (RecordType::Ptr, Ok(address)) = (self.record_type, self.name.parse::<IpAddr>()) {
            return Ok(Name::from(address));
        }
        let mut name = Name::from_utf8(&self.name).map_err(|_| format!("`{}` is no domain name", self.name))?;
        name.set_fqdn(true);
        Ok(name)
    }
}

impl From<RecordType> for WireType {
    fn from(record_type: RecordType) -> Self {
        match record_type {
            RecordType::A => Self::A,
            RecordType::Aaaa => Self::AAAA,
            RecordType::Caa => Self::CAA,
            RecordType::Cname => Self::CNAME,
            RecordType::Mx => Self::MX,
            RecordType::Ns => Self::NS,
            RecordType::Ptr => Self::PTR,
            RecordType::Soa => Self::SOA,
            RecordType::Srv => Self::SRV,
            RecordType::Txt => Self::TXT,
        }
    }
}

fn host_and_port(server: &str) -> Option<(Host, u16)> {
    if let Ok(host) = Host::parse(server) {
        return Some((host, PORT));
    }
    let (host, port) = server.rsplit_once(':')?;
    Some((Host::parse(host).ok()?, port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_host_with_or_without_a_port() {
        for (text, expected) in [
            ("192.0.2.53", Some("192.0.2.53:53")),
            ("192.0.2.53:5353", Some("192.0.2.53:5353")),
            ("2001:db8::53", Some("[2001:db8::53]:53")),
            ("[2001:db8::53]:5353", Some("[2001:db8::53]:5353")),
            ("ns1.example.org", Some("ns1.example.org:53")),
            ("ns1.example.org:5353", Some("ns1.example.org:5353")),
            ("ns1.example.org:dns", None),
            ("", None),
        ] {
            let parsed = host_and_port(text).map(|(host, port)| host.with_port(port));
            assert_eq!(parsed.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn an_address_is_asked_for_its_names_backwards() {
        let query = |name: &str, record_type| Query { name: name.to_owned(), record_type, server: None, timeout: None };
        for (query, expected) in [
            (query("192.0.2.7", RecordType::Ptr), "7.2.0.192.in-addr.arpa."),
            (query("example.org", RecordType::A), "example.org."),
            (query("_sip._tcp.example.org.", RecordType::Srv), "_sip._tcp.example.org."),
        ] {
            assert_eq!(query.wire_name().unwrap().to_ascii(), expected);
        }
        let error = query("a..b", RecordType::A).wire_name().unwrap_err();
        assert_eq!(error, "`a..b` is no domain name");
    }
}

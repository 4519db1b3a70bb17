//! From a host to its addresses: literals, `localhost`, `/etc/hosts`, then the configured or the system's name servers.
//! Judges none of them: that is the policy's, for every address.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::op::Query;
use hickory_resolver::proto::rr::{Name, RecordType};
use hickory_resolver::{Hosts, TokioResolver, system_conf};

use super::host::Host;

/// More addresses of one name than this are not tried.
const ADDRESSES_MAX: usize = 16;

/// Why a host has no address to connect to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookupError {
    #[error("no name server knows {name}")]
    NoSuchName { name: String },
    #[error("{name} exists but has no address")]
    NoAddress { name: String },
    #[error("no name server answered for {name}")]
    Unanswered { name: String, source: NetError },
    #[error("this node has no name server to ask for {name}: /etc/resolv.conf names none")]
    NoServer { name: String },
}

/// Answers are cached for as long as they say; the system's files are read again when they change.
#[derive(Debug)]
pub(crate) struct Resolver {
    configured: Option<SocketAddr>,
    current: RwLock<Option<Arc<Loaded>>>,
}

struct Loaded {
    stamps: [Option<SystemTime>; 2],
    hosts: Hosts,
    servers: Vec<SocketAddr>,
    resolver: Option<TokioResolver>,
}

impl Resolver {
    pub(crate) const fn new(configured: Option<SocketAddr>) -> Self {
        Self { configured, current: RwLock::new(None) }
    }

    /// IPv6 and IPv4 in turns, so that a broken family costs one attempt.
    pub(crate) async fn addresses(&self, host: &Host) -> Result<Vec<IpAddr>, LookupError> {
        let name = match host {
            Host::Address(address) => return Ok(vec![*address]),
            Host::Name(_) if host.is_localhost() => {
                return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
            }
            Host::Name(name) => name,
        };
        let loaded = self.loaded();
        let mut found = loaded.in_hosts_file(name);
        if found.is_empty() {
            let Some(resolver) = &loaded.resolver else { return Err(LookupError::NoServer { name: name.clone() }) };
            found = match resolver.lookup_ip(name.as_str()).await {
                Ok(lookup) => lookup.iter().collect(),
                Err(error) if error.is_nx_domain() => return Err(LookupError::NoSuchName { name: name.clone() }),
                Err(error) if error.is_no_records_found() => return Err(LookupError::NoAddress { name: name.clone() }),
                Err(source) => return Err(LookupError::Unanswered { name: name.clone(), source }),
            };
        }
        if found.is_empty() { Err(LookupError::NoAddress { name: name.clone() }) } else { Ok(in_turns(&found)) }
    }

    /// The name servers this node asks.
    pub(crate) fn servers(&self) -> Vec<SocketAddr> {
        self.loaded().servers.clone()
    }

    fn loaded(&self) -> Arc<Loaded> {
        let stamps = ["/etc/resolv.conf", "/etc/hosts"].map(stamp);
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        match current {
            Some(current) if current.stamps == stamps => current,
            _ => {
                let fresh = Arc::new(Loaded::read(stamps, self.configured));
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&fresh));
                fresh
            }
        }
    }
}

impl Loaded {
    fn read(stamps: [Option<SystemTime>; 2], configured: Option<SocketAddr>) -> Self {
        let hosts = Hosts::from_system().unwrap_or_default();
        let (config, mut options) = match configured {
            Some(server) => (only(server), ResolverOpts::default()),
            None => system_conf::read_system_conf().unwrap_or_else(|error| {
                tracing::warn!(error = %error, "/etc/resolv.conf cannot be used: names are looked up in /etc/hosts only");
                (ResolverConfig::from_parts(None, Vec::new(), Vec::new()), ResolverOpts::default())
            }),
        };
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        options.use_hosts_file = ResolveHosts::Never;
        let servers: Vec<_> = config.name_servers().iter().filter_map(address_of).collect();
        let resolver = if servers.is_empty() {
            None
        } else {
            let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
            builder.with_options(options).build().ok()
        };
        Self { stamps, hosts, servers, resolver }
    }

    fn in_hosts_file(&self, name: &str) -> Vec<IpAddr> {
        let Ok(name) = Name::from_utf8(name) else { return Vec::new() };
        let records = [RecordType::A, RecordType::AAAA].into_iter().filter_map(|record_type| {
            let lookup = self.hosts.lookup_static_host(&Query::query(name.clone(), record_type))?;
            Some(lookup.answers().iter().filter_map(|record| record.data.ip_addr()).collect::<Vec<_>>())
        });
        records.flatten().collect()
    }
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded").field("servers", &self.servers).finish_non_exhaustive()
    }
}

fn stamp(path: impl AsRef<Path>) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

fn only(server: SocketAddr) -> ResolverConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = server.port();
        connection
    });
    ResolverConfig::from_name_servers(vec![NameServerConfig::new(server.ip(), true, connections.into())])
}

fn address_of(server: &NameServerConfig) -> Option<SocketAddr> {
    server.connections.first().map(|connection| SocketAddr::new(server.ip, connection.port))
}

fn in_turns(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let (mut six, mut four) = (addresses.iter().filter(|ip| ip.is_ipv6()), addresses.iter().filter(|ip| ip.is_ipv4()));
    let mut turns = Vec::with_capacity(addresses.len());
    while turns.len() < addresses.len() {
        turns.extend(six.next().into_iter().chain(four.next()));
    }
    turns.truncate(ADDRESSES_MAX);
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn literals_and_localhost_ask_no_server() {
        let resolver = Resolver::new(Some(SocketAddr::from(([192, 0, 2, 1], 53))));
        for (host, expected) in [
            ("192.0.2.7", vec!["192.0.2.7"]),
            ("::ffff:192.0.2.7", vec!["192.0.2.7"]),
            ("localhost", vec!["127.0.0.1", "::1"]),
            ("app.localhost", vec!["127.0.0.1", "::1"]),
        ] {
            let found = resolver.addresses(&Host::parse(host).unwrap()).await.unwrap();
            assert_eq!(found.iter().map(IpAddr::to_string).collect::<Vec<_>>(), expected, "{host}");
        }
    }

    #[test]
    fn the_families_take_turns_and_no_name_has_more_than_sixteen_addresses() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let turns = in_turns(&[ip("192.0.2.1"), ip("192.0.2.2"), ip("192.0.2.3"), ip("2001:db8::1")]);
        assert_eq!(turns, [ip("2001:db8::1"), ip("192.0.2.1"), ip("192.0.2.2"), ip("192.0.2.3")]);
        assert_eq!(in_turns(&vec![ip("192.0.2.1"); 40]).len(), ADDRESSES_MAX);
    }
}

//! The addresses that this daemon itself listens on: no plugin talks to its own warden.
//! Knows neither rights nor requests.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, PoisonError, RwLock};

/// A shared set: the daemon fills it in as it binds, the policy asks it.
#[derive(Clone, Debug, Default)]
pub struct OwnedPorts(Arc<RwLock<BTreeSet<SocketAddr>>>);

impl OwnedPorts {
    pub fn insert(&self, listener: SocketAddr) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(listener);
    }

    pub fn remove(&self, listener: SocketAddr) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&listener);
    }

    /// Whether a connection to `target` would end at one of our listeners.
    #[must_use]
    pub fn contains(&self, target: SocketAddr) -> bool {
        let listeners = self.0.read().unwrap_or_else(PoisonError::into_inner);
        listeners.iter().filter(|listener| listener.port() == target.port()).any(|listener| {
            let ip = listener.ip().to_canonical();
            if ip.is_unspecified() { is_this_machine(target.ip()) } else { ip == target.ip().to_canonical() }
        })
    }
}

/// Whether packets to this address stay here: the kernel then takes the address itself as their source. Asking it this
/// way sends nothing. In doubt (no route) nothing would arrive either.
fn is_this_machine(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    if ip.is_loopback() {
        return true;
    }
    let any = if ip.is_ipv4() { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { IpAddr::V6(Ipv6Addr::UNSPECIFIED) };
    let source = UdpSocket::bind((any, 0)).and_then(|socket| {
        socket.connect((ip, 9))?;
        socket.local_addr()
    });
    source.is_ok_and(|source| source.ip() == ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_known_by_its_address_and_its_port() {
        for (listener, target, owned) in [
            ("127.0.0.1:7117", "127.0.0.1:7117", true),
            ("127.0.0.1:7117", "[::ffff:127.0.0.1]:7117", true),
            ("127.0.0.1:7117", "127.0.0.1:7118", false),
            ("127.0.0.1:7117", "192.0.2.7:7117", false),
            ("0.0.0.0:7117", "127.0.0.1:7117", true),
            ("0.0.0.0:7117", "127.8.8.8:7117", true),
            ("0.0.0.0:7117", "192.0.2.7:7117", false),
            ("[::]:7117", "127.0.0.1:7117", true),
            ("[::]:7117", "[::1]:7117", true),
        ] {
            let ports = OwnedPorts::default();
            ports.insert(listener.parse().unwrap());
            assert_eq!(ports.contains(target.parse().unwrap()), owned, "{listener} asked for {target}");
            ports.remove(listener.parse().unwrap());
            assert!(!ports.contains(target.parse().unwrap()), "{listener} removed, asked for {target}");
        }
    }
}

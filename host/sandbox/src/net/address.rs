//! What kind of place an IP address is, however it is spelled. Pure; knows no rights, no names and no sockets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// What kind of place an address is. The text names it in a sentence: "10.0.0.7 is *a private address*".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    Public,
    /// Only with the right `private`, or where the check's own config names the address.
    Private(&'static str),
    /// Never, whatever was granted.
    Never(&'static str),
}

/// The address that packets will go to: an IPv4 address in IPv6 clothes (`::ffff:a.b.c.d`) is the IPv4 address.
pub(crate) fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Judges an address, and with it the IPv4 address that a translator or a tunnel would unwrap from it.
pub(crate) fn reach(address: IpAddr) -> Reach {
    match canonical(address) {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => match embedded(address).map(reach_v4) {
            None | Some(Reach::Public) => reach_v6(address),
            Some(closed) => closed,
        },
    }
}

const METADATA: &str = "a cloud's metadata address";
const PRIVATE: &str = "a private address";

fn reach_v4(address: Ipv4Addr) -> Reach {
    const CLOUDS: [Ipv4Addr; 4] = [
        Ipv4Addr::new(169, 254, 169, 254), // AWS, Google, Azure, OpenStack, DigitalOcean, Hetzner
        Ipv4Addr::new(168, 63, 129, 16),   // Azure's wire server
        Ipv4Addr::new(100, 100, 100, 200), // Alibaba
        Ipv4Addr::new(192, 0, 0, 192),     // Oracle
    ];
    /// Carrier-grade NAT, protocol assignments, benchmarking.
    const SHARED: [Ipv4Net; 3] = [
        Ipv4Net::new_assert(Ipv4Addr::new(100, 64, 0, 0), 10),
        Ipv4Net::new_assert(Ipv4Addr::new(192, 0, 0, 0), 24),
        Ipv4Net::new_assert(Ipv4Addr::new(198, 18, 0, 0), 15),
    ];
    let [first, ..] = address.octets();
    if CLOUDS.contains(&address) {
        Reach::Never(METADATA)
    } else if address.is_link_local() {
        Reach::Never("a link-local address")
    } else if address.is_broadcast() {
        Reach::Never("the broadcast address")
    } else if address.is_multicast() {
        Reach::Never("a multicast address")
    } else if first == 0 {
        Reach::Never("an unspecified address")
    } else if first >= 240 {
        Reach::Never("a reserved address")
    } else if address.is_loopback() {
        Reach::Private("a loopback address")
    } else if address.is_private() || SHARED.iter().any(|net| net.contains(&address)) {
        Reach::Private(PRIVATE)
    } else {
        Reach::Public
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    const CLOUDS: [Ipv6Addr; 3] = [
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), // AWS
        Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),  // Google
        Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),   // Scaleway
    ];
    const SITE_LOCAL: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10);
    if CLOUDS.contains(&address) {
        Reach::Never(METADATA)
    } else if address.is_unicast_link_local() {
        Reach::Never("a link-local address")
    } else if address.is_multicast() {
        Reach::Never("a multicast address")
    } else if address.is_unspecified() {
        Reach::Never("an unspecified address")
    } else if address.is_loopback() {
        Reach::Private("a loopback address")
    } else if address.is_unique_local() || SITE_LOCAL.contains(&address) {
        Reach::Private(PRIVATE)
    } else {
        Reach::Public
    }
}

/// The IPv4 address inside: compatible (`::a.b.c.d`), NAT64, 6to4, Teredo.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let last = |s: [u16; 8], flip: u16| {
        let [.., high, low] = s;
        let ([a, b], [c, d]) = ((high ^ flip).to_be_bytes(), (low ^ flip).to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        s @ ([0, 0, 0, 0, 0, 0, _, _] | [0x64, 0xff9b, 0, 0, 0, 0, _, _] | [0x64, 0xff9b, 1, ..]) => Some(last(s, 0)),
        [0x2002, high, low, ..] => Some(last([0, 0, 0, 0, 0, 0, high, low], 0)),
        s @ [0x2001, 0, ..] => Some(last(s, 0xffff)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Reach {
        reach(text.parse().unwrap())
    }

    #[test]
    fn metadata_addresses_are_never_reached_in_any_clothes() {
        for text in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "::ffff:a9fe:a9fe",
            "::169.254.169.254",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::169.254.169.254",
            "2002:a9fe:a9fe::1",
            "2001:0:5ef5:79fd::5601:5601",
            "168.63.129.16",
            "100.100.100.200",
            "192.0.0.192",
            "fd00:ec2::254",
            "fd20:ce::254",
            "fd00:42::42",
        ] {
            assert!(matches!(judged(text), Reach::Never(_)), "{text}: {:?}", judged(text));
        }
    }

    #[test]
    fn addresses_that_are_nobodys_host_are_never_reached() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "255.255.255.255",
            "240.0.0.1",
            "224.0.0.1",
            "169.254.1.1",
            "::",
            "fe80::1",
            "ff02::1",
            "::ffff:0.0.0.0",
            "64:ff9b::224.0.0.1",
            "::ffff:255.255.255.255",
        ] {
            assert!(matches!(judged(text), Reach::Never(_)), "{text}: {:?}", judged(text));
        }
    }

    #[test]
    fn loopback_and_private_addresses_are_private_in_any_clothes() {
        for text in [
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::127.0.0.1",
            "10.0.0.7",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.0.8",
            "fd12:3456::1",
            "fc00::1",
            "fec0::1",
            "2002:0a00:0001::1",
            "64:ff9b::10.0.0.7",
            "::ffff:192.168.1.1",
        ] {
            assert!(matches!(judged(text), Reach::Private(_)), "{text}: {:?}", judged(text));
        }
    }

    #[test]
    fn other_addresses_are_public() {
        for text in [
            "1.1.1.1",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "198.20.0.1",
            "192.0.2.7",
            "9.255.255.255",
            "2606:4700::1111",
            "2001:db8::7",
            "64:ff9b::1.1.1.1",
            "::ffff:1.1.1.1",
            "2002:0101:0101::1",
        ] {
            assert_eq!(judged(text), Reach::Public, "{text}");
        }
    }
}

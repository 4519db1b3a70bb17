//! A host as a guest, a config or a grant spells it, and the one spelling it is compared in.
//! Knows neither rights nor resolving.

use std::fmt;
use std::net::IpAddr;

use tocsin_core::capability::normal_host;

/// A name, or an address. There is one value for all spellings of the same host: `LOCALHOST.` and `localhost`,
/// `0x7f.1` and `127.0.0.1`, `::ffff:127.0.0.1` and `127.0.0.1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// Lower case, in ASCII, without a dot at the end.
    Name(String),
    Address(IpAddr),
}

/// The text is no host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is neither a host name nor an IP address")]
pub struct HostError {
    pub text: String,
}

impl Host {
    pub fn parse(text: &str) -> Result<Self, HostError> {
        // The one normal form, in which grants and configs are read as well.
        let normal = normal_host(text).ok_or_else(|| HostError { text: text.to_owned() })?;
        Ok(normal.parse().map_or_else(|_| Self::Name(normal), Self::Address))
    }

    /// `localhost` and the names below it, which are always this machine (RFC 6761).
    #[must_use]
    pub fn is_localhost(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost" || name.ends_with(".localhost"),
            Self::Address(_) => false,
        }
    }

    /// Whether the host is one that no server's answer can turn into another address.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.is_localhost() || matches!(self, Self::Address(_))
    }

    /// With a port, as in a URL.
    pub(crate) fn with_port(&self, port: u16) -> String {
        match self {
            Self::Address(IpAddr::V6(address)) => format!("[{address}]:{port}"),
            Self::Address(_) | Self::Name(_) => format!("{self}:{port}"),
        }
    }
}

/// IPv6 without brackets.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(address) => write!(f, "{address}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_host_are_one() {
        for (text, expected) in [
            ("Example.ORG", "example.org"),
            ("example.org.", "example.org"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("127.0.0.1", "127.0.0.1"),
            ("0x7f.1", "127.0.0.1"),
            ("2130706433", "127.0.0.1"),
            ("0177.0.0.01", "127.0.0.1"),
            ("127.1", "127.0.0.1"),
            ("127.0.0.1.", "127.0.0.1"),
            ("%31%32%37.0.0.1", "127.0.0.1"),
            ("１２７.0.0.1", "127.0.0.1"),
            ("::ffff:7f00:1", "127.0.0.1"),
            ("[::ffff:127.0.0.1]", "127.0.0.1"),
            ("[::1]", "::1"),
            ("0:0:0:0:0:0:0:1", "::1"),
            ("0xA9FEA9FE", "169.254.169.254"),
        ] {
            assert_eq!(Host::parse(text).map(|host| host.to_string()), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused_by_name() {
        for text in ["", ".", "a b", "256.0.0.1", "1.2.3.4.5", "fe80::1%eth0", "[::1", "a/b", "user@host", "host:80"] {
            assert_eq!(Host::parse(text), Err(HostError { text: text.to_owned() }), "{text}");
        }
    }

    #[test]
    fn only_addresses_and_localhost_are_literal() {
        for (text, literal) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("localhost", true),
            ("app.localhost", true),
            ("notlocalhost", false),
            ("localhost.example", false),
        ] {
            assert_eq!(Host::parse(text).unwrap().is_literal(), literal, "{text}");
        }
    }
}

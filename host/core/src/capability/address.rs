//! Hosts, origins and endpoints in one normal form, so that two spellings of one place compare equal.
//! Resolves nothing: a name stays a name.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::entry::EntryProblem;
use super::{Endpoint, HttpRight};

/// A host in its normal form: a lower-case name in ASCII without a final dot, or an IP address without brackets (an
/// IPv4 address mapped into IPv6 as IPv4). `None` if it is neither.
#[must_use]
pub fn host(text: &str) -> Option<String> {
    let bare = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Some(address.to_canonical().to_string());
    }
    let name = text.strip_suffix('.').unwrap_or(text);
    match url::Host::parse(name).ok()? {
        url::Host::Domain(name) if name.is_empty() || name.contains('*') => None,
        url::Host::Domain(name) => Some(name),
        url::Host::Ipv4(address) => Some(address.to_string()),
        url::Host::Ipv6(address) => Some(IpAddr::V6(address).to_canonical().to_string()),
    }
}

/// As [`host`], or `*.` and a name.
pub(super) fn host_or_wildcard(text: &str) -> Result<String, EntryProblem> {
    match text.strip_prefix("*.") {
        None => host(text).ok_or(EntryProblem::Host),
        Some(parent) => match host(parent) {
            Some(parent) if parent.parse::<IpAddr>().is_err() => Ok(format!("*.{parent}")),
            _ => Err(EntryProblem::Host),
        },
    }
}

/// Whether a host, or `*.` and a name, reaches the other; both in normal form.
pub(super) fn host_covers(granted: &str, wanted: &str) -> bool {
    granted == wanted || granted.strip_prefix('*').is_some_and(|suffix| wanted.ends_with(suffix))
}

/// The origin of a URL; whatever else the URL has is left out.
pub(super) fn origin(text: &str) -> Result<HttpRight, EntryProblem> {
    let (plain, wildcard) = match text.split_once("://*.") {
        Some((scheme, rest)) => (format!("{scheme}://{rest}"), true),
        None => (text.to_owned(), false),
    };
    let url = url::Url::parse(&plain).map_err(|_| EntryProblem::Origin)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(EntryProblem::Origin);
    }
    let name = url.host_str().ok_or(EntryProblem::Host)?;
    let host = host_or_wildcard(&if wildcard { format!("*.{name}") } else { name.to_owned() })?;
    let port = url.port_or_known_default().filter(|port| *port != 0).ok_or(EntryProblem::Port)?;
    Ok(HttpRight { scheme: url.scheme().to_owned(), endpoint: Endpoint { host, port } })
}

/// `host:port`; without a port only where there is a default.
pub(super) fn endpoint(text: &str, default_port: Option<u16>) -> Result<Endpoint, EntryProblem> {
    if let Some(port) = default_port
        && (text.parse::<Ipv6Addr>().is_ok() || !text.contains(':') || text.ends_with(']'))
    {
        return Ok(Endpoint { host: host_or_wildcard(text)?, port });
    }
    let (name, port) = text.rsplit_once(':').filter(|_| !text.ends_with(']')).ok_or(EntryProblem::NoPort)?;
    let port = port.parse::<u16>().ok().filter(|port| *port != 0).ok_or(EntryProblem::Port)?;
    Ok(Endpoint { host: host_or_wildcard(name)?, port })
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// As a browser shows it: without the scheme's own port.
impl fmt::Display for HttpRight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Endpoint { host, port } = &self.endpoint;
        match (self.scheme.as_str(), *port) {
            ("http", 80) | ("https", 443) if host.contains(':') => write!(f, "{}://[{host}]", self.scheme),
            ("http", 80) | ("https", 443) => write!(f, "{}://{host}", self.scheme),
            _ => write!(f, "{}://{}", self.scheme, self.endpoint),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_one_host_are_equal() {
        for (text, expected) in [
            ("API.Example.org", Some("api.example.org")),
            ("example.org.", Some("example.org")),
            ("127.1", Some("127.0.0.1")),
            ("0x7f000001", Some("127.0.0.1")),
            ("[::1]", Some("::1")),
            ("::ffff:10.0.0.7", Some("10.0.0.7")),
            ("[::ffff:10.0.0.7]", Some("10.0.0.7")),
            ("bücher.example", Some("xn--bcher-kva.example")),
            ("my_host", Some("my_host")),
            ("", None),
            (".", None),
            ("a b", None),
            ("a/b", None),
            ("*.example.org", None),
        ] {
            assert_eq!(host(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_url_is_reduced_to_its_origin() {
        for (text, expected) in [
            ("https://API.example.org/v1?x#y", Ok("https://api.example.org")),
            ("http://user:secret@db:8080/", Ok("http://db:8080")),
            ("HTTP://[::1]:80", Ok("http://[::1]")),
            ("http://127.1:8080", Ok("http://127.0.0.1:8080")),
            ("https://*.example.org:8443", Ok("https://*.example.org:8443")),
            ("ftp://example.org", Err(EntryProblem::Origin)),
            ("example.org", Err(EntryProblem::Origin)),
            ("https://", Err(EntryProblem::Origin)),
            ("https://*", Err(EntryProblem::Host)),
            ("https://*.127.0.0.1", Err(EntryProblem::Host)),
            ("https://a*.example.org", Err(EntryProblem::Host)),
            ("http://a:0", Err(EntryProblem::Port)),
        ] {
            assert_eq!(origin(text).map(|origin| origin.to_string()), expected.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn an_endpoint_has_a_host_and_a_port() {
        for (text, default, expected) in [
            ("DB.example.org:5432", None, Ok("db.example.org:5432")),
            ("[::1]:53", None, Ok("[::1]:53")),
            ("::1:53", None, Ok("[::1]:53")),
            ("192.0.2.53", Some(53), Ok("192.0.2.53:53")),
            ("2001:db8::1", Some(53), Ok("[2001:db8::1]:53")),
            ("[::1]", Some(53), Ok("[::1]:53")),
            ("192.0.2.53:5353", Some(53), Ok("192.0.2.53:5353")),
            ("*.example.org:443", None, Ok("*.example.org:443")),
            ("db", None, Err(EntryProblem::NoPort)),
            ("[::1]", None, Err(EntryProblem::NoPort)),
            ("db:0", None, Err(EntryProblem::Port)),
            ("db:http", None, Err(EntryProblem::Port)),
            (":80", None, Err(EntryProblem::Host)),
            ("http://db:80", None, Err(EntryProblem::Host)),
        ] {
            assert_eq!(endpoint(text, default).map(|e| e.to_string()), expected.map(str::to_owned), "{text}");
        }
    }
}

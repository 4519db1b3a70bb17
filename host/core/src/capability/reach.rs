//! What one entry reaches, a type for each capability: read from text, and compared.

use std::fmt;

use super::address::{endpoint, host_covers, host_or_wildcard, origin};
use super::entry::EntryProblem;
use super::{Endpoint, HttpRight};

/// Part of the world that an entry names. `covers` is a partial order: what covers a value covers all below it.
pub(super) trait Reach: Clone + Ord + fmt::Display + Sized {
    fn parse(text: &str) -> Result<Self, EntryProblem>;
    fn covers(&self, other: &Self) -> bool;
    /// Whether it reaches more than one host by name, which a check's config may not.
    fn is_wildcard(&self) -> bool {
        false
    }
}

impl Reach for HttpRight {
    fn parse(text: &str) -> Result<Self, EntryProblem> {
        origin(text)
    }

    fn covers(&self, other: &Self) -> bool {
        self.scheme == other.scheme && self.endpoint.covers(&other.endpoint)
    }

    fn is_wildcard(&self) -> bool {
        self.endpoint.is_wildcard()
    }
}

impl Reach for Endpoint {
    fn parse(text: &str) -> Result<Self, EntryProblem> {
        endpoint(text, None)
    }

    fn covers(&self, other: &Self) -> bool {
        self.port == other.port && host_covers(&self.host, &other.host)
    }

    fn is_wildcard(&self) -> bool {
        self.host.starts_with('*')
    }
}

/// A DNS server, or the node's own resolvers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DnsServer {
    System,
    At(Endpoint),
}

impl Reach for DnsServer {
    fn parse(text: &str) -> Result<Self, EntryProblem> {
        if text == "system" { Ok(Self::System) } else { endpoint(text, Some(53)).map(Self::At) }
    }

    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::System, Self::System) => true,
            (Self::At(granted), Self::At(wanted)) => granted.covers(wanted),
            (Self::System, Self::At(_)) | (Self::At(_), Self::System) => false,
        }
    }

    fn is_wildcard(&self) -> bool {
        matches!(self, Self::At(endpoint) if endpoint.is_wildcard())
    }
}

impl fmt::Display for DnsServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::At(endpoint) => endpoint.fmt(f),
        }
    }
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) struct $name(pub(super) String);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

texts! {
    /// A host that is sent ICMP echoes.
    Target,
    /// A file, or a folder with all below it; without a final slash.
    Folder,
    /// A secret's name.
    Secret,
}

impl Reach for Target {
    fn parse(text: &str) -> Result<Self, EntryProblem> {
        host_or_wildcard(text).map(Self)
    }

    fn covers(&self, other: &Self) -> bool {
        host_covers(&self.0, &other.0)
    }

    fn is_wildcard(&self) -> bool {
        self.0.starts_with('*')
    }
}

impl Reach for Folder {
    fn parse(text: &str) -> Result<Self, EntryProblem> {
        if !text.starts_with('/') {
            return Err(EntryProblem::Relative);
        }
        let mut path = String::new();
        for part in text.split('/').filter(|part| !part.is_empty() && *part != ".") {
            if part == ".." {
                return Err(EntryProblem::Climbs);
            }
            path.extend(["/", part]);
        }
        Ok(Self(if path.is_empty() { "/".to_owned() } else { path }))
    }

    fn covers(&self, other: &Self) -> bool {
        let below = other.0.strip_prefix(self.0.trim_end_matches('/'));
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl Reach for Secret {
    fn parse(text: &str) -> Result<Self, EntryProblem> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.is_empty() || text.len() > 128 || !text.chars().all(fits) {
            return Err(EntryProblem::SecretName);
        }
        Ok(Self(text.to_owned()))
    }

    fn covers(&self, other: &Self) -> bool {
        self == other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers<R: Reach>(granted: &str, wanted: &str) -> bool {
        R::parse(granted).unwrap().covers(&R::parse(wanted).unwrap())
    }

    #[test]
    fn a_wildcard_reaches_every_name_below_and_not_its_parent() {
        for (granted, wanted, expected) in [
            ("https://*.example.org", "https://api.example.org", true),
            ("https://*.example.org", "https://a.b.example.org", true),
            ("https://*.example.org", "https://*.b.example.org", true),
            ("https://*.example.org", "https://example.org", false),
            ("https://*.example.org", "https://evilexample.org", false),
            ("https://*.example.org", "http://api.example.org", false),
            ("https://*.example.org", "https://api.example.org:8443", false),
            ("https://api.example.org", "https://*.example.org", false),
        ] {
            assert_eq!(covers::<HttpRight>(granted, wanted), expected, "{granted} over {wanted}");
        }
    }

    #[test]
    fn a_folder_reaches_all_below_it() {
        for (granted, wanted, expected) in [
            ("/var/log", "/var/log/app.log", true),
            ("/var/log/", "/var/log", true),
            ("/", "/etc/passwd", true),
            ("/var/log", "/var/logs", false),
            ("/var/log/app", "/var/log", false),
        ] {
            assert_eq!(covers::<Folder>(granted, wanted), expected, "{granted} over {wanted}");
        }
        assert_eq!(Folder::parse("/var/log/../../etc"), Err(EntryProblem::Climbs));
        assert_eq!(Folder::parse("/var//./log/").unwrap().0, "/var/log");
    }
}

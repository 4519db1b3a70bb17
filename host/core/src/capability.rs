//! Which parts of the world a plugin asks for, which it was granted, and which of those one check needs.
//! Pure set algebra: the enforcement at each host call is the sandbox's.

mod address;
mod ask;
mod entry;
mod permits;
mod reach;
mod rights;
mod template;
mod verb;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use address::host as normal_host;
pub use entry::{EntryError, EntryKind, EntryProblem};
pub use permits::Refused;
pub use rights::RightsError;
pub use verb::{VerbKind, VerbRight, is_service_unit, is_sysctl_key};

/// What a manifest asks for, and, in the same words, what a grant gives. Deny is the absence of an entry.
///
/// Strings may name config keys in braces (`{url}`, `{auth.user}`, `{hosts[]}` for each of a list, `{port=443}` with
/// what holds where the config has no such key): they are filled in from a check's own config, so a grant covers
/// exactly what that config names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Capabilities {
    /// Origins: `https://api.example.org`, `https://*.example.org`, `{url}` (its origin).
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub http: BTreeSet<String>,
    /// `host:port`, `{host}:{port}`, `{host}:5432`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub tcp: BTreeSet<String>,
    /// Servers asked directly: `192.0.2.53:53`, `{server}`; `system` for the node's own resolvers.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub dns: BTreeSet<String>,
    /// Hosts: `{host}`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub icmp: BTreeSet<String>,
    /// Parts of the node: `cpu`, `memory`, `disks`, `network`, `load`, `pressure`, `processes`, `units`, `containers`,
    /// `who`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub node: BTreeSet<NodePart>,
    /// Files and folders (a folder with all below it): `/var/log/app`, `{path}`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub files: BTreeSet<String>,
    /// Secrets by name, filled in by the host where a request needs them: `db-password`, `{auth.secret}`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub secrets: BTreeSet<String>,
    /// Secrets whose value the guest may see.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub reveal: BTreeSet<String>,
    /// What plans of this action may ask the host to do, each a verb and what it is about: `restart-service {unit}`,
    /// `delete-files /var/cache/app` (with all below it), `http-request {url}` (its origin).
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub verbs: BTreeSet<String>,
    /// A few bytes kept between runs.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub state: bool,
    /// Loopback and private addresses also where the check's config does not name them literally.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodePart {
    Who,
    Cpu,
    Memory,
    Disks,
    Network,
    Load,
    Pressure,
    Processes,
    Units,
    Containers,
}

impl NodePart {
    pub const ALL: [Self; 10] = [
        Self::Who,
        Self::Cpu,
        Self::Memory,
        Self::Disks,
        Self::Network,
        Self::Load,
        Self::Pressure,
        Self::Processes,
        Self::Units,
        Self::Containers,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Who => "who",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Disks => "disks",
            Self::Network => "network",
            Self::Load => "load",
            Self::Pressure => "pressure",
            Self::Processes => "processes",
            Self::Units => "units",
            Self::Containers => "containers",
        }
    }
}

/// The rights of one check's runs: manifest ∩ grant, with the check's own config filled in. Concrete; holds no braces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    pub http: BTreeSet<HttpRight>,
    pub tcp: BTreeSet<Endpoint>,
    /// Servers; where `dns_system`, the node's own resolvers too.
    pub dns: BTreeSet<Endpoint>,
    pub dns_system: bool,
    /// Hosts.
    pub icmp: BTreeSet<String>,
    pub node: BTreeSet<NodePart>,
    pub files: BTreeSet<String>,
    pub secrets: BTreeSet<String>,
    pub reveal: BTreeSet<String>,
    #[serde(default)]
    pub verbs: BTreeSet<VerbRight>,
    pub state: bool,
    pub private: bool,
}

/// An origin that HTTP requests may go to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HttpRight {
    /// `http` or `https`.
    pub scheme: String,
    pub endpoint: Endpoint,
}

/// A host and a port. The host is a lower-case name, `*.` and a name (any name below it), or an IP address as text
/// (IPv6 without brackets).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Endpoint {
    pub host: String,
    pub port: u16,
}

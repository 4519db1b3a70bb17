//! The entries of a capability: which kinds there are, and whether one is well written.

use std::collections::BTreeSet;

use super::reach::{DnsServer, Folder, Reach, Secret, Target};
use super::template::Template;
use super::verb::VerbKind;
use super::{Capabilities, Endpoint, HttpRight, VerbRight};

/// The capabilities whose entries are strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    Http,
    Tcp,
    Dns,
    Icmp,
    Files,
    Secrets,
    Reveal,
    Verbs,
}

impl EntryKind {
    pub const ALL: [Self; 8] =
        [Self::Http, Self::Tcp, Self::Dns, Self::Icmp, Self::Files, Self::Secrets, Self::Reveal, Self::Verbs];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
            Self::Dns => "dns",
            Self::Icmp => "icmp",
            Self::Files => "files",
            Self::Secrets => "secrets",
            Self::Reveal => "reveal",
            Self::Verbs => "verbs",
        }
    }

    /// Whether an entry of a manifest or a grant is well written.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(self, entry: &str) -> Result<(), EntryError> {
        let wrong = |problem| EntryError { entry: entry.to_owned(), problem };
        let template = Template::parse(entry).map_err(wrong)?;
        if self == Self::Verbs {
            let (verb, target) = VerbKind::split(entry).map_err(wrong)?;
            if verb == VerbKind::HttpRequest && !template.has_keys() && has_path(target) {
                return Err(wrong(EntryProblem::Path));
            }
        }
        if template.has_keys() {
            return Ok(());
        }
        match self {
            Self::Http if has_path(entry) => Err(EntryProblem::Path),
            Self::Http => HttpRight::parse(entry).map(drop),
            Self::Tcp => Endpoint::parse(entry).map(drop),
            Self::Dns => DnsServer::parse(entry).map(drop),
            Self::Icmp => Target::parse(entry).map(drop),
            Self::Files => Folder::parse(entry).map(drop),
            Self::Secrets | Self::Reveal => Secret::parse(entry).map(drop),
            Self::Verbs => VerbRight::parse(entry).map(drop),
        }
        .map_err(wrong)
    }
}

impl Capabilities {
    #[must_use]
    pub const fn entries(&self, kind: EntryKind) -> &BTreeSet<String> {
        match kind {
            EntryKind::Http => &self.http,
            EntryKind::Tcp => &self.tcp,
            EntryKind::Dns => &self.dns,
            EntryKind::Icmp => &self.icmp,
            EntryKind::Files => &self.files,
            EntryKind::Secrets => &self.secrets,
            EntryKind::Reveal => &self.reveal,
            EntryKind::Verbs => &self.verbs,
        }
    }

    pub const fn entries_mut(&mut self, kind: EntryKind) -> &mut BTreeSet<String> {
        match kind {
            EntryKind::Http => &mut self.http,
            EntryKind::Tcp => &mut self.tcp,
            EntryKind::Dns => &mut self.dns,
            EntryKind::Icmp => &mut self.icmp,
            EntryKind::Files => &mut self.files,
            EntryKind::Secrets => &mut self.secrets,
            EntryKind::Reveal => &mut self.reveal,
            EntryKind::Verbs => &mut self.verbs,
        }
    }

    /// Whether every entry is well written: for a grant that arrived from outside.
    ///
    /// # Errors
    /// Each entry that is not.
    pub fn check(&self) -> Result<(), Vec<EntryError>> {
        let errors: Vec<EntryError> = EntryKind::ALL
            .into_iter()
            .flat_map(|kind| self.entries(kind).iter().filter_map(move |entry| kind.check(entry).err()))
            .collect();
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// A right is a whole origin; a path in it would promise more than it keeps.
fn has_path(origin: &str) -> bool {
    origin.split_once("://").is_some_and(|(_, rest)| rest.trim_end_matches('/').contains(['/', '?', '#', '@']))
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{entry}` {problem}")]
pub struct EntryError {
    pub entry: String,
    pub problem: EntryProblem,
}

/// Reads after the entry or the value it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryProblem {
    #[error("has braces that do not name a config key: write `{{key}}`, `{{a.b}}`, `{{list[]}}` or `{{key=default}}`")]
    Braces,
    #[error("is not an origin: write `https://host`, `http://host:port` or `{{url}}`")]
    Origin,
    #[error("has more than an origin: a right is scheme, host and port; leave out user, path and query")]
    Path,
    #[error("has no valid host: write a name, `*.` and a name, an IPv4 address, or an IPv6 address in brackets")]
    Host,
    #[error("has no port: write `host:port`, `{{host}}:{{port}}` or `{{host}}:5432`")]
    NoPort,
    #[error("has a port that is not 1 to 65535")]
    Port,
    #[error("is a wildcard: a check's config names one host")]
    Wildcard,
    #[error("is not an absolute path: begin it with `/`")]
    Relative,
    #[error("climbs with `..`: write where it leads")]
    Climbs,
    #[error("is not a secret's name: letters, digits, `-`, `_` and `.`, 128 at most")]
    SecretName,
    #[error("begins with no verb{}", known_verbs(.nearest))]
    UnknownVerb { nearest: Option<&'static str> },
    #[error(
        "does not say what the verb is about: write `restart-service {{unit}}`, for example; no verb is granted for everything"
    )]
    NoTarget,
    #[error("is not one service's unit: write its full name, such as `nginx.service`, without wildcards")]
    Unit,
    #[error("is not a name: lower-case letters, digits, `.`, `_` and `-`, with a letter or digit first, 100 at most")]
    Name,
    #[error("is not a kernel setting: write `vm.swappiness`, for example")]
    SysctlKey,
    #[error("is everything: name a file or folder below `/`")]
    Everything,
}

fn known_verbs(nearest: &Option<&'static str>) -> String {
    match nearest {
        Some(nearest) => format!("; did you mean `{nearest}`?"),
        None => format!("; there are {}", VerbKind::ALL.map(VerbKind::as_str).join(", ")),
    }
}

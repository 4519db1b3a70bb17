//! Manifest ∩ grant, narrowed to one check's config. Rights only ever come out of here.

use std::collections::BTreeSet;

use serde_json::Value;

use super::entry::{EntryKind, EntryProblem};
use super::reach::{DnsServer, Folder, Reach, Secret, Target};
use super::template::{FillError, Template};
use super::verb::VerbRight;
use super::{Capabilities, Rights};

/// Why a check's config cannot be given the rights it names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RightsError {
    #[error(
        "the grant does not reach {value}, which the config names: grant `{capability} = [\"{value}\"]`, or `{entry}` as the plugin asks"
    )]
    NotGranted { capability: &'static str, entry: String, value: String },
    #[error("config key `{key}` is {found}, but the capability `{capability} = [\"{entry}\"]` needs {expected}")]
    WrongType { capability: &'static str, entry: String, key: String, expected: &'static str, found: &'static str },
    #[error("`{value}`, which the config names for the capability `{capability} = [\"{entry}\"]`, {problem}")]
    Malformed { capability: &'static str, entry: String, value: String, problem: EntryProblem },
    #[error(
        "the capability `{capability} = [\"{entry}\"]` reaches more than 1000 places with this config: shorten its lists"
    )]
    TooMany { capability: &'static str, entry: String },
}

impl Rights {
    /// What a plugin of this manifest, under this grant, may reach when it runs with this config.
    ///
    /// A grant's entry that is the manifest's own passes whatever the config fills in; any other entry with braces
    /// gives nothing, and one without must cover the value. Fixed entries and parts of the node that are not granted
    /// are left out silently: the check may well not need them, and a run that does is denied by name.
    ///
    /// # Errors
    /// Each value that the config names and the grant does not reach, and each that cannot be read.
    pub fn of(manifest: &Capabilities, grant: &Capabilities, config: &Value) -> Result<Self, Vec<RightsError>> {
        let mut narrowing = Narrowing { manifest, grant, config, errors: Vec::new() };
        let servers = narrowing.reach::<DnsServer>(EntryKind::Dns);
        let rights = Self {
            http: narrowing.reach(EntryKind::Http),
            tcp: narrowing.reach(EntryKind::Tcp),
            dns_system: servers.contains(&DnsServer::System),
            dns: servers
                .into_iter()
                .filter_map(|server| match server {
                    DnsServer::At(endpoint) => Some(endpoint),
                    DnsServer::System => None,
                })
                .collect(),
            icmp: narrowing.reach::<Target>(EntryKind::Icmp).into_iter().map(|target| target.0).collect(),
            node: manifest.node.intersection(&grant.node).copied().collect(),
            files: narrowing.reach::<Folder>(EntryKind::Files).into_iter().map(|folder| folder.0).collect(),
            secrets: narrowing.reach::<Secret>(EntryKind::Secrets).into_iter().map(|secret| secret.0).collect(),
            reveal: narrowing.reach::<Secret>(EntryKind::Reveal).into_iter().map(|secret| secret.0).collect(),
            verbs: narrowing.reach::<VerbRight>(EntryKind::Verbs),
            state: manifest.state && grant.state,
            private: manifest.private && grant.private,
        };
        if narrowing.errors.is_empty() { Ok(rights) } else { Err(narrowing.errors) }
    }
}

struct Narrowing<'a> {
    manifest: &'a Capabilities,
    grant: &'a Capabilities,
    config: &'a Value,
    errors: Vec<RightsError>,
}

impl Narrowing<'_> {
    fn reach<R: Reach>(&mut self, kind: EntryKind) -> BTreeSet<R> {
        let granted: Vec<R> = literals(self.grant.entries(kind));
        let mut reached = BTreeSet::new();
        for entry in self.manifest.entries(kind) {
            let whole = self.grant.entries(kind).contains(entry);
            match self.values::<R>(kind, entry) {
                Ok((_, values)) if whole => reached.extend(values),
                Ok((from_config, values)) => {
                    for value in values {
                        let within = intersect(&granted, &value);
                        if within.is_empty() && from_config {
                            let value = value.to_string();
                            self.errors.push(RightsError::NotGranted {
                                capability: kind.as_str(),
                                entry: entry.clone(),
                                value,
                            });
                        }
                        reached.extend(within);
                    }
                }
                Err(error) => self.errors.push(error),
            }
        }
        reached
    }

    /// What an entry names with this config, and whether the config had a say in it.
    fn values<R: Reach>(&self, kind: EntryKind, entry: &str) -> Result<(bool, Vec<R>), RightsError> {
        let capability = kind.as_str();
        let malformed = |value: &str, problem| {
            let (entry, value) = (entry.to_owned(), value.to_owned());
            RightsError::Malformed { capability, entry, value, problem }
        };
        let template = Template::parse(entry).map_err(|problem| malformed(entry, problem))?;
        let filled = template.fill(self.config).map_err(|error| match error {
            FillError::WrongType { key, expected, found } => {
                RightsError::WrongType { capability, entry: entry.to_owned(), key, expected, found }
            }
            FillError::TooMany => RightsError::TooMany { capability, entry: entry.to_owned() },
        })?;
        let from_config = template.has_keys();
        let mut values = Vec::new();
        for text in filled {
            let value = R::parse(&text).map_err(|problem| malformed(&text, problem))?;
            if from_config && value.is_wildcard() {
                return Err(malformed(&text, EntryProblem::Wildcard));
            }
            values.push(value);
        }
        Ok((from_config, values))
    }
}

/// The part of `value` that is granted: all of it, or, where it is itself wide, what the grant names within it.
fn intersect<R: Reach>(granted: &[R], value: &R) -> Vec<R> {
    if granted.iter().any(|grant| grant.covers(value)) {
        return vec![value.clone()];
    }
    granted.iter().filter(|grant| value.covers(grant)).cloned().collect()
}

/// The entries that need no config. Those that cannot be read give nothing: they were refused when they arrived.
pub(super) fn literals<R: Reach>(entries: &BTreeSet<String>) -> Vec<R> {
    entries.iter().filter(|entry| !entry.contains('{')).filter_map(|entry| R::parse(entry).ok()).collect()
}

#[cfg(test)]
mod tests;

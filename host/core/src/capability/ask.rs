//! A request for capabilities as people see it, and what it asks beyond what was granted.

use std::collections::BTreeSet;

use super::reach::{DnsServer, Folder, Reach, Secret, Target};
use super::rights::literals;
use super::template::Template;
use super::verb::VerbKind;
use super::{Capabilities, Endpoint, EntryKind, HttpRight, VerbRight};

impl Capabilities {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is asked here and not granted there: what an upgrade needs a new yes for.
    #[must_use]
    pub fn beyond(&self, granted: &Self) -> Self {
        Self {
            http: beyond::<HttpRight>(&self.http, &granted.http),
            tcp: beyond::<Endpoint>(&self.tcp, &granted.tcp),
            dns: beyond::<DnsServer>(&self.dns, &granted.dns),
            icmp: beyond::<Target>(&self.icmp, &granted.icmp),
            node: self.node.difference(&granted.node).copied().collect(),
            files: beyond::<Folder>(&self.files, &granted.files),
            secrets: beyond::<Secret>(&self.secrets, &granted.secrets),
            reveal: beyond::<Secret>(&self.reveal, &granted.reveal),
            verbs: beyond::<VerbRight>(&self.verbs, &granted.verbs),
            state: self.state && !granted.state,
            private: self.private && !granted.private,
        }
    }

    /// One line a capability, for people; empty where nothing is asked.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for kind in EntryKind::ALL {
            lines.extend(self.entries(kind).iter().map(|entry| line(kind, entry)));
        }
        if !self.node.is_empty() {
            let parts: Vec<&str> = self.node.iter().map(|part| part.as_str()).collect();
            lines.push(format!("read of this node: {}", parts.join(", ")));
        }
        if self.state {
            lines.push("state kept between the runs of a check".to_owned());
        }
        if self.private {
            lines.push("loopback and private addresses, also behind names".to_owned());
        }
        lines
    }

    /// The config keys that entries name, with the capability and the entry that names each.
    #[must_use]
    pub fn config_keys(&self) -> Vec<(EntryKind, &str, String)> {
        let named = |entry: &str| Template::parse(entry).map(|template| template.keys()).unwrap_or_default();
        EntryKind::ALL
            .into_iter()
            .flat_map(|kind| self.entries(kind).iter().map(move |entry| (kind, entry.as_str())))
            .flat_map(|(kind, entry)| named(entry).into_iter().map(move |key| (kind, entry, key)))
            .collect()
    }
}

fn beyond<R: Reach>(asked: &BTreeSet<String>, granted: &BTreeSet<String>) -> BTreeSet<String> {
    let wide: Vec<R> = literals(granted);
    let covered = |entry: &str| {
        !entry.contains('{') && R::parse(entry).is_ok_and(|value| wide.iter().any(|grant| grant.covers(&value)))
    };
    asked.iter().filter(|entry| !granted.contains(*entry) && !covered(entry)).cloned().collect()
}

fn line(kind: EntryKind, entry: &str) -> String {
    let (verb, thing) = match kind {
        EntryKind::Verbs => {
            return VerbKind::split(entry)
                .map_or_else(|_| entry.to_owned(), |(verb, target)| words(verb.words(), target));
        }
        EntryKind::Http => ("http to", "the origin of"),
        EntryKind::Tcp => ("tcp to", "the host and port in"),
        EntryKind::Dns => ("dns queries to", "the server in"),
        EntryKind::Icmp => ("icmp echo to", "the host in"),
        EntryKind::Files => ("read of", "the path in"),
        EntryKind::Secrets => ("use of the secret", "named by"),
        EntryKind::Reveal => ("sight of the secret", "named by"),
    };
    if kind == EntryKind::Dns && entry == "system" {
        return "dns queries to the node's own resolvers".to_owned();
    }
    words((verb, thing), entry)
}

fn words((verb, thing): (&str, &str), entry: &str) -> String {
    let keys = Template::parse(entry).map(|template| (template.is_bare_key(), template.keys())).unwrap_or_default();
    match keys {
        (true, keys) => format!("{verb} {thing} config key \"{}\"", keys.join("")),
        (false, keys) if keys.is_empty() => format!("{verb} {entry}"),
        (false, _) => format!("{verb} {entry}, filled in from the config"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capabilities(json: serde_json::Value) -> Capabilities {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn an_upgrade_asks_only_for_what_the_grant_does_not_cover() {
        let asked = capabilities(serde_json::json!({
            "http": ["{url}", "{callback}", "https://api.example.org", "https://other.example.net"],
            "files": ["/var/log/app"], "node": ["cpu", "disks"], "state": true, "secrets": ["a"], "reveal": ["a"],
        }));
        let granted = capabilities(serde_json::json!({
            "http": ["{url}", "https://*.example.org"], "files": ["/var"], "node": ["cpu"], "secrets": ["a"],
        }));
        let expected = capabilities(serde_json::json!({
            "http": ["{callback}", "https://other.example.net"], "node": ["disks"], "state": true, "reveal": ["a"],
        }));
        assert_eq!(asked.beyond(&granted), expected);
        assert!(asked.beyond(&asked).is_empty());
        assert_eq!(asked.beyond(&Capabilities::default()), asked);
    }

    #[test]
    fn people_read_where_a_plugin_reaches() {
        let asked = capabilities(serde_json::json!({
            "http": ["{url}", "https://api.example.org"], "tcp": ["{host}:5432"], "dns": ["system", "{server}"],
            "node": ["cpu", "memory"], "files": ["/var/log"], "secrets": ["{auth.secret}"], "state": true, "private": true,
            "verbs": ["restart-service app-{tenant}.service", "delete-files {folders[].path}", "http-request https://lb.example.org"],
        }));
        let expected = [
            "deletion of files in the folder in config key \"folders[].path\"",
            "http requests that change something, to https://lb.example.org",
            "restart of the service app-{tenant}.service, filled in from the config",
            "http to https://api.example.org",
            "http to the origin of config key \"url\"",
            "tcp to {host}:5432, filled in from the config",
            "dns queries to the node's own resolvers",
            "dns queries to the server in config key \"server\"",
            "read of /var/log",
            "use of the secret named by config key \"auth.secret\"",
            "read of this node: cpu, memory",
            "state kept between the runs of a check",
            "loopback and private addresses, also behind names",
        ];
        let mut lines = asked.lines();
        lines.sort();
        let mut expected = expected.map(str::to_owned);
        expected.sort();
        assert_eq!(lines, expected);
    }
}

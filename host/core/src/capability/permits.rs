//! The questions asked at each host call, and why the answer is no. Resolves nothing and follows no link: callers
//! ask again with the address or path they arrived at.

use std::fmt::Display;
use std::net::IpAddr;

use super::address::{host as normal_host, host_covers};
use super::reach::{DnsServer, Folder, Reach};
use super::{Endpoint, HttpRight, NodePart, Rights, VerbRight};

/// A host call outside the run's rights.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the capability `{capability}` does not reach {target}: {reason}")]
pub struct Refused {
    pub capability: &'static str,
    /// What was asked for.
    pub target: String,
    /// A clause that reads after a colon.
    pub reason: String,
}

impl Rights {
    /// # Errors
    /// If no `http` right has this scheme, host and port.
    pub fn permits_http(&self, scheme: &str, host: &str, port: u16) -> Result<(), Refused> {
        let asked = HttpRight { scheme: scheme.to_ascii_lowercase(), endpoint: asked_endpoint(host, port) };
        decide("http", &asked, self.http.iter().any(|right| right.covers(&asked)), &self.http)
    }

    /// # Errors
    /// If no `tcp` right has this host and port.
    pub fn permits_tcp(&self, host: &str, port: u16) -> Result<(), Refused> {
        let asked = asked_endpoint(host, port);
        decide("tcp", &asked, self.tcp.iter().any(|right| right.covers(&asked)), &self.tcp)
    }

    /// # Errors
    /// If no `dns` right names this server.
    pub fn permits_dns_server(&self, host: &str, port: u16) -> Result<(), Refused> {
        let asked = asked_endpoint(host, port);
        decide("dns", &asked, self.dns.iter().any(|right| right.covers(&asked)), &self.dns_servers())
    }

    /// # Errors
    /// If the node's own resolvers are not among the `dns` rights.
    pub fn permits_dns_system(&self) -> Result<(), Refused> {
        decide("dns", &"the node's own resolvers", self.dns_system, &self.dns_servers())
    }

    /// # Errors
    /// If no `icmp` right names this host.
    pub fn permits_icmp(&self, host: &str) -> Result<(), Refused> {
        let asked = asked_host(host);
        decide("icmp", &asked, self.icmp.iter().any(|right| host_covers(right, &asked)), &self.icmp)
    }

    /// Whether a name may be looked up at all: only as a step towards a place that some right reaches.
    ///
    /// # Errors
    /// If no right names this host.
    pub fn permits_lookup(&self, host: &str) -> Result<(), Refused> {
        let asked = asked_host(host);
        let permitted = self.hosts().any(|right| host_covers(right, &asked));
        decide("tcp", &asked, permitted, &self.hosts().collect::<Vec<_>>())
    }

    /// # Errors
    /// If this part of the node is not granted.
    pub fn permits_node(&self, part: NodePart) -> Result<(), Refused> {
        let parts: Vec<&str> = self.node.iter().map(|part| part.as_str()).collect();
        decide("node", &part.as_str(), self.node.contains(&part), &parts)
    }

    /// The path has to be absolute, with links and `..` resolved.
    ///
    /// # Errors
    /// If no `files` right holds it.
    pub fn permits_file(&self, path: &str) -> Result<(), Refused> {
        let permitted = Folder::parse(path).is_ok_and(|asked| {
            self.files.iter().filter_map(|right| Folder::parse(right).ok()).any(|right| right.covers(&asked))
        });
        decide("files", &path, permitted, &self.files)
    }

    /// Whether the host may fill this secret in.
    ///
    /// # Errors
    /// If it is neither among `secrets` nor `reveal`.
    pub fn permits_secret(&self, name: &str) -> Result<(), Refused> {
        let permitted = self.secrets.contains(name) || self.reveal.contains(name);
        decide("secrets", &name, permitted, self.secrets.union(&self.reveal).collect::<Vec<_>>().as_slice())
    }

    /// Whether the guest may see this secret's value.
    ///
    /// # Errors
    /// If it is not among `reveal`.
    pub fn permits_reveal(&self, name: &str) -> Result<(), Refused> {
        decide("reveal", &name, self.reveal.contains(name), &self.reveal)
    }

    /// # Errors
    /// If no state is granted.
    pub fn permits_state(&self) -> Result<(), Refused> {
        decide("state", &"the state of this check", self.state, &[] as &[&str])
    }

    /// Whether a right names this very address, or `localhost`, in so many words: then it may be loopback or private.
    #[must_use]
    pub fn names_literally(&self, host: &str) -> bool {
        let asked = asked_host(host);
        let is_literal = asked == "localhost" || asked.parse::<IpAddr>().is_ok();
        let of_verbs = || self.verbs.iter().filter_map(VerbRight::origin).any(|right| right.endpoint.host == asked);
        is_literal && (self.hosts().any(|right| right == asked) || of_verbs())
    }

    fn hosts(&self) -> impl Iterator<Item = &str> {
        let endpoints = self.http.iter().map(|right| &right.endpoint).chain(&self.tcp).chain(&self.dns);
        endpoints.map(|endpoint| endpoint.host.as_str()).chain(self.icmp.iter().map(String::as_str))
    }

    fn dns_servers(&self) -> Vec<DnsServer> {
        let system = self.dns_system.then_some(DnsServer::System);
        system.into_iter().chain(self.dns.iter().cloned().map(DnsServer::At)).collect()
    }
}

/// What cannot be read as a host is compared as it stands: it equals no right.
fn asked_host(host: &str) -> String {
    normal_host(host).unwrap_or_else(|| host.to_owned())
}

fn asked_endpoint(host: &str, port: u16) -> Endpoint {
    Endpoint { host: asked_host(host), port }
}

fn decide<'r, R: Display + 'r>(
    capability: &'static str,
    asked: &impl Display,
    permitted: bool,
    rights: impl IntoIterator<Item = &'r R>,
) -> Result<(), Refused> {
    if permitted {
        return Ok(());
    }
    let rights: Vec<String> = rights.into_iter().map(ToString::to_string).collect();
    let reason = if rights.is_empty() {
        format!("this run has no `{capability}` right")
    } else {
        format!("this run may reach only {}", rights.join(", "))
    };
    Err(Refused { capability, target: asked.to_string(), reason })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Capabilities;
    use super::*;

    fn rights() -> Rights {
        let all: Capabilities = serde_json::from_value(json!({
            "http": ["{url}", "https://*.example.org"], "tcp": ["db.example.org:5432", "10.0.0.7:6379"],
            "dns": ["192.0.2.53"], "icmp": ["localhost"], "files": ["/var/log"], "secrets": ["a"], "reveal": ["b"],
            "node": ["cpu"],
        }))
        .unwrap();
        Rights::of(&all, &all, &json!({"url": "http://[::1]:8080/x"})).unwrap()
    }

    #[test]
    fn each_question_is_answered_by_the_rights_alone() {
        let rights = rights();
        for (permitted, answer) in [
            (true, rights.permits_http("http", "::1", 8080)),
            (true, rights.permits_http("HTTP", "[::1]", 8080)),
            (true, rights.permits_http("https", "API.Example.org.", 443)),
            (false, rights.permits_http("http", "::1", 80)),
            (false, rights.permits_http("https", "example.org", 443)),
            (true, rights.permits_tcp("DB.example.org", 5432)),
            (true, rights.permits_tcp("::ffff:10.0.0.7", 6379)),
            (false, rights.permits_tcp("api.example.org", 443)),
            (false, rights.permits_tcp("*.example.org", 443)),
            (true, rights.permits_dns_server("192.0.2.53", 53)),
            (false, rights.permits_dns_system()),
            (true, rights.permits_icmp("LOCALHOST")),
            (true, rights.permits_lookup("x.example.org")),
            (false, rights.permits_lookup("example.net")),
            (true, rights.permits_file("/var/log/syslog")),
            (false, rights.permits_file("/var/log/../../etc/shadow")),
            (true, rights.permits_secret("a")),
            (true, rights.permits_secret("b")),
            (false, rights.permits_reveal("a")),
            (true, rights.permits_reveal("b")),
            (true, rights.permits_node(NodePart::Cpu)),
            (false, rights.permits_node(NodePart::Disks)),
            (false, rights.permits_state()),
        ] {
            assert_eq!(answer.is_ok(), permitted, "{answer:?}");
        }
    }

    #[test]
    fn a_refusal_names_the_capability_the_target_and_what_is_granted() {
        let refused = rights().permits_tcp("evil.example.net", 22).unwrap_err();
        let expected = "the capability `tcp` does not reach evil.example.net:22: \
                        this run may reach only 10.0.0.7:6379, db.example.org:5432";
        assert_eq!(refused.to_string(), expected);
        let expected = "the capability `state` does not reach the state of this check: this run has no `state` right";
        assert_eq!(rights().permits_state().unwrap_err().to_string(), expected);
    }

    #[test]
    fn only_addresses_and_localhost_are_named_literally() {
        let rights = rights();
        for (host, expected) in
            [("10.0.0.7", true), ("[::1]", true), ("Localhost", true), ("db.example.org", false), ("10.0.0.8", false)]
        {
            assert_eq!(rights.names_literally(host), expected, "{host}");
        }
    }
}

//! What a plugin may do, in people's words. Knows nothing of how it is enforced.

use tocsin_api::Right;
use tocsin_core::capability::{Capabilities, Endpoint, NodePart, Rights};

/// What a manifest asks for, or what a grant gives.
#[must_use]
pub fn asked(capabilities: &Capabilities) -> Vec<Right> {
    let mut rights = Vec::new();
    add(&mut rights, "http", "send HTTP requests to", &capabilities.http);
    add(&mut rights, "tcp", "open TCP connections to", &capabilities.tcp);
    for server in &capabilities.dns {
        rights.push(dns(server, server == "system"));
    }
    add(&mut rights, "icmp", "ping", &capabilities.icmp);
    rights.extend(capabilities.node.iter().map(|part| node(*part)));
    add(&mut rights, "files", "read", &capabilities.files);
    add(&mut rights, "secrets", "have the node fill in the secret", &capabilities.secrets);
    add(&mut rights, "reveal", "see the value of the secret", &capabilities.reveal);
    verbs(&mut rights, &capabilities.verbs);
    flags(&mut rights, capabilities.state, capabilities.private);
    rights
}

/// What one check's runs may reach.
#[must_use]
pub fn rights(of: &Rights) -> Vec<Right> {
    let mut rights = Vec::new();
    let origins = of.http.iter().map(|right| format!("{}://{}", right.scheme, endpoint(&right.endpoint)));
    add(&mut rights, "http", "send HTTP requests to", origins);
    add(&mut rights, "tcp", "open TCP connections to", of.tcp.iter().map(endpoint));
    if of.dns_system {
        rights.push(dns("system", true));
    }
    rights.extend(of.dns.iter().map(|server| dns(&endpoint(server), false)));
    add(&mut rights, "icmp", "ping", &of.icmp);
    rights.extend(of.node.iter().map(|part| node(*part)));
    add(&mut rights, "files", "read", &of.files);
    add(&mut rights, "secrets", "have the node fill in the secret", &of.secrets);
    add(&mut rights, "reveal", "see the value of the secret", &of.reveal);
    verbs(&mut rights, of.verbs.iter().map(ToString::to_string));
    flags(&mut rights, of.state, of.private);
    rights
}

fn add(rights: &mut Vec<Right>, capability: &str, words: &str, targets: impl IntoIterator<Item = impl AsRef<str>>) {
    for target in targets {
        rights.push(right(capability, target.as_ref(), format!("{words} {}", place(target.as_ref()))));
    }
}

fn right(capability: &str, target: &str, words: String) -> Right {
    Right { capability: capability.to_owned(), target: target.to_owned(), words }
}

/// A template stands for what each check's own config names there.
fn place(target: &str) -> String {
    if target.contains('{') { format!("what the check's config names as `{target}`") } else { target.to_owned() }
}

fn dns(server: &str, is_system: bool) -> Right {
    if is_system {
        right("dns", "system", "ask the node's own DNS resolvers".to_owned())
    } else {
        right("dns", server, format!("ask the DNS server {}", place(server)))
    }
}

fn node(part: NodePart) -> Right {
    let (target, words) = match part {
        NodePart::Who => ("who", "the node's name and system"),
        NodePart::Cpu => ("cpu", "the node's CPU usage"),
        NodePart::Memory => ("memory", "the node's memory usage"),
        NodePart::Disks => ("disks", "the node's disks and how full they are"),
        NodePart::Network => ("network", "the node's network counters"),
        NodePart::Load => ("load", "the node's load"),
        NodePart::Pressure => ("pressure", "the node's pressure figures"),
        NodePart::Processes => ("processes", "the node's processes"),
        NodePart::Units => ("units", "the node's systemd units"),
        NodePart::Containers => ("containers", "the node's containers"),
    };
    right("node", target, format!("see {words}"))
}

/// An action's plans may ask for these; the host carries them out.
fn verbs(rights: &mut Vec<Right>, entries: impl IntoIterator<Item = impl AsRef<str>>) {
    for entry in entries {
        let entry = entry.as_ref();
        let from = if entry.contains('{') { ", with what the action's config names" } else { "" };
        rights.push(right("verbs", entry, format!("plan `{entry}` for the node to carry out{from}")));
    }
}

fn flags(rights: &mut Vec<Right>, state: bool, private: bool) {
    if state {
        rights.push(right("state", "", "keep a few bytes between runs".to_owned()));
    }
    if private {
        rights.push(right("private", "", "reach loopback and private addresses by any name".to_owned()));
    }
}

/// IPv6 addresses in brackets, as in a URL.
fn endpoint(endpoint: &Endpoint) -> String {
    let Endpoint { host, port } = endpoint;
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

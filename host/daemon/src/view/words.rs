//! Schedules, rights and reloads in people's words. Knows nothing of what they decide.

use tocsin_api as api;
use tocsin_core::capability::{Capabilities, Endpoint, Rights};
use tocsin_core::config::{Config, Schedule};

use crate::control::Reloaded;

/// `every 10s`, `cron */5 * * * * Europe/Vienna`.
pub(super) fn schedule(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Every(interval) => format!("every {interval:?}"),
        Schedule::Cron(cron) => format!("cron {} {}", cron.expression(), cron.time_zone()),
    }
}

/// What one check's runs may reach.
pub(super) fn rights(rights: &Rights) -> Vec<api::Right> {
    let mut all = Vec::new();
    let mut add = |capability: &str, target: String, words: String| {
        all.push(api::Right { capability: capability.to_owned(), target, words });
    };
    for http in &rights.http {
        let origin = format!("{}://{}", http.scheme, endpoint(&http.endpoint));
        add("http", origin.clone(), format!("send HTTP requests to {origin}"));
    }
    for tcp in rights.tcp.iter().map(endpoint) {
        add("tcp", tcp.clone(), format!("connect to {tcp}"));
    }
    for dns in rights.dns.iter().map(endpoint) {
        add("dns", dns.clone(), format!("ask the name server {dns}"));
    }
    if rights.dns_system {
        add("dns", "system".to_owned(), "ask this node's own name servers".to_owned());
    }
    for host in &rights.icmp {
        add("icmp", host.clone(), format!("ping {host}"));
    }
    for part in &rights.node {
        add("node", part.as_str().to_owned(), format!("read this node's {}", part.as_str()));
    }
    for file in &rights.files {
        add("files", file.clone(), format!("read {file}"));
    }
    for secret in &rights.secrets {
        add("secrets", secret.clone(), format!("have the secret {secret} filled in"));
    }
    for secret in &rights.reveal {
        add("reveal", secret.clone(), format!("see the value of the secret {secret}"));
    }
    if rights.state {
        add("state", String::new(), "keep a few bytes between runs".to_owned());
    }
    if rights.private {
        add("private", String::new(), "reach loopback and private addresses behind names".to_owned());
    }
    all
}

/// What a manifest asks for, or a grant gives.
pub(super) fn capabilities(capabilities: &Capabilities) -> Vec<api::Right> {
    let mut all = Vec::new();
    let lists = [
        ("http", &capabilities.http, "send HTTP requests to"),
        ("tcp", &capabilities.tcp, "connect to"),
        ("dns", &capabilities.dns, "ask the name server"),
        ("icmp", &capabilities.icmp, "ping"),
        ("files", &capabilities.files, "read"),
        ("secrets", &capabilities.secrets, "have filled in the secret"),
        ("reveal", &capabilities.reveal, "see the value of the secret"),
    ];
    for (capability, targets, verb) in lists {
        all.extend(targets.iter().map(|target| api::Right {
            capability: capability.to_owned(),
            target: target.clone(),
            words: if target.contains('{') {
                format!("{verb} what a check's config names as {target}")
            } else {
                format!("{verb} {target}")
            },
        }));
    }
    all.extend(capabilities.node.iter().map(|part| api::Right {
        capability: "node".to_owned(),
        target: part.as_str().to_owned(),
        words: format!("read this node's {}", part.as_str()),
    }));
    for (capability, is_asked, words) in [
        ("state", capabilities.state, "keep a few bytes between runs"),
        ("private", capabilities.private, "reach loopback and private addresses behind names"),
    ] {
        if is_asked {
            all.push(api::Right { capability: capability.to_owned(), target: String::new(), words: words.to_owned() });
        }
    }
    all
}

pub(super) fn reloaded(reloaded: &Reloaded, config: &Config) -> api::Reloaded {
    let names = |names: &[tocsin_core::id::CheckName]| names.iter().map(ToString::to_string).collect();
    api::Reloaded {
        checks: config.checks.len() as u64,
        detectors: config.detectors.len() as u64,
        added: names(&reloaded.added),
        changed: names(&reloaded.changed),
        removed: names(&reloaded.removed),
        after_restart: reloaded.after_restart.iter().map(|key| (*key).to_owned()).collect(),
        warnings: reloaded.warnings.clone(),
    }
}

fn endpoint(endpoint: &Endpoint) -> String {
    if endpoint.host.contains(':') {
        format!("[{}]:{}", endpoint.host, endpoint.port)
    } else {
        format!("{}:{}", endpoint.host, endpoint.port)
    }
}

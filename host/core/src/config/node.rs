//! The node's own settings: everything of `tocsin.yaml` that no file of `conf.d` may hold, but for alerts.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::compile::Defaults;
use super::error::ConfigErrors;
use super::names::Named;
use super::read::{self, At, Fields};
use super::{Config, Network, Retention, Role, Token};

const PORT: u16 = 7117;
const CONCURRENCY: u32 = 256;
const CONCURRENCY_MAX: u32 = 100_000;
const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);
const DAY: Duration = Duration::from_secs(86_400);
const AGE_MAX: Duration = Duration::from_secs(100 * 366 * 86_400);
const GRACE_MAX: Duration = Duration::from_secs(3_600);
const TRANSCRIPT_SAMPLE: u32 = 100;
const DATABASE_BYTES: u64 = 1 << 30;
const RESERVE_BYTES: u64 = 16 << 20;

const ROLES: [(&str, Role); 3] = [("viewer", Role::Viewer), ("operator", Role::Operator), ("admin", Role::Admin)];

/// The keys that only `tocsin.yaml` has.
const KEYS: [&str; 13] = [
    "node",
    "listen",
    "data",
    "concurrency",
    "shutdown_grace",
    "retention",
    "network",
    "tokens",
    "alerting",
    "sms",
    "builtin_rules",
    "slos",
    "incidents",
];

/// Says of a file of `conf.d` that the node's settings stand elsewhere.
pub(super) fn refuse(fields: &mut Fields<'_>, errors: &mut ConfigErrors) {
    for key in KEYS {
        if let Some(at) = fields.get(key) {
            let error = at.error("misplaced-key", "this belongs in `tocsin.yaml`");
            errors.push(error.help("files of `conf.d` hold all but the node's own settings"));
        }
    }
}

/// Reads the settings into a configuration without checks, detectors, receivers and secrets.
pub(super) fn read(fields: &mut Fields<'_>, defaults: &Defaults, errors: &mut ConfigErrors) -> Config {
    let mut config = silent(defaults);
    fields.optional("node", errors, |at, errors| {
        let mut node = Fields::of(at, errors)?;
        set(&mut config.node, node.optional("name", errors, |at, errors| read::text(at, errors).map(str::to_owned)));
        set(&mut config.labels, node.optional("labels", errors, read::labels));
        node.finish(errors);
        Some(())
    });
    set(&mut config.listen, fields.optional("listen", errors, read::socket_address));
    set(&mut config.data, fields.optional("data", errors, read::path));
    let concurrency = fields.optional("concurrency", errors, |at, errors| read::whole(at, 1, CONCURRENCY_MAX, errors));
    set(&mut config.concurrency, concurrency);
    let grace = |at: &At<'_>, errors: &mut ConfigErrors| read::duration(at, Duration::ZERO, GRACE_MAX, errors);
    set(&mut config.shutdown_grace, fields.optional("shutdown_grace", errors, grace));
    fields.optional("retention", errors, |at, errors| retention(at, &mut config.retention, errors));
    fields.optional("network", errors, |at, errors| network(at, &mut config.network, errors));
    set(&mut config.builtin_rules, fields.optional("builtin_rules", errors, read::boolean));
    set(&mut config.tokens, fields.optional("tokens", errors, tokens));
    config
}

/// What holds where the file says nothing.
pub(super) fn silent(defaults: &Defaults) -> Config {
    Config {
        node: defaults.node.clone(),
        labels: Vec::new(),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)),
        data: defaults.data.clone(),
        concurrency: CONCURRENCY,
        shutdown_grace: SHUTDOWN_GRACE,
        retention: Retention {
            runs: 7 * DAY,
            samples: 30 * DAY,
            transcript_sample: TRANSCRIPT_SAMPLE,
            bytes_max: DATABASE_BYTES,
            reserve_bytes: RESERVE_BYTES,
        },
        network: Network::default(),
        secrets: Default::default(),
        tokens: Vec::new(),
        checks: Default::default(),
        detectors: Default::default(),
        people: Default::default(),
        policies: Default::default(),
        maintenance: Vec::new(),
        dependents: Default::default(),
        alertmanager_file: None,
        alerting: Default::default(),
        builtin_rules: true,
        rules: Default::default(),
        slo_files: Vec::new(),
        slos: Default::default(),
        slo_notes: Vec::new(),
        budget_policies: Default::default(),
        incidents: Default::default(),
        commands: Default::default(),
        playbooks: Default::default(),
    }
}

fn retention(at: &At<'_>, retention: &mut Retention, errors: &mut ConfigErrors) -> Option<()> {
    let mut fields = Fields::of(at, errors)?;
    let age = |at: &At<'_>, errors: &mut ConfigErrors| read::duration(at, Duration::from_secs(60), AGE_MAX, errors);
    set(&mut retention.runs, fields.optional("runs", errors, age));
    set(&mut retention.samples, fields.optional("samples", errors, age));
    let sample = fields.optional("transcript_sample", errors, |at, errors| read::whole(at, 1, u32::MAX, errors));
    set(&mut retention.transcript_sample, sample);
    set(&mut retention.bytes_max, fields.optional("size", errors, read::bytes));
    set(&mut retention.reserve_bytes, fields.optional("reserve", errors, read::bytes));
    fields.finish(errors);
    Some(())
}

fn network(at: &At<'_>, network: &mut Network, errors: &mut ConfigErrors) -> Option<()> {
    let mut fields = Fields::of(at, errors)?;
    network.resolver = fields.optional("resolver", errors, read::socket_address);
    network.ca_file = fields.optional("ca_file", errors, read::path);
    fields.finish(errors);
    Some(())
}

fn tokens(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Vec<Token>> {
    let mut named = Named::default();
    for at in read::list(at, errors)? {
        let Some(mut fields) = Fields::of(&at, errors) else { continue };
        let name = fields.required("name", errors, |at, errors| {
            let name = read::name(at, errors)?;
            named.claim("token", name, at, errors);
            Some(name)
        });
        let role = fields.required("role", errors, |at, errors| read::word(at, &ROLES, errors));
        let file = fields.required("file", errors, read::path);
        fields.finish(errors);
        if let (Some(name), Some(role), Some(file)) = (name, role, file) {
            named.define(name, Token { name: name.to_owned(), role, file });
        }
    }
    Some(named.into_things().map(|(_, token)| token).collect())
}

pub(super) fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

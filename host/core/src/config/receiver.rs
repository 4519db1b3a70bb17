//! What `tocsin.yaml` says of a receiver, under its name: what Alertmanager's file has no words for.

use std::collections::BTreeMap;
use std::time::Duration;

use super::error::{ConfigError, ConfigErrors};
use super::names::{Named, References};
use super::plugins::Plugins;
use super::read::{self, At, Fields};
use super::tree::Value;
use super::{SecretSource, secret};
use crate::id::ReceiverName;
use crate::manifest;
use crate::receiver::{Integration, Kind, NotifierConfig, RateLimit, Receiver};

mod sms;
mod ticket;

pub(super) use sms::Account;

const RECEIVERS_MAX: usize = 10_000;
const INTEGRATIONS_MAX: usize = 100;
const RATE_MAX: u32 = 1_000_000;
const RATE_PER: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(7 * 86_400));
const HEARTBEAT: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(7 * 86_400));
const TIMEOUT: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(300));

/// Of one receiver.
#[derive(Debug)]
pub(super) struct Addition {
    pub(super) receiver: Receiver,
    /// Whether it names a way to tell anyone; that this way is right is another matter.
    pub(super) tells: bool,
    /// The error that it is if nobody knows it, without its message.
    pub(super) unknown: ConfigError,
    /// For each integration the error that a wrong template in it is, without its message.
    pub(super) places: Vec<ConfigError>,
}

impl Addition {
    /// Adds it to the receiver of this name, or makes a new one.
    pub(super) fn join(self, name: &str, receivers: &mut BTreeMap<ReceiverName, Receiver>) {
        let name = ReceiverName::new(name);
        let receiver = receivers.entry(name.clone()).or_insert_with(|| Receiver::new(name));
        let Receiver { integrations, escalation, rate_limit, heartbeat, .. } = self.receiver;
        receiver.integrations.extend(integrations);
        receiver.escalation = escalation;
        receiver.rate_limit = rate_limit;
        receiver.heartbeat = heartbeat;
    }
}

/// What receivers refer to and other places may give.
#[derive(Debug)]
pub(super) struct Wanted<'r> {
    pub(super) policies: &'r mut References,
    pub(super) secrets: &'r mut References,
}

/// Reads the map under `receivers`.
pub(super) fn read(
    at: &At<'_>,
    account: &Account,
    plugins: &mut Plugins<'_>,
    wanted: &mut Wanted<'_>,
    named: &mut Named<Addition>,
    errors: &mut ConfigErrors,
) -> Option<()> {
    for (key, node) in read::map(at, errors)? {
        let entry = at.of_key(&key.name, node);
        if key.name.is_empty() {
            errors.push(at.error_at_key(key, "empty", "a receiver has a name"));
            continue;
        }
        if named.count() >= RECEIVERS_MAX {
            errors.push(
                entry.error("too-many", format!("this is one receiver more than the {RECEIVERS_MAX} there may be")),
            );
            break;
        }
        named.claim("receiver", &key.name, &entry, errors);
        let Some(mut fields) = Fields::of(&entry, errors) else { continue };
        let mut ways = ["sms", "tickets", "notifiers"].iter().filter_map(|key| entry.child(key));
        let tells = ways.any(|at| matches!(&at.node.value, Value::List(ways) if !ways.is_empty()));
        let (receiver, places) = receiver(&key.name, &mut fields, account, plugins, wanted, errors);
        fields.finish(errors);
        let unknown = at.error_at_key(key, "unknown-receiver", "");
        named.define(&key.name, Addition { receiver, tells, unknown, places });
    }
    Some(())
}

fn receiver(
    name: &str,
    fields: &mut Fields<'_>,
    account: &Account,
    plugins: &mut Plugins<'_>,
    wanted: &mut Wanted<'_>,
    errors: &mut ConfigErrors,
) -> (Receiver, Vec<ConfigError>) {
    let escalation = fields.optional("escalation", errors, |at, errors| {
        let policy = read::text(at, errors)?;
        wanted.policies.want(policy, at.error("unknown-policy", format!("there is no escalation policy `{policy}`")));
        Some(policy.to_owned())
    });
    let rate_limit = fields.optional("rate_limit", errors, rate_limit);
    let heartbeat =
        fields.optional("heartbeat", errors, |at, errors| read::duration(at, HEARTBEAT.0, HEARTBEAT.1, errors));
    let mut ways = Vec::new();
    let mut way =
        |at: &At<'_>, read: Option<Integration>| ways.extend(read.map(|read| (read, at.error("template", ""))));
    for at in list(fields, "sms", errors) {
        way(&at, sms::read(&at, account, errors));
    }
    for at in list(fields, "tickets", errors) {
        way(&at, ticket::read(&at, errors));
    }
    for at in list(fields, "notifiers", errors) {
        way(&at, notifier(&at, plugins, wanted.secrets, errors));
    }
    let (integrations, places) = ways.into_iter().unzip();
    (Receiver { name: ReceiverName::new(name), integrations, escalation, rate_limit, heartbeat }, places)
}

fn list<'n>(fields: &mut Fields<'n>, key: &'static str, errors: &mut ConfigErrors) -> Vec<At<'n>> {
    let entries = fields.optional(key, errors, read::list).unwrap_or_default();
    if let Some(at) = entries.get(INTEGRATIONS_MAX) {
        errors.push(at.error("too-many", format!("this is one more than the {INTEGRATIONS_MAX} there may be")));
    }
    entries
}

/// `{notifications: 20, per: 10m}`
fn rate_limit(at: &At<'_>, errors: &mut ConfigErrors) -> Option<RateLimit> {
    let mut fields = Fields::of(at, errors)?;
    let notifications = fields.required("notifications", errors, |at, errors| read::whole(at, 1, RATE_MAX, errors));
    let per = fields.required("per", errors, |at, errors| read::duration(at, RATE_PER.0, RATE_PER.1, errors));
    fields.finish(errors);
    Some(RateLimit { notifications: notifications?, per: per? })
}

/// A plugin of kind `notifier`; its `timeout` is at most what it may run at all.
fn notifier(
    at: &At<'_>,
    plugins: &mut Plugins<'_>,
    secrets: &mut References,
    errors: &mut ConfigErrors,
) -> Option<Integration> {
    let mut fields = Fields::of(at, errors)?;
    let plugin = plugins.read(manifest::Kind::Notifier, &mut fields, secrets, errors);
    let send_resolved = fields.optional("send_resolved", errors, read::truth);
    fields.finish(errors);
    let plugin = plugin?;
    let config = NotifierConfig {
        plugin: plugin.entry.manifest.name.clone(),
        config: plugin.config,
        rights: plugin.rights,
        limits: plugin.entry.manifest.limits,
    };
    Some(Integration { kind: Kind::Notifier(config), send_resolved: send_resolved.unwrap_or(true), timeout: None })
}

/// Keys that every way over HTTP has.
fn common(fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> (Option<bool>, Option<Duration>) {
    let send_resolved = fields.optional("send_resolved", errors, read::truth);
    let timeout = fields.optional("timeout", errors, |at, errors| read::duration(at, TIMEOUT.0, TIMEOUT.1, errors));
    (send_resolved, timeout)
}

fn token(at: &At<'_>, errors: &mut ConfigErrors) -> Option<SecretSource> {
    secret::source(at, errors)
}

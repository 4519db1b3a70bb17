//! Alertmanager's configuration file as it is once valid: routes, inhibition, receivers, time intervals. A value of these
//! types exists only if every rule held; what a key leaves out is already filled in from its parent, from `global` or
//! from Alertmanager's own defaults. What is read and what is refused stands in `docs/alerting.md`.
//!
//! From text to value: `config::tree` (YAML with places) -> `read` (Alertmanager's own scalars) -> `global`, `routes`,
//! `inhibit`, `times` and `receiver` with a room for each kind -> `compile` (what refers to what).

use std::collections::BTreeMap;
use std::time::Duration;

use crate::interval::TimeInterval;
use crate::matcher::Matcher;

#[cfg(test)]
mod cases;
mod compile;
mod email;
mod global;
mod http;
mod inhibit;
mod integration;
mod merge;
mod original;
mod pagerduty;
mod read;
mod receiver;
mod routes;
mod secret;
mod slack;
mod times;

pub use compile::compile;
pub(crate) use http::read as http_config;
pub use http::{Authorization, ClientCertificate, HttpConfig, HttpHeader, TlsConfig, TlsVersion};
pub use integration::{
    EmailConfig, Integration, IntegrationKind, PagerDutyConfig, PagerDutyImage, PagerDutyLink, SlackAction,
    SlackConfig, SlackConfirmation, SlackField, Smarthost, WebhookConfig,
};
pub use secret::{Secret, SecretSource};

/// A whole valid file.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub global: Global,
    /// The root of the tree.
    pub route: Route,
    pub inhibit_rules: Vec<InhibitRule>,
    /// In the order of the file; no name twice.
    pub receivers: Vec<Receiver>,
    /// Those of `time_intervals` and of the older `mute_time_intervals`.
    pub time_intervals: BTreeMap<String, TimeInterval>,
    /// A mail as `global` has it, to nobody yet; none where that names no sender and server.
    pub mail: Option<EmailConfig>,
    /// Patterns of template files, relative ones resolved against the file's folder. Only the last part may hold a
    /// wildcard.
    pub templates: Vec<String>,
    /// The file as it was read, without its comments, and with `<secret>` for every secret: what the API shows.
    pub original: String,
}

/// What holds for all; everything else of `global` is filled in where it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Global {
    /// After this an alert that nobody repeats, and that came without an end, counts as resolved.
    pub resolve_timeout: Duration,
}

/// A node of the routing tree, with what it inherits.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Alertmanager's key of a route, `{}/{team="a"}`, followed by `#2` and so on where an earlier route has the same:
    /// unlike Alertmanager's it names one route.
    pub id: String,
    pub receiver: String,
    /// In the order of name, value, operator; none at the root.
    pub matchers: Vec<Matcher>,
    pub group_by: GroupBy,
    pub group_wait: Duration,
    pub group_interval: Duration,
    pub repeat_interval: Duration,
    /// Not inherited.
    pub mute_time_intervals: Vec<String>,
    /// Not inherited; none means always.
    pub active_time_intervals: Vec<String>,
    /// Whether the next siblings are asked too.
    pub continue_: bool,
    pub routes: Vec<Route>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// `...`: every alert is a group of its own.
    All,
    /// Sorted; none of them means one group for the route.
    Labels(Vec<String>),
}

/// A target is muted while a source with equal labels fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InhibitRule {
    pub name: Option<String>,
    pub source: Vec<Matcher>,
    pub target: Vec<Matcher>,
    /// Sorted; a label that is absent equals one that is empty.
    pub equal: Vec<String>,
}

/// Who is told, by any number of ways.
#[derive(Clone, Debug, PartialEq)]
pub struct Receiver {
    pub name: String,
    pub integrations: Vec<Integration>,
}

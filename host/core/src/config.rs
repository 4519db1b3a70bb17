//! The node's configuration as it is once valid: a value of these types exists only if every rule held.
//! Reading files is the shell's; it hands the texts in and gets every error at once, with file, line and way out.
//!
//! From text to value: `files` (which there are) -> `tree` (YAML with places) -> `read` (typed readers) -> `node`,
//! `secret`, `check`, `detector`, `rule`, `receiver`, `oncall` (one entry each; `plugins` and `schema` for what depends
//! on a plugin) -> `alerting` (with Alertmanager's file) -> `slo` (with OpenSLO files) -> `compile` (what spans files).
//! The format itself is documented in `docs/configuration.md`, whose example a test compiles.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::alerting::Alerting;
use crate::capability::Rights;
use crate::escalate::Policies;
use crate::health::HealthPolicy;
use crate::id::{CheckName, CommandName, DetectorName, MetricName, PluginName, SloName};
use crate::incident::Settings as IncidentSettings;
use crate::label::Labels;
use crate::limits::Limits;
use crate::maintenance::Window;
use crate::observation::Label;
use crate::oncall::Directory;
use crate::openslo::Note;
use crate::playbook::Playbooks;
use crate::rule::Rules;
use crate::slo::Slo;
use crate::slo::policy::BudgetPolicies;
use crate::verb::Command;

mod alerting;
mod budget_policy;
#[cfg(test)]
pub(crate) mod cases;
mod catalog;
mod check;
mod command;
pub(crate) mod compile;
mod depends;
mod detector;
mod error;
mod files;
mod health;
mod incident;
pub(crate) mod names;
mod node;
mod oncall;
mod playbook;
mod plugins;
pub(crate) mod read;
mod receiver;
mod rule;
mod schema;
mod secret;
mod slo;
mod template;
pub(crate) mod tree;

pub use catalog::{Catalog, CatalogEntry};
pub use compile::{Defaults, Source, compile, settings};
pub use error::{ConfigError, ConfigErrors};
pub use files::{Disk, Files, Unreadable};

/// A whole valid configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The node's own name; the host name where none is given. Part of every check's phase.
    pub node: String,
    pub labels: Vec<Label>,
    pub listen: SocketAddr,
    /// The data folder.
    pub data: PathBuf,
    /// Runs that may be under way at once.
    pub concurrency: u32,
    pub shutdown_grace: Duration,
    pub retention: Retention,
    pub network: Network,
    pub secrets: BTreeMap<String, SecretSource>,
    pub tokens: Vec<Token>,
    pub checks: BTreeMap<CheckName, Check>,
    pub detectors: BTreeMap<DetectorName, Detector>,
    /// Users, and who of them is on call.
    pub people: Directory,
    pub policies: Policies,
    pub maintenance: Vec<Window>,
    /// The other side of each check's `depends_on`, which has no cycle.
    pub dependents: BTreeMap<CheckName, Vec<CheckName>>,
    /// Alertmanager's own file, which the shell reads besides ours.
    pub alertmanager_file: Option<PathBuf>,
    pub alerting: Arc<Alerting>,
    /// Whether the built-in rules are about checks that do not say.
    pub builtin_rules: bool,
    /// Configured and built in, each bound to the checks it is about.
    pub rules: Rules,
    /// Patterns of OpenSLO files, which the shell reads besides ours.
    pub slo_files: Vec<PathBuf>,
    pub slos: BTreeMap<SloName, Slo>,
    pub budget_policies: BudgetPolicies,
    /// What is valid in those files, and most likely not meant.
    pub slo_notes: Vec<Note>,
    pub incidents: Arc<IncidentSettings>,
    /// What plans may run, by name.
    pub commands: BTreeMap<CommandName, Arc<Command>>,
    pub playbooks: Playbooks,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    pub runs: Duration,
    pub samples: Duration,
    /// One healthy run in this many keeps its transcript; every other kind of run keeps it always.
    pub transcript_sample: u32,
    /// The whole database; the oldest goes first.
    pub bytes_max: u64,
    /// A file of this size is given up when the disk is full, so that state can still be committed.
    pub reserve_bytes: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Asked for every name instead of the system's resolvers.
    pub resolver: Option<SocketAddr>,
    /// A PEM bundle trusted besides the system's.
    pub ca_file: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    File(PathBuf),
    Env(String),
}

/// A bearer token besides the admin token in the data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub name: String,
    pub role: Role,
    /// The token itself is read from here.
    pub file: PathBuf,
}

/// Each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Viewer,
    Operator,
    Admin,
}

impl Config {
    /// What matchers see of a check: the node's labels, the check's own, and `check`, `node` and `plugin`.
    #[must_use]
    pub fn labels_of(&self, check: &Check) -> Labels {
        let own = self.labels.iter().chain(&check.labels).map(|(name, value)| (name.as_str(), value.as_str()));
        Labels::overlay(own.chain([
            ("check", check.name.as_str()),
            ("node", self.node.as_str()),
            ("plugin", check.plugin.as_str()),
        ]))
    }
}

/// A configured, scheduled use of a probe plugin on a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    pub name: CheckName,
    pub plugin: PluginName,
    pub schedule: Schedule,
    pub overrun: Overrun,
    pub priority: Priority,
    pub labels: Vec<Label>,
    /// Where people read what to do when it is bad.
    pub runbook_url: Option<String>,
    /// Whether the built-in rules are about it; `None` is as the node says.
    pub builtin_rules: Option<bool>,
    /// Fits the plugin's schema.
    pub config: serde_json::Value,
    /// Manifest ∩ grant, with this config filled in.
    pub rights: Rights,
    /// The manifest's limits; the check's `timeout` as the deadline.
    pub limits: Limits,
    pub health: HealthPolicy,
    /// Checks that must not be down for this one to be reachable, in the order in which they are blamed.
    pub depends_on: Vec<CheckName>,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// From 100 ms up; the phase is the check's own.
    Every(Duration),
    Cron(crate::schedule::Cron),
}

/// What happens when a run is due and the last one has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Overrun {
    #[default]
    Skip,
    /// Runs once more as soon as the last one ended.
    Queue,
    /// Cancels the last one.
    Kill,
}

/// What is shed last when the node is short of room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
}

/// A detector plugin on a check's metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Detector {
    pub name: DetectorName,
    pub plugin: PluginName,
    pub check: CheckName,
    /// Every label set of this metric is a series.
    pub metric: MetricName,
    pub config: serde_json::Value,
    pub rights: Rights,
    pub limits: Limits,
    pub place: Place,
}

/// Where in the configuration something stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    pub file: String,
    /// From 1.
    pub line: usize,
    pub column: usize,
}

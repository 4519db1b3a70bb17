//! Installed plugins, what they may do and what they cost, and the request to install one. Knows no Wasm.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::time::Time;

/// All installed plugins in the order of their names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Plugins {
    pub plugins: Vec<PluginSummary>,
}

/// An installed plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PluginSummary {
    pub name: String,
    pub version: String,
    /// `probe`, `detector`, `action` or `notifier`.
    pub kind: String,
    /// `core` or `wasi`.
    pub target: String,
    pub description: String,
    /// An SPDX expression.
    pub license: String,
    /// SHA-256 of the whole file, 64 hex digits.
    pub digest: String,
    pub size_bytes: u64,
    /// Absent where it is not signed.
    pub signer: Option<Signer>,
    /// What its manifest asks for.
    pub asked: Vec<Right>,
    /// What it was granted.
    pub granted: Vec<Right>,
    pub state: PluginState,
    /// Why the newest file could not be loaded.
    pub error: Option<String>,
    /// Grows by one with every file installed under this name.
    pub generation: u64,
    /// The digest that a rollback would bring back.
    pub previous: Option<String>,
    pub installed_at: Time,
    /// Whose token installed it.
    pub installed_by: String,
    /// Where the file came from, as the client said.
    pub source: Option<String>,
    /// Checks and detectors that use it.
    pub used_by: u64,
    pub cost: PluginCost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PluginState {
    Loaded,
    /// An older generation serves, or none does; see `error`.
    Failed,
}

/// Who signed a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Signer {
    /// 16 hex digits.
    pub key_id: String,
    /// As minisign writes it.
    pub public_key: String,
    /// Whether this node trusts the key.
    pub trusted: bool,
}

/// One part of the world, in people's words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Right {
    /// As in the manifest: `http`, `tcp`, `dns`, `icmp`, `node`, `files`, `secrets`, `reveal`, `state`, `private`.
    pub capability: String,
    /// What of it: an origin, an endpoint, a path; empty where the capability is one thing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// `send HTTP requests to https://example.org`.
    pub words: String,
}

/// What a plugin's runs cost since the daemon started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PluginCost {
    pub runs: u64,
    /// Over the last minute.
    pub per_second: f64,
    /// Wall time over the last minute; zero where there was no run.
    pub p50_us: u64,
    pub p99_us: u64,
    /// CPU time of the plugin's own code, summed.
    pub cpu_us: u64,
    /// Runs by outcome: `completed`, `trap`, `deadline`, ...
    pub outcomes: BTreeMap<String, u64>,
}

/// Under which terms a component is installed. The body of the request is the component itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct InstallQuery {
    /// The capabilities granted, as JSON with the keys of the manifest: `{"http":["{url}"]}`. Without it, an upgrade
    /// keeps the grant it has and a new plugin gets none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// The public key, or the id of the key, of the signer to trust from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust: Option<String>,
    /// Take it without a signature.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub allow_unsigned: bool,
    /// The SHA-256 that the body must have, 64 hex digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Where the file came from; only kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// What a component asks before it can be installed; in the problem documents `grant-required`, `signer-untrusted`
/// and `unsigned`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InstallRequest {
    pub name: String,
    pub version: String,
    pub kind: String,
    pub description: String,
    pub digest: String,
    pub signer: Option<Signer>,
    /// Everything its manifest asks for.
    pub asked: Vec<Right>,
    /// What of it the grant given (or the grant it has) does not cover.
    pub beyond: Vec<Right>,
    /// The value for `grant` that covers everything asked.
    pub grant: Value,
    /// The version that is installed now.
    pub installed: Option<String>,
}

/// A plugin that was installed or brought back, and what it replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Installed {
    pub plugin: PluginSummary,
    pub replaced: Option<PluginSummary>,
}

/// A configuration that came into force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reloaded {
    pub checks: u64,
    pub detectors: u64,
    /// Names of checks.
    pub added: Vec<String>,
    pub changed: Vec<String>,
    pub removed: Vec<String>,
    /// Keys that changed but are in force only after a restart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after_restart: Vec<String>,
    /// What is in force but does not work yet: secrets that could not be read, and the like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

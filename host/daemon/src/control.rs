//! Everything that changes the node while it runs: reload, install, remove, rollback; one at a time, each whole or
//! not at all. The configuration is compiled against the plugins as they would be before anything is changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use tocsin_core::config::{self, Check, Config, ConfigErrors, Defaults, Files};
use tocsin_core::id::{CheckName, ContributionId, PluginName};
use tocsin_core::incident::{Contribution, NODE};
use tocsin_core::label::Labels;
use tocsin_core::pipeline::Event;
use tocsin_core::receiver::Kind;
use tocsin_sandbox::WallClock;
use tokio::sync::{Mutex, mpsc, watch};

use crate::app::Settings;
use crate::auth::Auth;
use crate::board::Board;
use crate::keeper::Keeper;
use crate::metrics::Metrics;
use crate::registry::{self, InstallError, Registry, Request, Serving};
use crate::runner::Runner;
use crate::scheduler::Command;
use crate::secrets::NodeSecrets;
use crate::sources::{self, ReadError};

/// What a change of the configuration came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reloaded {
    pub added: Vec<CheckName>,
    pub removed: Vec<CheckName>,
    pub changed: Vec<CheckName>,
    /// Keys that changed but are in force only after a restart.
    pub after_restart: Vec<&'static str>,
    /// Secrets and tokens that could not be read.
    pub warnings: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the configuration is not valid; the one in force stays")]
    Config(#[source] ConfigErrors),
    #[error(transparent)]
    Install(#[from] InstallError),
    #[error("with this plugin the configuration in force would no longer be valid; nothing was changed")]
    WouldBreak(#[source] ConfigErrors),
    #[error(
        "`{plugin}` is used by {}; remove these from the configuration and reload first",
        users.join(", ")
    )]
    InUse { plugin: PluginName, users: Vec<String> },
    #[error("the node is shutting down")]
    Stopping,
}

pub struct Control {
    pub settings: Settings,
    pub defaults: Defaults,
    pub clock: Arc<dyn WallClock>,
    pub registry: Arc<Registry>,
    pub secrets: Arc<NodeSecrets>,
    pub keeper: Arc<Keeper>,
    pub runner: Arc<Runner>,
    pub board: Arc<Board>,
    pub metrics: Arc<Metrics>,
    pub auth: Auth,
    pub scheduler: mpsc::Sender<Command>,
    pub events: mpsc::Sender<Event>,
    pub config: watch::Sender<Arc<Config>>,
    /// The texts that are in force: what a new plugin is tried against. Held while anything changes.
    pub sources: Mutex<Files>,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Control {
    /// Reads the files again and puts them in force, whole or not at all.
    ///
    /// # Errors
    /// If a file cannot be read or anything in them is wrong: every error, and nothing is changed.
    pub async fn reload(&self) -> Result<Reloaded, ChangeError> {
        let mut in_force = self.sources.lock().await;
        let sources = sources::read(&self.settings.config, &self.defaults)?;
        let config = self.compile(&sources, None).map_err(ChangeError::Config)?;
        let reloaded = self.adopt(config).await?;
        *in_force = sources;
        Ok(reloaded)
    }

    /// Installs or upgrades a plugin; its checks go on with it at once.
    ///
    /// # Errors
    /// If a gate refuses it, or checks in force would no longer be valid: nothing is changed.
    pub async fn install(&self, request: Request) -> Result<Arc<Serving>, ChangeError> {
        let in_force = self.sources.lock().await;
        let prepared = self.registry.prepare(request, self.clock.now()).await?;
        let config = self.compile(&in_force, Some(&prepared.serving)).map_err(ChangeError::WouldBreak)?;
        let serving = self.registry.install(prepared, self.clock.now())?;
        self.adopt(config).await?;
        self.changed(&serving, "serves").await;
        Ok(serving)
    }

    /// Goes back to what served before.
    ///
    /// # Errors
    /// As [`Self::install`].
    pub async fn rollback(&self, name: &PluginName) -> Result<Arc<Serving>, ChangeError> {
        let in_force = self.sources.lock().await;
        let prepared = self.registry.prepare_rollback(name).await?;
        let config = self.compile(&in_force, Some(&prepared.serving)).map_err(ChangeError::WouldBreak)?;
        let serving = self.registry.install(prepared, self.clock.now())?;
        self.adopt(config).await?;
        self.changed(&serving, "serves again").await;
        Ok(serving)
    }

    /// Those who watch are told, and whoever looks for the cause of an incident.
    async fn changed(&self, plugin: &Serving, what: &str) {
        let (name, now) = (&plugin.manifest.name, self.clock.now());
        self.board.plugin_changed(name);
        let told = Contribution {
            kind: "plugin".to_owned(),
            summary: format!("the plugin {name} {} {what}", plugin.manifest.version),
            at: now,
            by: NODE.to_owned(),
            labels: Labels::overlay([("plugin", name.as_str())]),
            url: None,
        };
        let id = ContributionId::new(uuid::Uuid::now_v7().to_string());
        // A pipeline that has stopped has no incidents to explain.
        let _stopped = self.events.send(Event::Contributed(id, Arc::new(told))).await;
    }

    /// Takes out a plugin that nothing uses.
    ///
    /// # Errors
    /// If checks or detectors use it, or there is none.
    pub async fn remove(&self, name: &PluginName) -> Result<Arc<Serving>, ChangeError> {
        let _in_force = self.sources.lock().await;
        let users = users(&self.config.borrow(), name);
        if !users.is_empty() {
            return Err(ChangeError::InUse { plugin: name.clone(), users });
        }
        let removed = self.registry.remove(name)?;
        self.metrics.forget_plugin(name);
        self.changed(&removed, "was removed").await;
        Ok(removed)
    }

    fn compile(&self, sources: &Files, with: Option<&Serving>) -> Result<Config, ConfigErrors> {
        let config = config::compile(sources, &registry::catalog(&self.registry, with), &self.defaults)?;
        Ok(self.settings.over(config))
    }

    /// Puts a valid configuration in force: the state first, so that it knows a check before its first run ends.
    async fn adopt(&self, config: Config) -> Result<Reloaded, ChangeError> {
        let config = Arc::new(config);
        let mut reloaded = difference(&self.config.borrow(), &config);
        reloaded.warnings = self.secrets.read(&config.secrets);
        if let Err(error) = self.auth.replace(&config.tokens) {
            reloaded.warnings.push(format!("the tokens in force stay: {}", registry::chain(&error)));
        }
        self.runner.sample_transcripts(config.retention.transcript_sample);
        self.keeper.retain(|check| config.checks.contains_key(check));
        let stopping = |_| ChangeError::Stopping;
        self.events.send(Event::Configured(Arc::clone(&config))).await.map_err(|_| ChangeError::Stopping)?;
        self.scheduler.send(Command::Configure(Arc::clone(&config))).await.map_err(stopping)?;
        self.config.send_replace(config);
        Ok(reloaded)
    }
}

fn users(config: &Config, plugin: &PluginName) -> Vec<String> {
    let checks = config.checks.values().filter(|check| check.plugin == *plugin);
    let detectors = config.detectors.values().filter(|detector| detector.plugin == *plugin);
    let receivers = config.alerting.receivers.values().filter(|receiver| {
        let uses = |kind: &Kind| matches!(kind, Kind::Notifier(notifier) if notifier.plugin == *plugin);
        receiver.integrations.iter().any(|integration| uses(&integration.kind))
    });
    let checks = checks.map(|check| format!("the check `{}`", check.name));
    let detectors = detectors.map(|detector| format!("the detector `{}`", detector.name));
    let receivers = receivers.map(|receiver| format!("the receiver `{}`", receiver.name));
    checks.chain(detectors).chain(receivers).collect()
}

fn difference(before: &Config, after: &Config) -> Reloaded {
    let names = |config: &Config| config.checks.keys().cloned().collect::<BTreeSet<_>>();
    let (old, new) = (names(before), names(after));
    let is_changed =
        |name: &&CheckName| before.checks.get(*name).map(without_place) != after.checks.get(*name).map(without_place);
    let mut after_restart = Vec::new();
    for (key, differs) in [
        ("node.name", before.node != after.node),
        ("listen", before.listen != after.listen),
        ("data", before.data != after.data),
        ("concurrency", before.concurrency != after.concurrency),
        ("network", before.network != after.network),
    ] {
        if differs {
            after_restart.push(key);
        }
    }
    Reloaded {
        added: new.difference(&old).cloned().collect(),
        removed: old.difference(&new).cloned().collect(),
        changed: new.intersection(&old).filter(is_changed).cloned().collect(),
        after_restart,
        warnings: Vec::new(),
    }
}

/// A check that only moved within its file has not changed.
fn without_place(check: &Check) -> Check {
    let mut check = check.clone();
    check.place.line = 0;
    check.place.column = 0;
    check
}

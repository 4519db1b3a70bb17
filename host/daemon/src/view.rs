//! The node as HTTP sees it: what the board, the registry and the store hold, in wire types, and what may be asked of
//! the node. Decides nothing.

use std::sync::Arc;

use bytes::Bytes;
use tocsin_api as api;
use tocsin_core::config::{Check, Config};
use tocsin_core::health::HealthStatus;
use tocsin_core::id::{CheckName, PluginName, RunId};
use tocsin_core::remediation::simulate::Seen;
use tocsin_core::slo::{Counts, SeriesKey, Slot};
use tocsin_core::time::Timestamp;
use tocsin_store::Store;
use tokio::sync::{Notify, broadcast, oneshot, watch};

use crate::alerts::Alerts;
use crate::board::{Board, Post};
use crate::control::{ChangeError, Control};
use crate::http::{Answer, NodeView, Upload, Who, wire};
use crate::metrics::Metrics;
use crate::registry::{Registry, Request, Serving, chain};
use crate::scheduler::Command;

mod audit;
mod check;
mod news;
mod plugin;
mod problem;
mod words;

/// The node's window. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Node {
    control: Arc<Control>,
    board: Arc<Board>,
    registry: Arc<Registry>,
    store: Store,
    metrics: Arc<Metrics>,
    alerts: Alerts,
    config: watch::Receiver<Arc<Config>>,
    started_at: Timestamp,
    changes: broadcast::Sender<Arc<api::Change>>,
    /// Somebody began to listen to the changes.
    listened: Arc<Notify>,
}

/// Changes that a slow reader may fall behind before it is told to read everything anew.
const CHANGES_QUEUE: usize = 16_384;
/// Runs listed with a check.
const RUNS_LISTED: usize = 50;
/// Of a check, for a simulation: a day of one that runs every other second.
const RUNS_REPLAYED: usize = 50_000;

impl Node {
    #[must_use]
    pub fn new(
        control: Arc<Control>,
        board: Arc<Board>,
        registry: Arc<Registry>,
        store: Store,
        metrics: Arc<Metrics>,
        alerts: Alerts,
        config: watch::Receiver<Arc<Config>>,
    ) -> Self {
        let started_at = control.clock.now();
        let (changes, listened) = (broadcast::channel(CHANGES_QUEUE).0, Arc::default());
        Self { control, board, registry, store, metrics, alerts, config, started_at, changes, listened }
    }

    fn config(&self) -> Arc<Config> {
        Arc::clone(&self.config.borrow())
    }

    /// Reads from the store, off the async threads.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Store) -> Result<T, tocsin_store::StoreError> + Send + 'static,
    ) -> Result<T, api::Problem> {
        let store = self.store.clone();
        let read = tokio::task::spawn_blocking(move || read(&store)).await;
        match read {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => Err(api::Problem::new(api::Code::Internal, chain(&error))),
            Err(error) => Err(api::Problem::new(api::Code::Internal, chain(&error))),
        }
    }

    fn summary(&self, check: &Check, post: &Post) -> api::CheckSummary {
        check::summary(check, post, &self.config().node, self.control.clock.now(), self.started_at)
    }

    fn plugin(&self, serving: &Serving) -> api::PluginSummary {
        let (config, lock) = (self.config(), self.registry.lock());
        let cost = self.metrics.plugin_cost(&serving.manifest.name, self.control.clock.now());
        plugin::summary(serving, &lock, &config, cost)
    }

    fn installed(&self, serving: &Serving, replaced: Option<&Serving>) -> api::Installed {
        api::Installed { plugin: self.plugin(serving), replaced: replaced.map(|replaced| self.plugin(replaced)) }
    }
}

impl NodeView for Node {
    fn status(&self) -> api::Status {
        let now = self.control.clock.now();
        let mut checks = api::CheckCounts::default();
        for status in self.board.each(|_, post| post.status()) {
            checks.total += 1;
            let count = match status {
                HealthStatus::Ok => &mut checks.ok,
                HealthStatus::Warning => &mut checks.warning,
                HealthStatus::Critical => &mut checks.critical,
                HealthStatus::Unknown => &mut checks.unknown,
                HealthStatus::Stale => &mut checks.stale,
            };
            *count += 1;
        }
        api::Status {
            node: self.config().node.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            uptime_seconds: now.since(self.started_at).as_secs(),
            plugins: self.registry.serving().len() as u64,
            checks,
            alerts: {
                let counts = self.alerts.counts();
                api::AlertCounts { pending: counts.pending, firing: counts.firing }
            },
            incidents: api::IncidentCounts { open: self.alerts.incidents_open() },
            runs: self.metrics.runs(now),
        }
    }

    fn not_ready(&self) -> Option<String> {
        if self.control.scheduler.is_closed() {
            return Some("the node is shutting down".to_owned());
        }
        self.metrics.is_store_failing().then(|| "the store cannot keep the node's state".to_owned())
    }

    fn checks(&self) -> Vec<api::CheckSummary> {
        let config = self.config();
        let summaries = self.board.each(|name, post| Some(self.summary(config.checks.get(name)?, post)));
        summaries.into_iter().flatten().collect()
    }

    fn recent(&self, check: &CheckName) -> Vec<api::RecentRun> {
        self.board.post(check).map(|post| post.recent.iter().map(check::recent).collect()).unwrap_or_default()
    }

    fn check<'a>(&'a self, name: &'a CheckName) -> Answer<'a, api::CheckDetail> {
        Box::pin(async move {
            let config = self.config();
            let (Some(check), Some(post)) = (config.checks.get(name), self.board.post(name)) else {
                return Err(problem::no_check(name));
            };
            let wanted = name.clone();
            let runs = self.read(move |store| store.recent_runs(&wanted, RUNS_LISTED)).await?;
            Ok(check::detail(check, &post, &runs, self.summary(check, &post)))
        })
    }

    fn plugins(&self) -> Vec<api::PluginSummary> {
        self.registry.serving().values().map(|serving| self.plugin(serving)).collect()
    }

    fn recorded<'a>(&'a self, series: &'a SeriesKey, first: Slot, last: Slot) -> Answer<'a, Vec<(Slot, Counts)>> {
        let series = series.clone();
        Box::pin(self.read(move |store| store.slo_recorded(&series, first, last)))
    }

    fn seen<'a>(&'a self, check: &'a CheckName) -> Answer<'a, Vec<Seen>> {
        let wanted = check.clone();
        Box::pin(async move {
            let mut runs = self.read(move |store| store.recent_runs(&wanted, RUNS_REPLAYED)).await?;
            runs.reverse();
            let seen = runs.iter().map(|run| Seen { at: run.record.finished_at(), status: run.record.status() });
            Ok(seen.collect())
        })
    }

    fn detectors(&self) -> Answer<'_, api::Detectors> {
        Box::pin(async move {
            let config = self.config();
            let detectors = config.detectors.values().map(|detector| {
                check::detector(
                    detector,
                    self.board.detector(&detector.name),
                    self.board.detector_ended(&detector.name),
                )
            });
            let anomalies = self.board.anomalies().iter().map(|anomaly| wire::anomaly(anomaly)).collect();
            Ok(api::Detectors { detectors: detectors.collect(), anomalies })
        })
    }

    fn run<'a>(&'a self, id: &'a RunId) -> Answer<'a, api::Run> {
        Box::pin(async move {
            let wanted = id.clone();
            let found = self.read(move |store| store.run(&wanted)).await;
            let found = found.map_err(|_| problem::no_run(id))?.ok_or_else(|| problem::no_run(id))?;
            Ok(wire::run(&found.record))
        })
    }

    fn transcript<'a>(&'a self, id: &'a RunId) -> Answer<'a, Bytes> {
        Box::pin(async move {
            let wanted = id.clone();
            let found = self.read(move |store| store.transcript(&wanted)).await?;
            found.map(Bytes::from).ok_or_else(|| problem::no_transcript(id))
        })
    }

    fn component_of<'a>(&'a self, id: &'a RunId) -> Answer<'a, Bytes> {
        Box::pin(async move {
            let wanted = id.clone();
            let found = self.read(move |store| store.run(&wanted)).await;
            let found = found.map_err(|_| problem::no_run(id))?.ok_or_else(|| problem::no_run(id))?;
            let (registry, digest) = (Arc::clone(&self.registry), found.record.digest.clone());
            let read = tokio::task::spawn_blocking(move || registry.component(&digest)).await;
            let bytes = read.ok().flatten();
            bytes.map(Bytes::from).ok_or_else(|| problem::no_component(&found.record.plugin, &found.record.digest))
        })
    }

    fn subscribe(&self) -> broadcast::Receiver<Arc<api::Change>> {
        let changes = self.changes.subscribe();
        self.listened.notify_one();
        changes
    }

    fn run_check<'a>(&'a self, name: &'a CheckName, _who: &'a Who) -> Answer<'a, api::Run> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let command = Command::RunNow { check: name.clone(), reply };
            self.control.scheduler.send(command).await.map_err(|_| problem::stopping())?;
            let record = answer.await.map_err(|_| problem::stopping())?;
            record.map(|record| wire::run(&record)).ok_or_else(|| problem::no_check(name))
        })
    }

    fn install(&self, upload: Upload, who: Who) -> Answer<'_, api::Installed> {
        Box::pin(async move {
            let request = Request {
                bytes: upload.component.to_vec(),
                source: upload.source.unwrap_or_default(),
                digest: upload.digest.map(tocsin_core::id::Digest::new),
                grant: upload.grant,
                trust: upload.trust,
                allow_unsigned: upload.allow_unsigned,
                by: who.name,
            };
            let before = self.registry.serving();
            let offered = plugin::offer(&request.bytes, request.grant.as_ref(), &self.registry);
            match self.control.install(request).await {
                Ok(serving) => {
                    let replaced = before.get(&serving.manifest.name).map(AsRef::as_ref);
                    Ok(self.installed(&serving, replaced))
                }
                Err(error) => Err(problem::change(&error, offered)),
            }
        })
    }

    fn remove<'a>(&'a self, name: &'a PluginName, _who: &'a Who) -> Answer<'a, api::PluginSummary> {
        Box::pin(async move {
            let before = self.registry.serving().get(name).map(|serving| self.plugin(serving));
            self.control.remove(name).await.map_err(|error| problem::change(&error, None))?;
            before.ok_or_else(|| problem::no_plugin(name))
        })
    }

    fn rollback<'a>(&'a self, name: &'a PluginName, _who: &'a Who) -> Answer<'a, api::Installed> {
        Box::pin(async move {
            let before = self.registry.serving();
            let serving = self.control.rollback(name).await.map_err(|error| problem::change(&error, None))?;
            Ok(self.installed(&serving, before.get(name).map(AsRef::as_ref)))
        })
    }

    fn reload<'a>(&'a self, _who: &'a Who) -> Answer<'a, api::Reloaded> {
        Box::pin(async move {
            let reloaded = self.control.reload().await.map_err(|error: ChangeError| problem::change(&error, None))?;
            Ok(words::reloaded(&reloaded, &self.config()))
        })
    }
}

//! What the daemon counts about itself, under the names it shows them: all metric names stand here and in
//! [`scrape`]. Labels are bounded by the configuration. Knows nothing of how anything is decided.

mod alerts;
mod incidents;
mod meter;
mod notifications;
mod scrape;
mod slos;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus::core::Collector;
use prometheus::{
    CounterVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry,
};
use tocsin_api as api;
use tocsin_core::id::{DetectorName, PluginName, ReceiverName};
use tocsin_core::notify::Cause;
use tocsin_core::run::{RunCause, RunCost, RunOutcome, RunRecord};
use tocsin_core::time::Timestamp;

pub use alerts::AlertMeters;
use meter::Meter;
use notifications::Notifications;

/// From a tenth of a millisecond to a minute.
const RUN_BUCKETS: &[f64] = &[0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0];
/// From a tenth of a millisecond to ten seconds.
const LATENESS_BUCKETS: &[f64] = &[0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 1.0, 10.0];

/// Counters that live as long as the daemon. Cheap to count from any thread.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    runs: IntCounterVec,
    run_seconds: HistogramVec,
    cpu_seconds: CounterVec,
    host_calls: IntCounterVec,
    lateness_seconds: Histogram,
    skipped: IntCounter,
    shed: IntCounter,
    history_shed: IntCounter,
    store_failing: IntGauge,
    detector_runs: IntCounterVec,
    notifications: Notifications,
    http_requests: IntCounterVec,
    event_streams: IntGauge,
    meters: Mutex<Meters>,
    pub alerts: AlertMeters,
}

/// What `/status` and `/plugins` show: the last minute, which the monotonous counters cannot tell.
#[derive(Debug, Default)]
struct Meters {
    all: Meter,
    plugins: HashMap<PluginName, PluginMeter>,
}

#[derive(Debug, Default)]
struct PluginMeter {
    wall: Meter,
    cpu_us: u64,
    outcomes: BTreeMap<&'static str, u64>,
}

impl Metrics {
    /// # Errors
    /// If a name stands twice or is malformed: a bug of this module.
    pub fn new() -> prometheus::Result<Self> {
        let all = &Registry::new();
        let metrics = Self {
            runs: counters(
                all,
                "tocsin_runs_total",
                "Runs that ended, by plugin and outcome.",
                &["plugin", "outcome"],
            )?,
            run_seconds: kept(
                all,
                HistogramVec::new(
                    HistogramOpts::new("tocsin_run_duration_seconds", "Wall time of a run.")
                        .buckets(RUN_BUCKETS.into()),
                    &["plugin"],
                )?,
            )?,
            cpu_seconds: kept(
                all,
                CounterVec::new(
                    Opts::new("tocsin_run_cpu_seconds_total", "CPU time that the plugins' own code took."),
                    &["plugin"],
                )?,
            )?,
            host_calls: counters(all, "tocsin_host_calls_total", "Calls of plugins to the host.", &["plugin"])?,
            lateness_seconds: kept(
                all,
                Histogram::with_opts(
                    HistogramOpts::new("tocsin_run_start_latency_seconds", "How late scheduled runs started.")
                        .buckets(LATENESS_BUCKETS.into()),
                )?,
            )?,
            skipped: counter(all, "tocsin_runs_skipped_total", "Runs skipped because the one before had not ended.")?,
            shed: counter(all, "tocsin_runs_shed_total", "Runs left out because the node was short of room.")?,
            history_shed: counter(all, "tocsin_history_shed_total", "Run records lost because the store was behind.")?,
            store_failing: gauge(all, "tocsin_store_failing", "1 while the store cannot commit what changed.")?,
            detector_runs: counters(
                all,
                "tocsin_detector_runs_total",
                "Detector runs that ended, by detector and outcome.",
                &["detector", "outcome"],
            )?,
            notifications: Notifications::new(all)?,
            http_requests: counters(
                all,
                "tocsin_http_requests_total",
                "HTTP requests answered, by route and status.",
                &["method", "route", "status"],
            )?,
            event_streams: gauge(all, "tocsin_event_streams", "Event streams open now.")?,
            alerts: AlertMeters::new(all)?,
            registry: all.clone(),
            meters: Mutex::default(),
        };
        let build =
            IntGaugeVec::new(Opts::new("tocsin_build_info", "Always 1; the version as a label."), &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        kept(all, build)?;
        Ok(metrics)
    }

    pub fn run_ended(&self, run: &RunRecord) {
        self.plugin_ran(&run.plugin, &run.outcome, run.cost, run.finished_at());
        if run.cause == RunCause::Schedule {
            self.lateness_seconds.observe(run.started_at.since(run.due_at).as_secs_f64());
        }
    }

    /// One run of a detector of this plugin.
    pub fn detector_ended(
        &self,
        detector: &DetectorName,
        plugin: &PluginName,
        outcome: &RunOutcome,
        cost: RunCost,
        at: Timestamp,
    ) {
        self.detector_runs.with_label_values(&[detector.as_str(), outcome.as_str()]).inc();
        self.plugin_ran(plugin, outcome, cost, at);
    }

    /// A plugin that ended a call to plan a repair.
    pub fn action_ended(&self, plugin: &PluginName, outcome: &RunOutcome, cost: RunCost, at: Timestamp) {
        self.plugin_ran(plugin, outcome, cost, at);
    }

    /// A plugin that ended a call to carry a notification.
    pub fn notifier_ended(&self, plugin: &PluginName, outcome: &RunOutcome, cost: RunCost, at: Timestamp) {
        self.plugin_ran(plugin, outcome, cost, at);
    }

    /// One attempt to notify, and what failed in it.
    pub fn notified(&self, integration: &str, receiver: &ReceiverName, took: Duration, failed: Option<Cause>) {
        self.notifications.ended(integration, receiver, took, failed);
    }

    /// How many attempts ended, and how many failed so.
    #[cfg(test)]
    pub(crate) fn attempts(&self, integration: &str, receiver: &str, failed: Cause) -> (u64, u64) {
        self.notifications.attempts(integration, receiver, failed)
    }

    /// A receiver's queue was full.
    pub fn notice_dropped(&self, receiver: &ReceiverName) {
        self.notifications.postponed(receiver);
    }

    fn plugin_ran(&self, plugin: &PluginName, outcome: &RunOutcome, cost: RunCost, at: Timestamp) {
        let (name, outcome) = (plugin.as_str(), outcome.as_str());
        self.runs.with_label_values(&[name, outcome]).inc();
        self.run_seconds.with_label_values(&[name]).observe(seconds(cost.wall_us));
        self.cpu_seconds.with_label_values(&[name]).inc_by(seconds(cost.cpu_us));
        self.host_calls.with_label_values(&[name]).inc_by(cost.host_calls.into());
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        meters.all.record(at, cost.wall_us);
        if !meters.plugins.contains_key(plugin) {
            meters.plugins.insert(plugin.clone(), PluginMeter::default());
        }
        if let Some(meter) = meters.plugins.get_mut(plugin) {
            meter.wall.record(at, cost.wall_us);
            meter.cpu_us = meter.cpu_us.saturating_add(cost.cpu_us);
            *meter.outcomes.entry(outcome).or_default() += 1;
        }
    }

    /// A run was due while the one before was under way, and the check's overrun policy left it out.
    pub fn skipped(&self) {
        self.skipped.inc();
    }

    /// A run was due and the node had no room for it.
    pub fn shed(&self) {
        self.shed.inc();
    }

    pub fn history_shed(&self, records: usize) {
        self.history_shed.inc_by(u64::try_from(records).unwrap_or(u64::MAX));
    }

    pub fn store_failing(&self, failing: bool) {
        self.store_failing.set(failing.into());
    }

    #[must_use]
    pub fn is_store_failing(&self) -> bool {
        self.store_failing.get() != 0
    }

    /// `route` is the pattern, never the path: paths are without bound.
    pub fn http_answered(&self, method: &str, route: &str, status: u16) {
        self.http_requests.with_label_values(&[method, route, &status.to_string()]).inc();
    }

    /// Counts an event stream until the guard is dropped.
    #[must_use]
    pub fn event_stream(&self) -> StreamGuard {
        self.event_streams.inc();
        StreamGuard(self.event_streams.clone())
    }

    /// The last minute of all plugins together.
    #[must_use]
    pub fn runs(&self, now: Timestamp) -> api::RunCounts {
        let meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        let (total, last) = (meters.all.total(), meters.all.last_minute(now));
        api::RunCounts { total, per_second: last.per_second, p50_us: last.p50_us, p99_us: last.p99_us }
    }

    /// What one plugin cost; all zero before its first run.
    #[must_use]
    pub fn plugin_cost(&self, plugin: &PluginName, now: Timestamp) -> api::PluginCost {
        let meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(meter) = meters.plugins.get(plugin) else { return api::PluginCost::default() };
        let last = meter.wall.last_minute(now);
        api::PluginCost {
            runs: meter.wall.total(),
            per_second: last.per_second,
            p50_us: last.p50_us,
            p99_us: last.p99_us,
            cpu_us: meter.cpu_us,
            outcomes: meter.outcomes.iter().map(|(outcome, runs)| ((*outcome).to_owned(), *runs)).collect(),
        }
    }

    /// Ends the series of a plugin that was removed, so that a node's labels do not grow for ever.
    pub fn forget_plugin(&self, plugin: &PluginName) {
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        let forgotten = meters.plugins.remove(plugin);
        for outcome in forgotten.iter().flat_map(|meter| meter.outcomes.keys()) {
            // One that is not there is what is wanted.
            let _gone = self.runs.remove_label_values(&[plugin.as_str(), outcome]);
        }
        let _gone = self.run_seconds.remove_label_values(&[plugin.as_str()]);
        let _gone = self.cpu_seconds.remove_label_values(&[plugin.as_str()]);
        let _gone = self.host_calls.remove_label_values(&[plugin.as_str()]);
    }
}

/// An open event stream.
#[derive(Debug)]
pub struct StreamGuard(IntGauge);

impl Drop for StreamGuard {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn seconds(micros: u64) -> f64 {
    Duration::from_micros(micros).as_secs_f64()
}

fn kept<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> prometheus::Result<C> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

fn counter(registry: &Registry, name: &str, help: &str) -> prometheus::Result<IntCounter> {
    kept(registry, IntCounter::new(name, help)?)
}

fn counters(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntCounterVec> {
    kept(registry, IntCounterVec::new(Opts::new(name, help), labels)?)
}

fn gauge(registry: &Registry, name: &str, help: &str) -> prometheus::Result<IntGauge> {
    kept(registry, IntGauge::new(name, help)?)
}

//! Writes history behind: run records, samples, transcripts and what plugins keep, in batches of at most a second.
//! What the disk cannot take is shed and counted; the pipeline never waits for it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tocsin_core::anomaly::{Sample, SeriesKey};
use tocsin_core::config::Config;
use tocsin_core::id::{DetectorName, MetricName};
use tocsin_core::run::RunRecord;
use tocsin_sandbox::WallClock;
use tocsin_store::{NewRun, NewSample, PluginState, SampleLog as _, Store, StoreError};
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;

use crate::metrics::Metrics;
use crate::pipeline::Report;
use crate::registry::chain;

/// What reaches the recorder, in order.
#[derive(Debug)]
pub enum Entry {
    Run(Box<Report>),
    /// Wakes the detector once everything before this entry is written.
    Wake(DetectorName),
}

/// At most this much history is lost with the power.
const FLUSH_EVERY: Duration = Duration::from_millis(500);
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// After history was shed, or a sweep left more to do: the sooner there is room, the less is lost.
const SWEEP_SOON: Duration = Duration::from_secs(2);
/// A batch is written early when it has grown to this many entries: a commit of state waits for it.
const BATCH_MAX: usize = 4_000;

pub struct Recorder {
    pub clock: Arc<dyn WallClock>,
    pub store: Store,
    pub metrics: Arc<Metrics>,
    pub config: watch::Receiver<Arc<Config>>,
    pub detection: mpsc::Sender<DetectorName>,
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

impl Recorder {
    /// Runs until the pipeline is gone and everything is written.
    pub async fn run(self, mut entries: mpsc::Receiver<Entry>) {
        let mut flush = tokio::time::interval(FLUSH_EVERY);
        let mut sweep = tokio::time::interval(SWEEP_EVERY);
        flush.set_missed_tick_behavior(MissedTickBehavior::Delay);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut batch = Vec::new();
        let mut sweeps_soon = false;
        loop {
            let room = BATCH_MAX - batch.len();
            tokio::select! {
                biased;
                _ = flush.tick() => {
                    let shed = self.flush(&mut batch).await;
                    if shed && !sweeps_soon {
                        sweeps_soon = true;
                        sweep.reset_after(SWEEP_SOON);
                    }
                }
                _ = sweep.tick() => {
                    sweeps_soon = self.sweep().await;
                    if sweeps_soon {
                        sweep.reset_after(SWEEP_SOON);
                    }
                }
                count = entries.recv_many(&mut batch, room) => {
                    if count == 0 {
                        break;
                    }
                    if batch.len() >= BATCH_MAX {
                        self.flush(&mut batch).await;
                    }
                }
            }
        }
        self.flush(&mut batch).await;
    }

    /// Whether anything had to be shed.
    async fn flush(&self, batch: &mut Vec<Entry>) -> bool {
        if batch.is_empty() {
            return false;
        }
        let (history, woken) = History::of(std::mem::take(batch));
        let count = history.runs.len();
        let store = self.store.clone();
        let written = tokio::task::spawn_blocking(move || history.write(&store)).await;
        let shed = match written {
            Ok(Ok(shed)) => shed,
            Ok(Err(error)) => {
                tracing::warn!(runs = count, error = chain(&error), "history was shed");
                count
            }
            Err(error) => {
                tracing::error!(runs = count, error = chain(&error), "the store's thread fell");
                count
            }
        };
        self.metrics.history_shed(shed);
        for detector in woken {
            // One that finds the queue full is woken again with the check's next run.
            let _full = self.detection.try_send(detector);
        }
        shed > 0
    }

    /// Whether there is more to do.
    async fn sweep(&self) -> bool {
        let (store, now, retention) = (self.store.clone(), self.clock.now(), self.config.borrow().retention.clone());
        match tokio::task::spawn_blocking(move || store.sweep(now, &retention)).await {
            Ok(Ok(swept)) => {
                tracing::debug!(?swept, "retention");
                return swept.more;
            }
            Ok(Err(error)) => tracing::warn!(error = chain(&error), "retention failed"),
            Err(error) => tracing::error!(error = chain(&error), "the store's thread fell"),
        }
        false
    }
}

/// One flush's worth.
#[derive(Default)]
struct History {
    runs: Vec<NewRun>,
    samples: Vec<NewSample>,
    plugin_states: Vec<PluginState>,
}

impl History {
    fn of(entries: Vec<Entry>) -> (Self, BTreeSet<DetectorName>) {
        let (mut history, mut woken) = (Self::default(), BTreeSet::new());
        for entry in entries {
            match entry {
                Entry::Wake(detector) => drop(woken.insert(detector)),
                Entry::Run(report) => history.add(*report),
            }
        }
        (history, woken)
    }

    fn add(&mut self, report: Report) {
        let Report { record, transcript, state } = report;
        self.samples.extend(samples(&record));
        if let Some((plugin, entries)) = state {
            self.plugin_states.push(PluginState { plugin, check: record.check.clone(), entries });
        }
        self.runs.push(NewRun { record, transcript });
    }

    /// Runs that had to be shed for want of room.
    fn write(self, store: &Store) -> Result<usize, StoreError> {
        let runs = store.append_runs(&self.runs)?;
        store.append(&self.samples)?;
        store.save_plugin_states(&self.plugin_states)?;
        Ok(runs.shed)
    }
}

/// A completed run's metrics, each as a sample of its series at the time the run was due: the grid, not the jitter.
fn samples(record: &RunRecord) -> impl Iterator<Item = NewSample> + '_ {
    let metrics = record.observation.iter().flat_map(|observation| &observation.metrics);
    metrics.map(|metric| NewSample {
        key: SeriesKey {
            check: record.check.clone(),
            metric: MetricName::new(&metric.name),
            labels: metric.labels.clone(),
        },
        unit: metric.unit.clone(),
        sample: Sample { at: record.due_at, value: Some(metric.value) },
    })
}

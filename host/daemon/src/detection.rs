//! Runs detectors when they are woken: shows each what is new in its series and hands the verdict to the pipeline.
//! A wake-up carries nothing: whoever is woken looks at what is stored. Decides nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tocsin_core::anomaly::{self, Detection, Sample, Series};
use tocsin_core::config::{Config, Detector, Schedule};
use tocsin_core::id::{CheckName, DetectorName, MetricName};
use tocsin_core::pipeline::{DetectorRun, DetectorState, Event};
use tocsin_core::run::RunOutcome;
use tocsin_core::time::Timestamp;
use tocsin_sandbox::{Call, DetectorInput};
use tocsin_store::{SampleLog as _, SeriesInfo, Store, StoreError};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::board::Board;
use crate::metrics::Metrics;
use crate::registry::{Registry, chain};
use crate::secrets::NodeSecrets;
use crate::tasks::Tasks;

/// What a run of any detector needs; one, shared.
pub struct Judge {
    pub store: Store,
    pub registry: Arc<Registry>,
    pub secrets: Arc<NodeSecrets>,
    pub board: Arc<Board>,
    pub metrics: Arc<Metrics>,
    pub config: watch::Receiver<Arc<Config>>,
    pub events: mpsc::Sender<Event>,
}

impl std::fmt::Debug for Judge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judge").finish_non_exhaustive()
    }
}

/// A detector that slept is shown at most this many samples of a series, the newest.
const SAMPLES_MAX: usize = 10_000;
/// Wake-ups and ends that wait to be looked at.
const ENDED_QUEUE: usize = 1_024;

/// Runs until `stopping`. A detector runs once at a time; one woken meanwhile runs again.
pub async fn run(
    judge: Arc<Judge>,
    tasks: Tasks,
    mut woken: mpsc::Receiver<DetectorName>,
    stopping: CancellationToken,
) {
    let (ended_sender, mut ended) = mpsc::channel::<DetectorName>(ENDED_QUEUE);
    // The value: woken again while it ran.
    let mut running: BTreeMap<DetectorName, bool> = BTreeMap::new();
    loop {
        let start = tokio::select! {
            biased;
            () = stopping.cancelled() => break,
            Some(name) = ended.recv() => running.remove(&name).unwrap_or(false).then_some(name),
            Some(name) = woken.recv() => match running.get_mut(&name) {
                Some(again) => { *again = true; None }
                None => Some(name),
            },
            else => break,
        };
        let Some(name) = start else { continue };
        running.insert(name.clone(), false);
        let (judge, ended, stopping) = (Arc::clone(&judge), ended_sender.clone(), stopping.clone());
        tasks.run(async move {
            judge.detect(&name, stopping).await;
            // Nobody listens once the room has stopped.
            let _stopped = ended.send(name).await;
        });
    }
}

impl Judge {
    async fn detect(&self, name: &DetectorName, cancel: CancellationToken) {
        let config = Arc::clone(&self.config.borrow());
        let Some(detector) = config.detectors.get(name) else { return };
        let before = self.board.detector(name).unwrap_or_default();
        let series = match self.series(&config, detector, &before).await {
            Ok(series) if series.is_empty() => return,
            Ok(series) => series,
            Err(error) => {
                tracing::warn!(detector = %name, error = chain(&error), "no samples to judge");
                return;
            }
        };
        let judged_until = newest(&series).unwrap_or(before.judged_until);
        let (outcome, detection) = self.call(detector, series, before, cancel).await;
        if !outcome.is_completed() {
            tracing::warn!(detector = %name, plugin = %detector.plugin, "{outcome}");
        }
        let run = DetectorRun { detector: name.clone(), judged_until, outcome, detection };
        // A pipeline that has closed judges the same samples again after the restart.
        let _closed = self.events.send(Event::DetectorFinished(Arc::new(run))).await;
    }

    async fn call(
        &self,
        detector: &Detector,
        series: Vec<Series>,
        before: DetectorState,
        cancel: CancellationToken,
    ) -> (RunOutcome, Option<Detection>) {
        let plugin = match self.registry.plugin(&detector.plugin) {
            Ok(plugin) => plugin,
            Err(message) => return (RunOutcome::HostError { message }, None),
        };
        let call = Call {
            rights: Arc::new(detector.rights.clone()),
            limits: detector.limits,
            secrets: Arc::clone(&self.secrets) as Arc<dyn tocsin_sandbox::Secrets>,
            state: BTreeMap::new(),
            cancel,
        };
        let input = DetectorInput {
            detector: detector.name.clone(),
            config: detector.config.to_string().into(),
            series,
            snapshot: before.snapshot,
        };
        let run = plugin.detect(call, input).await;
        self.metrics.detector_ended(&detector.name, &detector.plugin, &run.outcome, run.cost, run.started_at);
        (run.outcome, run.value)
    }

    /// What the detector has not judged yet; nothing if nothing is new.
    async fn series(
        &self,
        config: &Config,
        detector: &Detector,
        before: &DetectorState,
    ) -> Result<Vec<Series>, StoreError> {
        let interval_ms = config.checks.get(&detector.check).map_or(0, |check| match &check.schedule {
            Schedule::Every(interval) => u64::try_from(interval.as_millis()).unwrap_or(0),
            Schedule::Cron(_) => 0,
        });
        let (store, check, metric) = (self.store.clone(), detector.check.clone(), detector.metric.clone());
        let judged_until = before.judged_until;
        let read = tokio::task::spawn_blocking(move || unjudged(&store, &check, &metric, judged_until));
        let found = read.await.unwrap_or_else(|error| {
            tracing::error!(error = chain(&error), "the store's thread fell");
            Ok(Vec::new())
        })?;
        let after = (judged_until > Timestamp::default()).then_some(judged_until);
        Ok(found
            .into_iter()
            .map(|(SeriesInfo { key, unit }, samples)| Series {
                key,
                unit,
                interval_ms,
                samples: anomaly::with_gaps(after, samples, interval_ms),
            })
            .collect())
    }
}

/// Each series of the metric that has samples after `judged_until`, the newest of them.
fn unjudged(
    store: &Store,
    check: &CheckName,
    metric: &MetricName,
    judged_until: Timestamp,
) -> Result<Vec<(SeriesInfo, Vec<Sample>)>, StoreError> {
    let mut found = Vec::new();
    for info in store.series_of(check).into_iter().filter(|info| info.key.metric == *metric) {
        let from = judged_until.after(Duration::from_millis(1));
        let mut samples = store.range(&info.key, from, Timestamp::from_millis(i64::MAX))?;
        samples.drain(..samples.len().saturating_sub(SAMPLES_MAX));
        if !samples.is_empty() {
            found.push((info, samples));
        }
    }
    Ok(found)
}

fn newest(series: &[Series]) -> Option<Timestamp> {
    series.iter().filter_map(|series| series.samples.last()).map(|sample| sample.at).max()
}

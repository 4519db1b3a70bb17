//! Carries out one run of a check: finds the plugin, calls the sandbox, keeps what came of it and tells the pipeline.
//! Decides nothing about the target.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tocsin_core::capability::Rights;
use tocsin_core::config::{Check, Overrun, Priority};
use tocsin_core::id::{CheckName, Digest, PluginName, RunId};
use tocsin_core::limits::Limits;
use tocsin_core::observation::{Observation, Status};
use tocsin_core::run::{RunCause, RunOutcome, RunRecord};
use tocsin_core::time::Timestamp;
use tocsin_sandbox::{Call, Plugin, ProbeInput, Run, WallClock};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::keeper::Keeper;
use crate::metrics::Metrics;
use crate::pipeline::Report;
use crate::registry::Registry;
use crate::secrets::NodeSecrets;

/// A check, made ready to run: what each run needs is built once a configuration, not once a run.
#[derive(Debug)]
pub struct Job {
    check: CheckName,
    plugin: PluginName,
    overrun: Overrun,
    priority: Priority,
    labels: Arc<[(String, String)]>,
    config: Arc<str>,
    rights: Arc<Rights>,
    limits: Limits,
}

impl Job {
    #[must_use]
    pub fn new(check: &Check) -> Self {
        Self {
            check: check.name.clone(),
            plugin: check.plugin.clone(),
            overrun: check.overrun,
            priority: check.priority,
            labels: check.labels.clone().into(),
            config: check.config.to_string().into(),
            rights: Arc::new(check.rights.clone()),
            limits: check.limits,
        }
    }

    #[must_use]
    pub const fn check(&self) -> &CheckName {
        &self.check
    }

    #[must_use]
    pub const fn overrun(&self) -> Overrun {
        self.overrun
    }

    #[must_use]
    pub const fn priority(&self) -> Priority {
        self.priority
    }
}

pub struct Runner {
    clock: Arc<dyn WallClock>,
    registry: Arc<Registry>,
    secrets: Arc<NodeSecrets>,
    keeper: Arc<Keeper>,
    metrics: Arc<Metrics>,
    reports: mpsc::Sender<Report>,
    /// One healthy run in this many keeps its transcript.
    transcript_sample: AtomicU32,
    healthy_seen: AtomicU32,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").finish_non_exhaustive()
    }
}

impl Runner {
    #[must_use]
    pub fn new(
        clock: Arc<dyn WallClock>,
        registry: Arc<Registry>,
        secrets: Arc<NodeSecrets>,
        keeper: Arc<Keeper>,
        metrics: Arc<Metrics>,
        reports: mpsc::Sender<Report>,
    ) -> Self {
        let (transcript_sample, healthy_seen) = (AtomicU32::new(100), AtomicU32::new(0));
        Self { clock, registry, secrets, keeper, metrics, reports, transcript_sample, healthy_seen }
    }

    #[must_use]
    pub fn clock(&self) -> Arc<dyn WallClock> {
        Arc::clone(&self.clock)
    }

    /// From now on one healthy run in `one_in` keeps its transcript.
    pub fn sample_transcripts(&self, one_in: u32) {
        self.transcript_sample.store(one_in.max(1), Ordering::Relaxed);
    }

    /// Runs the check once and reports what came of it.
    pub async fn run(
        &self,
        job: &Job,
        cause: RunCause,
        due_at: Timestamp,
        cancel: CancellationToken,
    ) -> Arc<RunRecord> {
        let id = RunId::new(uuid::Uuid::now_v7().to_string());
        let (digest, run) = match self.registry.plugin(&job.plugin) {
            Ok(plugin) => (plugin.digest().clone(), self.call(&plugin, job, cancel).await),
            Err(message) => (Digest::new(""), self.not_run(message)),
        };
        let report = self.report(id, digest, job, cause, due_at, run);
        let record = Arc::clone(&report.record);
        self.metrics.run_ended(&record);
        if self.reports.send(report).await.is_err() {
            tracing::warn!(check = %record.check, run = %record.id, "ended after the pipeline had closed; not recorded");
        }
        record
    }

    async fn call(&self, plugin: &Plugin, job: &Job, cancel: CancellationToken) -> Run<Observation> {
        let call = Call {
            rights: Arc::clone(&job.rights),
            limits: job.limits,
            secrets: Arc::clone(&self.secrets) as Arc<dyn tocsin_sandbox::Secrets>,
            state: self.keeper.state(&job.plugin, &job.check),
            cancel,
        };
        let input =
            ProbeInput { check: job.check.clone(), labels: Arc::clone(&job.labels), config: Arc::clone(&job.config) };
        plugin.probe(call, input).await
    }

    fn not_run(&self, message: String) -> Run<Observation> {
        Run::not_run(RunOutcome::HostError { message }, self.clock.now())
    }

    fn report(
        &self,
        id: RunId,
        digest: Digest,
        job: &Job,
        cause: RunCause,
        due_at: Timestamp,
        run: Run<Observation>,
    ) -> Report {
        for line in &run.log {
            tracing::debug!(check = %job.check, plugin = %job.plugin, level = %line.level, "{}", line.message);
        }
        if let Some(state) = &run.state {
            self.keeper.keep(&job.plugin, &job.check, state.clone());
        }
        let transcript = self.is_kept(&run, cause).then(|| run.transcript.encode());
        let accepted = run.value.filter(|_| run.outcome.is_completed()).map(Observation::accept);
        let (observation, problems) = accepted.map_or((None, Vec::new()), |it| (Some(it.observation), it.problems));
        let record = RunRecord {
            id,
            check: job.check.clone(),
            plugin: job.plugin.clone(),
            digest,
            cause,
            due_at,
            started_at: run.started_at,
            outcome: run.outcome,
            cost: run.cost,
            observation,
            problems,
            transcript: transcript.is_some(),
        };
        Report { record: Arc::new(record), transcript, state: run.state.map(|state| (job.plugin.clone(), state)) }
    }

    /// Transcripts of healthy runs are sampled, of all others kept.
    fn is_kept(&self, run: &Run<Observation>, cause: RunCause) -> bool {
        let healthy = run.outcome.is_completed()
            && run.value.as_ref().is_some_and(|observation| observation.status == Status::Ok);
        if !healthy || cause == RunCause::Demand {
            return true;
        }
        let seen = self.healthy_seen.fetch_add(1, Ordering::Relaxed);
        seen.is_multiple_of(self.transcript_sample.load(Ordering::Relaxed))
    }
}

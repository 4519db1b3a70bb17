//! Starts runs when they are due. Owns the timetable and the list of runs under way; whether a run that is due may
//! start is decided in `core`. Knows nothing of what a run does or finds.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tocsin_core::admission::{self, Admission, Load};
use tocsin_core::config::Config;
use tocsin_core::id::CheckName;
use tocsin_core::run::{RunCause, RunRecord};
use tocsin_core::schedule::{Due, Timetable};
use tocsin_core::time::Timestamp;
use tocsin_sandbox::WallClock;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;
use crate::pressure;
use crate::runner::{Job, Runner};
use crate::tasks::Tasks;

/// What others may ask of the scheduler.
#[derive(Debug)]
pub enum Command {
    /// This configuration is in force from now on.
    Configure(Arc<Config>),
    /// The check's scheduled runs rest until then.
    Pause { check: CheckName, until: Timestamp },
    /// Run the check at `at`, where its schedule is no sooner.
    Retry { check: CheckName, at: Timestamp },
    /// Run it now, whatever its schedule; answers with the record, or with nothing if there is no such check.
    RunNow { check: CheckName, reply: oneshot::Sender<Option<Arc<RunRecord>>> },
}

/// However far away the next run is, the clock is looked at this often: it may have been set.
const NAP_MAX: Duration = Duration::from_secs(1);
const PRESSURE_EVERY: Duration = Duration::from_secs(2);
/// Ended runs taken from their queue at once.
const ENDED_BATCH: usize = 256;

pub struct Scheduler {
    clock: Arc<dyn WallClock>,
    runner: Arc<Runner>,
    tasks: Tasks,
    metrics: Arc<Metrics>,
    capacity: u32,
    timetable: Timetable,
    jobs: BTreeMap<CheckName, Arc<Job>>,
    under_way: BTreeMap<CheckName, UnderWay>,
    in_flight: u32,
    cpu_stall_percent: Option<f64>,
    ended_sender: mpsc::Sender<CheckName>,
    ended: mpsc::Receiver<CheckName>,
}

/// A scheduled run that has not ended.
struct UnderWay {
    cancel: CancellationToken,
    /// The next run waits for this one to end.
    queued: Option<Timestamp>,
}

impl std::fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scheduler").field("jobs", &self.jobs.len()).field("in_flight", &self.in_flight).finish()
    }
}

impl Scheduler {
    #[must_use]
    pub fn new(capacity: u32, runner: Arc<Runner>, tasks: Tasks, metrics: Arc<Metrics>) -> Self {
        let clock = runner.clock();
        // Every run under way sends one word when it ends, so this never fills.
        let (ended_sender, ended) = mpsc::channel(usize::try_from(capacity).unwrap_or(usize::MAX).saturating_add(1));
        Self {
            clock,
            runner,
            tasks,
            metrics,
            capacity,
            timetable: Timetable::default(),
            jobs: BTreeMap::new(),
            under_way: BTreeMap::new(),
            in_flight: 0,
            cpu_stall_percent: None,
            ended_sender,
            ended,
        }
    }

    /// Runs until `stopping`; starts nothing afterwards.
    pub async fn run(mut self, mut commands: mpsc::Receiver<Command>, stopping: CancellationToken) {
        let mut pressure = tokio::time::interval(PRESSURE_EVERY);
        let mut ended = Vec::with_capacity(ENDED_BATCH);
        loop {
            let now = self.clock.now();
            for due in self.timetable.due(now) {
                self.due(due);
            }
            let nap = self.timetable.next_at().map_or(NAP_MAX, |next| next.since(self.clock.now()).min(NAP_MAX));
            tokio::select! {
                biased;
                () = stopping.cancelled() => break,
                _ = self.ended.recv_many(&mut ended, ENDED_BATCH) => {
                    for check in ended.drain(..) {
                        self.ended(&check);
                    }
                }
                command = commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => break,
                },
                _ = pressure.tick() => self.cpu_stall_percent = pressure::cpu_stall_percent(),
                () = tokio::time::sleep_until(Instant::now() + nap) => {}
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Configure(config) => self.configure(&config),
            Command::Pause { check, until } => self.timetable.pause(&check, until),
            Command::Retry { check, at } => {
                if let Some(job) = self.jobs.get(&check) {
                    self.timetable.retry(&check, at, job.priority());
                }
            }
            Command::RunNow { check, reply } => self.run_now(&check, reply),
        }
    }

    fn configure(&mut self, config: &Arc<Config>) {
        self.timetable.set(config, self.clock.now());
        self.jobs = config.checks.values().map(|check| (check.name.clone(), Arc::new(Job::new(check)))).collect();
        // What is no longer configured has no one left to tell.
        for (check, under_way) in &self.under_way {
            if !self.jobs.contains_key(check) {
                under_way.cancel.cancel();
            }
        }
    }

    fn due(&mut self, due: Due) {
        let Some(job) = self.jobs.get(&due.check).cloned() else { return };
        let load =
            Load { in_flight: self.in_flight, capacity: self.capacity, cpu_stall_percent: self.cpu_stall_percent };
        let running = self.under_way.get_mut(&due.check);
        match (admission::admit(job.overrun(), job.priority(), running.is_some(), load), running) {
            (Admission::Start, _) => self.start(&job, due.due_at),
            (Admission::Queue, Some(running)) => running.queued = Some(due.due_at),
            (Admission::Replace, Some(running)) => {
                running.cancel.cancel();
                running.queued = Some(due.due_at);
            }
            (Admission::Skip | Admission::Queue | Admission::Replace, _) => self.metrics.skipped(),
            (Admission::Shed, _) => self.metrics.shed(),
        }
    }

    fn start(&mut self, job: &Arc<Job>, due_at: Timestamp) {
        let cancel = CancellationToken::new();
        self.under_way.insert(job.check().clone(), UnderWay { cancel: cancel.clone(), queued: None });
        self.in_flight += 1;
        let (runner, job, ended) = (Arc::clone(&self.runner), Arc::clone(job), self.ended_sender.clone());
        self.tasks.run(async move {
            runner.run(&job, RunCause::Schedule, due_at, cancel).await;
            // Nobody listens once the scheduler has stopped.
            let _stopped = ended.send(job.check().clone()).await;
        });
    }

    fn ended(&mut self, check: &CheckName) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let queued = self.under_way.remove(check).and_then(|ended| ended.queued);
        if let (Some(due_at), Some(job)) = (queued, self.jobs.get(check).cloned()) {
            self.start(&job, due_at);
        }
    }

    fn run_now(&self, check: &CheckName, reply: oneshot::Sender<Option<Arc<RunRecord>>>) {
        let Some(job) = self.jobs.get(check).cloned() else {
            // The asker may be gone: then nobody misses the answer.
            let _gone = reply.send(None);
            return;
        };
        let (runner, due_at) = (Arc::clone(&self.runner), self.clock.now());
        self.tasks.run(async move {
            let record = runner.run(&job, RunCause::Demand, due_at, CancellationToken::new()).await;
            let _gone = reply.send(Some(record));
        });
    }
}

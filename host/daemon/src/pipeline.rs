//! The single writer: takes events in batches, steps each through `core` over what the batch has staged, commits all
//! changes in one transaction, and only then lets anything follow from them. Decides nothing itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tocsin_core::id::PluginName;
use tocsin_core::pipeline::{self, Change, Effect, Event, State, Transition};
use tocsin_core::run::RunRecord;
use tocsin_sandbox::WallClock;
use tocsin_store::Store;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::board::Board;
use crate::metrics::Metrics;
use crate::recorder::Entry;
use crate::registry::chain;
use crate::scheduler::Command;

/// A run that ended, with what travels beside its record.
#[derive(Debug)]
pub struct Report {
    pub record: Arc<RunRecord>,
    /// Encoded; only where it is kept.
    pub transcript: Option<Vec<u8>>,
    /// What the plugin keeps from now on, if that changed.
    pub state: Option<(PluginName, BTreeMap<String, Vec<u8>>)>,
}

/// The pipeline's two queues: what is frequent and waits when the node is busy, and what is rare and does not.
#[derive(Debug)]
pub struct Inbox {
    pub reports: mpsc::Receiver<Report>,
    pub events: mpsc::Receiver<Event>,
}

impl Inbox {
    fn is_closed(&self) -> bool {
        self.reports.is_closed() && self.events.is_closed()
    }

    /// Takes nothing more in; what is queued is still handed out.
    fn close(&mut self) {
        self.reports.close();
        self.events.close();
    }
}

/// Where effects go.
#[derive(Clone, Debug)]
pub struct Outlets {
    pub scheduler: mpsc::Sender<Command>,
    pub recorder: mpsc::Sender<Entry>,
}

const BATCH_MAX: usize = 512;
/// A node without work still looks at its clock.
const NAP_MAX: Duration = Duration::from_secs(1);
/// When the store cannot commit, the same batch is tried again after this pause.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

pub struct Pipeline {
    pub clock: Arc<dyn WallClock>,
    pub state: State,
    pub store: Store,
    pub board: Arc<Board>,
    pub metrics: Arc<Metrics>,
    pub outlets: Outlets,
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipeline").finish_non_exhaustive()
    }
}

impl Pipeline {
    /// Runs until it is told to close and both queues are drained: a shutdown loses nothing that was queued.
    pub async fn run(mut self, mut inbox: Inbox, closing: CancellationToken) {
        let mut reports = Vec::with_capacity(BATCH_MAX);
        let mut events = Vec::with_capacity(BATCH_MAX);
        let (mut reports_open, mut events_open) = (true, true);
        while reports_open || events_open {
            let nap = self.state.next_wake().map_or(NAP_MAX, |wake| wake.since(self.clock.now()).min(NAP_MAX));
            tokio::select! {
                biased;
                () = closing.cancelled(), if !inbox.is_closed() => inbox.close(),
                count = inbox.events.recv_many(&mut events, BATCH_MAX), if events_open => events_open = count > 0,
                count = inbox.reports.recv_many(&mut reports, BATCH_MAX), if reports_open => reports_open = count > 0,
                () = tokio::time::sleep_until(Instant::now() + nap) => events.push(Event::Tick),
            }
            events.extend(reports.iter().map(|report| Event::RunFinished(Arc::clone(&report.record))));
            let transition = self.step_all(&events);
            if self.commit(&transition, &closing).await {
                self.follow(transition, &events, reports.drain(..)).await;
            }
            events.clear();
            reports.clear();
        }
    }

    fn step_all(&mut self, events: &[Event]) -> Transition {
        let now = self.clock.now();
        let mut all = Transition::default();
        for event in events {
            let transition = pipeline::step(&self.state, event, now);
            self.state.stage(&transition);
            all.changes.extend(transition.changes);
            all.effects.extend(transition.effects);
        }
        all
    }

    /// Tries until it is on disk: what cannot be kept must not be acted upon, and what is queued waits. False if the
    /// node was told to close before that.
    async fn commit(&mut self, transition: &Transition, closing: &CancellationToken) -> bool {
        let durable: Vec<Change> = transition.changes.iter().filter(|change| change.is_durable()).cloned().collect();
        while !durable.is_empty() {
            let (store, changes) = (self.store.clone(), durable.clone());
            let committed = tokio::task::spawn_blocking(move || store.commit(&changes)).await;
            match committed {
                Ok(Ok(())) => break,
                Ok(Err(error)) => {
                    self.metrics.store_failing(true);
                    tracing::error!(error = chain(&error), "the store cannot commit; trying again");
                }
                Err(error) => tracing::error!(error = chain(&error), "the store's thread fell"),
            }
            if closing.is_cancelled() {
                tracing::error!(
                    changes = durable.len(),
                    "not committed before the shutdown; the runs will repeat them"
                );
                self.state.discard();
                return false;
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
        self.metrics.store_failing(false);
        self.state.commit();
        true
    }

    /// What follows from what is true now.
    async fn follow(&self, transition: Transition, events: &[Event], reports: impl Iterator<Item = Report>) {
        for change in &transition.changes {
            self.board.changed(change);
        }
        for event in events {
            if let Event::DetectorFinished(run) = event {
                self.board.judged(run);
            }
        }
        for report in reports {
            self.board.ran(&report.record);
            self.record(report);
        }
        for effect in transition.effects {
            match effect {
                Effect::Pause { check, until } => {
                    // A scheduler that has stopped pauses everything.
                    let _stopped = self.outlets.scheduler.send(Command::Pause { check, until }).await;
                }
                // A wish that finds the queue full is fulfilled by the check's next planned run.
                Effect::Retry { check, at } => {
                    let _full = self.outlets.scheduler.try_send(Command::Retry { check, at });
                }
                // Through the recorder: the samples that woke the detector are on disk before it looks at them.
                // A wake-up that finds the queue full is given again with the check's next run.
                Effect::Detect(detector) => {
                    let _full = self.outlets.recorder.try_send(Entry::Wake(detector));
                }
            }
        }
    }

    /// History is shed, and counted, before the pipeline waits for it.
    fn record(&self, report: Report) {
        if self.outlets.recorder.try_send(Entry::Run(Box::new(report))).is_err() {
            self.metrics.history_shed(1);
        }
    }
}

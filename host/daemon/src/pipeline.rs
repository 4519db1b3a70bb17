//! The single writer: takes events in batches, advances the state by each, commits all changes in one transaction, and
//! only then lets anything follow from them. Decides nothing itself.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tocsin_core::id::PluginName;
use tocsin_core::notify::Notice;
use tocsin_core::pipeline::{self, Change, Effect, Event, IncidentChange, State, Transition};
use tocsin_core::run::RunRecord;
use tocsin_core::time::Timestamp;
use tocsin_sandbox::WallClock;
use tocsin_store::Store;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::board::Board;
use crate::dispatch::Uncommitted;
use crate::learn;
use crate::metrics::Metrics;
use crate::recorder::Entry;
use crate::registry::chain;
use crate::remedy::Wanted;
use crate::scheduler::Command;
use crate::slots;

/// A run that ended, with what travels beside its record.
#[derive(Debug)]
pub struct Report {
    pub record: Arc<RunRecord>,
    /// Encoded; only where it is kept.
    pub transcript: Option<Vec<u8>>,
    /// What the plugin keeps from now on, if that changed.
    pub state: Option<(PluginName, BTreeMap<String, Vec<u8>>)>,
}

/// The node's state, for whoever looks at it: only the pipeline writes. What is seen here may be a few milliseconds
/// ahead of the disk; nothing is carried out before it is there.
pub type SharedState = Arc<RwLock<State>>;

/// Events whose sender waits until what they change is on disk.
#[derive(Debug)]
pub struct Request {
    pub events: Vec<Event>,
    /// Dropped without a word if the node stops first.
    pub committed: oneshot::Sender<()>,
}

/// The pipeline's queues: what is frequent and waits when the node is busy, what is rare and does not, and what is
/// waited for.
#[derive(Debug)]
pub struct Inbox {
    pub reports: mpsc::Receiver<Report>,
    pub events: mpsc::Receiver<Event>,
    pub requests: mpsc::Receiver<Request>,
}

impl Inbox {
    fn is_closed(&self) -> bool {
        self.reports.is_closed() && self.events.is_closed() && self.requests.is_closed()
    }

    /// Takes nothing more in; what is queued is still handed out.
    fn close(&mut self) {
        self.reports.close();
        self.events.close();
        self.requests.close();
    }
}

/// Where effects go.
#[derive(Clone, Debug)]
pub struct Outlets {
    pub scheduler: mpsc::Sender<Command>,
    pub recorder: mpsc::Sender<Entry>,
    pub dispatcher: mpsc::Sender<Arc<Notice>>,
    pub slots: mpsc::Sender<slots::Wanted>,
    pub remedy: mpsc::Sender<Wanted>,
    pub learn: mpsc::Sender<learn::Resolved>,
    /// Something may be cleared away that verbs kept.
    pub tidy: mpsc::Sender<()>,
    /// For the one word that goes out although it is not on disk: that nothing can be put there.
    pub uncommitted: Uncommitted,
}

const BATCH_MAX: usize = 512;
/// Requests of one batch; each may hold many events.
const REQUESTS_MAX: usize = 16;
/// A node without work still looks at its clock.
const NAP_MAX: Duration = Duration::from_secs(1);
/// However many wake-ups are due, others get their turn.
const NAP_MIN: Duration = Duration::from_millis(1);
/// A clock that goes back by less is only corrected.
const SET_BACK_MIN: Duration = Duration::from_secs(1);
/// When the store cannot commit, the same batch is tried again after this pause.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// How long the store may fail before somebody is told, uncommitted.
const STORE_FAILING_FOR: Duration = Duration::from_secs(2);

/// A store that cannot commit.
#[derive(Debug)]
struct Failing {
    since: Timestamp,
    why: String,
    is_paged: bool,
}

pub struct Pipeline {
    pub clock: Arc<dyn WallClock>,
    pub state: SharedState,
    pub store: Store,
    pub board: Arc<Board>,
    pub metrics: Arc<Metrics>,
    pub outlets: Outlets,
    /// Changes that are true in memory and not on disk yet.
    pub pending: Vec<Change>,
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipeline").finish_non_exhaustive()
    }
}

impl Pipeline {
    /// Runs until it is told to close and all queues are drained: a shutdown loses nothing that was queued.
    pub async fn run(mut self, mut inbox: Inbox, closing: CancellationToken) {
        let mut reports = Vec::with_capacity(BATCH_MAX);
        let mut events = Vec::with_capacity(BATCH_MAX);
        let mut requests = Vec::with_capacity(REQUESTS_MAX);
        let (mut reports_open, mut events_open, mut requests_open) = (true, true, true);
        let mut newest = self.clock.now();
        while reports_open || events_open || requests_open {
            let wake_in = self.look(State::next_wake).map_or(NAP_MAX, |wake| wake.since(self.clock.now()));
            let nap = wake_in.clamp(NAP_MIN, NAP_MAX);
            tokio::select! {
                biased;
                () = closing.cancelled(), if !inbox.is_closed() => inbox.close(),
                count = inbox.events.recv_many(&mut events, BATCH_MAX), if events_open => events_open = count > 0,
                count = inbox.requests.recv_many(&mut requests, REQUESTS_MAX), if requests_open => {
                    requests_open = count > 0;
                }
                count = inbox.reports.recv_many(&mut reports, BATCH_MAX), if reports_open => reports_open = count > 0,
                () = tokio::time::sleep_until(Instant::now() + nap) => {}
            }
            let now = self.clock.now();
            let back = newest.since(now);
            newest = now;
            if back >= SET_BACK_MIN {
                tracing::warn!(seconds = back.as_secs(), "the clock was set back");
                events.insert(0, Event::ClockSetBack(back));
            }
            let mut waiting = Vec::with_capacity(requests.len());
            for Request { events: asked, committed } in requests.drain(..) {
                events.extend(asked);
                waiting.push(committed);
            }
            events.extend(reports.iter().map(|report| Event::RunFinished(Arc::clone(&report.record))));
            // However busy the queues are, time passes.
            if self.look(State::next_wake).is_none_or(|wake| wake <= self.clock.now()) {
                events.push(Event::Tick);
            }
            let transition = self.step_all(&events);
            if self.commit(&transition, &closing).await {
                // Whoever asked may have left.
                for committed in waiting {
                    let _left = committed.send(());
                }
                self.follow(transition, &events, reports.drain(..)).await;
            }
            events.clear();
            reports.clear();
        }
    }

    fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn step_all(&mut self, events: &[Event]) -> Transition {
        let now = self.clock.now();
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut all = Transition::default();
        for event in events {
            let transition = pipeline::advance(&mut state, event, now);
            all.changes.extend(transition.changes);
            all.effects.extend(transition.effects);
        }
        all
    }

    /// Tries until it is on disk: what cannot be kept must not be acted upon, and what is queued waits. False if the
    /// node was told to close before that; then the changes are tried once more with the next.
    async fn commit(&mut self, transition: &Transition, closing: &CancellationToken) -> bool {
        let mut failing: Option<Failing> = None;
        self.pending.extend(transition.changes.iter().filter(|change| change.is_durable()).cloned());
        while !self.pending.is_empty() {
            let (store, changes) = (self.store.clone(), std::mem::take(&mut self.pending));
            let committed = tokio::task::spawn_blocking(move || {
                let outcome = store.commit(&changes);
                (outcome, changes)
            });
            match committed.await {
                Ok((Ok(()), _)) => break,
                Ok((Err(error), changes)) => {
                    self.pending = changes;
                    self.metrics.store_failing(true);
                    let why = chain(&error);
                    tracing::error!(error = why, "the store cannot commit; trying again");
                    self.page_store_failing(&mut failing, why);
                }
                Err(error) => {
                    tracing::error!(error = chain(&error), "the store's thread fell");
                    return false;
                }
            }
            if closing.is_cancelled() {
                tracing::error!(changes = self.pending.len(), "not committed before the shutdown");
                return false;
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
        self.metrics.store_failing(false);
        if let Some(Failing { since, why, .. }) = failing.filter(|failing| failing.is_paged) {
            let now = self.clock.now();
            self.tell_uncommitted(&why, since, Some(now), now);
        }
        true
    }

    /// Tells of a store that goes on failing, once: a moment's lock is no reason to wake anyone.
    fn page_store_failing(&self, failing: &mut Option<Failing>, why: String) {
        let now = self.clock.now();
        let failing = failing.get_or_insert_with(|| Failing { since: now, why, is_paged: false });
        if !failing.is_paged && now.since(failing.since) >= STORE_FAILING_FOR {
            failing.is_paged = true;
            self.tell_uncommitted(&failing.why, failing.since, None, now);
        }
    }

    fn tell_uncommitted(&self, why: &str, since: Timestamp, ends_at: Option<Timestamp>, now: Timestamp) {
        let notices = self.look(|state| pipeline::store_failing(state, why, since, ends_at, now));
        notices.into_iter().for_each(|notice| self.outlets.uncommitted.send(notice));
    }

    /// What follows from what is true now.
    async fn follow(&self, transition: Transition, events: &[Event], reports: impl Iterator<Item = Report>) {
        for change in &transition.changes {
            self.board.changed(change);
            if let Change::Remediation(_) = change {
                // One nudge is as good as two.
                let _nudged = self.outlets.tidy.try_send(());
            }
            if let Change::Incident(IncidentChange::Incident(id, Some(incident))) = change
                && let Some(at) = learn::wanted(incident)
            {
                // What finds the queue full has a post-mortem without it.
                let _full = self.outlets.learn.try_send((id.clone(), at));
            }
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
                // What finds the queue full is asked for again.
                Effect::ReadSlots { series, era, first, last } => {
                    let _full = self.outlets.slots.try_send(slots::Wanted { series, era, first, last });
                }
                // Nobody waits for the record itself: it comes back as a run like any other.
                Effect::Probe(check) => {
                    let (reply, _nobody) = oneshot::channel();
                    let _full = self.outlets.scheduler.try_send(Command::RunNow { check, reply });
                }
                Effect::Plan(_) | Effect::Prepare(_) | Effect::Carry(_) => self.remedy(effect).await,
                // A dispatcher that has no room is handed the notice again: it lies in the outbox until it is taken.
                Effect::Deliver(notice) => {
                    let _full = self.outlets.dispatcher.try_send(notice);
                }
            }
        }
    }

    /// What a remediation wants done. Nothing was stepped since the commit: the state is the one on disk.
    async fn remedy(&self, effect: Effect) {
        let now = self.clock.now();
        match effect {
            // What is about something else by now, or finds the queue full, is asked for again.
            Effect::Plan(id) => {
                let question = self.look(|state| pipeline::question(state, &id));
                let wanted = question.map(|question| Wanted::Plan(id, Box::new(question)));
                let _full = wanted.map(|wanted| self.outlets.remedy.try_send(wanted));
            }
            Effect::Prepare(key) => {
                let order = self.look(|state| pipeline::order(state, &key));
                let _full = order.map(|order| self.outlets.remedy.try_send(Wanted::Prepare(Box::new(order))));
            }
            // Given once, so it is waited for; whoever takes it never waits for the pipeline.
            Effect::Carry(key) => {
                let wanted = match self.look(|state| pipeline::approve(state, &key, now)) {
                    Ok(approved) => Wanted::Carry(Box::new(approved)),
                    Err(verdict) => Wanted::Refused(key, verdict),
                };
                let _stopped = self.outlets.remedy.send(wanted).await;
            }
            _ => {}
        }
    }

    /// History is shed, and counted, before the pipeline waits for it.
    fn record(&self, report: Report) {
        if self.outlets.recorder.try_send(Entry::Run(Box::new(report))).is_err() {
            self.metrics.history_shed(1);
        }
    }
}

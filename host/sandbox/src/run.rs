//! One run: a place, a store that cannot be half made, the call under its three layers of time, and how it ended.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tocsin_core::capability::Rights;
use tocsin_core::limits::Limits;
use tocsin_core::run::{RunCost, RunOutcome};
use tocsin_core::time::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wasmtime::Store;

use crate::Secrets;
use crate::host::log::{LogLevel, LogLine};
use crate::host::state::{State, StateRoom};
use crate::host::types::denial;
use crate::input::{Input, Output};
use crate::limits::Stop;
use crate::plugin::Loaded;
use crate::replay::Divergence;
use crate::transcript::exchange::Exchange;
use crate::transcript::tape::Tape;
use crate::transcript::{Head, Transcript};
use crate::world::guest::{Guest, Surroundings};
use crate::world::{Answer, Question, instantiate};

pub(crate) mod meter;
mod outcome;

use meter::Meter;

/// What one call brings along beside its input.
#[derive(Clone)]
pub struct Call {
    pub rights: Arc<Rights>,
    pub limits: Limits,
    pub secrets: Arc<dyn Secrets>,
    /// What the check keeps between runs.
    pub state: BTreeMap<String, Vec<u8>>,
    pub cancel: CancellationToken,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("rights", &self.rights).field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// How one call went.
#[derive(Clone, Debug)]
pub struct Run<T> {
    pub outcome: RunOutcome,
    /// As the guest returned it, before any bounds; also where the run was denied something and went on.
    pub value: Option<T>,
    pub cost: RunCost,
    pub started_at: Timestamp,
    pub log: Vec<LogLine>,
    /// Only where a completed run changed it.
    pub state: Option<BTreeMap<String, Vec<u8>>>,
    pub transcript: Transcript,
}

impl<T> Run<T> {
    /// A run that never began, for the reason given.
    #[must_use]
    pub fn not_run(outcome: RunOutcome, started_at: Timestamp) -> Self {
        let transcript = Transcript::empty(outcome.clone(), started_at);
        let cost = RunCost::default();
        Self { outcome, value: None, cost, started_at, log: Vec::new(), state: None, transcript }
    }

    pub(crate) fn map<U>(self, read: impl FnOnce(T) -> Option<U>) -> Run<U> {
        let Self { outcome, value, cost, started_at, log, state, transcript } = self;
        Run { outcome, value: value.and_then(read), cost, started_at, log, state, transcript }
    }
}

/// What a run is fed from: a call, or a transcript.
pub(crate) struct Source {
    pub(crate) question: Option<Question>,
    pub(crate) limits: Limits,
    pub(crate) rights: Arc<Rights>,
    pub(crate) state: Arc<State>,
    pub(crate) tape: Tape,
}

/// A run, and what only a replay wants to know of it.
pub(crate) struct Ended {
    pub(crate) run: Run<Output>,
    pub(crate) divergence: Option<Divergence>,
    pub(crate) not_reached: Option<(usize, Exchange)>,
}

/// Calls the plugin once.
pub(crate) async fn call(plugin: &Loaded, call: Call, input: Input) -> Run<Output> {
    let Call { rights, limits, secrets, state, cancel } = call;
    let question = Some(plugin.adapter.question(input));
    let source = Source { question, limits, rights, state: Arc::new(state), tape: Tape::record_new() };
    perform(plugin, source, secrets, cancel).await.run
}

/// Runs a transcript again, with no secrets and nobody to cancel it.
pub(crate) async fn replay(plugin: &Loaded, source: Source) -> Ended {
    perform(plugin, source, Arc::new(NoSecrets), CancellationToken::new()).await
}

async fn perform(plugin: &Loaded, source: Source, secrets: Arc<dyn Secrets>, cancel: CancellationToken) -> Ended {
    let (began, started_at) = (Instant::now(), plugin.shared.clock.now());
    let Source { question, limits, rights, state, tape } = source;
    let Some(question) = question else { return never_ran(RunOutcome::Saturated, started_at) };
    // Half the deadline may pass waiting for a place; what is left is enough to be worth starting.
    let Some(place) = plugin.pool.place(limits.deadline / 2).await else {
        plugin.shared.counts.saturated.fetch_add(1, Ordering::Relaxed);
        return never_ran(RunOutcome::Saturated, started_at);
    };
    let meter = Arc::new(Meter::new(limits.cpu, cancel.clone()));
    let around = Surroundings {
        rights: Arc::clone(&rights),
        secrets,
        clock: Arc::clone(&plugin.shared.clock),
        network: plugin.shared.network.clone(),
        state: StateRoom::new(Arc::clone(&state), limits.state_bytes),
        tape,
        meter: Arc::clone(&meter),
        memory_bytes_max: plugin.pool.shape.memory_bytes,
        began,
    };
    let mut store = store(plugin, Guest::new(&limits, around), &limits);
    let left = limits.deadline.saturating_sub(began.elapsed());
    let ended = tokio::select! {
        // The guest first: a run that never waits registers no timer and no waiter.
        biased;
        ended = tokio::time::timeout(left, meter.measure(plugin.adapter.call(&mut store, &plugin.pre, &question))) => {
            ended.unwrap_or_else(|_| Err(Stop::Wall.into()))
        }
        () = cancel.cancelled() => Err(Stop::Cancelled.into()),
    };
    let guest = store.into_data();
    drop(place);
    let cost = cost(&guest, &meter, began);
    let mut head = Head::new(RunOutcome::Completed, started_at);
    (head.digest, head.kind) = (Some(plugin.digest.clone()), Some(plugin.manifest.kind));
    (head.limits, head.rights) = (limits, rights);
    finish(
        guest,
        ended,
        cost,
        Transcript { head, question: Some(question), state, exchanges: Vec::new(), returned: None },
    )
}

/// Makes one instance and drops it, under the limits given. Nothing is granted to it.
pub(crate) async fn start(plugin: &Loaded, limits: Limits) -> RunOutcome {
    let began = Instant::now();
    let Some(place) = plugin.pool.place(limits.deadline).await else { return RunOutcome::Saturated };
    let meter = Arc::new(Meter::new(limits.cpu, CancellationToken::new()));
    let around = Surroundings {
        rights: Arc::default(),
        secrets: Arc::new(NoSecrets),
        clock: Arc::clone(&plugin.shared.clock),
        network: plugin.shared.network.clone(),
        state: StateRoom::new(Arc::default(), limits.state_bytes),
        tape: Tape::record_new(),
        meter: Arc::clone(&meter),
        memory_bytes_max: plugin.pool.shape.memory_bytes,
        began,
    };
    let mut store = store(plugin, Guest::new(&limits, around), &limits);
    let started = tokio::time::timeout(limits.deadline, meter.measure(instantiate(&mut store, &plugin.pre))).await;
    let ended = started.unwrap_or_else(|_| Err(Stop::Wall.into()));
    let outcome = outcome::of_start(ended.map(drop), &limits, store.data().log.last_error());
    // The instance goes back before its place does.
    drop(store);
    drop(place);
    outcome
}

/// The only place a store is made: all of its limits, or no store.
pub(crate) fn store(plugin: &Loaded, guest: Guest, limits: &Limits) -> Store<Guest> {
    let mut store = Store::new(&plugin.pool.engine, guest);
    store.limiter(|guest| &mut guest.memory);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|context| context.data().meter.tick());
    // What a guest may pass in one call, and return: not more than all its calls together may carry.
    store.set_hostcall_fuel(usize::try_from(limits.host_bytes).unwrap_or(usize::MAX));
    store.set_max_component_handles(256);
    store
}

fn cost(guest: &Guest, meter: &Meter, began: Instant) -> RunCost {
    let micros = |duration: std::time::Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    RunCost {
        wall_us: micros(began.elapsed()),
        cpu_us: micros(meter.spent()),
        memory_peak_bytes: guest.memory.peak_bytes(),
        host_calls: guest.budget.calls(),
        host_bytes: guest.budget.bytes(),
    }
}

fn finish(guest: Guest, ended: wasmtime::Result<Answer>, cost: RunCost, mut transcript: Transcript) -> Ended {
    let Guest { mut log, state, mut tape, mut refused, wasi, .. } = guest;
    if let Some((lines, notes)) = wasi.map(|wasi| wasi.into_parts()) {
        lines.into_iter().for_each(|line| log.write(LogLevel::Info, line));
        if notes.connected {
            tape.spoil("it used WASI sockets, whose bytes no transcript keeps");
        }
        refused = refused.or(notes.refused.map(denial));
    }
    let (ending, value, returned) = outcome::of(ended, &transcript.head.limits, log.last_error(), refused);
    let not_reached = tape.left().map(|(index, exchange)| (index, exchange.clone()));
    if let Tape::Recording { exchanges, irreproducible } = tape {
        transcript.exchanges = exchanges;
        transcript.head.irreproducible = irreproducible;
    }
    transcript.head.outcome = ending.outcome.clone();
    transcript.returned = returned;
    let state = if ending.outcome.is_completed() { state.into_changed() } else { None };
    let run = Run {
        outcome: ending.outcome,
        value,
        cost,
        started_at: transcript.head.started_at,
        log: log.into_lines(),
        state,
        transcript,
    };
    Ended { run, divergence: ending.divergence, not_reached }
}

fn never_ran(outcome: RunOutcome, started_at: Timestamp) -> Ended {
    Ended { run: Run::not_run(outcome, started_at), divergence: None, not_reached: None }
}

/// Nothing is granted and nothing is known.
struct NoSecrets;

impl Secrets for NoSecrets {
    fn get(&self, _name: &str) -> Option<String> {
        None
    }
}

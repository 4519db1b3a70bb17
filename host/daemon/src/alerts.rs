//! Alerts, silences and pages as the rest of the node may see and change them: a short look at the state, and events that
//! are answered once what they change is on disk. Decides nothing itself.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tocsin_core::alerting::Alerting;
use tocsin_core::pipeline::{Event, State};
use tocsin_core::route::FlatRoute;
use tocsin_core::rule::{Course, Instance};
use tocsin_core::time::Timestamp;
use tocsin_sandbox::WallClock;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use crate::pipeline::{Request, SharedState};

pub mod incidents;
pub mod maintenance;
pub mod oncall;
pub mod pages;
pub mod remediations;
pub mod shown;
pub mod silences;

/// How long a request waits for a place in the queue.
const PLACE_TIME_MAX: Duration = Duration::from_secs(1);
/// How long one waits until what it changes is on disk.
const COMMIT_TIME_MAX: Duration = Duration::from_secs(10);
/// Bytes of bodies that may be under way at once, in units of 1 KiB.
const BODIES_KIB_MAX: u32 = 96 * 1_024;
/// Counting all alerts costs more than most who ask for the counts want to pay.
const COUNTS_HOLD: Duration = Duration::from_secs(1);

/// Cheap to clone.
#[derive(Clone)]
pub struct Alerts(Arc<Inner>);

struct Inner {
    clock: Arc<dyn WallClock>,
    state: SharedState,
    requests: mpsc::Sender<Request>,
    started_at: Timestamp,
    bodies: Arc<Semaphore>,
    counts: Mutex<Option<(Timestamp, Counts)>>,
}

/// Alerts by their state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub pending: u64,
    /// Suppressed ones included.
    pub firing: u64,
    pub resolved: u64,
}

/// Why events were not taken, or are not known to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    #[error("the node has more to do than it can take in; send it again")]
    Full,
    #[error("the node could not keep this within {} s; it may still do so", COMMIT_TIME_MAX.as_secs())]
    Late,
    #[error("the node is shutting down")]
    Stopping,
}

impl std::fmt::Debug for Alerts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Alerts").finish_non_exhaustive()
    }
}

impl Alerts {
    #[must_use]
    pub fn new(clock: Arc<dyn WallClock>, state: SharedState, requests: mpsc::Sender<Request>) -> Self {
        let started_at = clock.now();
        let bodies = Arc::new(Semaphore::new(usize::try_from(BODIES_KIB_MAX).unwrap_or(Semaphore::MAX_PERMITS)));
        Self(Arc::new(Inner { clock, state, requests, started_at, bodies, counts: Mutex::default() }))
    }

    #[must_use]
    pub fn started_at(&self) -> Timestamp {
        self.0.started_at
    }

    /// Looks at the state as it is now. The pipeline waits meanwhile: take what is needed, and work on it afterwards.
    pub fn look<T>(&self, look: impl FnOnce(&State, Timestamp) -> T) -> T {
        let now = self.0.clock.now();
        look(&self.0.state.read().unwrap_or_else(PoisonError::into_inner), now)
    }

    /// Hands events in, and answers once what they change is on disk.
    ///
    /// # Errors
    /// The node has no room for them, or does not keep anything at present.
    pub async fn commit(&self, events: Vec<Event>) -> Result<(), CommitError> {
        let place = timeout(PLACE_TIME_MAX, self.0.requests.reserve()).await.map_err(|_| CommitError::Full)?;
        let (committed, kept) = oneshot::channel();
        place.map_err(|_| CommitError::Stopping)?.send(Request { events, committed });
        let kept = timeout(COMMIT_TIME_MAX, kept).await.map_err(|_| CommitError::Late)?;
        kept.map_err(|_| CommitError::Stopping)
    }

    /// Room for a body of this size, until the permit is dropped.
    ///
    /// # Errors
    /// As many bytes as may be are under way.
    pub async fn room_for(&self, bytes: usize) -> Result<OwnedSemaphorePermit, CommitError> {
        let kib = u32::try_from(bytes.div_ceil(1_024).max(1)).unwrap_or(BODIES_KIB_MAX).min(BODIES_KIB_MAX);
        let room = timeout(PLACE_TIME_MAX, Arc::clone(&self.0.bodies).acquire_many_owned(kib)).await;
        room.map_err(|_| CommitError::Full)?.map_err(|_| CommitError::Stopping)
    }

    /// As they were at most a second ago.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let now = self.0.clock.now();
        let mut held = self.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        match *held {
            Some((at, counts)) if at <= now && now.since(at) < COUNTS_HOLD => counts,
            _ => {
                let counts = self.look(count);
                *held = Some((now, counts));
                counts
            }
        }
    }
}

fn count(state: &State, now: Timestamp) -> Counts {
    let mut counts = Counts::default();
    for (_, alert) in state.book().alerts() {
        *(if alert.is_resolved(now) { &mut counts.resolved } else { &mut counts.firing }) += 1;
    }
    let is_pending = |instance: &Instance| matches!(instance.course, Course::Pending { .. });
    counts.pending = state.instances().iter().filter(|(_, instance)| is_pending(instance)).count() as u64;
    counts
}

/// What the configuration in force says of alerts.
#[must_use]
pub fn alerting(state: &State) -> Arc<Alerting> {
    state.config().map(|config| Arc::clone(&config.alerting)).unwrap_or_default()
}

/// The time intervals that mute a route now: those of its `mute_time_intervals` that hold, or all of its
/// `active_time_intervals` where none does.
#[must_use]
pub fn muted_by(alerting: &Alerting, route: &FlatRoute, now: Timestamp) -> Vec<String> {
    let holds = |name: &&String| alerting.time_interval(name).is_some_and(|interval| interval.contains(now));
    if !route.active_time_intervals.iter().any(|name| holds(&name)) && !route.active_time_intervals.is_empty() {
        return route.active_time_intervals.clone();
    }
    route.mute_time_intervals.iter().filter(holds).cloned().collect()
}

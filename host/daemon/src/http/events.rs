//! Changes as they happen, by server-sent events. Every stream is bounded: runs of one check replace each other until
//! the next flush, words of one alert too, and who cannot keep up is told to read everything anew (`resync`) instead of being queued for.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, Sse};
use futures_util::Stream;
use tocsin_api::{Change, Code, Problem};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::Front;
use super::problem::Refused;
use crate::metrics::StreamGuard;

pub(super) const STREAMS_MAX: usize = 64;
/// So often runs are sent; in between the newest of each check replaces the one before.
const FLUSH_EVERY: Duration = Duration::from_millis(250);
const STATUS_EVERY: Duration = Duration::from_secs(2);
/// Checks with a run, and alerts, waiting to be sent.
const PENDING_MAX: usize = 10_000;

/// Changes as they happen; each event's data is a `Change`, its name the change's `type`.
#[utoipa::path(get, path = "/api/v1/events", tag = "node", responses(
    (status = 200, description = "A stream of changes", body = Change, content_type = "text/event-stream"),
    (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn stream(
    State(front): State<Front>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refused> {
    let full = |_| Refused::new(Code::Saturated, format!("{STREAMS_MAX} event streams are open; no more are served."));
    let place = Arc::clone(&front.streams).try_acquire_owned().map_err(full)?;
    let feed = Feed::new(front, place);
    Ok(Sse::new(futures_util::stream::unfold(feed, |mut feed| async move {
        let change = feed.next().await?;
        Some((Ok(event(&change)), feed))
    })))
}

/// The places for event streams.
pub(super) fn places() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(STREAMS_MAX))
}

fn event(change: &Change) -> Event {
    // Wire types always serialise; an empty event is skipped by every client.
    Event::default().event(change.name()).json_data(change).unwrap_or_default()
}

struct Feed {
    front: Front,
    changes: broadcast::Receiver<Arc<Change>>,
    /// Ready to be sent.
    queue: VecDeque<Arc<Change>>,
    /// The newest run of each check and the newest word of each alert, until the next flush.
    runs: BTreeMap<String, Arc<Change>>,
    flush: Interval,
    status: Interval,
    _counted: StreamGuard,
    _place: OwnedSemaphorePermit,
}

impl Feed {
    fn new(front: Front, place: OwnedSemaphorePermit) -> Self {
        let now = Instant::now();
        let [mut flush, mut status] = [FLUSH_EVERY, STATUS_EVERY].map(|period| interval_at(now + period, period));
        flush.set_missed_tick_behavior(MissedTickBehavior::Delay);
        status.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            changes: front.node.subscribe(),
            // Whoever listens begins with the node at a glance.
            queue: VecDeque::from([Arc::new(Change::Status { status: front.node.status() })]),
            runs: BTreeMap::new(),
            flush,
            status,
            _counted: front.metrics.event_stream(),
            _place: place,
            front,
        }
    }

    /// Nothing once the node closes.
    async fn next(&mut self) -> Option<Arc<Change>> {
        loop {
            if let Some(change) = self.queue.pop_front() {
                return Some(change);
            }
            tokio::select! {
                biased;
                () = self.front.closing.cancelled() => return None,
                _ = self.status.tick() => {
                    let status = self.front.node.status();
                    self.queue.push_back(Arc::new(Change::Status { status }));
                }
                _ = self.flush.tick() => self.queue.extend(std::mem::take(&mut self.runs).into_values()),
                change = self.changes.recv() => match change {
                    Ok(change) => self.take(change),
                    Err(RecvError::Lagged(_)) => self.lose(),
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }

    fn take(&mut self, change: Arc<Change>) {
        let key = match &*change {
            Change::Run { check, .. } => check.clone(),
            // No check has a name with such a sign.
            Change::Alert { fingerprint, .. } => format!("\0{fingerprint}"),
            _ => {
                self.queue.push_back(change);
                return;
            }
        };
        if self.runs.len() >= PENDING_MAX && !self.runs.contains_key(&key) {
            self.lose();
        } else {
            self.runs.insert(key, change);
        }
    }

    fn lose(&mut self) {
        self.runs.clear();
        self.queue.push_back(Arc::new(Change::Resync));
    }
}

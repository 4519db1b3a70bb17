//! Carries notices out: a queue and a few attempts at once for each destination, so that one that hangs holds up no
//! other, and the word of how each attempt ended back to the pipeline. Decides nothing: core says what is sent and when
//! it is tried again, and an answer's meaning is core's too.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use tocsin_core::id::NoticeId;
use tocsin_core::notify::{Cause, Destination, Ended, Notice};
use tocsin_core::pipeline::Event;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;
use crate::tasks::Tasks;

mod carrier;
mod http;
mod lanes;
mod mail;
mod notifier;
mod secret;
mod tls;

pub use carrier::Carrier;
pub use http::Clients;
use lanes::{Lanes, Offer};

/// Ends of attempts that wait to be looked at.
const ENDED_QUEUE: usize = 1_024;
/// What could not be committed and is told all the same.
const UNCOMMITTED_QUEUE: usize = 16;

/// A notice on its way.
#[derive(Clone, Debug)]
struct Order {
    notice: Arc<Notice>,
    /// Whether the pipeline is told how it ended: only of what it committed.
    report: bool,
}

/// Sends what could not be committed: that the store fails is told although, and because, it cannot be kept.
#[derive(Clone, Debug)]
pub struct Uncommitted(mpsc::Sender<Arc<Notice>>);

impl Uncommitted {
    /// The other end is for [`Dispatch`].
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<Arc<Notice>>) {
        let (sender, receiver) = mpsc::channel(UNCOMMITTED_QUEUE);
        (Self(sender), receiver)
    }

    /// Sends the notice straight away, once. Nobody is told how it ended, and one that finds no room is dropped.
    pub fn send(&self, notice: Arc<Notice>) {
        let _full = self.0.try_send(notice);
    }
}

/// The room: it alone knows what is under way.
pub struct Dispatch {
    pub carrier: Arc<Carrier>,
    pub metrics: Arc<Metrics>,
    pub tasks: Tasks,
    /// To the pipeline.
    pub events: mpsc::Sender<Event>,
}

impl std::fmt::Debug for Dispatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dispatch").finish_non_exhaustive()
    }
}

impl Dispatch {
    /// Runs until `stopping`; attempts in hand go on to their end. What waits is left: it lies in the outbox.
    pub async fn run(
        self,
        mut notices: mpsc::Receiver<Arc<Notice>>,
        mut uncommitted: mpsc::Receiver<Arc<Notice>>,
        stopping: CancellationToken,
    ) {
        let (ended_sender, mut ended) = mpsc::channel::<(Destination, NoticeId)>(ENDED_QUEUE);
        let mut lanes = Lanes::default();
        loop {
            let start = tokio::select! {
                biased;
                () = stopping.cancelled() => break,
                Some((destination, id)) = ended.recv() => lanes.ended(&destination, &id),
                Some(notice) = uncommitted.recv() => self.offer(&mut lanes, Order { notice, report: false }),
                Some(notice) = notices.recv() => self.offer(&mut lanes, Order { notice, report: true }),
                else => break,
            };
            if let Some(order) = start {
                self.attempt(order, ended_sender.clone());
            }
        }
    }

    /// What is to be started now.
    fn offer(&self, lanes: &mut Lanes, order: Order) -> Option<Order> {
        match lanes.offer(order) {
            Offer::Start(order) => Some(order),
            Offer::Waits | Offer::Known => None,
            Offer::Full(order) => {
                let to = &order.notice.to;
                tracing::warn!(receiver = %to.receiver, notice = %order.notice.id, "no room; to be handed out again");
                self.metrics.notice_dropped(&to.receiver);
                None
            }
        }
    }

    fn attempt(&self, Order { notice, report }: Order, ended: mpsc::Sender<(Destination, NoticeId)>) {
        let (carrier, events) = (Arc::clone(&self.carrier), self.events.clone());
        self.tasks.run(async move {
            let Ended { outcome, .. } = match AssertUnwindSafe(carrier.carry(&notice)).catch_unwind().await {
                Ok(ended) => ended,
                Err(_) => Ended::failed(Cause::Other, "the attempt fell; see the log".to_owned(), None),
            };
            if report {
                // A pipeline that has stopped finds the notice in its outbox at the next start.
                let _stopped = events.send(Event::Delivered { notice: notice.id.clone(), outcome }).await;
            }
            let _stopped = ended.send((notice.to.clone(), notice.id.clone())).await;
        });
    }
}

#[cfg(test)]
mod tests;

//! Carries remediations out: asks actions for plans, has steps looked at, and has them carried out. It decides nothing and
//! looks nothing up: a verb comes with the permission for it, which was made from the state on disk right before.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;

use futures_util::FutureExt as _;
use tocsin_core::config::Config;
use tocsin_core::id::{CheckName, RemediationId};
use tocsin_core::pipeline::{Event, Question};
use tocsin_core::plan::Verb;
use tocsin_core::remediation::{Approved, Verdict};
use tocsin_core::verb::{Changed, Done, Errand, Order, OrderKey, Prepared, VerbFailure};
use tocsin_sandbox::{Network, WallClock};
use tocsin_verbs::{Bus, Executor, JournalError, Setup};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::board::Board;
use crate::metrics::Metrics;
use crate::registry::Registry;
use crate::scheduler::Command;
use crate::secrets::NodeSecrets;
use crate::tasks::Tasks;

mod ask;
mod sender;
mod tidy;

pub use sender::NetworkSender;
pub use tidy::tidy;

/// What the pipeline wants done.
#[derive(Debug)]
pub enum Wanted {
    /// An action is asked.
    Plan(RemediationId, Box<Question>),
    /// Looked at, and nothing changed.
    Prepare(Box<Order>),
    /// Carried out. The only way to change anything.
    Carry(Box<Approved>),
    /// Not carried out: a gate does not allow it any more.
    Refused(OrderKey, Verdict),
}

/// The room. A task for each thing that is wanted: core bounds how many there can be.
pub struct Remedy {
    pub executor: Executor,
    pub registry: Arc<Registry>,
    pub secrets: Arc<NodeSecrets>,
    pub board: Arc<Board>,
    pub config: watch::Receiver<Arc<Config>>,
    pub metrics: Arc<Metrics>,
    pub scheduler: mpsc::Sender<Command>,
    pub tasks: Tasks,
    /// To the pipeline.
    pub events: mpsc::Sender<Event>,
}

impl std::fmt::Debug for Remedy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remedy").finish_non_exhaustive()
    }
}

impl Remedy {
    /// Runs until nobody can want anything; after `stopping` nothing is begun, and the pipeline is told so. What is under
    /// way goes on to its end.
    pub async fn run(self, mut wanted: mpsc::Receiver<Wanted>, stopping: CancellationToken) {
        let room = Arc::new(self);
        while let Some(wanted) = wanted.recv().await {
            if stopping.is_cancelled() {
                room.leave(wanted).await;
                continue;
            }
            let one = Arc::clone(&room);
            room.tasks.run(async move {
                let event = one.answer(wanted).await;
                // A pipeline that has stopped finds the intent in its journal at the next start.
                let _stopped = one.events.send(event).await;
            });
        }
    }

    async fn answer(&self, wanted: Wanted) -> Event {
        match wanted {
            Wanted::Plan(remediation, question) => self.plan(remediation, *question).await,
            Wanted::Prepare(order) => {
                let result = AssertUnwindSafe(self.prepare(&order)).catch_unwind().await;
                Event::Prepared { order: order.key.clone(), result: result.unwrap_or_else(|_| Err(fell(Changed::No))) }
            }
            Wanted::Carry(approved) => {
                let key = approved.order().key.clone();
                tracing::info!(order = %key, "carried out");
                let result = AssertUnwindSafe(self.carry(*approved)).catch_unwind().await;
                Event::Carried { order: key, result: result.unwrap_or_else(|_| Err(fell(Changed::Perhaps))) }
            }
            Wanted::Refused(order, verdict) => {
                let reason = format!("not begun: {}", verdict.reason);
                Event::Carried {
                    order,
                    result: Err(VerbFailure { reason, changed: Changed::No, output: String::new() }),
                }
            }
        }
    }

    /// A node that stops begins no verb. What only looks is asked for again at the next start.
    async fn leave(&self, wanted: Wanted) {
        let Wanted::Carry(approved) = wanted else { return };
        let result = Err(failed("not begun: the node was stopping"));
        let event = Event::Carried { order: approved.order().key.clone(), result };
        // A pipeline that has closed by now finds the intent at the next start.
        let _stopped = self.events.send(event).await;
    }

    async fn prepare(&self, order: &Order) -> Result<Prepared, VerbFailure> {
        match &order.errand {
            Errand::Do(Verb::RunCheck { check }) => {
                Ok(Prepared { says: format!("would run the check `{check}` now"), undo: None })
            }
            _ => self.executor.prepare(order).await,
        }
    }

    async fn carry(&self, approved: Approved) -> Result<Done, VerbFailure> {
        match &approved.order().errand {
            Errand::Do(Verb::RunCheck { check }) => {
                let late = |_| failed("it was not over in time; its result goes the way of all runs");
                tokio::time::timeout(approved.order().timeout, self.run_check(check)).await.map_err(late)?
            }
            // Taking back is looked at only now: before, nobody knew that it would be.
            Errand::Undo(_) => {
                self.executor.prepare(approved.order()).await?;
                self.executor.carry(approved).await
            }
            Errand::Do(_) => self.executor.carry(approved).await,
        }
    }

    /// Runs a check as if somebody had asked for it; what it finds goes the way of all runs.
    async fn run_check(&self, check: &CheckName) -> Result<Done, VerbFailure> {
        let (reply, answer) = oneshot::channel();
        let asked = self.scheduler.send(Command::RunNow { check: check.clone(), reply }).await;
        asked.map_err(|_| failed("the node is shutting down"))?;
        match answer.await {
            Ok(Some(run)) => Ok(Done { says: format!("`{check}` was run: {}", run.outcome), output: String::new() }),
            Ok(None) => Err(failed("there is no such check any more")),
            Err(_) => Err(failed("the node is shutting down")),
        }
    }
}

fn failed(reason: &str) -> VerbFailure {
    VerbFailure { reason: reason.to_owned(), changed: Changed::No, output: String::new() }
}

fn fell(changed: Changed) -> VerbFailure {
    VerbFailure { reason: "the node's own code fell; see the log".to_owned(), changed, output: String::new() }
}

/// What carries out verbs on this node: its journal and its quarantine lie in the data folder.
///
/// # Errors
/// If the journal's folder cannot be made.
pub fn executor(
    data: &Path,
    network: Network,
    secrets: Arc<NodeSecrets>,
    clock: Arc<dyn WallClock>,
) -> Result<Executor, JournalError> {
    Executor::new(Setup {
        journal: data.join("journal"),
        quarantine: data.join("quarantine"),
        sender: Arc::new(NetworkSender { network, secrets }),
        bus: Bus::System,
        clock: Arc::new(move || clock.now()),
    })
}

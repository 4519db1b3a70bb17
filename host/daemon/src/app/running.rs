//! A node that runs: asked to reload, watched for rooms that fall, and stopped in an order that loses nothing. Knows
//! nothing of what the rooms do.

use std::sync::Arc;
use std::time::Duration;

use tocsin_core::config::Role;
use tokio_util::sync::CancellationToken;

use crate::audit::{Action, AuditLog as _, Audited};
use crate::control::Control;
use crate::http::Who;
use crate::registry;
use crate::tasks::Tasks;
use crate::view::Node;

/// A running node.
#[derive(Debug)]
pub struct Running {
    pub(super) address: std::net::SocketAddr,
    pub(super) control: Arc<Control>,
    pub(super) audit: Arc<Node>,
    pub(super) tasks: Tasks,
    pub(super) stop: Stop,
}

/// What is told to stop, in this order.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop {
    pub(super) http: CancellationToken,
    pub(super) work: CancellationToken,
    pub(super) pipeline: CancellationToken,
    pub(super) history: CancellationToken,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> std::net::SocketAddr {
        self.address
    }

    /// Reads the configuration again, as a signal asks: nobody waits for the answer, so it goes to the log.
    pub async fn reload(&self) {
        let failed = match self.control.reload().await {
            Ok(reloaded) => {
                tracing::info!(?reloaded, "the configuration was read again");
                None
            }
            Err(error) => {
                let why = registry::chain(&error);
                tracing::error!("{why}");
                Some(why)
            }
        };
        let who = Who { name: "node".to_owned(), role: Role::Admin };
        let (action, target) = (Action::Reload, String::new());
        let change = Audited { who, action, target, before: None, after: None, failed };
        if let Err(problem) = self.audit.append(change).await {
            tracing::error!("the audit log could not be written: {problem}");
        }
    }

    /// Resolves if a room ended before its time.
    pub async fn fallen(&self) {
        self.tasks.fallen().await;
    }

    /// Stops within `grace`: no new runs, runs finish, the pipeline drains, history is written.
    pub async fn drain(self, grace: Duration) -> Drained {
        let Self { control, audit, tasks, stop, .. } = self;
        let orderly = async {
            stop.http.cancel();
            stop.work.cancel();
            // The control holds senders of queues that close only when all are gone.
            drop((control, audit));
            tasks.runs_ended().await;
            stop.history.cancel();
            stop.pipeline.cancel();
            tasks.rooms_ended().await;
        };
        match tokio::time::timeout(grace, orderly).await {
            Ok(()) => Drained::Whole,
            Err(_) => Drained::CutShort,
        }
    }
}

/// How a shutdown went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    Whole,
    /// The grace period was over first.
    CutShort,
}

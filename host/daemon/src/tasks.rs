//! The only caller of `tokio::spawn`: every task is named and tracked, and a shutdown waits for all of them.
//! Knows nothing of what they do.

use std::future::Future;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

/// The node's tasks, in two circles: rooms live as long as the node, runs come and go.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    rooms: TaskTracker,
    runs: TaskTracker,
    /// A room that ended although nobody asked it to.
    fallen: CancellationToken,
}

impl Tasks {
    /// Starts a part of the node that must not end before the node does.
    pub fn room<F>(&self, name: &'static str, stopping: CancellationToken, room: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let fallen = self.fallen.clone();
        let watched = async move {
            // Dropped when the room ends, however it ends: a panic unwinds through here too.
            let _guard = FallGuard { name, stopping, fallen };
            room.await;
        };
        self.spawn(&self.rooms, watched.instrument(tracing::info_span!("room", name)));
    }

    /// Starts one run of a plugin.
    pub fn run<F>(&self, run: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.spawn(&self.runs, run);
    }

    /// Resolves if a room ended before its time: the node must not go on without it.
    pub async fn fallen(&self) {
        self.fallen.cancelled().await;
    }

    /// Waits until no run is under way and none will come.
    pub async fn runs_ended(&self) {
        self.runs.close();
        self.runs.wait().await;
    }

    /// Waits until every room has ended.
    pub async fn rooms_ended(&self) {
        self.rooms.close();
        self.rooms.wait().await;
    }

    fn spawn<F>(&self, tracker: &TaskTracker, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        #[expect(clippy::disallowed_methods, reason = "this is the one home of tokio::spawn")]
        let handle: JoinHandle<()> = tokio::spawn(tracker.track_future(future));
        drop(handle);
    }
}

struct FallGuard {
    name: &'static str,
    stopping: CancellationToken,
    fallen: CancellationToken,
}

impl Drop for FallGuard {
    fn drop(&mut self) {
        if !self.stopping.is_cancelled() {
            tracing::error!(room = self.name, "ended before its time; the node stops");
            self.fallen.cancel();
        }
    }
}

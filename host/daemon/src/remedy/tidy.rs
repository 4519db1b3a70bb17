//! Clears away what verbs kept to be taken back with, once core says that nobody needs it.

use std::time::Duration;

use tocsin_core::pipeline::{Tidy, leftovers};
use tocsin_core::verb::{OrderKey, VerbFailure};
use tocsin_sandbox::WallClock;
use tocsin_verbs::Executor;
use tokio::sync::{mpsc, oneshot};

use crate::pipeline::{Request, SharedState};

/// However quiet it is: what was missed is found then.
const EVERY: Duration = Duration::from_secs(60);

/// Looks whenever it is nudged, and every now and then. Ends with the last who could nudge.
pub async fn tidy(
    executor: Executor,
    state: SharedState,
    clock: std::sync::Arc<dyn WallClock>,
    mut nudges: mpsc::Receiver<()>,
    requests: mpsc::Sender<Request>,
) {
    loop {
        if let Ok(None) = tokio::time::timeout(EVERY, nudges.recv()).await {
            return;
        }
        let kept = match executor.kept().await {
            Ok(kept) if kept.is_empty() => continue,
            Ok(kept) => kept,
            Err(failure) => {
                tracing::warn!(reason = failure.reason, "the journal of verbs cannot be read");
                continue;
            }
        };
        let wanted = {
            let state = state.read().unwrap_or_else(std::sync::PoisonError::into_inner);
            leftovers(&state, &kept, clock.now())
        };
        // What was just seen may be ahead of the disk; nothing goes for good before it is there.
        if wanted.is_empty() || !is_on_disk(&requests).await {
            continue;
        }
        for (key, what) in wanted {
            if let Err(failure) = clear(&executor, &key, what).await {
                tracing::warn!(order = %key, reason = failure.reason, "what a verb kept cannot be cleared away");
            }
        }
    }
}

/// Waits until all that was decided so far is committed; false where the node stops before that.
async fn is_on_disk(requests: &mpsc::Sender<Request>) -> bool {
    let (committed, done) = oneshot::channel();
    requests.send(Request { events: Vec::new(), committed }).await.is_ok() && done.await.is_ok()
}

async fn clear(executor: &Executor, key: &OrderKey, what: Tidy) -> Result<(), VerbFailure> {
    if matches!(what, Tidy::Empty | Tidy::EmptyAndForget) && !key.undo {
        let freed = executor.empty_quarantine(key).await?;
        if freed.files > 0 {
            tracing::info!(order = %key, files = freed.files, bytes = freed.bytes, "removed from quarantine for good");
        }
    }
    match what {
        Tidy::Empty => Ok(()),
        Tidy::Forget | Tidy::EmptyAndForget => executor.forget(key).await,
    }
}

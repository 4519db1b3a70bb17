//! What was counted for SLOs long ago: read from the store when the pipeline asks for it, and handed back as an event.
//! Knows nothing of windows.

use std::sync::Arc;

use tocsin_core::pipeline::Event;
use tocsin_core::slo::{SeriesKey, Slot};
use tocsin_store::Store;
use tokio::sync::mpsc;

use crate::registry::chain;

/// Blocks of a series that are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub series: SeriesKey,
    pub era: u64,
    pub first: Slot,
    pub last: Slot,
}

/// Reads at once: with many SLOs the same hour ends for all of them.
const BATCH_MAX: usize = 256;

/// Answers until nobody can ask any more. What could not be read is not answered: the pipeline asks again.
pub async fn read(store: Store, mut wanted: mpsc::Receiver<Wanted>, events: mpsc::Sender<Event>) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while wanted.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let (store, asked) = (store.clone(), std::mem::take(&mut batch));
        let found =
            tokio::task::spawn_blocking(move || asked.into_iter().filter_map(|one| find(&store, one)).collect());
        let found: Vec<Event> = found.await.unwrap_or_default();
        for event in found {
            // A pipeline that has stopped needs no answer.
            let _stopped = events.send(event).await;
        }
    }
}

fn find(store: &Store, Wanted { series, era, first, last }: Wanted) -> Option<Event> {
    match store.slo_blocks(&series, first, last) {
        Ok(blocks) => Some(Event::SlotsRead { series, era, first, last, blocks: Arc::from(blocks) }),
        Err(error) => {
            tracing::error!(%series, error = chain(&error), "what was counted for an SLO cannot be read");
            None
        }
    }
}

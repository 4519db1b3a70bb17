//! The thread that advances every engine's epoch, so that a guest that loops is interrupted whatever the async threads do.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

use super::EngineError;

/// How late an interruption may come.
pub(crate) const TICK: Duration = Duration::from_millis(5);

/// Runs from its start until it is dropped.
#[derive(Debug)]
pub(super) struct Ticker {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stopped: AtomicBool,
    /// Weak: an engine whose last user is gone is not kept alive by its clock.
    engines: Mutex<Vec<EngineWeak>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("stopped", &self.stopped).finish_non_exhaustive()
    }
}

impl Ticker {
    pub(super) fn start() -> Result<Self, EngineError> {
        let shared = Arc::new(Shared::default());
        let ticking = Arc::clone(&shared);
        let thread = thread::Builder::new().name("tocsin-ticker".to_owned()).spawn(move || ticking.run());
        let thread = thread.map_err(|error| EngineError(Box::new(error)))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    pub(super) fn add(&self, engine: &Engine) {
        self.shared.engines.lock().unwrap_or_else(PoisonError::into_inner).push(engine.weak());
    }
}

impl Shared {
    fn run(&self) {
        while !self.stopped.load(Ordering::Acquire) {
            thread::park_timeout(TICK);
            let engines = self.engines.lock().unwrap_or_else(PoisonError::into_inner);
            engines.iter().filter_map(EngineWeak::upgrade).for_each(|engine| engine.increment_epoch());
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic of that thread has been printed by it; there is nobody to hand it to here.
            let _ended = thread.join();
        }
    }
}

//! The one owner of Wasmtime's engines: two pools of instances and the thread that ticks for both.
//! Knows nothing of plugins or rights.

use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};
use wasmtime::Engine;

mod settings;
mod ticker;

pub(crate) use settings::{Shape, on_demand, pooled};
use ticker::Ticker;

/// The bytes one instance of the small pool may have; plugins that may use more go to the large pool.
pub(crate) const SMALL_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// An engine could not be made; the settings do not fit this machine.
#[derive(Debug, thiserror::Error)]
#[error("Wasmtime does not start on this machine")]
pub struct EngineError(#[source] pub(crate) Box<dyn std::error::Error + Send + Sync>);

/// Where an engine's instances live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Allocator {
    /// In slots reserved at the start.
    Pooling,
    /// Mapped for each run: the address space did not hold the pool.
    OnDemand,
}

#[derive(Debug)]
pub(crate) struct Engines {
    small: Pool,
    /// Made when the first plugin needs it, so that a node without one does not pay for it.
    large: OnceLock<Pool>,
    large_shape: Shape,
    ticker: Ticker,
}

impl Engines {
    /// Pools for `concurrency` runs at once, of at most `memory_bytes_max` each. The ticker runs from here on.
    pub(crate) fn new(concurrency: u32, memory_bytes_max: u64) -> Result<Self, EngineError> {
        let concurrency = concurrency.max(1);
        let small = Shape { places: concurrency, memory_bytes: SMALL_BYTES_MAX };
        let large_shape =
            Shape { places: (concurrency / 4).max(2), memory_bytes: memory_bytes_max.max(SMALL_BYTES_MAX) };
        let ticker = Ticker::start()?;
        let small = Pool::new(small)?;
        ticker.add(&small.engine);
        Ok(Self { small, large: OnceLock::new(), large_shape, ticker })
    }

    /// The pool whose slots hold `memory_bytes`.
    pub(crate) fn pool(&self, memory_bytes: u64) -> Result<&Pool, EngineError> {
        if memory_bytes <= SMALL_BYTES_MAX {
            return Ok(&self.small);
        }
        if let Some(large) = self.large.get() {
            return Ok(large);
        }
        let pool = Pool::new(self.large_shape)?;
        let large = self.large.get_or_init(|| pool);
        self.ticker.add(&large.engine);
        Ok(large)
    }

    pub(crate) fn pools(&self) -> impl Iterator<Item = &Pool> {
        std::iter::once(&self.small).chain(self.large.get())
    }
}

/// One engine and the places it has for instances. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    pub(crate) engine: Engine,
    pub(crate) allocator: Allocator,
    pub(crate) shape: Shape,
    /// As many as there are slots: an exhausted pool is an error in Wasmtime, not a wait.
    places: Arc<Semaphore>,
}

impl Pool {
    fn new(shape: Shape) -> Result<Self, EngineError> {
        // Reserving the slots is the probe: where address space is limited (a container, `ulimit -v`) it fails at once.
        let (engine, allocator) = match Engine::new(&pooled(shape)) {
            Ok(engine) => (engine, Allocator::Pooling),
            Err(error) => {
                tracing::warn!(
                    places = shape.places,
                    "no address space for a pool of instances, mapping each: {error:#}"
                );
                let engine = Engine::new(&on_demand(shape)).map_err(|error| EngineError(error.into()))?;
                (engine, Allocator::OnDemand)
            }
        };
        let places = usize::try_from(shape.places).unwrap_or(Semaphore::MAX_PERMITS);
        Ok(Self { engine, allocator, shape, places: Arc::new(Semaphore::new(places)) })
    }

    /// A place for one run; nothing if none came free within `patience`.
    pub(crate) async fn place(&self, patience: Duration) -> Option<OwnedSemaphorePermit> {
        match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => Some(place),
            Err(TryAcquireError::Closed) => None,
            Err(TryAcquireError::NoPermits) => {
                tokio::time::timeout(patience, Arc::clone(&self.places).acquire_owned()).await.ok()?.ok()
            }
        }
    }

    /// Runs under way.
    pub(crate) fn in_flight(&self) -> u32 {
        let free = u32::try_from(self.places.available_permits()).unwrap_or(u32::MAX);
        self.shape.places.saturating_sub(free)
    }
}

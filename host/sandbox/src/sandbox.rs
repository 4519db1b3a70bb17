//! The front door: one sandbox a program, which owns the engines, the network and the cache of compiled plugins.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde::Serialize;
use tocsin_core::time::Timestamp;

use crate::cache::{Cache, CacheError};
use crate::engine::{Allocator, EngineError, Engines};
use crate::load::Linkers;
use crate::net::{Network, NetworkConfig, NetworkError};

/// How to set a sandbox up.
pub struct SandboxConfig {
    /// Where compiled plugins are kept; none are if absent.
    pub cache: Option<PathBuf>,
    /// Runs at once.
    pub concurrency: u32,
    /// The most memory any plugin's manifest may ask for.
    pub memory_bytes_max: u64,
    pub network: NetworkConfig,
    pub clock: Arc<dyn WallClock>,
}

impl std::fmt::Debug for SandboxConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxConfig")
            .field("cache", &self.cache)
            .field("concurrency", &self.concurrency)
            .finish_non_exhaustive()
    }
}

/// What time it is. The sandbox asks; who made it knows.
pub trait WallClock: Send + Sync + 'static {
    fn now(&self) -> Timestamp;
}

/// A sandbox that cannot be set up here.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Cache(#[from] CacheError),
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// Loads plugins. Whoever drops it last ends the ticker; loaded plugins keep it alive.
#[derive(Clone, Debug)]
pub struct Sandbox {
    pub(crate) shared: Arc<Shared>,
}

/// What all plugins of a sandbox share.
pub(crate) struct Shared {
    pub(crate) engines: Engines,
    pub(crate) linkers: Mutex<Linkers>,
    pub(crate) cache: Option<Cache>,
    pub(crate) network: Network,
    pub(crate) clock: Arc<dyn WallClock>,
    pub(crate) counts: Counts,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) compiled: AtomicU64,
    pub(crate) cache_hits: AtomicU64,
    pub(crate) saturated: AtomicU64,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("engines", &self.engines).field("counts", &self.counts).finish_non_exhaustive()
    }
}

/// What a sandbox is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SandboxStats {
    /// Runs under way, and places for them; the small pool first, then, once a plugin needed it, the large one.
    pub pools: Vec<PoolStats>,
    pub compiled: u64,
    pub cache_hits: u64,
    /// Runs that found no place in time.
    pub saturated: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PoolStats {
    pub in_flight: u32,
    pub places: u32,
    pub memory_bytes_max: u64,
    pub allocator: Allocator,
}

impl Sandbox {
    pub fn new(config: SandboxConfig) -> Result<Self, SandboxError> {
        let engines = Engines::new(config.concurrency, config.memory_bytes_max)?;
        let cache = config.cache.map(|folder| Cache::open(&folder)).transpose()?;
        if let Some(cache) = &cache {
            // Both pools compile alike: what is left belongs to another version or to other settings.
            engines.pools().for_each(|pool| cache.prune(&pool.engine));
        }
        let shared = Shared {
            cache,
            network: Network::new(config.network)?,
            engines,
            linkers: Mutex::new(BTreeMap::new()),
            clock: config.clock,
            counts: Counts::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    #[must_use]
    pub fn stats(&self) -> SandboxStats {
        let Shared { engines, counts, .. } = &*self.shared;
        let pool = |pool: &crate::engine::Pool| PoolStats {
            in_flight: pool.in_flight(),
            places: pool.shape.places,
            memory_bytes_max: pool.shape.memory_bytes,
            allocator: pool.allocator,
        };
        SandboxStats {
            pools: engines.pools().map(pool).collect(),
            compiled: counts.compiled.load(Ordering::Relaxed),
            cache_hits: counts.cache_hits.load(Ordering::Relaxed),
            saturated: counts.saturated.load(Ordering::Relaxed),
        }
    }
}

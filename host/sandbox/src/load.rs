//! From a package to a plugin that can be called: machine code from the cache or the compiler, only the interfaces its
//! manifest asks for, and one instance made and dropped. What fails here leaves whatever was loaded before untouched.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tocsin_core::id::PluginName;
use tocsin_core::manifest::Target;
use tocsin_core::run::RunOutcome;
use wasmtime::component::{Component, Linker};

use crate::engine::{EngineError, Pool};
use crate::package::Package;
use crate::plugin::{Loaded, Plugin};
use crate::run;
use crate::sandbox::{Sandbox, Shared};
use crate::world::guest::{Guest, Powers};
use crate::world::{self, Adapter};

/// Linkers by pool and by what they link; few distinct ones exist on a node.
pub(crate) type Linkers = BTreeMap<(u64, Powers), Arc<Linker<Guest>>>;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A package that cannot become a plugin here.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("{plugin} asks for {asked} bytes of memory and this node allows {allowed} (`limits.memory` of the node)")]
    Memory { plugin: PluginName, asked: u64, allowed: u64 },
    #[error("{plugin} does not compile")]
    Compile {
        plugin: PluginName,
        #[source]
        source: Cause,
    },
    #[error("{plugin} imports what its manifest does not ask for, or another version of it")]
    Link {
        plugin: PluginName,
        #[source]
        source: Cause,
    },
    #[error("{plugin} says that it is a {kind}, but does not export what a {kind} must")]
    World {
        plugin: PluginName,
        kind: &'static str,
        #[source]
        source: Cause,
    },
    #[error("{plugin} does not start: {outcome}")]
    SelfTest { plugin: PluginName, outcome: RunOutcome },
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("the node is shutting down")]
    Stopping,
}

/// How long a plugin's start may take, at most.
const START_DEADLINE: Duration = Duration::from_secs(5);

impl Sandbox {
    /// Makes a package callable. The package has been parsed and validated; whether its signature is trusted is the
    /// caller's question.
    pub async fn load(&self, package: &Package) -> Result<Plugin, LoadError> {
        let manifest = package.manifest.clone();
        let name = manifest.name.clone();
        let asked = manifest.limits.memory_bytes;
        let pool = self.shared.engines.pool(asked)?.clone();
        if asked > pool.shape.memory_bytes {
            return Err(LoadError::Memory { plugin: name, asked, allowed: pool.shape.memory_bytes });
        }
        let (component, from_cache) = self.component(&pool, package).await?;
        let wasi = manifest.target == Target::Wasi;
        let linker = linker(&self.shared, &pool, Powers::of(&manifest.capabilities, wasi))
            .map_err(|error| LoadError::Link { plugin: name.clone(), source: error.into() })?;
        let pre = linker
            .instantiate_pre(&component)
            .map_err(|error| LoadError::Link { plugin: name.clone(), source: error.into() })?;
        let kind = manifest.kind;
        let adapter = Adapter::new(kind, &pre).map_err(|error| LoadError::World {
            plugin: name,
            kind: kind.as_str(),
            source: error.into(),
        })?;
        let shared = Arc::clone(&self.shared);
        let loaded = Loaded { digest: package.digest.clone(), manifest, pool, pre, adapter, from_cache, shared };
        self_test(&loaded).await?;
        Ok(Plugin::new(loaded))
    }

    /// Machine code takes milliseconds to make and the disk may be slow: neither on an async thread.
    async fn component(&self, pool: &Pool, package: &Package) -> Result<(Component, bool), LoadError> {
        let (shared, engine) = (Arc::clone(&self.shared), pool.engine.clone());
        let (digest, bytes) = (package.digest.clone(), Arc::clone(&package.bytes));
        let made = tokio::task::spawn_blocking(move || {
            if let Some(component) = shared.cache.as_ref().and_then(|cache| cache.get(&engine, &digest)) {
                shared.counts.cache_hits.fetch_add(1, Ordering::Relaxed);
                return Ok((component, true));
            }
            let component = Component::from_binary(&engine, &bytes)?;
            shared.counts.compiled.fetch_add(1, Ordering::Relaxed);
            if let Some(cache) = &shared.cache {
                cache.put(&engine, &digest, &component);
            }
            Ok((component, false))
        });
        let made: wasmtime::Result<_> = made.await.map_err(|_| LoadError::Stopping)?;
        made.map_err(|error| LoadError::Compile { plugin: package.manifest.name.clone(), source: error.into() })
    }
}

fn linker(shared: &Shared, pool: &Pool, powers: Powers) -> wasmtime::Result<Arc<Linker<Guest>>> {
    let mut linkers = shared.linkers.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (pool.shape.memory_bytes, powers);
    if let Some(linker) = linkers.get(&key) {
        return Ok(Arc::clone(linker));
    }
    let mut linker = Linker::new(&pool.engine);
    world::link(&mut linker, powers)?;
    let linker = Arc::new(linker);
    linkers.insert(key, Arc::clone(&linker));
    Ok(linker)
}

/// Makes one instance and drops it: a trap in its start, or too much memory for its limits, is found now.
async fn self_test(loaded: &Loaded) -> Result<(), LoadError> {
    let mut limits = loaded.manifest.limits;
    limits.deadline = limits.deadline.min(START_DEADLINE);
    match run::start(loaded, limits).await {
        RunOutcome::Completed => Ok(()),
        outcome => Err(LoadError::SelfTest { plugin: loaded.manifest.name.clone(), outcome }),
    }
}

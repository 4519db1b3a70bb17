//! A sandbox of this program's own, for one plugin: what `run` and `replay` call it in. The same sandbox, with the same
//! limits, as a node's. Knows no node.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use tocsin_core::limits::CEILING;
use tocsin_core::time::Timestamp;
use tocsin_sandbox::package::Package;
use tocsin_sandbox::{NetworkConfig, Plugin, Sandbox, SandboxConfig, WallClock};
use tokio::runtime::Runtime;

use crate::output::Output;
use crate::{build, clock};

/// A loaded plugin, and the runtime to call it in.
#[derive(Debug)]
pub struct Local {
    pub plugin: Plugin,
    runtime: Runtime,
}

struct Clock;

impl WallClock for Clock {
    fn now(&self) -> Timestamp {
        clock::now()
    }
}

impl Local {
    pub fn load(package: &Package) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let config = SandboxConfig {
            cache: None,
            concurrency: 1,
            memory_bytes_max: CEILING.memory_bytes,
            network: NetworkConfig::default(),
            clock: Arc::new(Clock),
        };
        let plugin = runtime.block_on(async { Sandbox::new(config)?.load(package).await.map_err(anyhow::Error::from) });
        let plugin = plugin.with_context(|| format!("the plugin {} cannot be loaded", package.manifest.name))?;
        Ok(Self { plugin, runtime })
    }

    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

/// The plugin at `path`: a component, or a folder that is built first.
pub fn package(path: &Path, output: Output) -> Result<Package> {
    let file = if path.is_dir() {
        let options = build::Options { output: None, unsigned: false, progress: output };
        build::build(path, &options)?.path
    } else {
        path.to_owned()
    };
    let bytes = std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    Package::parse(bytes).with_context(|| format!("{} is not a plugin this version can run", file.display()))
}

//! The registry of a node that is about to start, for benches that install plugins before it runs.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use pluginhost::clock::SystemClock;
use pluginhost::registry::Registry;
use tocsin_sandbox::{NetworkConfig, Sandbox, SandboxConfig};

/// Makes its folders below `data`, where they are not there.
pub(crate) async fn open(data: &Path) -> Result<Registry> {
    fs::create_dir_all(data.join("plugins"))?;
    let sandbox = Sandbox::new(SandboxConfig {
        cache: Some(data.join("cache")),
        concurrency: 256,
        memory_bytes_max: 64 * 1024 * 1024,
        network: NetworkConfig::default(),
        clock: Arc::new(SystemClock),
    })?;
    Ok(Registry::open(&data.join("plugins"), sandbox).await?)
}

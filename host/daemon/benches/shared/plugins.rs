//! Built plugins, put into the registry of a node that is about to start: all granted that they ask for.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use pluginhost::clock::SystemClock;
use pluginhost::registry::Request;
use tocsin_sandbox::WallClock as _;
use tocsin_sandbox::package::Package;

use crate::registry;

/// By their names. `cargo xtask bench` says where built plugins are.
pub(crate) async fn install(data: &Path, names: &[&str]) -> Result<()> {
    let registry = registry::open(data).await?;
    let folder = std::env::var_os("TOCSIN_PLUGINS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins"), PathBuf::from);
    for name in names {
        let path = folder.join(format!("{name}.wasm"));
        let bytes = fs::read(&path)
            .with_context(|| format!("{} is missing; `cargo xtask plugins` builds it", path.display()))?;
        let package = Package::parse(bytes.clone())?;
        let (grant, trust) = (Some(package.manifest.capabilities), package.signature.map(|signature| signature.key_id));
        let request = Request { bytes, grant, trust, allow_unsigned: true, ..Request::default() };
        let now = SystemClock.now();
        registry.install(registry.prepare(request, now).await?, now)?;
    }
    Ok(())
}

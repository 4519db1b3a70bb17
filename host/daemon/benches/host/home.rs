//! The folder of a node: configuration, installed plugins, data. The plugins go in through the registry's own door, so
//! that a node that starts there finds what it would find after `pluginctl install`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use pluginhost::clock::SystemClock;
use pluginhost::registry::Request;
use tempfile::TempDir;
use tocsin_core::capability::Capabilities;
use tocsin_sandbox::WallClock as _;
use tocsin_sandbox::package::Package;

use crate::registry;

/// Checks of one kind, all alike.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checks {
    pub(crate) prefix: &'static str,
    pub(crate) count: usize,
    pub(crate) interval: &'static str,
    pub(crate) hang: bool,
    /// The checks take turns in using so many plugins, all of the same code.
    pub(crate) plugins: usize,
}

impl Checks {
    pub(crate) const fn alike(count: usize, interval: &'static str) -> Self {
        Self { prefix: "shop", count, interval, hang: false, plugins: 1 }
    }
}

#[derive(Debug)]
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) async fn new(checks: &[Checks]) -> Result<Self> {
        let home = Self(tempfile::tempdir()?);
        fs::write(home.config(), "node: {name: bench}\nretention: {reserve: 64KiB}\n")?;
        fs::create_dir(home.path("conf.d"))?;
        let plugins = checks.iter().map(|checks| checks.plugins).max().unwrap_or(1);
        home.install(plugins).await?;
        fs::write(home.path("conf.d/checks.yaml"), yaml(checks)?)?;
        Ok(home)
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.0.path().join(relative)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path("tocsin.yaml")
    }

    async fn install(&self, count: usize) -> Result<()> {
        let data = self.path("data");
        let registry = registry::open(&data).await?;
        let guest = guest()?;
        for number in 0..count {
            let manifest = guest.manifest_text.replace("name = \"bench\"", &format!("name = \"{}\"", plugin(number)));
            let bytes = Package::embed(&guest.bytes, &manifest, &guest.schema)?;
            let grant = Some(Capabilities::default());
            let request = Request { bytes, grant, allow_unsigned: true, ..Request::default() };
            let now = SystemClock.now();
            registry.install(registry.prepare(request, now).await?, now)?;
        }
        Ok(())
    }
}

/// `cargo xtask bench` says where built guests are.
fn guest() -> Result<Package> {
    let folder = std::env::var_os("TOCSIN_PLUGINS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins"), PathBuf::from);
    let path = folder.join("bench.wasm");
    let bytes =
        fs::read(&path).with_context(|| format!("{} is missing; `cargo xtask plugins` builds it", path.display()))?;
    Ok(Package::parse(bytes)?)
}

fn plugin(number: usize) -> String {
    format!("bench-{number}")
}

fn yaml(checks: &[Checks]) -> Result<String> {
    let mut text = "checks:\n".to_owned();
    for Checks { prefix, count, interval, hang, plugins } in checks {
        for number in 0..*count {
            let plugin = plugin(number % plugins);
            writeln!(
                text,
                "  - {{name: {prefix}-{number}, plugin: {plugin}, interval: {interval}, labels: {{team: web}}, \
                 config: {{target: front page {number}, hang: {hang}, value: {{warning: 2000, critical: 5000}}}}}}",
            )?;
        }
    }
    Ok(text)
}

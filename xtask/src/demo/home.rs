//! The demo's folder, `target/demo`: a copy of `examples/quickstart` with this run's addresses, and the node's data.
//! What a visitor adds to its `conf.d` is kept; knows nothing of processes.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::plugins::Plugin;
use crate::workspace::Workspace;

/// The addresses that `examples/quickstart` is written with.
const NODE: &str = "127.0.0.1:7117";
const TARGET: &str = "127.0.0.1:7118";
const CHECKS: &str = "conf.d/quickstart.yaml";

#[derive(Debug)]
pub(crate) struct Home {
    folder: PathBuf,
    checks: String,
}

impl Home {
    /// Writes the node's own configuration. Its checks follow once their plugins are installed, unless they already are:
    /// a node refuses checks of plugins it does not have.
    pub(crate) fn prepare(
        workspace: &Workspace,
        node: SocketAddr,
        target: SocketAddr,
        plugins: &[Plugin],
    ) -> Result<Self> {
        let read = |name: &str| {
            let path = workspace.path("examples/quickstart").join(name);
            let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            Ok::<_, anyhow::Error>(text.replace(NODE, &node.to_string()).replace(TARGET, &target.to_string()))
        };
        let home = Self { folder: workspace.target("demo"), checks: read(CHECKS)? };
        fs::create_dir_all(home.conf_d())?;
        fs::write(home.config(), read("tocsin.yaml")?)?;
        if home.has_installed(plugins) {
            home.write_checks()?;
        } else if home.folder.join(CHECKS).exists() {
            fs::remove_file(home.folder.join(CHECKS))?;
        }
        Ok(home)
    }

    /// Whether an earlier demo installed all of these here.
    fn has_installed(&self, plugins: &[Plugin]) -> bool {
        let lock = fs::read(self.data().join("plugins/plugins.lock")).unwrap_or_default();
        let lock: serde_json::Value = serde_json::from_slice(&lock).unwrap_or_default();
        let installed = lock.get("plugins").and_then(serde_json::Value::as_object);
        installed.is_some_and(|installed| plugins.iter().all(|plugin| installed.contains_key(&plugin.name)))
    }

    pub(crate) fn write_checks(&self) -> Result<()> {
        let path = self.folder.join(CHECKS);
        fs::write(&path, &self.checks).with_context(|| format!("{} cannot be written", path.display()))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.join("tocsin.yaml")
    }

    pub(crate) fn conf_d(&self) -> PathBuf {
        self.folder.join("conf.d")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("pluginhost.log")
    }
}

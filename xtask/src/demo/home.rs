//! The demo's folder, `target/demo`: a copy of `examples/quickstart` with this run's addresses, and the node's data.
//! What a visitor adds to its `conf.d` is kept; knows nothing of processes.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::plugins::Plugin;
use crate::workspace::Workspace;

/// What this run listens on, each with the address that `examples/quickstart` is written with.
#[derive(Debug)]
pub(crate) struct Addresses {
    pub(crate) node: SocketAddr,
    pub(crate) target: SocketAddr,
    pub(crate) webhook: SocketAddr,
    pub(crate) mail: SocketAddr,
}

impl Addresses {
    fn written(&self) -> [(&'static str, SocketAddr); 4] {
        [
            ("127.0.0.1:7117", self.node),
            ("127.0.0.1:7118", self.target),
            ("127.0.0.1:7119", self.webhook),
            ("127.0.0.1:7120", self.mail),
        ]
    }
}

/// What a node refuses that has no plugins yet: checks, and what is promised of them.
const LATER: [&str; 3] = ["conf.d/quickstart.yaml", "conf.d/budget.yaml", "slos/shop.yaml"];

#[derive(Debug)]
pub(crate) struct Home {
    folder: PathBuf,
    later: [String; 3],
}

impl Home {
    /// Writes the node's own configuration. Its checks follow once their plugins are installed, unless they already are:
    /// a node refuses checks of plugins it does not have.
    pub(crate) fn prepare(workspace: &Workspace, addresses: &Addresses, plugins: &[Plugin]) -> Result<Self> {
        let read = |name: &str| {
            let path = workspace.path("examples/quickstart").join(name);
            let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            let replace = |text: String, (written, now): (&str, SocketAddr)| text.replace(written, &now.to_string());
            Ok::<_, anyhow::Error>(addresses.written().into_iter().fold(text, replace))
        };
        let [checks, budget, slos] = LATER;
        let home = Self { folder: workspace.target("demo"), later: [read(checks)?, read(budget)?, read(slos)?] };
        fs::create_dir_all(home.conf_d())?;
        fs::create_dir_all(home.folder.join("slos"))?;
        fs::write(home.config(), read("tocsin.yaml")?)?;
        fs::write(home.folder.join("alertmanager.yml"), read("alertmanager.yml")?)?;
        if home.has_installed(plugins) {
            home.write_checks()?;
        } else {
            for name in LATER.iter().filter(|name| home.folder.join(name).exists()) {
                fs::remove_file(home.folder.join(name))?;
            }
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
        for (name, text) in LATER.iter().zip(&self.later) {
            let path = self.folder.join(name);
            fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
        }
        Ok(())
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

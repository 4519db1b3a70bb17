//! The installed plugins: their files, the lock that pins digest, signer and grant, and the generation that serves.
//! A new generation serves only when it is loaded; the old one serves until then and is kept for rollback.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use tocsin_core::config::{Catalog, CatalogEntry};
use tocsin_core::id::{Digest, PluginName};
use tocsin_core::manifest::Manifest;
use tocsin_sandbox::package::{Package, Signature};
use tocsin_sandbox::{Plugin, Sandbox};

pub mod install;
pub mod lock;

pub use install::{InstallError, Installation, Request};
pub use lock::{Lock, Locked, Pin};

/// A plugin as it serves, or the reason why it does not.
#[derive(Clone, Debug)]
pub struct Serving {
    pub manifest: Manifest,
    pub schema: serde_json::Value,
    pub signature: Option<Signature>,
    pub size_bytes: u64,
    pub pin: Pin,
    /// Counts the changes of what serves under this name since the node started.
    pub generation: u64,
    pub plugin: Result<Plugin, String>,
}

#[derive(Debug)]
pub struct Registry {
    folder: PathBuf,
    sandbox: Sandbox,
    serving: RwLock<Arc<BTreeMap<PluginName, Arc<Serving>>>>,
    lock: RwLock<Arc<Lock>>,
}

impl Registry {
    /// Opens the plugin folder and loads what its lock names. A plugin that cannot be loaded keeps its place, with
    /// the reason; the others never notice.
    ///
    /// # Errors
    /// If the folder or its lock cannot be read: going on would forget what was granted.
    pub async fn open(folder: &Path, sandbox: Sandbox) -> Result<Self, lock::LockError> {
        let lock = Lock::read(folder)?;
        let mut serving = BTreeMap::new();
        for (name, locked) in &lock.plugins {
            match load(folder, &sandbox, name, &locked.current).await {
                Ok(loaded) => drop(serving.insert(name.clone(), Arc::new(loaded))),
                Err(message) => tracing::error!(plugin = %name, "{message}"),
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            sandbox,
            serving: RwLock::new(Arc::new(serving)),
            lock: RwLock::new(Arc::new(lock)),
        })
    }

    /// The generation that serves.
    ///
    /// # Errors
    /// The reason why none does, as a sentence.
    pub fn plugin(&self, name: &PluginName) -> Result<Plugin, String> {
        let serving = self.serving();
        let Some(serving) = serving.get(name) else { return Err(format!("the plugin `{name}` is not installed")) };
        serving.plugin.clone().map_err(|reason| format!("the plugin `{name}` is not loaded: {reason}"))
    }

    /// All plugins, as they serve now.
    #[must_use]
    pub fn serving(&self) -> Arc<BTreeMap<PluginName, Arc<Serving>>> {
        Arc::clone(&self.serving.read().unwrap_or_else(PoisonError::into_inner))
    }

    #[must_use]
    pub fn lock(&self) -> Arc<Lock> {
        Arc::clone(&self.lock.read().unwrap_or_else(PoisonError::into_inner))
    }

    #[must_use]
    pub const fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// The component's bytes: those that serve, or any that the lock still names.
    #[must_use]
    pub fn component(&self, digest: &Digest) -> Option<Vec<u8>> {
        let is_named = self.lock().plugins.values().any(|locked| {
            locked.current.digest == *digest || locked.previous.as_ref().is_some_and(|pin| pin.digest == *digest)
        });
        is_named.then(|| std::fs::read(lock::component_path(&self.folder, digest)).ok()).flatten()
    }
}

/// The catalogue that configuration is compiled against: what serves, with one plugin changed, to see what a change
/// would do before it is made.
#[must_use]
pub fn catalog(registry: &Registry, with: Option<&Serving>) -> Catalog {
    let serving = registry.serving();
    let entries = serving.values().map(AsRef::as_ref).chain(with);
    entries
        .map(|serving| CatalogEntry {
            manifest: serving.manifest.clone(),
            grant: serving.pin.grant.clone(),
            schema: serving.schema.clone(),
            digest: serving.pin.digest.clone(),
        })
        .collect()
}

/// Reads and loads one pinned component. What can be parsed but not loaded still has its manifest, so that its checks
/// stay valid and say why they do not run.
async fn load(folder: &Path, sandbox: &Sandbox, name: &PluginName, pin: &Pin) -> Result<Serving, String> {
    let path = lock::component_path(folder, &pin.digest);
    let bytes = std::fs::read(&path)
        .map_err(|error| format!("its component {} cannot be read: {error}; install it again", path.display()))?;
    let package = Package::parse(bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    if package.digest != pin.digest {
        return Err(format!(
            "{} has the digest {}, but the lock pins {}; install it again",
            path.display(),
            package.digest,
            pin.digest
        ));
    }
    if package.manifest.name != *name {
        return Err(format!("{} says its name is `{}`", path.display(), package.manifest.name));
    }
    Ok(serve(sandbox, &package, pin.clone(), 1).await)
}

async fn serve(sandbox: &Sandbox, package: &Package, pin: Pin, generation: u64) -> Serving {
    let plugin = sandbox.load(package).await.map_err(|error| chain(&error));
    if let Err(reason) = &plugin {
        tracing::error!(plugin = %package.manifest.name, reason, "not loaded");
    }
    Serving {
        manifest: package.manifest.clone(),
        schema: package.schema.clone(),
        signature: package.signature.clone(),
        size_bytes: package.bytes.len() as u64,
        pin,
        generation,
        plugin,
    }
}

/// An error with everything that caused it, as one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}

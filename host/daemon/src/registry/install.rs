//! The door for plugins: digest, signature, trust and grant are settled here, then the component is loaded, the
//! configuration tried against it, and only then does it serve. Anything refused leaves everything as it was.

use std::sync::Arc;

use tocsin_core::capability::Capabilities;
use tocsin_core::id::{Digest, PluginName};
use tocsin_core::time::Timestamp;
use tocsin_sandbox::package::{Package, PackageError, Signature};

use super::lock::{self, Lock, LockError, Locked, Pin};
use super::{Registry, Serving, chain, serve};

/// What somebody asks to have installed.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub bytes: Vec<u8>,
    /// Where it came from, for the record.
    pub source: String,
    /// The only digest that will do.
    pub digest: Option<Digest>,
    /// What it may reach; nothing said means what an earlier version was granted.
    pub grant: Option<Capabilities>,
    /// A signer to trust from now on: the public key, or its id.
    pub trust: Option<String>,
    pub allow_unsigned: bool,
    /// Whose token asks for it.
    pub by: String,
}

/// A component that passed every gate and is loaded, but does not serve yet.
#[derive(Debug)]
pub struct Installation {
    pub serving: Arc<Serving>,
    bytes: Arc<[u8]>,
    /// A signer that is trusted from now on.
    trusts: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    #[error("the component is refused")]
    Package(#[source] PackageError),
    #[error("the component's digest is {found}, not {wanted}: it is not the one you asked for")]
    Digest { wanted: Digest, found: Digest },
    #[error("`{name}` is not signed; build it with `pluginctl build`, or allow it by hand with --allow-unsigned")]
    Unsigned { name: PluginName },
    #[error(
        "`{name}` is signed by {signer}, whom this node does not trust; --trust {signer} trusts this signer from now on"
    )]
    Untrusted { name: PluginName, signer: String },
    #[error("`{name}` {version} asks for more than it is granted")]
    GrantRequired {
        name: PluginName,
        version: String,
        /// Everything it asks for.
        asked: Box<Capabilities>,
        /// The part of it that is not granted.
        missing: Box<Capabilities>,
    },
    #[error("`{name}` {version} could not be loaded: {reason}")]
    Load { name: PluginName, version: String, reason: String },
    #[error("there is no plugin `{name}`")]
    Missing { name: PluginName },
    #[error("there is no earlier `{name}` to go back to")]
    NoPrevious { name: PluginName },
    #[error("the component could not be kept")]
    Keep(#[source] std::io::Error),
    #[error(transparent)]
    Lock(#[from] LockError),
}

impl Registry {
    /// Takes a component through every gate and loads it. Nothing is changed yet.
    ///
    /// # Errors
    /// The first gate that does not open.
    pub async fn prepare(&self, request: Request, now: Timestamp) -> Result<Installation, InstallError> {
        let package = Package::parse(request.bytes).map_err(InstallError::Package)?;
        let name = package.manifest.name.clone();
        if let Some(wanted) = request.digest.filter(|wanted| *wanted != package.digest) {
            return Err(InstallError::Digest { wanted, found: package.digest.clone() });
        }
        let lock = self.lock();
        let names = |signature: &Signature| {
            request.trust.as_ref().is_some_and(|key| *key == signature.public_key || *key == signature.key_id)
        };
        let trusts = match &package.signature {
            None if request.allow_unsigned => None,
            None => return Err(InstallError::Unsigned { name }),
            Some(signature) if lock.trusted.contains_key(&signature.public_key) => None,
            Some(signature) if names(signature) => Some(signature.public_key.clone()),
            Some(signature) => return Err(InstallError::Untrusted { name, signer: signature.key_id.clone() }),
        };
        let before = lock.plugins.get(&name).map(|locked| locked.current.grant.clone());
        // A grant that is said may be narrower than what is asked: its checks then reach that much. An old grant, or
        // none, is nobody's answer to what is new.
        let is_said = request.grant.is_some();
        let grant = request.grant.or(before).unwrap_or_default();
        let missing = package.manifest.capabilities.beyond(&grant);
        if !is_said && !missing.is_empty() {
            let asked = Box::new(package.manifest.capabilities.clone());
            let version = package.manifest.version.clone();
            return Err(InstallError::GrantRequired { name, version, asked, missing: Box::new(missing) });
        }
        let pin = Pin {
            digest: package.digest.clone(),
            version: package.manifest.version.clone(),
            source: request.source,
            signer: package.signature.as_ref().map(|signature| signature.public_key.clone()),
            grant,
            installed_at: now,
            installed_by: request.by,
        };
        let bytes = Arc::clone(&package.bytes);
        let serving = self.loaded(&package, pin).await?;
        Ok(Installation { serving, bytes, trusts })
    }

    /// Lets a prepared component serve.
    ///
    /// # Errors
    /// If the disk does not take it; then the one before serves on.
    pub fn install(&self, installation: Installation, now: Timestamp) -> Result<Arc<Serving>, InstallError> {
        let Installation { serving, bytes, trusts } = installation;
        let path = lock::component_path(&self.folder, &serving.pin.digest);
        lock::replace(&path, &bytes).map_err(InstallError::Keep)?;
        let mut lock = self.lock().as_ref().clone();
        if let Some(signer) = trusts {
            lock.trusted.insert(signer, now);
        }
        let name = serving.manifest.name.clone();
        let before = lock.plugins.remove(&name);
        let previous = match before {
            Some(before) if before.current.digest == serving.pin.digest => before.previous,
            Some(before) => Some(before.current),
            None => None,
        };
        lock.plugins.insert(name, Locked { current: serving.pin.clone(), previous });
        self.put(lock, Some(Arc::clone(&serving)), None)?;
        Ok(serving)
    }

    /// Loads what served before. Nothing is changed yet.
    ///
    /// # Errors
    /// If there is nothing before, or it can no longer be loaded.
    pub async fn prepare_rollback(&self, name: &PluginName) -> Result<Installation, InstallError> {
        let lock = self.lock();
        let locked = lock.plugins.get(name).ok_or_else(|| InstallError::Missing { name: name.clone() })?;
        let pin = locked.previous.clone().ok_or_else(|| InstallError::NoPrevious { name: name.clone() })?;
        let bytes = std::fs::read(lock::component_path(&self.folder, &pin.digest)).map_err(InstallError::Keep)?;
        let package = Package::parse(bytes).map_err(InstallError::Package)?;
        if package.digest != pin.digest {
            return Err(InstallError::Digest { wanted: pin.digest, found: package.digest.clone() });
        }
        let bytes = Arc::clone(&package.bytes);
        let serving = self.loaded(&package, pin).await?;
        Ok(Installation { serving, bytes, trusts: None })
    }

    /// Takes a plugin out of service and forgets its grant.
    ///
    /// # Errors
    /// If it is not there, or the disk does not take the change.
    pub fn remove(&self, name: &PluginName) -> Result<Arc<Serving>, InstallError> {
        let mut lock = self.lock().as_ref().clone();
        let serving = self.serving().get(name).cloned();
        let (Some(_), Some(serving)) = (lock.plugins.remove(name), serving) else {
            return Err(InstallError::Missing { name: name.clone() });
        };
        self.put(lock, None, Some(name))?;
        Ok(serving)
    }

    async fn loaded(&self, package: &Package, pin: Pin) -> Result<Arc<Serving>, InstallError> {
        let generation = self.serving().get(&package.manifest.name).map_or(1, |before| before.generation + 1);
        let serving = serve(self.sandbox(), package, pin, generation).await;
        match &serving.plugin {
            Ok(_) => Ok(Arc::new(serving)),
            Err(reason) => Err(InstallError::Load {
                name: package.manifest.name.clone(),
                version: package.manifest.version.clone(),
                reason: reason.clone(),
            }),
        }
    }

    /// The lock first: what serves is what a restart would find.
    fn put(&self, lock: Lock, comes: Option<Arc<Serving>>, goes: Option<&PluginName>) -> Result<(), LockError> {
        lock.write(&self.folder)?;
        self.forget_components(&lock);
        *self.lock.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(lock);
        let mut serving = self.serving().as_ref().clone();
        if let Some(name) = goes {
            serving.remove(name);
        }
        if let Some(comes) = comes {
            serving.insert(comes.manifest.name.clone(), comes);
        }
        *self.serving.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(serving);
        Ok(())
    }

    /// Components that no pin names any more. One that cannot be deleted costs room, nothing else.
    fn forget_components(&self, lock: &Lock) {
        let named = |digest: &str| {
            lock.plugins.values().any(|locked| {
                locked.current.digest.as_str() == digest
                    || locked.previous.as_ref().is_some_and(|pin| pin.digest.as_str() == digest)
            })
        };
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return };
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            let is_component = path.extension().is_some_and(|extension| extension == "wasm");
            let digest = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if is_component
                && !named(digest)
                && let Err(error) = std::fs::remove_file(&path)
            {
                tracing::warn!(path = %path.display(), error = chain(&error), "an old component stays");
            }
        }
    }
}

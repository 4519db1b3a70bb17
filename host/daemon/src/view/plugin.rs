//! Plugins in wire types: what serves, what it cost, and what a component asks before it may be installed.

use tocsin_api as api;
use tocsin_core::capability::Capabilities;
use tocsin_core::config::Config;
use tocsin_core::id::PluginName;
use tocsin_sandbox::package::{Package, Signature};

use crate::http::wire::{self, time};
use crate::registry::{Lock, Registry, Serving};

pub(super) fn summary(serving: &Serving, lock: &Lock, config: &Config, cost: api::PluginCost) -> api::PluginSummary {
    let manifest = &serving.manifest;
    let locked = lock.plugins.get(&manifest.name);
    let error = serving.plugin.as_ref().err().cloned();
    api::PluginSummary {
        name: manifest.name.to_string(),
        version: manifest.version.clone(),
        kind: manifest.kind.as_str().to_owned(),
        target: manifest.target.as_str().to_owned(),
        description: manifest.description.clone(),
        license: manifest.license.clone(),
        digest: serving.pin.digest.to_string(),
        size_bytes: serving.size_bytes,
        signer: serving.signature.as_ref().map(|signature| signer(signature, lock)),
        asked: wire::asked(&manifest.capabilities),
        granted: wire::asked(&serving.pin.grant),
        state: if error.is_none() { api::PluginState::Loaded } else { api::PluginState::Failed },
        error,
        generation: serving.generation,
        previous: locked.and_then(|locked| locked.previous.as_ref()).map(|pin| pin.digest.to_string()),
        installed_at: time(serving.pin.installed_at),
        installed_by: serving.pin.installed_by.clone(),
        source: Some(serving.pin.source.clone()).filter(|source| !source.is_empty()),
        used_by: used_by(&manifest.name, config),
        cost,
    }
}

/// What a component asks, for whoever must decide; nothing if it cannot be read at all.
pub(super) fn offer(bytes: &[u8], grant: Option<&Capabilities>, registry: &Registry) -> Option<api::InstallRequest> {
    let package = Package::parse(bytes.to_vec()).ok()?;
    let (manifest, lock) = (&package.manifest, registry.lock());
    let installed = lock.plugins.get(&manifest.name);
    let granted = grant.cloned().or_else(|| installed.map(|locked| locked.current.grant.clone())).unwrap_or_default();
    Some(api::InstallRequest {
        name: manifest.name.to_string(),
        version: manifest.version.clone(),
        kind: manifest.kind.as_str().to_owned(),
        description: manifest.description.clone(),
        digest: package.digest.to_string(),
        signer: package.signature.as_ref().map(|signature| signer(signature, &lock)),
        asked: wire::asked(&manifest.capabilities),
        beyond: wire::asked(&manifest.capabilities.beyond(&granted)),
        grant: serde_json::to_value(&manifest.capabilities).unwrap_or_default(),
        installed: installed.map(|locked| locked.current.version.clone()),
    })
}

fn signer(signature: &Signature, lock: &Lock) -> api::Signer {
    api::Signer {
        key_id: signature.key_id.clone(),
        public_key: signature.public_key.clone(),
        trusted: lock.trusted.contains_key(&signature.public_key),
    }
}

fn used_by(plugin: &PluginName, config: &Config) -> u64 {
    let checks = config.checks.values().filter(|check| check.plugin == *plugin).count();
    let detectors = config.detectors.values().filter(|detector| detector.plugin == *plugin).count();
    (checks + detectors) as u64
}

//! What the compiler must know of the installed plugins, as a value. Knows nothing of components: whoever keeps the
//! lock file fills it in.

use std::collections::BTreeMap;

use crate::capability::Capabilities;
use crate::id::{Digest, PluginName};
use crate::manifest::Manifest;

/// The plugins of the lock file. One that failed to load is in it as well: its checks stay valid and run as unknown,
/// so that a damaged file never makes a good configuration a bad one.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    plugins: BTreeMap<PluginName, CatalogEntry>,
}

/// One installed plugin.
#[derive(Clone, Debug, PartialEq)]
pub struct CatalogEntry {
    pub manifest: Manifest,
    /// What the operator granted when it was installed.
    pub grant: Capabilities,
    /// The JSON Schema of its config.
    pub schema: serde_json::Value,
    pub digest: Digest,
}

impl Catalog {
    #[must_use]
    pub fn plugin(&self, name: &str) -> Option<&CatalogEntry> {
        self.plugins.get(name)
    }

    /// In the order of their names.
    pub fn entries(&self) -> impl Iterator<Item = &CatalogEntry> {
        self.plugins.values()
    }
}

impl FromIterator<CatalogEntry> for Catalog {
    fn from_iter<I: IntoIterator<Item = CatalogEntry>>(entries: I) -> Self {
        Self { plugins: entries.into_iter().map(|entry| (entry.manifest.name.clone(), entry)).collect() }
    }
}

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
    is_absent: bool,
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
    /// For whoever has no plugins at hand and asks for nothing that depends on them: a use of a plugin is left out of
    /// the configuration, and is no error.
    #[must_use]
    pub fn absent() -> Self {
        Self { is_absent: true, ..Self::default() }
    }

    #[must_use]
    pub const fn is_absent(&self) -> bool {
        self.is_absent
    }

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
        Self {
            plugins: entries.into_iter().map(|entry| (entry.manifest.name.clone(), entry)).collect(),
            is_absent: false,
        }
    }
}

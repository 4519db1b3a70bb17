//! What plugins keep between runs (`state`), in memory; the recorder writes it behind, at most a second late.
//! Knows nothing of what the bytes mean.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tocsin_core::id::{CheckName, PluginName};

/// The entries one plugin keeps for one check.
pub type Kept = BTreeMap<String, Vec<u8>>;

#[derive(Debug, Default)]
pub struct Keeper {
    kept: Mutex<BTreeMap<CheckName, (PluginName, Kept)>>,
}

impl Keeper {
    /// Goes on with what the store kept.
    #[must_use]
    pub fn restore(kept: impl IntoIterator<Item = (PluginName, CheckName, Kept)>) -> Self {
        let kept = kept.into_iter().map(|(plugin, check, kept)| (check, (plugin, kept))).collect();
        Self { kept: Mutex::new(kept) }
    }

    /// What this plugin kept for this check; nothing if the check had another plugin before.
    #[must_use]
    pub fn state(&self, plugin: &PluginName, check: &CheckName) -> Kept {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(check).filter(|(owner, _)| owner == plugin).map(|(_, kept)| kept.clone()).unwrap_or_default()
    }

    pub fn keep(&self, plugin: &PluginName, check: &CheckName, state: Kept) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(check.clone(), (plugin.clone(), state));
    }

    /// Forgets checks that are no longer configured.
    pub fn retain(&self, is_configured: impl Fn(&CheckName) -> bool) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|check, _| is_configured(check));
    }
}

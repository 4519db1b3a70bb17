//! The few bytes a plugin keeps between its runs for a check. Knows nothing of what they mean, nor of their limits.

use std::collections::BTreeMap;

use rusqlite::Connection;
use tocsin_core::id::{CheckName, PluginName};

use crate::Store;
use crate::error::StoreError;

/// Everything one plugin keeps for one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginState {
    pub plugin: PluginName,
    pub check: CheckName,
    pub entries: BTreeMap<String, Vec<u8>>,
}

impl Store {
    /// What was kept, for a start.
    ///
    /// # Errors
    /// What the database refused.
    pub fn plugin_states(&self) -> Result<Vec<PluginState>, StoreError> {
        self.0.db.read("read what plugins keep", select)
    }

    /// Replaces all that each of these plugins keeps for each check, in one transaction. No entries: nothing is kept.
    ///
    /// # Errors
    /// What the database refused; then nothing of the batch is kept.
    pub fn save_plugin_states(&self, states: &[PluginState]) -> Result<(), StoreError> {
        if states.is_empty() {
            return Ok(());
        }
        self.0.db.write("keep what plugins keep", |tx| states.iter().try_for_each(|state| replace(tx, state)))
    }

    /// Forgets what any plugin kept for a check that is gone.
    ///
    /// # Errors
    /// What the database refused.
    pub fn forget_plugin_states(&self, check: &CheckName) -> Result<(), StoreError> {
        self.0.db.write("forget what plugins keep", |tx| {
            tx.prepare_cached("DELETE FROM plugin_state WHERE check_name = ?1")?.execute([check.as_str()]).map(drop)
        })
    }
}

fn select(connection: &Connection) -> rusqlite::Result<Vec<PluginState>> {
    let mut statement =
        connection.prepare("SELECT plugin, check_name, key, value FROM plugin_state ORDER BY plugin, check_name")?;
    let mut rows = statement.query([])?;
    let mut states: Vec<PluginState> = Vec::new();
    while let Some(row) = rows.next()? {
        let (plugin, check) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
        let (key, value) = (row.get(2)?, row.get(3)?);
        match states.last_mut().filter(|last| last.plugin.as_str() == plugin && last.check.as_str() == check) {
            Some(last) => drop(last.entries.insert(key, value)),
            None => states.push(PluginState {
                plugin: PluginName::new(plugin),
                check: CheckName::new(check),
                entries: BTreeMap::from([(key, value)]),
            }),
        }
    }
    Ok(states)
}

fn replace(tx: &Connection, state: &PluginState) -> rusqlite::Result<()> {
    let (plugin, check) = (state.plugin.as_str(), state.check.as_str());
    tx.prepare_cached("DELETE FROM plugin_state WHERE plugin = ?1 AND check_name = ?2")?.execute((plugin, check))?;
    let mut insert =
        tx.prepare_cached("INSERT INTO plugin_state (plugin, check_name, key, value) VALUES (?1, ?2, ?3, ?4)")?;
    state.entries.iter().try_for_each(|(key, value)| insert.execute((plugin, check, key, value)).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    fn state(plugin: &str, check: &str, entries: &[(&str, &[u8])]) -> PluginState {
        let entries = entries.iter().map(|(key, value)| ((*key).to_owned(), value.to_vec())).collect();
        PluginState { plugin: plugin.into(), check: check.into(), entries }
    }

    #[test]
    fn the_newest_state_of_each_plugin_and_check_survives_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), &Options::default()).unwrap();
        let first = [state("node", "cpu", &[("a", b"1"), ("b", b"2")]), state("node", "disk", &[("a", b"3")])];
        store.save_plugin_states(&first).unwrap();
        store.save_plugin_states(&[state("node", "cpu", &[("b", &[0, 255])])]).unwrap();
        store.save_plugin_states(&[state("http", "web", &[("etag", b"x")])]).unwrap();
        store.forget_plugin_states(&"web".into()).unwrap();
        drop(store);
        let kept = Store::open(folder.path(), &Options::default()).unwrap().plugin_states().unwrap();
        assert_eq!(kept, [state("node", "cpu", &[("b", &[0, 255])]), state("node", "disk", &[("a", b"3")])]);
    }

    #[test]
    fn no_entries_means_that_nothing_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), &Options::default()).unwrap();
        store.save_plugin_states(&[state("node", "cpu", &[("a", b"1")])]).unwrap();
        store.save_plugin_states(&[state("node", "cpu", &[])]).unwrap();
        assert!(store.plugin_states().unwrap().is_empty());
    }
}

//! Strings that repeat in every run (names of checks and plugins, digests), kept once and known by a small number.
//! Knows nothing of runs.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use rusqlite::Connection;

use crate::db::Db;
use crate::error::StoreError;

#[derive(Debug)]
pub(crate) struct Names(RwLock<Maps>);

#[derive(Debug, Default)]
struct Maps {
    by_text: HashMap<Arc<str>, i64>,
    by_id: HashMap<i64, Arc<str>>,
}

impl Names {
    pub(crate) fn load(db: &Db) -> Result<Self, StoreError> {
        let names = Self(RwLock::default());
        names.remember(db.read("read its names", |connection| {
            let mut statement = connection.prepare("SELECT id, text FROM name")?;
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<Vec<_>, _>>()
        })?);
        Ok(names)
    }

    /// Sees to it that each of these has an id. In a transaction of its own: what a later one rolls back must not
    /// take along ids that memory already knows.
    pub(crate) fn ensure<'a>(&self, db: &Db, texts: impl Iterator<Item = &'a str>) -> Result<(), StoreError> {
        let mut missing: Vec<&str> = {
            let maps = self.0.read().unwrap_or_else(PoisonError::into_inner);
            texts.filter(|text| !maps.by_text.contains_key(*text)).collect()
        };
        if missing.is_empty() {
            return Ok(());
        }
        missing.sort_unstable();
        missing.dedup();
        let new =
            db.write("keep a name", |tx| missing.iter().map(|text| insert(tx, text)).collect::<Result<Vec<_>, _>>())?;
        self.remember(new);
        Ok(())
    }

    pub(crate) fn id(&self, text: &str) -> Option<i64> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).by_text.get(text).copied()
    }

    pub(crate) fn text(&self, id: i64) -> Option<Arc<str>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).by_id.get(&id).cloned()
    }

    fn remember(&self, new: Vec<(i64, Arc<str>)>) {
        let mut maps = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (id, text) in new {
            maps.by_text.insert(Arc::clone(&text), id);
            maps.by_id.insert(id, text);
        }
    }
}

fn insert(tx: &Connection, text: &str) -> rusqlite::Result<(i64, Arc<str>)> {
    // Another thread may have been first.
    tx.prepare_cached("INSERT INTO name (text) VALUES (?1) ON CONFLICT DO NOTHING")?.execute([text])?;
    let id = tx.prepare_cached("SELECT id FROM name WHERE text = ?1")?.query_row([text], |row| row.get(0))?;
    Ok((id, Arc::from(text)))
}

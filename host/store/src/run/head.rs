//! Where each check's history begins, in memory and on the disk: the newest run, and the healthy run whose whole
//! observation is kept. Knows nothing of what a run holds.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use rusqlite::{Connection, Transaction};

use super::Key;
use crate::db::{Db, lock};
use crate::error::StoreError;

/// A check's healthy observation is kept anew after this long: the page after a restart shows real values, and a check
/// that runs ten times a second does not write each of them.
const KEPT_EVERY_MS: i64 = 10_000;

#[derive(Clone, Copy, Debug)]
struct Head {
    newest: Key,
    kept: Option<(Key, i64)>,
}

#[derive(Debug)]
pub(crate) struct Heads(Mutex<HashMap<i64, Head>>);

/// The heads as a transaction will leave them. Holds the lock, so that appends take turns before the writer does.
pub(crate) struct Staged<'a> {
    committed: MutexGuard<'a, HashMap<i64, Head>>,
    staged: HashMap<i64, Head>,
}

impl Heads {
    pub(crate) fn load(db: &Db) -> Result<Self, StoreError> {
        let heads = db.read("read where each history begins", |connection| {
            let mut statement = connection.prepare("SELECT check_id, newest, kept, kept_ms FROM head")?;
            let rows = statement.query_map([], |row| {
                let kept = row.get::<_, Option<Key>>(2)?.zip(row.get(3)?);
                Ok((row.get(0)?, Head { newest: row.get(1)?, kept }))
            })?;
            rows.collect()
        })?;
        Ok(Self(Mutex::new(heads)))
    }

    pub(crate) fn newest(&self, check: i64) -> Option<Key> {
        lock(&self.0).get(&check).map(|head| head.newest)
    }

    pub(crate) fn all_newest(&self) -> Vec<Key> {
        lock(&self.0).values().map(|head| head.newest).collect()
    }

    pub(crate) fn stage(&self) -> Staged<'_> {
        Staged { committed: lock(&self.0), staged: HashMap::new() }
    }

    /// Forgets checks whose whole history is gone.
    pub(crate) fn forget(&self, checks: &[i64]) {
        let mut heads = lock(&self.0);
        for check in checks {
            heads.remove(check);
        }
    }
}

impl Staged<'_> {
    fn get(&self, check: i64) -> Option<&Head> {
        self.staged.get(&check).or_else(|| self.committed.get(&check))
    }

    pub(crate) fn newest(&self, check: i64) -> Option<Key> {
        self.get(check).map(|head| head.newest)
    }

    /// Whether a healthy run that started at this time has its observation kept. A clock set back keeps it.
    pub(crate) fn is_due(&self, check: i64, started_ms: i64) -> bool {
        let kept = self.get(check).and_then(|head| head.kept);
        kept.is_none_or(|(_, at)| !(0..KEPT_EVERY_MS).contains(&started_ms.saturating_sub(at)))
    }

    /// Notes a run, and where its observation is the one kept from now on, names the one it replaces.
    pub(crate) fn advance(&mut self, check: i64, newest: Key, keeps_at: Option<i64>) -> Option<Key> {
        let before = self.get(check).and_then(|head| head.kept);
        let kept = keeps_at.map(|at| (newest, at)).or(before);
        self.staged.insert(check, Head { newest, kept });
        before.map(|(key, _)| key).filter(|_| keeps_at.is_some())
    }

    pub(crate) fn write(&self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut statement =
            tx.prepare_cached("INSERT OR REPLACE INTO head (check_id, newest, kept, kept_ms) VALUES (?1, ?2, ?3, ?4)")?;
        for (check, head) in &self.staged {
            let (kept, kept_ms) = head.kept.unzip();
            statement.execute((check, head.newest, kept, kept_ms))?;
        }
        Ok(())
    }

    pub(crate) fn committed(mut self) {
        self.committed.extend(self.staged.drain());
    }
}

/// Checks whose newest run is gone have no history left.
pub(crate) fn delete_empty(connection: &Connection) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM head WHERE NOT EXISTS (SELECT 1 FROM run WHERE run.id = head.newest) RETURNING check_id",
    )?;
    statement.query_map([], |row| row.get(0))?.collect()
}

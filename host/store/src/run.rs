//! Runs of checks and their transcripts: what is kept of each, and how they are found again. Knows nothing of what a
//! transcript holds.
//!
//! A row holds how the run ended, what it cost, its status and summary. The whole observation (metrics, findings,
//! evidence) is kept beside it for every run that is not simply healthy, and for one recent healthy run of each check;
//! the metrics of all of them are samples. [`StoredRun::complete`] says which one was read.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _};
use tocsin_core::id::{CheckName, RunId};
use tocsin_core::run::RunRecord;

use crate::error::StoreError;
use crate::{Store, json};

mod head;
mod key;
mod row;

pub(crate) use head::{Heads, delete_empty};
pub(crate) use key::Key;

/// A run to keep.
#[derive(Clone, Debug)]
pub struct NewRun {
    pub record: Arc<RunRecord>,
    /// Encoded; packed on the way in. Its presence here is what the kept record's `transcript` says.
    pub transcript: Option<Vec<u8>>,
}

/// A run as it was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRun {
    pub record: RunRecord,
    /// False for an older healthy run: its observation holds status and summary alone.
    pub complete: bool,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    pub kept: usize,
    /// Given up because the disk was full.
    pub shed: usize,
}

impl Store {
    /// Keeps a batch in one transaction. State commits wait for it: a few thousand runs at a time are enough.
    ///
    /// On a full disk the healthy runs are shed first, then the others; both are counted and are no error.
    ///
    /// # Errors
    /// What the database refused, or an id that is none; then nothing of the batch is kept.
    pub fn append_runs(&self, runs: &[NewRun]) -> Result<Appended, StoreError> {
        let runs =
            runs.iter().map(|run| Ok((Key::of(&run.record.id)?, run))).collect::<Result<Vec<_>, StoreError>>()?;
        // What the reserve made room for is not for history to fill.
        let attempt = if self.0.reserve.is_short() { Err(self.0.db.full()) } else { self.try_append(&runs) };
        let kept = match attempt {
            Err(error) if error.is_full() => {
                let telling: Vec<_> = runs.iter().filter(|(_, run)| !row::is_healthy(&run.record)).copied().collect();
                match self.try_append(&telling) {
                    Err(error) if error.is_full() => 0,
                    kept => kept?,
                }
            }
            kept => kept?,
        };
        let shed = runs.len().saturating_sub(kept);
        self.0.shed.add_runs(shed);
        Ok(Appended { kept, shed })
    }

    /// # Errors
    /// What the database refused, or an id that is none.
    pub fn run(&self, id: &RunId) -> Result<Option<StoredRun>, StoreError> {
        let key = Key::of(id)?;
        self.0.db.read("read a run", |db| Ok(row::select(db, &self.0.names, key)?.map(|(run, _)| run)))
    }

    /// The transcript of a run, encoded as it was given.
    ///
    /// # Errors
    /// What the database refused, or an id that is none.
    pub fn transcript(&self, id: &RunId) -> Result<Option<Vec<u8>>, StoreError> {
        let key = Key::of(id)?;
        self.0.db.read("read a transcript", |db| {
            let mut statement = db.prepare_cached("SELECT body FROM transcript WHERE run = ?1")?;
            statement.query_row([key], |row| json::unpack(0, row.get_ref(0)?.as_blob()?)).optional()
        })
    }

    /// The newest runs of a check, newest first, in the order they were appended in.
    ///
    /// # Errors
    /// What the database refused.
    pub fn recent_runs(&self, check: &CheckName, limit: usize) -> Result<Vec<StoredRun>, StoreError> {
        let Some(newest) = self.0.names.id(check.as_str()).and_then(|id| self.0.heads.newest(id)) else {
            return Ok(Vec::new());
        };
        self.0.db.read("read a check's history", |db| {
            let mut runs = Vec::new();
            let mut next = Some(newest);
            // Each run names the one before it; retention cuts the chain where its oldest part is gone.
            while let Some(key) = next.filter(|_| runs.len() < limit) {
                let Some((run, previous)) = row::select(db, &self.0.names, key)? else { break };
                runs.push(run);
                next = previous;
            }
            Ok(runs)
        })
    }

    /// The newest run of each check, for a restart.
    ///
    /// # Errors
    /// What the database refused.
    pub fn last_runs(&self) -> Result<Vec<StoredRun>, StoreError> {
        self.0.db.read("read the newest runs", |db| {
            let newest = self.0.heads.all_newest();
            let runs = newest.into_iter().map(|key| Ok(row::select(db, &self.0.names, key)?.map(|(run, _)| run)));
            runs.filter_map(Result::transpose).collect()
        })
    }

    fn try_append(&self, runs: &[(Key, &NewRun)]) -> Result<usize, StoreError> {
        if runs.is_empty() {
            return Ok(0);
        }
        let names = runs
            .iter()
            .flat_map(|(_, run)| [run.record.check.as_str(), run.record.plugin.as_str(), run.record.digest.as_str()]);
        self.0.names.ensure(&self.0.db, names)?;
        let mut heads = self.0.heads.stage();
        let kept = self.0.db.write("keep runs", |tx| {
            let mut writer = row::Writer::new(tx, &self.0.names)?;
            let kept = runs.iter().try_fold(0, |kept, (key, run)| {
                Ok::<_, rusqlite::Error>(kept + usize::from(writer.insert(*key, run, &mut heads)?))
            })?;
            heads.write(tx)?;
            Ok(kept)
        })?;
        heads.committed();
        Ok(kept)
    }
}

/// How many runs are kept.
pub(crate) fn count(connection: &Connection) -> rusqlite::Result<u64> {
    connection.query_row("SELECT count(*) FROM run", [], |row| row.get::<_, i64>(0).map(i64::unsigned_abs))
}

#[cfg(test)]
mod tests;

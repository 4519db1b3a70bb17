//! What a node keeps: the pipeline's state, runs with their transcripts, samples, anomalies, plugins' own bytes and
//! the audit log, in one SQLite file. The only crate that knows SQL.
//!
//! Every call blocks: call it where blocking is allowed. [`Store`] is cheap to clone and safe to share; writes take
//! turns, reads never wait for them. Nothing here asks what time it is.
//!
//! State is written at once and is on the disk when [`Store::commit`] returns. Runs and samples come in batches, one
//! transaction each: what was not appended yet is what a power cut takes. When the disk is full, samples and runs
//! are shed and counted, and a reserve file makes room for state.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::sync::{Arc, Mutex};

mod db;
mod error;
mod json;
mod name;
mod reserve;
mod shed;
mod varint;

mod anomaly;
mod audit;
mod book;
mod damage;
mod incident;
mod plugin_state;
mod retention;
mod run;
mod sample;
mod slo;
mod state;

#[cfg(test)]
mod fixture;

pub use anomaly::AnomalyQuery;
pub use audit::{AuditEntry, AuditPlace};
pub use damage::SetAside;
pub use error::StoreError;
pub use plugin_state::PluginState;
pub use retention::{Counts, Swept, Usage};
pub use run::{Appended, NewRun, StoredRun};
pub use sample::{NewSample, SampleLog, SeriesInfo};
pub use shed::Shed;

use db::Db;
use name::Names;
use reserve::Reserve;
use run::Heads;
use sample::SeriesTable;

/// The database's name in the data folder.
pub const FILE: &str = "tocsin.db";

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The size of the file that is given up when the disk is full.
    pub reserve_bytes: u64,
    /// The database never grows beyond this, the reserve included; without it, the disk is the limit.
    pub quota_bytes: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self { reserve_bytes: 8 * 1024 * 1024, quota_bytes: None }
    }
}

/// The node's database.
#[derive(Clone, Debug)]
pub struct Store(Arc<Rooms>);

#[derive(Debug)]
struct Rooms {
    // Unlocked when it is dropped, however the process ends.
    _lock: File,
    db: Db,
    reserve: Reserve,
    names: Names,
    heads: Heads,
    series: SeriesTable,
    folding: Mutex<()>,
    shed: shed::Counts,
}

impl Store {
    /// Opens the database in `folder`, making both where they are not there.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where the file cannot be read ([`Store::open_or_set_aside`] goes on regardless),
    /// [`StoreError::Newer`] where a later version wrote it, and what the disk refused.
    pub fn open(folder: &Path, options: &Options) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(|source| StoreError::Folder { path: folder.to_owned(), source })?;
        let lock = lock(folder)?;
        let db = Db::open(&folder.join(FILE), options.reserve_bytes)?;
        let reserve = Reserve::open(folder, options.reserve_bytes, options.quota_bytes, &db)?;
        let names = Names::load(&db)?;
        let (heads, series) = (Heads::load(&db)?, SeriesTable::load(&db)?);
        Ok(Self(Arc::new(Rooms {
            _lock: lock,
            db,
            reserve,
            names,
            heads,
            series,
            folding: Mutex::default(),
            shed: shed::Counts::default(),
        })))
    }

    /// A transaction that must not fail for want of room: gives the reserve up and tries once more.
    fn write_urgent<T>(
        &self,
        doing: &'static str,
        work: impl Fn(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        match self.0.db.write(doing, &work) {
            Err(error) if error.is_full() && self.0.reserve.release(&self.0.db)? => self.0.db.write(doing, &work),
            outcome => outcome,
        }
    }
}

/// One node a folder: two would each go on from what they remember, over each other's history.
fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join("lock");
    let unusable = |source| StoreError::Folder { path: path.clone(), source };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Busy { path: folder.join(FILE) }),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_in_use_is_refused_and_free_again_once_its_node_is_gone() {
        let (folder, store) = fixture::store();
        let error = Store::open(folder.path(), &Options::default()).unwrap_err();
        assert!(matches!(error, StoreError::Busy { .. }), "{error}");
        drop(store);
        Store::open(folder.path(), &Options::default()).unwrap();
    }
}

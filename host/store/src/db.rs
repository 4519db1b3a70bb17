//! One SQLite file: how it is opened, its schema, its one writer and its few readers. Knows no table but through the
//! migrations.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use rusqlite_migration::{M, Migrations};

use crate::error::StoreError;

/// In order; one that was released is never changed.
const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("../migrations/001_first.sql")),
    M::up(include_str!("../migrations/002_alerting.sql")),
    M::up(include_str!("../migrations/003_slo.sql")),
    M::up(include_str!("../migrations/004_incident.sql")),
];

/// Connections kept for reading; more are opened when more threads read at once, and closed again.
const READERS_KEPT: usize = 3;

const PAGE_BYTES: u64 = 4_096;
/// The write-ahead log is copied home once it has this many pages: at most 16 MiB, so that a busy page is copied once,
/// not often; and a quarter of the reserve, so that the reserve is room enough to copy it home on a full disk. A log
/// that does not fit there would hold its own room for ever.
const CHECKPOINT_PAGES: (u64, u64) = (64, 4_096);
const RESERVE_SHARE: u64 = 4;

const CACHE_KIB_WRITER: i64 = 8_192;
const CACHE_KIB_READER: i64 = 1_024;
const STATEMENTS_CACHED: usize = 64;
const BUSY_MS: u32 = 5_000;

/// What must be readable for the node to go on where it was; checked whenever the file is opened. Damage elsewhere
/// shows when it is read.
const VITAL_TABLES: &[&str] = &[
    "name",
    "state_check",
    "state_detector",
    "head",
    "series",
    "plugin_state",
    "alert",
    "alert_group",
    "silence",
    "notice",
    "page",
    "rule_instance",
    "slo_series",
    "slo_slot",
    "slo_block",
];

#[derive(Debug)]
pub(crate) struct Db {
    path: PathBuf,
    // Dropped before the writer: whoever closes last copies the log home, and a reader may not.
    readers: Mutex<Vec<Connection>>,
    writer: Mutex<Connection>,
}

impl Db {
    /// Opens the file, making it where it is not there, and brings its schema up to date.
    pub(crate) fn open(path: &Path, reserve_bytes: u64) -> Result<Self, StoreError> {
        let error = |doing| move |source| StoreError::of(path, doing, source);
        let mut writer = Connection::open(path).map_err(error("be opened"))?;
        set_up_writer(&writer, reserve_bytes).map_err(error("be opened"))?;
        migrate(path, &mut writer)?;
        for table in VITAL_TABLES {
            let verdict: String = writer
                .query_row(&format!("PRAGMA quick_check({table})"), [], |row| row.get(0))
                .map_err(error("be checked"))?;
            if verdict != "ok" {
                return Err(StoreError::Damaged {
                    path: path.to_owned(),
                    finding: "a table that the node needs does not add up",
                });
            }
        }
        Ok(Self { path: path.to_owned(), writer: Mutex::new(writer), readers: Mutex::new(Vec::new()) })
    }

    /// One transaction: all of `work` or nothing of it is kept, and it is on the disk when this returns.
    pub(crate) fn write<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut writer = lock(&self.writer);
        let outcome = (|| {
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })();
        outcome.map_err(|source| StoreError::of(&self.path, doing, source))
    }

    /// The writer's connection outside a transaction: for pragmas.
    pub(crate) fn tend<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        work(&lock(&self.writer)).map_err(|source| StoreError::of(&self.path, doing, source))
    }

    /// What a full disk is told as.
    pub(crate) fn full(&self) -> StoreError {
        StoreError::Full { path: self.path.clone() }
    }

    /// Copies the log home and gives its room back to the disk.
    pub(crate) fn empty_log(&self) -> Result<(), StoreError> {
        self.tend("copy its log home", |connection| {
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        })
    }

    /// One consistent view; never waits for the writer.
    pub(crate) fn read<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let kept = lock(&self.readers).pop();
        let outcome = (|| {
            let mut reader = kept.map_or_else(|| open_reader(&self.path), Ok)?;
            let view = reader.transaction()?;
            let value = work(&view)?;
            view.finish()?;
            Ok((reader, value))
        })();
        let (reader, value) = outcome.map_err(|source| StoreError::of(&self.path, doing, source))?;
        let mut readers = lock(&self.readers);
        if readers.len() < READERS_KEPT {
            readers.push(reader);
        }
        Ok(value)
    }
}

/// A thread that panicked while it held the lock left a rolled-back transaction behind, not a broken value.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn set_up_writer(connection: &Connection, reserve_bytes: u64) -> rusqlite::Result<()> {
    let log_pages =
        (reserve_bytes / RESERVE_SHARE / PAGE_BYTES).clamp(CHECKPOINT_PAGES.0, CHECKPOINT_PAGES.1).cast_signed();
    connection.busy_timeout(std::time::Duration::from_millis(u64::from(BUSY_MS)))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    // Only takes effect before the first table is made; lets `retention` give pages back to the disk bit by bit.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", log_pages)?;
    connection.pragma_update(None, "journal_size_limit", log_pages * PAGE_BYTES.cast_signed())?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB_WRITER)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "trusted_schema", "OFF")
}

fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::from_millis(u64::from(BUSY_MS)))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    connection.pragma_update(None, "cache_size", -CACHE_KIB_READER)?;
    Ok(connection)
}

fn migrate(path: &Path, writer: &mut Connection) -> Result<(), StoreError> {
    let doing = "be brought up to date";
    let found: i64 = writer
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|source| StoreError::of(path, doing, source))?;
    if usize::try_from(found).is_ok_and(|found| found > MIGRATIONS.len()) {
        return Err(StoreError::Newer { path: path.to_owned(), found, known: MIGRATIONS.len() });
    }
    match Migrations::from_slice(MIGRATIONS).to_latest(writer) {
        Ok(()) => Ok(()),
        Err(rusqlite_migration::Error::RusqliteError { err, .. }) => Err(StoreError::of(path, doing, err)),
        Err(_) => Err(StoreError::Damaged { path: path.to_owned(), finding: "its schema is not one of Tocsin's" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_migrations_are_valid() {
        Migrations::from_slice(MIGRATIONS).validate().unwrap();
    }

    #[test]
    fn a_file_of_a_newer_version_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tocsin.db");
        Db::open(&path, 0).unwrap().tend("be changed", |db| db.pragma_update(None, "user_version", 99)).unwrap();
        let error = Db::open(&path, 0).unwrap_err();
        assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");
        assert!(error.to_string().contains("tocsin.db"));
    }

    #[test]
    fn what_was_written_survives_a_drop_without_a_close() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tocsin.db");
        let db = Db::open(&path, 0).unwrap();
        db.write("keep a name", |tx| tx.execute("INSERT INTO name (text) VALUES ('web')", []).map(drop)).unwrap();
        // A killed process runs no destructors: the files are as the last commit left them.
        let copy = folder.path().join("copy.db");
        std::fs::copy(&path, &copy).unwrap();
        std::fs::copy(folder.path().join("tocsin.db-wal"), folder.path().join("copy.db-wal")).unwrap();
        let names: i64 = Db::open(&copy, 0)
            .unwrap()
            .read("count", |db| db.query_row("SELECT count(*) FROM name", [], |r| r.get(0)))
            .unwrap();
        assert_eq!(names, 1);
    }
}

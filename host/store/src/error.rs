//! What can go wrong with the database, typed, each with the way out. Knows nothing of what was being kept.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{ErrorCode, ffi};

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    #[error("the data folder {} cannot be used: make it a folder that this user may write to", path.display())]
    Folder { path: PathBuf, source: io::Error },

    #[error("the disk that holds {} is full, or the database has reached its quota: free some space, or lower `retention`", path.display())]
    Full { path: PathBuf },

    #[error(
        "the database {} is damaged: {finding}. Restore a copy, or move the file away; the node then starts with an empty history",
        path.display()
    )]
    Damaged { path: PathBuf, finding: &'static str },

    #[error(
        "the database {} has schema {found}, and this version of Tocsin knows none after {known}: start the newer version, or move the file away",
        path.display()
    )]
    Newer { path: PathBuf, found: i64, known: usize },

    #[error("the database {} is in use by another program: is a second pluginhost running on this data folder?", path.display())]
    Busy { path: PathBuf },

    #[error("`{id}` is not a run's id: one looks like 0198f2c4-6d1e-7b3a-9c55-0242ac120002")]
    RunId { id: String },

    #[error("the database {} failed while it was to {doing}", path.display())]
    Sqlite { path: PathBuf, doing: &'static str, source: rusqlite::Error },
}

impl StoreError {
    /// Gives an error of SQLite the name that its reader needs.
    pub(crate) fn of(path: &Path, doing: &'static str, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error() {
            Some(error) if is_full(*error) => Self::Full { path },
            Some(error) => match error.code {
                ErrorCode::DatabaseCorrupt => Self::Damaged { path, finding: "a page of it makes no sense" },
                ErrorCode::NotADatabase => Self::Damaged { path, finding: "it is not an SQLite file" },
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy { path },
                _ => Self::Sqlite { path, doing, source },
            },
            None => Self::Sqlite { path, doing, source },
        }
    }

    #[must_use]
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }

    #[must_use]
    pub const fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. })
    }
}

/// The shared-memory file beside the database grows as well, and SQLite has a code of its own for that.
fn is_full(error: ffi::Error) -> bool {
    error.code == ErrorCode::DiskFull || error.extended_code == ffi::SQLITE_IOERR_SHMSIZE
}

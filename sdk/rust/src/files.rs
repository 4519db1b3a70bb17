//! Files below granted paths. Symbolic links are resolved first, then judged.

use std::fmt;

use crate::CallError;
use crate::bindings::host::files as wit;

pub use crate::bindings::host::files::{Content, Entry, FileKind};

/// What went wrong with a path that was allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is nothing at this path.
    NotFound(String),
    /// Reading went wrong.
    Failed(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(path) => write!(f, "there is no `{path}`"),
            Self::Failed(message) => f.write_str(message),
        }
    }
}

/// The file's first `max` bytes.
pub fn read(path: &str, max: u32) -> Result<Content, CallError<Problem>> {
    read_from(path, 0, max)
}

/// `max` bytes from `offset`.
pub fn read_from(path: &str, offset: u64, max: u32) -> Result<Content, CallError<Problem>> {
    crate::call::files_read(path, offset, max).map_err(refused)
}

/// Kind, size and time of change.
pub fn stat(path: &str) -> Result<Entry, CallError<Problem>> {
    crate::call::files_stat(path).map_err(refused)
}

/// The first `max` entries of a folder.
pub fn list(path: &str, max: u32) -> Result<Vec<Entry>, CallError<Problem>> {
    crate::call::files_list(path, max).map_err(refused)
}

fn refused(error: wit::Error) -> CallError<Problem> {
    match error {
        wit::Error::Denied(denial) => CallError::Denied(denial),
        wit::Error::NotFound(path) => CallError::Failed(Problem::NotFound(path)),
        wit::Error::Failed(message) => CallError::Failed(Problem::Failed(message)),
    }
}

//! Places on disk, reached a part at a time from the root without ever following a symbolic link. Whoever swaps a folder
//! for a link on the way gets an error, not a way out. Knows nothing of what is done there.

use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

const PATH_BYTES_MAX: usize = 4_096;

/// Why a place is not reached. Every variant names the part where it ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlaceError {
    #[error("`{0}` is no absolute path without empty parts, `.` and `..`")]
    Malformed(String),
    #[error("there is no `{0}`")]
    Missing(String),
    #[error("`{0}` is a symbolic link, and no verb follows one: name the place that it leads to")]
    Link(String),
    #[error("`{0}` is no folder")]
    NotFolder(String),
    #[error("`{at}` cannot be opened")]
    Io { at: String, source: io::Error },
}

/// Opens a folder such that it can be listed and synced.
pub(crate) fn folder(path: &str) -> Result<OwnedFd, PlaceError> {
    let parts = parts(path)?;
    let root = rustix::fs::openat(CWD, "/", PASS, Mode::empty());
    let mut here = root.map_err(|error| PlaceError::Io { at: "/".to_owned(), source: error.into() })?;
    let mut at = String::new();
    for part in parts {
        at.extend(["/", part]);
        here = step(&here, part, PASS).map_err(|error| error.at(&at))?;
    }
    step(&here, ".", LIST).map_err(|error| error.at(path))
}

/// Opens the folder that `relative` lies in, from an open one on; its last part is returned.
pub(crate) fn folder_below<'p>(from: &OwnedFd, relative: &'p str) -> Result<(OwnedFd, &'p str), PlaceError> {
    let parts: Vec<&str> = relative.split('/').collect();
    let is_plain = |part: &&str| !part.is_empty() && *part != "." && *part != "..";
    let Some((name, folders)) = parts.split_last().filter(|_| parts.iter().all(is_plain)) else {
        return Err(PlaceError::Malformed(relative.to_owned()));
    };
    let mut here = step(from, ".", PASS).map_err(|error| error.at(relative))?;
    for part in folders {
        here = step(&here, part, PASS).map_err(|error| error.at(part))?;
    }
    let here = step(&here, ".", LIST).map_err(|error| error.at(relative))?;
    Ok((here, name))
}

/// Opens the folder that a file lies in, and names the file.
pub(crate) fn parent(path: &str) -> Result<(OwnedFd, &str), PlaceError> {
    parts(path)?;
    match path.rsplit_once('/') {
        Some((folder_path, name)) => Ok((folder(folder_path)?, name)),
        None => Err(PlaceError::Malformed(path.to_owned())),
    }
}

/// What lies there under this name, if anything does; a link is itself.
pub(crate) fn look(folder: &OwnedFd, name: &str) -> io::Result<Option<Stat>> {
    match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => Ok(None),
        found => Ok(Some(found?)),
    }
}

pub(crate) fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

/// Nanoseconds since the Unix epoch.
pub(crate) fn modified(stat: &Stat) -> i64 {
    let nanos = i64::try_from(stat.st_mtime_nsec).unwrap_or(0);
    stat.st_mtime.saturating_mul(1_000_000_000).saturating_add(nanos)
}

const PASS: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const LIST: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// One step failed; the caller knows where.
struct Stopped {
    is_link: bool,
    error: Errno,
}

impl Stopped {
    fn at(self, at: &str) -> PlaceError {
        let at = at.to_owned();
        match self.error {
            _ if self.is_link => PlaceError::Link(at),
            Errno::NOENT => PlaceError::Missing(at),
            Errno::NOTDIR => PlaceError::NotFolder(at),
            error => PlaceError::Io { at, source: error.into() },
        }
    }
}

fn step(here: &OwnedFd, part: &str, flags: OFlags) -> Result<OwnedFd, Stopped> {
    rustix::fs::openat(here, part, flags, Mode::empty()).map_err(|error| {
        let there = look(here, part).ok().flatten();
        Stopped { is_link: there.is_some_and(|stat| kind(&stat) == FileType::Symlink), error }
    })
}

fn parts(path: &str) -> Result<Vec<&str>, PlaceError> {
    let is_plain = |part: &&str| !part.is_empty() && *part != "." && *part != "..";
    let parts: Option<Vec<&str>> = path.strip_prefix('/').map(|rest| rest.split('/').collect());
    match parts {
        // The root itself.
        _ if path.is_empty() => Ok(Vec::new()),
        Some(parts) if parts.iter().all(is_plain) && path.len() <= PATH_BYTES_MAX && !path.contains('\0') => Ok(parts),
        _ => Err(PlaceError::Malformed(path.to_owned())),
    }
}

#[cfg(test)]
mod tests;

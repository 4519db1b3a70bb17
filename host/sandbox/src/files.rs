//! Files below granted paths: links are resolved first, then judged, and what was judged is what is opened. Plain
//! functions; knows nothing of guests.
//!
//! A path is resolved to one without links, which must lie below a granted path (resolved likewise). It is then opened
//! such that the kernel follows no link at all: whoever swaps a folder for a link in between gets an error, not a way
//! out. It is opened as a place only, looked at, and read through that place, so that no device is ever touched.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use crate::world::v0_1::tocsin::plugin::files::{Content, Entry, Error, FileKind};
use crate::world::v0_1::tocsin::plugin::types::Denial;

/// Entries of a folder that are looked at, in the order the folder has them in.
const ENTRIES_MAX: usize = 10_000;
const PERMISSIONS: u32 = 0o7777;

/// The paths a run may read at and below.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Granted<'a>(pub(crate) &'a BTreeSet<String>);

impl Granted<'_> {
    /// At most `max` bytes from `offset`; none after the end.
    pub(crate) fn read(self, path: &str, offset: u64, max: u64) -> Result<Content, Error> {
        let (place, metadata) = self.open(path)?;
        if !metadata.is_file() {
            let what = if metadata.is_dir() { "a folder: list it" } else { "neither a file nor a folder" };
            return Err(Error::Failed(format!("`{path}` cannot be read: it is {what}")));
        }
        let read = || -> io::Result<Vec<u8>> {
            let mut file = File::open(through(&place))?;
            file.seek(SeekFrom::Start(offset))?;
            let mut bytes = Vec::new();
            file.take(max).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let bytes = read().map_err(|error| said(path, &error))?;
        Ok(Content { bytes, size: metadata.len(), modified_at: modified_at(&metadata) })
    }

    pub(crate) fn stat(self, path: &str) -> Result<Entry, Error> {
        let (_place, metadata) = self.open(path)?;
        let name =
            Path::new(path).file_name().map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned());
        Ok(entry(name, &metadata))
    }

    /// The first `max` entries in order of their names. Links are not followed: they are `other`.
    pub(crate) fn list(self, path: &str, max: usize) -> Result<Vec<Entry>, Error> {
        let (place, metadata) = self.open(path)?;
        if !metadata.is_dir() {
            return Err(Error::Failed(format!("`{path}` cannot be listed: it is not a folder")));
        }
        let read = fs::read_dir(through(&place)).map_err(|error| said(path, &error))?;
        let found = read.take(ENTRIES_MAX).flatten().filter_map(|found| {
            // One that was removed meanwhile is left out.
            let metadata = found.metadata().ok()?;
            Some(entry(found.file_name().to_string_lossy().into_owned(), &metadata))
        });
        let mut entries: Vec<_> = found.collect();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        entries.truncate(max);
        Ok(entries)
    }

    fn open(self, path: &str) -> Result<(OwnedFd, Metadata), Error> {
        let asked = Path::new(path);
        if !asked.is_absolute() || path.contains('\0') {
            return Err(Error::Failed(format!("`{path}` is not an absolute path")));
        }
        let resolved = fs::canonicalize(asked).map_err(|error| {
            // What lies outside is refused whether it is there or not: a guest must not learn which.
            if self.covers(&without_dots(asked)) { said(path, &error) } else { denied(path, NOT_GRANTED) }
        })?;
        if is_of_a_process(&resolved) {
            return Err(denied(path, OF_A_PROCESS));
        }
        if !self.covers(&resolved) {
            return Err(denied(path, NOT_GRANTED));
        }
        let place = open_place(&resolved).map_err(|error| said(path, &error))?;
        let metadata = fs::metadata(through(&place)).map_err(|error| said(path, &error))?;
        Ok((place, metadata))
    }

    fn covers(self, path: &Path) -> bool {
        self.0.iter().any(|granted| {
            let granted = Path::new(granted);
            granted.is_absolute()
                && path.starts_with(fs::canonicalize(granted).unwrap_or_else(|_| without_dots(granted)))
        })
    }
}

const NOT_GRANTED: &str = "it does not lie below any of the check's `files`";
const OF_A_PROCESS: &str =
    "what the kernel shows of a process (its environment, its memory) is granted to nobody; `node` tells of processes";

/// The place and nothing else: no right to read, no effect on what is there.
fn open_place(resolved: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match rustix::fs::openat2(CWD, resolved, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
        // Before Linux 5.6, or where a filter of system calls does not know it: open, and see where that led.
        Err(Errno::NOSYS | Errno::PERM) => {
            let place = rustix::fs::openat(CWD, resolved, flags, Mode::empty())?;
            if fs::read_link(through(&place))? == resolved { Ok(place) } else { Err(Errno::LOOP.into()) }
        }
        opened => Ok(opened?),
    }
}

/// The one name of an open place that cannot be made to mean another.
fn through(place: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", place.as_raw_fd()))
}

fn is_of_a_process(resolved: &Path) -> bool {
    let mut parts = resolved.components().skip(1).map(|part| part.as_os_str().to_string_lossy());
    parts.next().as_deref() == Some("proc") && parts.next().is_some_and(|part| part.parse::<u32>().is_ok())
}

/// `..` taken back as text: for paths that are not there.
fn without_dots(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut path, part| {
        match part {
            Component::ParentDir => drop(path.pop()),
            Component::CurDir => {}
            part => path.push(part),
        }
        path
    })
}

fn entry(name: String, metadata: &Metadata) -> Entry {
    let kind = match metadata.file_type() {
        kind if kind.is_file() => FileKind::File,
        kind if kind.is_dir() => FileKind::Folder,
        _ => FileKind::Other,
    };
    Entry { name, kind, size: metadata.len(), modified_at: modified_at(metadata), mode: metadata.mode() & PERMISSIONS }
}

/// Milliseconds since the Unix epoch.
fn modified_at(metadata: &Metadata) -> i64 {
    metadata.mtime().saturating_mul(1_000).saturating_add(metadata.mtime_nsec() / 1_000_000)
}

fn denied(path: &str, reason: &str) -> Error {
    Error::Denied(Denial { capability: "files".to_owned(), target: path.to_owned(), reason: reason.to_owned() })
}

fn said(path: &str, error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => Error::NotFound(format!("there is no `{path}`")),
        io::ErrorKind::PermissionDenied => Error::Failed(format!("the user that runs this node may not read `{path}`")),
        _ if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            Error::Failed(format!("`{path}` changed while it was being opened, or has links in a circle"))
        }
        _ => Error::Failed(format!("`{path}` cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests;

//! Where files wait before they are gone for good: a folder for each order, in it each file under its index in the
//! journal's list. Moving within one file system is all that is done, so that a file is in its place or here, never in both.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use super::{Mount, Ward};
use crate::failure::{Outcome, failed};
use crate::found::{Marked, Quarantine};
use crate::place;

/// Inside a folder that lies on another file system than the node's own quarantine.
pub(super) const HIDDEN: &str = ".tocsin-quarantine";
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// What emptying a quarantine gave back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freed {
    pub files: u64,
    /// Of disk room. A file that another name still leads to, and one that a process has open, takes its room on.
    pub bytes: u64,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum WardError {
    #[error("the quarantine `{path}` cannot be {what}")]
    Io { what: &'static str, path: String, source: io::Error },
    #[error("the quarantine `{0}` is there already, and an order is carried out only once")]
    Taken(String),
    #[error("the quarantine `{0}` belongs to another user, who could change what lies in it")]
    Foreign(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    Yes,
    /// It is not the file that was looked at, and is left.
    Changed,
    /// Another file has its place.
    Taken,
}

/// In the node's own quarantine, if a file can be moved there by its name alone.
pub(super) fn choose(root: &OwnedFd, ward: Ward<'_>) -> Result<Quarantine, WardError> {
    let node = open_node(ward.node)?;
    let failed = |error: Errno| io_error("looked at", &ward.node.to_string_lossy(), error);
    let same = Mount::of(root).map_err(failed)? == Mount::of(&node).map_err(failed)?;
    Ok(if same { Quarantine::Node } else { Quarantine::Folder })
}

/// For people.
pub(super) fn path(ward: Ward<'_>, folder: &str, quarantine: Quarantine) -> String {
    match quarantine {
        Quarantine::Node => ward.node.join(ward.key.to_string()).to_string_lossy().into_owned(),
        Quarantine::Folder => format!("{folder}/{HIDDEN}/{}", ward.key),
    }
}

/// The quarantine of one order.
#[derive(Debug)]
pub(super) struct Held {
    /// It lies in this one.
    around: OwnedFd,
    name: String,
    folder: OwnedFd,
}

impl Held {
    pub(super) fn make(root: &OwnedFd, ward: Ward<'_>, quarantine: Quarantine) -> Result<Self, WardError> {
        let name = ward.key.to_string();
        let around = match quarantine {
            Quarantine::Node => open_node(ward.node)?,
            Quarantine::Folder => {
                match rustix::fs::mkdirat(root, HIDDEN, Mode::RWXU) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => return Err(io_error("made", HIDDEN, error)),
                }
                open_hidden(root)?.ok_or_else(|| io_error("opened", HIDDEN, Errno::NOENT))?
            }
        };
        match rustix::fs::mkdirat(&around, &name, Mode::RWXU) {
            Ok(()) => {}
            Err(Errno::EXIST) => return Err(WardError::Taken(name)),
            Err(error) => return Err(io_error("made", &name, error)),
        }
        let folder = rustix::fs::openat(&around, &name, FOLDER, Mode::empty());
        let folder = folder.map_err(|error| io_error("opened", &name, error))?;
        Ok(Self { around, name, folder })
    }

    /// `None` where nothing was ever moved, or all is gone.
    pub(super) fn find(root: &OwnedFd, ward: Ward<'_>, quarantine: Quarantine) -> Result<Option<Self>, WardError> {
        match quarantine {
            Quarantine::Node => Self::find_of_node(ward, quarantine),
            Quarantine::Folder => open_hidden(root)?.map_or(Ok(None), |around| Self::within(around, ward)),
        }
    }

    /// Where the folder that was cleaned is gone.
    pub(super) fn find_of_node(ward: Ward<'_>, quarantine: Quarantine) -> Result<Option<Self>, WardError> {
        match quarantine {
            Quarantine::Node => Self::within(open_node(ward.node)?, ward),
            Quarantine::Folder => Ok(None),
        }
    }

    fn within(around: OwnedFd, ward: Ward<'_>) -> Result<Option<Self>, WardError> {
        let name = ward.key.to_string();
        match rustix::fs::openat(&around, &name, FOLDER, Mode::empty()) {
            Ok(folder) => Ok(Some(Self { around, name, folder })),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(io_error("opened", &name, error)),
        }
    }

    /// Moves one file here, if it is still the one that was looked at: compared before, and again once nobody else can
    /// put another in its place.
    pub(super) fn take(&self, root: &OwnedFd, index: usize, file: &Marked) -> io::Result<Moved> {
        let Ok((folder, name)) = place::folder_below(root, &file.path) else { return Ok(Moved::Changed) };
        if !is_it(&folder, name, file)? {
            return Ok(Moved::Changed);
        }
        let here = number(index);
        match rustix::fs::renameat_with(&folder, name, &self.folder, &here, RenameFlags::NOREPLACE) {
            Err(Errno::EXIST) => return Ok(Moved::Taken),
            Err(Errno::NOENT) => return Ok(Moved::Changed),
            moved => moved?,
        }
        if is_it(&self.folder, &here, file)? {
            return Ok(Moved::Yes);
        }
        rustix::fs::renameat_with(&self.folder, &here, &folder, name, RenameFlags::NOREPLACE)?;
        Ok(Moved::Changed)
    }

    /// Never over a file that is there now.
    pub(super) fn give_back(&self, root: &OwnedFd, index: usize, file: &Marked) -> io::Result<Moved> {
        let (folder, name) = place::folder_below(root, &file.path).map_err(io::Error::other)?;
        match rustix::fs::renameat_with(&self.folder, number(index), &folder, name, RenameFlags::NOREPLACE) {
            Err(Errno::EXIST) => Ok(Moved::Taken),
            moved => Ok(moved.map(|()| Moved::Yes)?),
        }
    }

    pub(super) fn has(&self, index: usize) -> bool {
        matches!(place::look(&self.folder, &number(index)), Ok(Some(_)))
    }

    pub(super) fn count(&self, files: &[Marked]) -> usize {
        (0..files.len()).filter(|index| self.has(*index)).count()
    }

    pub(super) fn empty(self, files: &[Marked]) -> Outcome<Freed> {
        let mut freed = Freed::default();
        for index in 0..files.len() {
            let here = number(index);
            let Ok(Some(stat)) = place::look(&self.folder, &here) else { continue };
            rustix::fs::unlinkat(&self.folder, &here, AtFlags::empty()).map_err(|error| {
                failed(format!("{} of the quarantine `{}` cannot be removed: {error}", here, self.name))
            })?;
            freed.files += 1;
            if stat.st_nlink <= 1 {
                // Blocks are counted in units of 512 bytes, whatever the file system's own are.
                let bytes = u64::try_from(stat.st_blocks).unwrap_or(0).saturating_mul(512);
                freed.bytes = freed.bytes.saturating_add(bytes);
            }
        }
        self.remove();
        Ok(freed)
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        rustix::fs::fsync(&self.folder)?;
        Ok(rustix::fs::fsync(&self.around)?)
    }

    /// If nothing lies in it.
    pub(super) fn remove(self) {
        let _gone = rustix::fs::unlinkat(&self.around, &self.name, AtFlags::REMOVEDIR);
    }
}

fn open_node(node: &Path) -> Result<OwnedFd, WardError> {
    let path = node.to_string_lossy();
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(node);
    made.map_err(|source| WardError::Io { what: "made", path: path.clone().into_owned(), source })?;
    // The node's own folder may be reached over links: whoever configured it chose them.
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::openat(CWD, node, flags, Mode::empty()).map_err(|error| io_error("opened", &path, error))
}

fn open_hidden(root: &OwnedFd) -> Result<Option<OwnedFd>, WardError> {
    let folder = match rustix::fs::openat(root, HIDDEN, FOLDER, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(None),
        opened => opened.map_err(|error| io_error("opened", HIDDEN, error))?,
    };
    let stat = rustix::fs::fstat(&folder).map_err(|error| io_error("looked at", HIDDEN, error))?;
    let is_own = stat.st_uid == rustix::process::geteuid().as_raw() && stat.st_mode & 0o022 == 0;
    if is_own { Ok(Some(folder)) } else { Err(WardError::Foreign(HIDDEN.to_owned())) }
}

fn is_it(folder: &OwnedFd, name: &str, file: &Marked) -> io::Result<bool> {
    let Some(stat) = place::look(folder, name)? else { return Ok(false) };
    Ok(place::kind(&stat) == FileType::RegularFile
        && stat.st_ino == file.inode
        && u64::try_from(stat.st_size).is_ok_and(|size| size == file.size)
        && place::modified(&stat) == file.modified)
}

fn number(index: usize) -> String {
    format!("{index:06}")
}

fn io_error(what: &'static str, path: &str, error: Errno) -> WardError {
    WardError::Io { what, path: path.to_owned(), source: error.into() }
}

//! The regular files below an open folder that a pattern matches. Links are not followed, other file systems not entered.

use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, StatxFlags};
use rustix::io::Errno;
use tokio::time::Instant;

use super::glob::Glob;
use super::quarantine::HIDDEN;
use crate::found::Marked;
use crate::place;

const ENTRIES_MAX: usize = 200_000;
const DEPTH_MAX: usize = 64;
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

#[derive(Debug, thiserror::Error)]
pub(super) enum WalkError {
    #[error("it cannot be read")]
    Read(#[source] std::io::Error),
    #[error("there are more than {ENTRIES_MAX} entries below it: name a smaller folder")]
    TooMany,
    #[error("it was not read through by the deadline: name a smaller folder")]
    Late,
}

impl From<Errno> for WalkError {
    fn from(error: Errno) -> Self {
        Self::Read(error.into())
    }
}

/// One mounted file system: within it, and only there, a file is moved by its name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mount {
    device: (u32, u32),
    /// Zero where the kernel does not say (before Linux 5.8).
    mount: u64,
}

impl Mount {
    pub(super) fn of(folder: &OwnedFd) -> Result<Self, Errno> {
        let found = rustix::fs::statx(folder, "", AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS | StatxFlags::MNT_ID)?;
        let knows = StatxFlags::from_bits_retain(found.stx_mask).contains(StatxFlags::MNT_ID);
        let mount = if knows { found.stx_mnt_id } else { 0 };
        Ok(Self { device: (found.stx_dev_major, found.stx_dev_minor), mount })
    }
}

#[derive(Debug)]
pub(super) struct Walk<'w> {
    glob: &'w Glob,
    mount: Mount,
    deadline: Instant,
    entries: usize,
    pub(super) files: Vec<Marked>,
    /// Folders that could not be read.
    pub(super) unread: usize,
}

impl<'w> Walk<'w> {
    pub(super) fn of(root: &OwnedFd, glob: &'w Glob, deadline: Instant) -> Result<Self, WalkError> {
        let mount = Mount::of(root)?;
        let mut walk = Self { glob, mount, deadline, entries: 0, files: Vec::new(), unread: 0 };
        walk.folder(root, "", 0)?;
        Ok(walk)
    }

    fn folder(&mut self, folder: &OwnedFd, path: &str, depth: usize) -> Result<(), WalkError> {
        if Instant::now() >= self.deadline {
            return Err(WalkError::Late);
        }
        for entry in Dir::read_from(folder)? {
            let entry = entry?;
            // What is no text cannot be named in a plan's words, and is left.
            let Ok(name) = entry.file_name().to_str() else { continue };
            if matches!(name, "." | ".." | HIDDEN) {
                continue;
            }
            self.entries += 1;
            if self.entries > ENTRIES_MAX {
                return Err(WalkError::TooMany);
            }
            // One that was removed meanwhile is left out.
            let Ok(Some(stat)) = place::look(folder, name) else { continue };
            let below = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            match place::kind(&stat) {
                FileType::RegularFile if self.glob.matches(&below) => {
                    let size = u64::try_from(stat.st_size).unwrap_or(0);
                    let modified = place::modified(&stat);
                    self.files.push(Marked { path: below, inode: stat.st_ino, size, modified });
                }
                FileType::Directory if self.enters(depth) => self.enter(folder, name, &below, depth)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn enters(&self, depth: usize) -> bool {
        depth < self.glob.depth_max().unwrap_or(DEPTH_MAX).min(DEPTH_MAX)
    }

    fn enter(&mut self, folder: &OwnedFd, name: &str, below: &str, depth: usize) -> Result<(), WalkError> {
        let Ok(inner) = rustix::fs::openat(folder, name, FOLDER, Mode::empty()) else {
            self.unread += 1;
            return Ok(());
        };
        if Mount::of(&inner)? != self.mount {
            return Ok(());
        }
        match self.folder(&inner, below, depth + 1) {
            Err(WalkError::Read(_)) => self.unread += 1,
            walked => walked?,
        }
        Ok(())
    }
}

//! `write-file` and what takes it back: the whole new content under the name at once, or what was there before. Owner and
//! mode are set; other attributes (access lists, labels of SELinux) are those of a new file. Knows no journal.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, FileType, Gid, Mode, OFlags, RenameFlags, Stat, Uid};
use rustix::io::Errno;
use tocsin_core::verb::{Done, OrderKey, Undo};

use crate::failure::{Outcome, bytes, chain, failed, refused};
use crate::found::{FileBefore, FileFound, Found, Look};
use crate::journal::digest;
use crate::place;

/// Of what is written, and of what was there before.
const CONTENT_BYTES_MAX: u64 = 1 << 20;
/// No `setuid`, no `setgid`, no sticky bit.
const MODES: u32 = 0o777;
/// What the kernel makes up is no file to replace.
const NO_FILES: [&str; 3] = ["/proc/", "/sys/", "/dev/"];

/// One file that is to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Write<'a> {
    pub(crate) path: &'a str,
    pub(crate) content: &'a [u8],
    pub(crate) mode: u32,
}

impl Write<'_> {
    pub(crate) fn look(self) -> Outcome<Look> {
        let Self { path, content, mode } = self;
        if mode & !MODES != 0 {
            return Err(refused(format!("mode {mode:04o} of `{path}` is not within {MODES:04o}")));
        }
        if NO_FILES.iter().any(|made_up| path.starts_with(made_up)) {
            return Err(refused(format!("`{path}` is made up by the kernel: it is no file to write")));
        }
        let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
        if size > CONTENT_BYTES_MAX {
            return Err(refused(format!("{} for `{path}` are more than 1 MiB", bytes(size))));
        }
        let (folder, name) = parent(path)?;
        let there = Present::read(&folder, name, path)?;
        if let Some(present) = &there {
            present.may_be_replaced(path)?;
        }
        let says = match &there {
            Some(present) if present.content == content && present.stat.st_mode & MODES == mode => {
                format!("`{path}` already has this content and mode {mode:04o}: it would be written as it is")
            }
            Some(present) => format!(
                "would write {} to `{path}` with mode {mode:04o}, over {} with mode {:04o}",
                bytes(size),
                bytes(present.size()),
                present.mode()
            ),
            None => format!("would make `{path}` with {} and mode {mode:04o}", bytes(size)),
        };
        let undo = Undo::RestoreFile {
            path: path.to_owned(),
            existed: there.is_some(),
            mode: there.as_ref().map_or(0, Present::mode),
        };
        let before = there.as_ref().map(Present::before);
        let found = Found::File(FileFound { before, after: digest(content) });
        Ok(Look { says, undo: Some(undo), found, content: there.map(|present| present.content) })
    }

    pub(crate) fn carry(self, key: &OrderKey, found: &FileFound) -> Outcome<Done> {
        let Self { path, content, mode } = self;
        let (folder, name) = parent(path)?;
        let unchanged = |folder: &OwnedFd| -> Outcome<()> {
            let before = Present::read(folder, name, path)?.as_ref().map(Present::before);
            if before == found.before {
                return Ok(());
            }
            Err(refused(format!("`{path}` was changed since it was looked at, so it is left as it is")))
        };
        unchanged(&folder)?;
        let owner = found.before.as_ref().map(|before| (before.user, before.group));
        let new = New::write(&folder, key, content, mode, owner).map_err(|error| cannot("written", path, &error))?;
        unchanged(&folder)?;
        new.rename(name, found.before.is_none()).map_err(|error| cannot("written", path, &error))?;
        synced(&folder, path)?;
        Ok(Done { says: format!("wrote {} to `{path}`", bytes(length(content))), output: String::new() })
    }
}

/// Brings back what `Write` replaced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Restore<'a> {
    pub(crate) path: &'a str,
    pub(crate) existed: bool,
    pub(crate) mode: u32,
    /// Of the order that is taken back.
    pub(crate) found: &'a FileFound,
    /// What was there.
    pub(crate) content: Option<&'a [u8]>,
}

impl Restore<'_> {
    pub(crate) fn look(self) -> Outcome<Look> {
        let path = self.path;
        self.fits()?;
        let (folder, name) = parent(path)?;
        let says = match (self.state(&folder, name)?, self.content) {
            (State::Former, _) => format!("`{path}` is again what it was before"),
            (State::Ours, Some(content)) => {
                format!("would write the {} back that `{path}` held before", bytes(length(content)))
            }
            (State::Ours, None) => format!("would remove `{path}`, which was not there before"),
        };
        Ok(Look::of(says, Found::Nothing))
    }

    pub(crate) fn carry(self, key: &OrderKey) -> Outcome<Done> {
        let path = self.path;
        self.fits()?;
        let (folder, name) = parent(path)?;
        let done = |says: String| Ok(Done { says, output: String::new() });
        if self.state(&folder, name)? == State::Former {
            return done(format!("`{path}` was again what it was before"));
        }
        let (Some(content), Some(before)) = (self.content, &self.found.before) else {
            rustix::fs::unlinkat(&folder, name, AtFlags::empty())
                .map_err(|error| cannot("removed", path, &error.into()))?;
            synced(&folder, path)?;
            return done(format!("removed `{path}` again"));
        };
        let owner = Some((before.user, before.group));
        let new =
            New::write(&folder, key, content, self.mode, owner).map_err(|error| cannot("written", path, &error))?;
        // Again, as close to the end as can be.
        self.state(&folder, name)?;
        new.rename(name, false).map_err(|error| cannot("written", path, &error))?;
        synced(&folder, path)?;
        done(format!("wrote the {} back that `{path}` held before", bytes(length(content))))
    }

    fn fits(self) -> Outcome<()> {
        let kept = self.found.before.as_ref().map(|before| before.mode);
        if kept.is_some() == self.existed && kept.is_none_or(|mode| mode == self.mode) {
            return Ok(());
        }
        Err(refused(format!("the journal knows another `{}` than the one to restore", self.path)))
    }

    fn state(self, folder: &OwnedFd, name: &str) -> Outcome<State> {
        let there = Present::read(folder, name, self.path)?;
        let now = there.as_ref().map(|present| digest(&present.content));
        if there.as_ref().map(Present::before) == self.found.before {
            Ok(State::Former)
        } else if now.as_ref() == Some(&self.found.after) {
            Ok(State::Ours)
        } else {
            Err(refused(format!("`{}` was changed by somebody else since, so it is left as it is", self.path)))
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Former,
    Ours,
}

/// A regular file as it is.
struct Present {
    stat: Stat,
    content: Vec<u8>,
}

impl Present {
    fn read(folder: &OwnedFd, name: &str, path: &str) -> Outcome<Option<Self>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let unread =
            |error: io::Error| refused(format!("`{path}` cannot be read, so it could not be restored: {error}"));
        let there = place::look(folder, name).map_err(unread)?;
        match there.as_ref().map(place::kind) {
            None => return Ok(None),
            Some(FileType::RegularFile) => {}
            Some(FileType::Symlink) => return Err(refused(chain(&place::PlaceError::Link(path.to_owned())))),
            Some(_) => return Err(refused(format!("`{path}` is no regular file"))),
        }
        let file = rustix::fs::openat(folder, name, flags, Mode::empty());
        let file = File::from(file.map_err(|error| unread(error.into()))?);
        let stat = rustix::fs::fstat(&file).map_err(|error| unread(error.into()))?;
        if place::kind(&stat) != FileType::RegularFile {
            return Err(refused(format!("`{path}` is no regular file")));
        }
        let mut content = Vec::new();
        file.take(CONTENT_BYTES_MAX + 1).read_to_end(&mut content).map_err(unread)?;
        if length(&content) > CONTENT_BYTES_MAX {
            let reason = "is larger than 1 MiB, which is more than the journal keeps, so it could not be restored";
            return Err(refused(format!("`{path}` {reason}")));
        }
        Ok(Some(Self { stat, content }))
    }

    fn may_be_replaced(&self, path: &str) -> Outcome<()> {
        let own = rustix::process::geteuid();
        if own.is_root() || self.stat.st_uid == own.as_raw() {
            return Ok(());
        }
        Err(refused(format!("`{path}` belongs to user {}, whose it would not be afterwards", self.stat.st_uid)))
    }

    fn before(&self) -> FileBefore {
        let (user, group) = (self.stat.st_uid, self.stat.st_gid);
        FileBefore { digest: digest(&self.content), mode: self.mode(), user, group }
    }

    fn mode(&self) -> u32 {
        self.stat.st_mode & MODES
    }

    fn size(&self) -> u64 {
        length(&self.content)
    }
}

/// A file that has no name of its own yet; it goes when it is dropped without one.
struct New<'f> {
    folder: &'f OwnedFd,
    name: String,
}

impl<'f> New<'f> {
    fn write(
        folder: &'f OwnedFd,
        key: &OrderKey,
        content: &[u8],
        mode: u32,
        owner: Option<(u32, u32)>,
    ) -> io::Result<Self> {
        let name = format!(".tocsin-{key}.new");
        // What an earlier try of this very order left behind.
        match rustix::fs::unlinkat(folder, &name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(rustix::fs::openat(folder, &name, flags, Mode::RUSR | Mode::WUSR)?);
        let new = Self { folder, name };
        file.write_all(content)?;
        if let Some((user, group)) = owner {
            let stat = rustix::fs::fstat(&file)?;
            if (stat.st_uid, stat.st_gid) != (user, group) {
                rustix::fs::fchown(&file, Some(Uid::from_raw(user)), Some(Gid::from_raw(group)))?;
            }
        }
        rustix::fs::fchmod(&file, Mode::from_raw_mode(mode))?;
        file.sync_all()?;
        Ok(new)
    }

    fn rename(self, name: &str, nothing_there: bool) -> io::Result<()> {
        let flags = if nothing_there { RenameFlags::NOREPLACE } else { RenameFlags::empty() };
        match rustix::fs::renameat_with(self.folder, &self.name, self.folder, name, flags) {
            // A file system that knows no flags.
            Err(Errno::INVAL | Errno::NOSYS) => Ok(rustix::fs::renameat(self.folder, &self.name, self.folder, name)?),
            renamed => Ok(renamed?),
        }
    }
}

impl Drop for New<'_> {
    fn drop(&mut self) {
        // Once it has its name there is none under this one.
        let _gone = rustix::fs::unlinkat(self.folder, &self.name, AtFlags::empty());
    }
}

fn parent(path: &str) -> Outcome<(OwnedFd, &str)> {
    place::parent(path).map_err(|error| refused(chain(&error)))
}

fn cannot(what: &str, path: &str, error: &io::Error) -> tocsin_core::verb::VerbFailure {
    refused(format!("`{path}` cannot be {what}: {error}"))
}

fn synced(folder: &OwnedFd, path: &str) -> Outcome<()> {
    rustix::fs::fsync(folder)
        .map_err(|error| failed(format!("`{path}` is changed, but its folder cannot be synced: {error}")))
}

fn length(content: &[u8]) -> u64 {
    u64::try_from(content.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;

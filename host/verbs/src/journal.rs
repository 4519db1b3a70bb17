//! What undoing takes, on disk before anything is changed: a folder for each order, named by its key. It is written whole
//! and synced, or not at all; one that is damaged is an error that names the file. Knows nothing of how a verb is done.
//!
//! ```text
//! KEY/entry.json   the entry: a line with the SHA-256 of what follows, then JSON
//! KEY/content      what a file held before, as it was
//! KEY/begun        it was decided to carry the order out; never a second time
//! KEY/emptied      its quarantine was emptied: it cannot be taken back any more
//! ```

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tocsin_core::verb::{OrderKey, VerbFailure};

use crate::failure::{chain, refused};
use crate::found::Found;

const ENTRY: &str = "entry.json";
const CONTENT: &str = "content";
const BEGUN: &str = "begun";
const EMPTIED: &str = "emptied";
/// An entry with as many files as one order may delete stays below.
const ENTRY_BYTES_MAX: u64 = 64 << 20;
const KEY_BYTES_MAX: usize = 128;

/// A folder of entries.
#[derive(Clone, Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
}

/// What was found when an order was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) key: OrderKey,
    /// The digest of what the order asks for: another order under the same key is not this one.
    pub(crate) errand: String,
    pub(crate) found: Found,
}

/// Why the journal cannot be relied upon.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("`{path}` of the journal cannot be {what}")]
    Io { what: &'static str, path: PathBuf, source: io::Error },
    #[error("`{path}` of the journal is damaged ({why}), so nothing that depends on it is done")]
    Damaged { path: PathBuf, why: &'static str },
    #[error("`{0}` is no name that the journal keeps an order under")]
    Key(String),
    #[error("{0} was begun before, and no order is begun twice")]
    Begun(OrderKey),
    #[error("{0} was not looked at before it was to be carried out, so nothing is known that could take it back")]
    NotPrepared(OrderKey),
    #[error("{0} was looked at as another order than the one that is to be carried out")]
    Another(OrderKey),
    #[error("{0} still has files in quarantine: empty it first")]
    Quarantined(OrderKey),
}

impl From<JournalError> for VerbFailure {
    fn from(error: JournalError) -> Self {
        refused(chain(&error))
    }
}

impl Journal {
    /// Makes the folder where it is missing; only its owner may look into it.
    pub(crate) fn open(folder: &Path) -> Result<Self, JournalError> {
        make_folder(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Replaces what was found before, unless the order was begun since.
    pub(crate) fn keep(&self, entry: &Entry, content: Option<&[u8]>) -> Result<(), JournalError> {
        let folder = self.of(&entry.key)?;
        if folder.join(BEGUN).exists() {
            return Err(JournalError::Begun(entry.key.clone()));
        }
        make_folder(&folder)?;
        if let Some(content) = content {
            write_whole(&folder, CONTENT, content)?;
        }
        let path = folder.join(ENTRY);
        let json = serde_json::to_vec(entry).map_err(|error| JournalError::Io {
            what: "written",
            path,
            source: error.into(),
        })?;
        let mut text = digest(&json).into_bytes();
        text.push(b'\n');
        text.extend(json);
        write_whole(&folder, ENTRY, &text)?;
        sync_folder(&self.folder)
    }

    pub(crate) fn entry(&self, key: &OrderKey) -> Result<Option<Entry>, JournalError> {
        let path = self.of(key)?.join(ENTRY);
        let Some(text) = read(&path, ENTRY_BYTES_MAX)? else { return Ok(None) };
        let damaged = |why| JournalError::Damaged { path: path.clone(), why };
        let end = text.iter().position(|byte| *byte == b'\n').ok_or_else(|| damaged("it has no first line"))?;
        let (sum, json) = text.split_at(end);
        let json = json.get(1..).unwrap_or_default();
        if digest(json).as_bytes() != sum {
            return Err(damaged("its digest is another"));
        }
        let entry: Entry = serde_json::from_slice(json).map_err(|_| damaged("it is not what this version writes"))?;
        if entry.key == *key { Ok(Some(entry)) } else { Err(damaged("it belongs to another order")) }
    }

    /// What was kept with an entry, which knows its digest.
    pub(crate) fn content(&self, key: &OrderKey, expected: &str) -> Result<Vec<u8>, JournalError> {
        let path = self.of(key)?.join(CONTENT);
        let damaged = |why| JournalError::Damaged { path: path.clone(), why };
        let content = read(&path, ENTRY_BYTES_MAX)?.ok_or_else(|| damaged("it is gone"))?;
        if digest(&content) == expected { Ok(content) } else { Err(damaged("its digest is another")) }
    }

    /// Notes, durably and once, that the order is about to be carried out.
    pub(crate) fn begin(&self, key: &OrderKey) -> Result<(), JournalError> {
        self.mark(key, BEGUN)?.then_some(()).ok_or_else(|| JournalError::Begun(key.clone()))
    }

    pub(crate) fn is_begun(&self, key: &OrderKey) -> Result<bool, JournalError> {
        Ok(self.of(key)?.join(BEGUN).exists())
    }

    /// Notes, durably, that what lay in quarantine is about to go for good.
    pub(crate) fn note_emptied(&self, key: &OrderKey) -> Result<(), JournalError> {
        self.mark(key, EMPTIED).map(drop)
    }

    pub(crate) fn is_emptied(&self, key: &OrderKey) -> Result<bool, JournalError> {
        Ok(self.of(key)?.join(EMPTIED).exists())
    }

    /// Drops all that is kept of an order; one that is not there is forgotten already.
    pub(crate) fn forget(&self, key: &OrderKey) -> Result<(), JournalError> {
        let folder = self.of(key)?;
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(JournalError::Io { what: "removed", path: folder, source }),
            Ok(()) => sync_folder(&self.folder),
        }
    }

    /// Every order that something is kept of, in the order of their names. One whose entry was never finished (the disk
    /// was full, the node went away) has changed nothing, and is left out.
    pub(crate) fn keys(&self) -> Result<Vec<OrderKey>, JournalError> {
        let failed = |source| JournalError::Io { what: "listed", path: self.folder.clone(), source };
        let mut keys = Vec::new();
        for found in fs::read_dir(&self.folder).map_err(failed)? {
            let name = found.map_err(failed)?.file_name();
            let path = self.folder.join(&name);
            if !path.join(ENTRY).exists() {
                continue;
            }
            let key = name.to_str().and_then(parse).ok_or(JournalError::Damaged { path, why: "its name is no key" })?;
            keys.push(key);
        }
        keys.sort();
        Ok(keys)
    }

    fn mark(&self, key: &OrderKey, mark: &str) -> Result<bool, JournalError> {
        let folder = self.of(key)?;
        let path = folder.join(mark);
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        match made.and_then(|file| file.sync_all()) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(source) => Err(JournalError::Io { what: "made", path, source }),
            Ok(()) => sync_folder(&folder).map(|()| true),
        }
    }

    fn of(&self, key: &OrderKey) -> Result<PathBuf, JournalError> {
        let name = key.to_string();
        let fits = !name.is_empty()
            && name.len() <= KEY_BYTES_MAX
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if fits { Ok(self.folder.join(name)) } else { Err(JournalError::Key(name)) }
    }
}

/// The SHA-256 of some bytes, 64 lower-case hex digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse(name: &str) -> Option<OrderKey> {
    let (name, undo) = name.strip_suffix("-undo").map_or((name, false), |name| (name, true));
    let (remediation, step) = name.rsplit_once('-')?;
    Some(OrderKey { remediation: remediation.into(), step: step.parse().ok()?, undo })
}

fn make_folder(folder: &Path) -> Result<(), JournalError> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| JournalError::Io { what: "made", path: folder.to_owned(), source })
}

/// Under its name there is all of it or what was there before.
fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), JournalError> {
    let (path, new) = (folder.join(name), folder.join(format!("{name}.new")));
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, &path)
    };
    write().map_err(|source| JournalError::Io { what: "written", path: path.clone(), source })?;
    sync_folder(folder)
}

fn sync_folder(folder: &Path) -> Result<(), JournalError> {
    let synced = File::open(folder).and_then(|file| file.sync_all());
    synced.map_err(|source| JournalError::Io { what: "written", path: folder.to_owned(), source })
}

fn read(path: &Path, max: u64) -> Result<Option<Vec<u8>>, JournalError> {
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(max).read_to_end(&mut bytes)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(JournalError::Io { what: "read", path: path.to_owned(), source }),
        Ok(_) => Ok(Some(bytes)),
    }
}

#[cfg(test)]
mod tests;

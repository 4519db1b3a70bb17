//! `plugins.lock`: which plugins are installed, pinned by digest, with signer and grant, and which signers are
//! trusted. Written whole, by rename; owned by the daemon. Knows nothing of what a grant allows.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tocsin_core::capability::Capabilities;
use tocsin_core::id::{Digest, PluginName};
use tocsin_core::time::Timestamp;

const FILE: &str = "plugins.lock";
/// Raised when a change cannot be read by those before it.
const VERSION: u32 = 1;

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    version: u32,
    pub plugins: BTreeMap<PluginName, Locked>,
    /// Public keys whose plugins may be installed, and since when.
    pub trusted: BTreeMap<String, Timestamp>,
}

impl Default for Lock {
    fn default() -> Self {
        Self { version: VERSION, plugins: BTreeMap::new(), trusted: BTreeMap::new() }
    }
}

/// One installed plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    pub current: Pin,
    /// What served before: where a rollback goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Pin>,
}

/// One component, exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    pub digest: Digest,
    pub version: String,
    /// Where the installer said it came from.
    pub source: String,
    /// The signer's public key; nothing for an unsigned component that was allowed by hand.
    pub signer: Option<String>,
    pub grant: Capabilities,
    pub installed_at: Timestamp,
    /// The name of the token that installed it.
    pub installed_by: String,
}

#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("{} cannot be read", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error(
        "{} is not a lock this version understands; restore it from a backup, or move it away and install the plugins \
         again",
        path.display()
    )]
    Parse { path: PathBuf, source: serde_json::Error },
    #[error("{} has the format {found}; this version knows {VERSION}", path.display())]
    Version { path: PathBuf, found: u32 },
    #[error("{} cannot be written", path.display())]
    Write { path: PathBuf, source: std::io::Error },
}

impl Lock {
    /// The lock of a plugin folder; an empty one for a folder that has none yet.
    ///
    /// # Errors
    /// If it is there but cannot be understood.
    pub fn read(folder: &Path) -> Result<Self, LockError> {
        let path = folder.join(FILE);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(LockError::Read { path, source }),
        };
        let lock: Self =
            serde_json::from_slice(&text).map_err(|source| LockError::Parse { path: path.clone(), source })?;
        if lock.version != VERSION {
            return Err(LockError::Version { path, found: lock.version });
        }
        Ok(lock)
    }

    /// Replaces the folder's lock, at once and durably.
    ///
    /// # Errors
    /// If the disk does not take it; the lock before stays in force.
    pub fn write(&self, folder: &Path) -> Result<(), LockError> {
        let path = folder.join(FILE);
        let text = serde_json::to_vec_pretty(self).map_err(|source| LockError::Parse { path: path.clone(), source })?;
        replace(&path, &text).map_err(|source| LockError::Write { path, source })
    }
}

/// Where a component of this digest lies.
#[must_use]
pub fn component_path(folder: &Path, digest: &Digest) -> PathBuf {
    folder.join(format!("{digest}.wasm"))
}

/// Writes a file so that a reader, or a crash, sees the old bytes or the new ones.
pub fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    // The rename itself is durable once the folder is.
    path.parent().map_or(Ok(()), |folder| std::fs::File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_survives_writing_and_reading() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(Lock::read(folder.path()).expect("none yet"), Lock::default());
        let mut lock = Lock::default();
        lock.trusted.insert("RWQ".into(), Timestamp::from_millis(1));
        lock.write(folder.path()).expect("written");
        assert_eq!(Lock::read(folder.path()).expect("read"), lock);
    }

    #[test]
    fn a_lock_that_is_not_understood_names_its_file_and_the_way_out() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join(FILE), "{]").expect("written");
        let error = Lock::read(folder.path()).expect_err("refused").to_string();
        assert!(error.contains(FILE) && error.contains("install the plugins"), "{error}");
    }
}

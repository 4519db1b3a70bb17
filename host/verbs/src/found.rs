//! What a look at the node found: journalled, and compared with what is there when the order is carried out.

use serde::{Deserialize, Serialize};
use tocsin_core::verb::{Prepared, Undo};

/// What one look brought.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) says: String,
    pub(crate) undo: Option<Undo>,
    pub(crate) found: Found,
    /// What a file holds that will be another.
    pub(crate) content: Option<Vec<u8>>,
}

impl Look {
    pub(crate) fn of(says: impl Into<String>, found: Found) -> Self {
        Self { says: says.into(), undo: None, found, content: None }
    }

    pub(crate) fn prepared(self) -> Prepared {
        Prepared { says: self.says, undo: self.undo }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "kebab-case")]
pub(crate) enum Found {
    /// There is nothing to compare.
    Nothing,
    Unit {
        active: bool,
    },
    Process(ProcessFound),
    File(FileFound),
    Setting {
        value: String,
    },
    Files(FilesFound),
}

/// Which process it is, whatever the clock was set to since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProcessFound {
    pub(crate) boot: String,
    /// Clock ticks from the boot to its start.
    pub(crate) ticks: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileFound {
    pub(crate) before: Option<FileBefore>,
    /// The digest of what is to be written.
    pub(crate) after: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileBefore {
    /// Of its content.
    pub(crate) digest: String,
    pub(crate) mode: u32,
    pub(crate) user: u32,
    pub(crate) group: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FilesFound {
    pub(crate) folder: String,
    pub(crate) quarantine: Quarantine,
    pub(crate) files: Vec<Marked>,
}

/// Where files wait: a file is moved in an instant, and back, only within one file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Quarantine {
    /// In the node's own quarantine folder.
    Node,
    /// In a hidden folder inside the folder that is cleaned, which lies on another file system than the node's own.
    Folder,
}

/// One file that is to go, and how it is known again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Marked {
    /// From the folder on.
    pub(crate) path: String,
    pub(crate) inode: u64,
    pub(crate) size: u64,
    /// Nanoseconds since the Unix epoch.
    pub(crate) modified: i64,
}

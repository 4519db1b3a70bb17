//! What lies in a folder and may go, the oldest first, within the folder's own bounds.

use std::collections::BTreeSet;

use tocsin_sdk::actions::NoPlan;
use tocsin_sdk::files::{self, Entry, FileKind};
use tocsin_sdk::{CallError, Error, clock};

use crate::config::Folder;
use crate::pattern;

/// Of a folder that holds more, the rest is not counted on.
const ENTRIES_MAX: u32 = 4_096;

/// What may go of one folder.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    pub(crate) folder: &'a Folder,
    pub(crate) count: u32,
    pub(crate) bytes: u64,
}

/// What was found so far, and why other folders have nothing.
#[derive(Debug, Default)]
pub(crate) struct Look<'a> {
    pub(crate) found: Vec<Found<'a>>,
    passed_over: Vec<String>,
    /// Folders and names, so that a file that fits two patterns counts once.
    taken: BTreeSet<(&'a str, String)>,
}

impl<'a> Look<'a> {
    /// Takes the oldest files that fit until `wanted` bytes are found, within the folder's bounds. A file that is too large
    /// for what is left of them is passed over. The host chooses in the same order, by the same rule.
    pub(crate) fn at(&mut self, folder: &'a Folder, wanted: u64) -> Result<(), NoPlan> {
        let mut entries = match files::list(&folder.path, ENTRIES_MAX) {
            Ok(entries) => entries,
            Err(CallError::Failed(problem)) => {
                self.pass_over(folder, format!("cannot be listed ({problem})"));
                return Ok(());
            }
            Err(denied) => return Err(Error::from(denied).into()),
        };
        let now = clock::now_ms();
        entries.retain(|entry| self.may_go(folder, entry, now));
        entries.sort_by_key(|entry| entry.modified_at);
        let (mut count, mut bytes) = (0_u32, 0_u64);
        for entry in entries {
            if bytes >= wanted || count >= folder.count_max {
                break;
            }
            if bytes.saturating_add(entry.size) <= folder.bytes_max {
                (count, bytes) = (count + 1, bytes + entry.size);
                self.taken.insert((&folder.path, entry.name));
            }
        }
        if bytes == 0 {
            let (pattern, age) = (&folder.pattern, folder.older_than);
            self.pass_over(
                folder,
                format!("has no file of `{pattern}` that is older than {age} and within its bounds"),
            );
        } else {
            self.found.push(Found { folder, count, bytes });
        }
        Ok(())
    }

    pub(crate) fn pass_over(&mut self, folder: &Folder, why: String) {
        self.passed_over.push(format!("{} {why}", folder.path));
    }

    /// Why nothing, or no more, was found.
    pub(crate) fn passed_over(&self) -> String {
        match self.passed_over.as_slice() {
            [] => "every folder's bounds are reached".to_owned(),
            some => some.join("; "),
        }
    }

    fn may_go(&self, folder: &'a Folder, entry: &Entry, now: i64) -> bool {
        let age_ms = u64::try_from(now.saturating_sub(entry.modified_at)).unwrap_or(0);
        entry.kind == FileKind::File
            && age_ms > folder.older_than_seconds().saturating_mul(1_000)
            && pattern::fits(&folder.pattern, &entry.name)
            && !self.taken.contains(&(folder.path.as_str(), entry.name.clone()))
    }
}

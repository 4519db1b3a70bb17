//! `delete-files` and what takes it back. Files are named when they are looked at, moved into quarantine when the order is
//! carried out, and gone for good once the quarantine is emptied: only that frees their room. Knows no journal.

mod bounds;
mod glob;
mod quarantine;
mod walk;

use std::os::fd::OwnedFd;
use std::path::Path;

use tocsin_core::time::Timestamp;
use tocsin_core::verb::{Done, OrderKey, Undo};
use tokio::time::Instant;

pub(crate) use self::bounds::Bounds;
use self::glob::Glob;
pub use self::quarantine::Freed;
use self::quarantine::{Held, Moved};
use self::walk::{Mount, Walk};
use crate::failure::{Outcome, bytes, chain, failed, refused, span};
use crate::found::{FilesFound, Found, Look, Marked};
use crate::place;

/// Named one by one in a sentence for people; the journal names all.
const NAMED_MAX: usize = 10;

/// The quarantine of one order, wherever its files lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ward<'a> {
    /// The node's own quarantine folder.
    pub(crate) node: &'a Path,
    /// Of the order whose files are held, not of the one that takes it back.
    pub(crate) key: &'a OrderKey,
}

/// Which files are to go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cleanup<'a> {
    pub(crate) folder: &'a str,
    pub(crate) pattern: &'a str,
    pub(crate) bounds: Bounds,
}

impl Cleanup<'_> {
    pub(crate) fn look(self, ward: Ward<'_>, now: Timestamp, deadline: Instant) -> Outcome<Look> {
        let Self { folder, pattern, bounds } = self;
        bounds.fit()?;
        let glob = Glob::parse(pattern).map_err(|error| refused(error.to_string()))?;
        let root = open(folder)?;
        let walk =
            Walk::of(&root, &glob, deadline).map_err(|error| refused(format!("`{folder}`: {}", chain(&error))))?;
        let chosen = bounds.choose(walk.files, now);
        if chosen.files.is_empty() {
            let mut reason = format!("no file below `{folder}` {}", self.words());
            if chosen.matched > 0 {
                reason.push_str(&format!(" and is small enough: {} match, each too large", chosen.matched));
            }
            return Err(refused(format!("{reason}{}", unread(walk.unread))));
        }
        let quarantine = quarantine::choose(&root, ward).map_err(|error| refused(chain(&error)))?;
        let place = quarantine::path(ward, folder, quarantine);
        let mut says = format!(
            "would move {} below `{folder}` that {} into quarantine (`{place}`); their room is free once that is \
             emptied",
            counted(&chosen.files),
            self.words(),
        );
        let stay = chosen.matched.saturating_sub(chosen.files.len());
        if stay > 0 {
            says.push_str(&format!("; {stay} more match, and stay because of the plan's bounds"));
        }
        says.push_str(&unread(walk.unread));
        for file in chosen.files.iter().take(NAMED_MAX) {
            says.push_str(&format!("\n{} ({})", file.path, bytes(file.size)));
        }
        if let Some(more) = chosen.files.len().checked_sub(NAMED_MAX).filter(|more| *more > 0) {
            says.push_str(&format!("\nand {more} more"));
        }
        let count = u32::try_from(chosen.files.len()).unwrap_or(u32::MAX);
        let undo = Some(Undo::MoveBack { folder: folder.to_owned(), count });
        let found = Found::Files(FilesFound { folder: folder.to_owned(), quarantine, files: chosen.files });
        Ok(Look { says, undo, found, content: None })
    }

    fn words(self) -> String {
        let Self { pattern, bounds, .. } = self;
        format!("match `{pattern}` and are older than {}", span(bounds.older_than))
    }
}

/// Moves exactly those files that are still what they were.
pub(crate) fn carry(found: &FilesFound, ward: Ward<'_>, deadline: Instant) -> Outcome<Done> {
    let root = open(&found.folder)?;
    let held = Held::make(&root, ward, found.quarantine).map_err(|error| refused(chain(&error)))?;
    let mut tally = Tally::default();
    for (index, file) in found.files.iter().enumerate() {
        if Instant::now() >= deadline {
            tally.is_late = true;
            break;
        }
        tally.add(file, held.take(&root, index, file));
    }
    let synced = held.sync();
    let place = quarantine::path(ward, &found.folder, found.quarantine);
    let moved = counted(&tally.moved);
    if tally.moved.is_empty() {
        held.remove();
        return Err(refused(format!("nothing was moved into quarantine{}", tally.left())));
    }
    if tally.is_late {
        return Err(failed(format!("moved {moved} into quarantine (`{place}`) until the deadline{}", tally.left())));
    }
    synced.map_err(|error| failed(format!("moved {moved}, but the quarantine cannot be synced: {error}")))?;
    let says =
        format!("moved {moved} into quarantine (`{place}`){}; their room is free once that is emptied", tally.left());
    Ok(Done { says, output: String::new() })
}

/// Says what would be brought back.
pub(crate) fn look_back(found: &FilesFound, ward: Ward<'_>) -> Outcome<Look> {
    let root = open(&found.folder)?;
    let there = Held::find(&root, ward, found.quarantine).map_err(|error| refused(chain(&error)))?;
    let count = there.map_or(0, |held| held.count(&found.files));
    let says = format!("would move {count} files back below `{}`, over none that is there now", found.folder);
    Ok(Look::of(says, Found::Nothing))
}

/// Moves back what lies in quarantine. What has another file in its place by now stays there.
pub(crate) fn carry_back(found: &FilesFound, ward: Ward<'_>, deadline: Instant) -> Outcome<Done> {
    let root = open(&found.folder)?;
    let Some(held) = Held::find(&root, ward, found.quarantine).map_err(|error| refused(chain(&error)))? else {
        return Ok(Done { says: "nothing lies in quarantine".to_owned(), output: String::new() });
    };
    let mut tally = Tally::default();
    for (index, file) in found.files.iter().enumerate().filter(|(index, _)| held.has(*index)) {
        if Instant::now() >= deadline {
            tally.is_late = true;
            break;
        }
        tally.add(file, held.give_back(&root, index, file));
    }
    let back = counted(&tally.moved);
    if tally.is_late || !tally.stayed.is_empty() {
        let place = quarantine::path(ward, &found.folder, found.quarantine);
        let reason = format!("moved {back} back below `{}`; the rest lies in `{place}`{}", found.folder, tally.left());
        return Err(if tally.moved.is_empty() { refused(reason) } else { failed(reason) });
    }
    held.remove();
    Ok(Done { says: format!("moved {back} back below `{}`", found.folder), output: String::new() })
}

/// Removes for good what lies in quarantine, and says what that freed.
pub(crate) fn empty(found: &FilesFound, ward: Ward<'_>) -> Outcome<Freed> {
    let root = match place::folder(&found.folder) {
        // The folder itself is gone, and with it what lay inside; or all of it lies elsewhere.
        Err(place::PlaceError::Missing(_)) => None,
        opened => Some(opened.map_err(|error| refused(chain(&error)))?),
    };
    let held = match &root {
        Some(root) => Held::find(root, ward, found.quarantine),
        None => Held::find_of_node(ward, found.quarantine),
    };
    match held.map_err(|error| refused(chain(&error)))? {
        Some(held) => held.empty(&found.files),
        None => Ok(Freed::default()),
    }
}

/// Whether anything of an order lies in quarantine.
pub(crate) fn is_held(found: &FilesFound, ward: Ward<'_>) -> bool {
    let held = place::folder(&found.folder)
        .ok()
        .map_or_else(|| Held::find_of_node(ward, found.quarantine), |root| Held::find(&root, ward, found.quarantine));
    held.ok().flatten().is_some_and(|held| held.count(&found.files) > 0)
}

#[derive(Debug, Default)]
struct Tally {
    moved: Vec<Marked>,
    changed: usize,
    /// The first of them says why.
    stayed: Vec<String>,
    is_late: bool,
}

impl Tally {
    fn add(&mut self, file: &Marked, moved: std::io::Result<Moved>) {
        match moved {
            Ok(Moved::Yes) => self.moved.push(file.clone()),
            Ok(Moved::Changed) => self.changed = self.changed.saturating_add(1),
            Ok(Moved::Taken) => self.stayed.push(format!("{}: another file has its place", file.path)),
            Err(error) => self.stayed.push(format!("{}: {error}", file.path)),
        }
    }

    fn left(&self) -> String {
        let mut text = String::new();
        if self.changed > 0 {
            text.push_str(&format!("; {} changed since they were looked at, and were left", self.changed));
        }
        if let Some(first) = self.stayed.first() {
            text.push_str(&format!("; {} stayed where they were, first of them {first}", self.stayed.len()));
        }
        text
    }
}

fn open(folder: &str) -> Outcome<OwnedFd> {
    place::folder(folder).map_err(|error| refused(chain(&error)))
}

fn counted(files: &[Marked]) -> String {
    let size = files.iter().fold(0_u64, |sum, file| sum.saturating_add(file.size));
    let s = if files.len() == 1 { "" } else { "s" };
    format!("{} file{s} ({})", files.len(), bytes(size))
}

fn unread(folders: usize) -> String {
    if folders == 0 { String::new() } else { format!("; {folders} folders below it cannot be read") }
}

#[cfg(test)]
mod tests;

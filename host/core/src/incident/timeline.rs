//! An incident's timeline: what is written down, and what gives way when there is no room. Knows nothing of who reads it.

use std::sync::Arc;

use super::{Entry, EntryKind, Incident};
use crate::time::Timestamp;

/// Entries that are kept of one incident.
pub const ENTRIES_MAX: usize = 2_000;
/// That give way at once where there is no room for one more.
const THINNED: usize = 200;
/// Characters of one entry's text, and of its source.
const TEXT_MAX: usize = 4_096;
const SOURCE_MAX: usize = 200;

impl Incident {
    /// Writes something down. Where there is no room, the oldest alerts and notifications give way, never the first entry.
    pub(crate) fn note(&mut self, at: Timestamp, kind: EntryKind, source: &str, text: &str) {
        if self.timeline.len() >= ENTRIES_MAX {
            self.thin();
        }
        let (source, text) = (clipped(source, SOURCE_MAX), clipped(text, TEXT_MAX));
        self.timeline.push(Arc::new(Entry { at, kind, source, text }));
    }

    fn thin(&mut self) {
        let is_routine = |entry: &Entry| matches!(entry.kind, EntryKind::Alert | EntryKind::Notification);
        let routine = self.timeline.iter().skip(1).filter(|entry| is_routine(entry)).count().min(THINNED);
        // Nothing but what people and the node decided: then the oldest of it.
        let (takes_any, most) = if routine == 0 { (true, THINNED) } else { (false, routine) };
        let (mut index, mut gone) = (0_usize, 0_usize);
        self.timeline.retain(|entry| {
            let goes = index > 0 && gone < most && (takes_any || is_routine(entry));
            index += 1;
            gone += usize::from(goes);
            !goes
        });
        let gone = u32::try_from(gone).unwrap_or(u32::MAX);
        self.course.entries_omitted = self.course.entries_omitted.saturating_add(gone);
    }
}

/// No more than so many characters; what is cut says so.
pub(crate) fn clipped(text: &str, most: usize) -> String {
    if text.len() <= most || text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

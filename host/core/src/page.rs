//! A page: a notified group that someone is to answer for, on the ladder of its receiver's escalation policy. One
//! acknowledgement stops the ladder, wherever it was given. Knows nothing of how anyone is told.

use serde::{Deserialize, Serialize};

use crate::escalate::{Note, PageState};
use crate::id::{GroupKey, ReceiverName};
use crate::label::Labels;

/// Notes that are kept of one page; the oldest go first.
const NOTES_MAX: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub state: PageState,
    pub group: GroupKey,
    pub group_labels: Labels,
    /// Whose policy it climbs.
    pub receiver: ReceiverName,
    /// Whether the acknowledgement outlasts a worse severity.
    #[serde(default)]
    pub sticky: bool,
    /// What happened, oldest first.
    #[serde(default)]
    pub notes: Vec<Note>,
}

impl Page {
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.state.closed_at.is_none()
    }

    #[must_use]
    pub const fn is_acknowledged(&self) -> bool {
        self.is_open() && self.state.ack.is_some()
    }

    pub fn note(&mut self, notes: Vec<Note>) {
        self.notes.extend(notes);
        let surplus = self.notes.len().saturating_sub(NOTES_MAX);
        self.notes.drain(..surplus);
    }
}

/// How severe a label's value is; 0 is the worst. Words that are not known rank as a warning.
#[must_use]
pub fn severity_rank(severity: &str) -> u8 {
    match severity.to_ascii_lowercase().as_str() {
        "p0" | "emergency" | "disaster" => 0,
        "p1" | "critical" | "page" | "fatal" => 1,
        "p2" | "error" | "high" | "major" => 2,
        "p4" | "p5" | "info" | "informational" | "none" | "debug" => 4,
        _ => 3,
    }
}

/// The worst of these, as it was written.
pub fn worst<'s>(severities: impl Iterator<Item = &'s str>) -> Option<&'s str> {
    severities.min_by_key(|severity| severity_rank(severity))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_the_lowest_number_whatever_it_is_called() {
        assert_eq!(worst(["warning", "P1", "info"].into_iter()), Some("P1"));
        assert_eq!(worst(["odd", "info"].into_iter()), Some("odd"));
        assert_eq!(worst([].into_iter()), None);
        assert!(severity_rank("Critical") < severity_rank("P2"));
    }
}

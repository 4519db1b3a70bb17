//! Whether what is to be said was said already: Alertmanager's `notify/dedup_stage.go`, on exact sets.
//! Knows nothing of what mutes an alert.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::label::Fingerprint;
use crate::time::Timestamp;

/// What one integration was last told of one group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    pub firing: BTreeSet<Fingerprint>,
    pub resolved: BTreeSet<Fingerprint>,
    pub at: Timestamp,
}

/// Why there is something to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The group's first word.
    First,
    /// An alert fires that was not in the last word.
    NewAlerts,
    /// Nothing fires any more.
    AllResolved,
    /// An alert has resolved, others still fire.
    NewResolved,
    /// Nothing new, but `repeat_interval` has passed.
    Repeat,
    /// Fired and resolved while the receiver could not be reached.
    Owed,
    /// A level of an escalation policy is due.
    Escalation,
    /// The regular sign of life.
    Heartbeat,
}

impl Reason {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::NewAlerts => "new-alerts",
            Self::AllResolved => "all-resolved",
            Self::NewResolved => "new-resolved",
            Self::Repeat => "repeat",
            Self::Owed => "owed",
            Self::Escalation => "escalation",
            Self::Heartbeat => "heartbeat",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First => "the group's first notification",
            Self::NewAlerts => "an alert fires that the last notification did not hold",
            Self::AllResolved => "every alert of the last notification has resolved",
            Self::NewResolved => "an alert has resolved since the last notification",
            Self::Repeat => "repeat_interval has passed",
            Self::Owed => "an alert fired and resolved while the receiver could not be reached",
            Self::Escalation => "a level of the escalation policy is due",
            Self::Heartbeat => "the regular sign of life",
        })
    }
}

/// Whether there is something to say, and why.
#[must_use]
pub fn needs_update(
    log: Option<&LogEntry>,
    firing: &BTreeSet<Fingerprint>,
    resolved: &BTreeSet<Fingerprint>,
    send_resolved: bool,
    repeat_interval: Duration,
    now: Timestamp,
) -> Option<Reason> {
    let Some(log) = log else { return (!firing.is_empty()).then_some(Reason::First) };
    if !firing.is_subset(&log.firing) {
        return Some(Reason::NewAlerts);
    }
    if firing.is_empty() {
        return (!log.firing.is_empty()).then_some(Reason::AllResolved);
    }
    if send_resolved && !resolved.is_subset(&log.resolved) {
        return Some(Reason::NewResolved);
    }
    (now >= log.at.after(repeat_interval)).then_some(Reason::Repeat)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_not_said_again_before_its_time() {
        let set = |of: &[u64]| of.iter().copied().map(Fingerprint).collect::<BTreeSet<_>>();
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        let log = |firing: &[u64], resolved: &[u64]| {
            Some(LogEntry { firing: set(firing), resolved: set(resolved), at: at(100) })
        };
        // log, firing, resolved, send_resolved, now, expected
        let table = [
            (None, set(&[]), set(&[]), true, 100, None),
            (None, set(&[]), set(&[1]), true, 100, None),
            (None, set(&[1]), set(&[]), true, 100, Some(Reason::First)),
            (log(&[1], &[]), set(&[1]), set(&[]), true, 110, None),
            (log(&[1], &[]), set(&[1, 2]), set(&[]), true, 110, Some(Reason::NewAlerts)),
            (log(&[1, 2], &[]), set(&[1]), set(&[2]), true, 110, Some(Reason::NewResolved)),
            (log(&[1, 2], &[]), set(&[1]), set(&[2]), false, 110, None),
            (log(&[1], &[2]), set(&[1]), set(&[2]), true, 110, None),
            (log(&[1], &[]), set(&[]), set(&[1]), false, 110, Some(Reason::AllResolved)),
            (log(&[], &[1]), set(&[]), set(&[1]), true, 900, None),
            (log(&[1], &[]), set(&[1]), set(&[]), true, 159, None),
            (log(&[1], &[]), set(&[1]), set(&[]), true, 160, Some(Reason::Repeat)),
        ];
        for (index, (log, firing, resolved, send_resolved, now, expected)) in table.into_iter().enumerate() {
            let repeat = Duration::from_secs(60);
            let found = needs_update(log.as_ref(), &firing, &resolved, send_resolved, repeat, at(now));
            assert_eq!(found, expected, "row {index}");
        }
    }
}

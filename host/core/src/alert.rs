//! An alert: labels that say what it is about, since when, and until when. From a rule of this node, or posted by
//! anything that speaks Alertmanager's API. Knows nothing of who is told.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{CheckName, ObjectiveName, SloName};
use crate::label::{Fingerprint, Labels};
use crate::time::Timestamp;

mod door;

pub use door::{AlertError, Limits, PostedAlert};

/// How long a resolved alert can still be looked at, as long as Prometheus goes on sending one.
pub const RESOLVED_RETENTION: Duration = Duration::from_secs(15 * 60);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    pub labels: Labels,
    pub annotations: Labels,
    pub starts_at: Timestamp,
    /// `None` while a rule of this node holds it; posted alerts always have an end.
    pub ends_at: Option<Timestamp>,
    /// The sender gave no end: it is `resolve_timeout` after the last post.
    #[serde(default)]
    pub timeout: bool,
    pub updated_at: Timestamp,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub generator_url: String,
    #[serde(default)]
    pub origin: Origin,
}

/// Who says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    #[default]
    Posted,
    /// A rule of this node, on a check of it.
    Check { rule: String, check: CheckName },
    /// A rule about an objective of this node.
    Slo { slo: SloName, objective: ObjectiveName, rule: String },
    /// The node itself: its store, its notifications, its alerts.
    Node,
}

impl Origin {
    #[must_use]
    pub const fn check(&self) -> Option<&CheckName> {
        match self {
            Self::Check { check, .. } => Some(check),
            Self::Posted | Self::Slo { .. } | Self::Node => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertStatus {
    Firing,
    Resolved,
}

impl AlertStatus {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Resolved => "resolved",
        }
    }
}

impl Alert {
    /// One that the node itself says, now.
    #[must_use]
    pub(crate) fn of_node(
        labels: Labels,
        annotations: Labels,
        starts_at: Timestamp,
        ends_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let (timeout, generator_url, origin) = (false, String::new(), Origin::Node);
        Self { labels, annotations, starts_at, ends_at, timeout, updated_at: now, generator_url, origin }
    }

    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.labels.fingerprint()
    }

    #[must_use]
    pub fn is_resolved(&self, now: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| end <= now)
    }

    #[must_use]
    pub fn status(&self, now: Timestamp) -> AlertStatus {
        if self.is_resolved(now) { AlertStatus::Resolved } else { AlertStatus::Firing }
    }

    /// When something about it changes by time alone: its end, and then the end of its retention.
    #[must_use]
    pub fn look_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.ends_at.map(|end| if end <= now { end.after(RESOLVED_RETENTION) } else { end })
    }

    /// This alert after a newer word about the same labels. Two that overlap are one: the earlier start, the newer
    /// annotations, the later end, where a default end never outlasts one that was given (Alertmanager's
    /// `types.Alert.Merge` and `provider/mem.Put`).
    #[must_use]
    pub fn merged(&self, newer: Self, now: Timestamp) -> Self {
        let within = |at: Timestamp| at > self.starts_at && self.ends_at.is_none_or(|end| at < end);
        if !(newer.ends_at.is_some_and(within) || within(newer.starts_at)) {
            return newer;
        }
        let ends_at = match (self.ends_at, newer.ends_at) {
            (Some(old), Some(new)) if old > new => {
                let keeps = if newer.is_resolved(now) { self.is_resolved(now) } else { !self.timeout };
                Some(if keeps { old } else { new })
            }
            _ => newer.ends_at,
        };
        Self { starts_at: self.starts_at.min(newer.starts_at), ends_at, ..newer }
    }

    /// Whether only the time of the last word differs: nothing anyone would be told about.
    #[must_use]
    pub fn says_the_same(&self, other: &Self, now: Timestamp) -> bool {
        self.is_resolved(now) == other.is_resolved(now)
            && (!self.is_resolved(now) || self.ends_at == other.ends_at)
            && self.starts_at == other.starts_at
            && self.annotations == other.annotations
            && self.generator_url == other.generator_url
            && self.labels == other.labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn alert(starts: i64, ends: Option<i64>, timeout: bool) -> Alert {
        Alert {
            labels: Labels::new([("alertname", "Down")]).expect("one"),
            annotations: Labels::default(),
            starts_at: at(starts),
            ends_at: ends.map(at),
            timeout,
            updated_at: at(0),
            generator_url: String::new(),
            origin: Origin::Posted,
        }
    }

    #[test]
    fn two_that_overlap_are_one() {
        // name, old (start, end, timeout), newer, now, expected (start, end)
        let table = [
            ("a later word keeps the start", (10, Some(300), true), (50, Some(350), true), 50, (10, Some(350))),
            (
                "an end that was given outlasts a default one",
                (10, Some(400), false),
                (50, Some(350), true),
                50,
                (10, Some(400)),
            ),
            ("a default end does not", (10, Some(400), true), (50, Some(350), false), 50, (10, Some(350))),
            ("a resolve ends it", (10, Some(400), true), (10, Some(60), false), 60, (10, Some(60))),
            ("one after the end is another", (10, Some(40), false), (50, Some(350), true), 50, (50, Some(350))),
            ("one held by a rule ends when told", (10, None, false), (10, Some(60), false), 60, (10, Some(60))),
        ];
        for (name, old, newer, now, expected) in table {
            let merged = alert(old.0, old.1, old.2).merged(alert(newer.0, newer.1, newer.2), at(now));
            assert_eq!((merged.starts_at, merged.ends_at), (at(expected.0), expected.1.map(at)), "{name}");
        }
    }

    #[test]
    fn a_repeated_word_says_the_same_and_a_resolve_does_not() {
        let old = alert(10, Some(300), true);
        assert!(old.says_the_same(&alert(10, Some(900), true), at(50)));
        assert!(!old.says_the_same(&alert(10, Some(50), false), at(50)));
        assert!(!alert(10, Some(40), false).says_the_same(&alert(10, Some(45), false), at(50)));
    }
}

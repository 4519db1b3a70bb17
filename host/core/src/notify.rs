//! Notifications: when a group's receiver is told, what it is told, and what became of it.
//!
//! A *lane* is one integration of a group's receiver. At each flush [`decide`] gives every lane a verdict, and the same
//! verdict is what explanations show. What is to be sent becomes a [`Notice`] in the outbox: frozen, committed with the
//! state, tried until the other side took it or refused it for good. Knows nothing of HTTP or mail.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::alert::{Alert, AlertStatus};
use crate::id::{GroupKey, NoticeId, ReceiverName};
use crate::label::{Fingerprint, Labels};
use crate::time::Timestamp;

mod answer;
mod backoff;
mod decide;
mod dedup;

pub use answer::{Answer, Cause, Dialect, Ended};
pub use backoff::{RETRY_AFTER_MAX, next_attempt};
pub use decide::{Sight, Verdict, WhyNot, decide};
pub use dedup::{LogEntry, Reason, needs_update};

/// Where a notice goes: an integration of a receiver, in the order of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Destination {
    pub receiver: ReceiverName,
    pub integration: usize,
}

/// One thing to tell one integration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub id: NoticeId,
    pub to: Destination,
    /// What a thread hangs on at the other side.
    pub group: GroupKey,
    pub group_labels: Labels,
    /// Frozen: a retry says what the first attempt said.
    pub alerts: Arc<[NoticeAlert]>,
    pub reason: Reason,
    /// A line of its own above the alerts: who is escalated to and why, what was held back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    pub created_at: Timestamp,
    /// That have ended.
    pub attempts: u32,
    /// Not before.
    pub due_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

impl Notice {
    #[must_use]
    pub fn status(&self) -> AlertStatus {
        let is_firing = self.alerts.iter().any(|alert| alert.status == AlertStatus::Firing);
        if is_firing { AlertStatus::Firing } else { AlertStatus::Resolved }
    }
}

/// An alert as it was when the notice was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeAlert {
    pub status: AlertStatus,
    #[serde(flatten)]
    pub alert: Arc<Alert>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With the other side's name for it, if it gave one.
    Delivered(Option<String>),
    /// Worth another try; not before `after`, where the other side said so.
    Failed { reason: String, after: Option<Duration> },
    /// The other side will never take it.
    Rejected { reason: String },
}

/// What a group's lane remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// The last notification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<LogEntry>,
    /// On its way. Nothing else of this group is sent there before: a recovery never overtakes its alarm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outstanding: Option<NoticeId>,
    /// Told to fire, and not told to have resolved.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub told: BTreeSet<Fingerprint>,
    /// Fired while nothing could be sent, and must be told of even if they have resolved since.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub owed: BTreeSet<Fingerprint>,
    /// There was something to say while another notice was on its way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub behind: bool,
}

impl Lane {
    /// Whether the other side is still owed a word of this alert.
    #[must_use]
    pub fn awaits(&self, alert: Fingerprint) -> bool {
        self.outstanding.is_some() || self.owed.contains(&alert) || self.told.contains(&alert)
    }

    /// After a notice was taken by the other side.
    #[must_use]
    pub fn delivered(&self, notice: &Notice, now: Timestamp) -> Self {
        let of = |status| {
            let with = notice.alerts.iter().filter(move |alert| alert.status == status);
            with.map(|alert| alert.alert.fingerprint()).collect::<BTreeSet<_>>()
        };
        let (firing, resolved) = (of(AlertStatus::Firing), of(AlertStatus::Resolved));
        let told = self.told.union(&firing).filter(|alert| !resolved.contains(alert)).copied().collect();
        let owed = self.owed.iter().filter(|alert| !resolved.contains(alert)).copied().collect();
        Self { log: Some(LogEntry { firing, resolved, at: now }), outstanding: None, told, owed, behind: false }
    }

    /// Nothing had to be sent, yet all was seen: as Alertmanager logs a recovery that nobody asked to hear of.
    #[must_use]
    pub fn noted(&self, resolved: BTreeSet<Fingerprint>, now: Timestamp) -> Self {
        let left = |set: &BTreeSet<Fingerprint>| set.difference(&resolved).copied().collect();
        let (told, owed) = (left(&self.told), left(&self.owed));
        Self { log: Some(LogEntry { firing: BTreeSet::new(), resolved, at: now }), told, owed, ..self.clone() }
    }
}

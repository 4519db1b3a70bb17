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
mod dedup;

pub use answer::{Answer, Cause, Dialect, Ended};
pub use backoff::{RETRY_AFTER_MAX, next_attempt};
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
    /// What the other side was last told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<LogEntry>,
    /// On its way. Nothing else of this group is sent there before: a recovery never overtakes its alarm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outstanding: Option<NoticeId>,
    /// Fired while another notice was on its way, and must be told of even if they have resolved since.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub owed: BTreeSet<Fingerprint>,
    /// The receiver's rate limit holds what is due.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
}

impl Lane {
    /// Whether the other side still believes that this alert fires, or is owed a word of it.
    #[must_use]
    pub fn awaits(&self, alert: Fingerprint) -> bool {
        self.outstanding.is_some()
            || self.owed.contains(&alert)
            || self.log.as_ref().is_some_and(|log| log.firing.contains(&alert))
    }
}

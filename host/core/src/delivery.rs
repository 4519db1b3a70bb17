//! What a notifier is asked to carry and what became of it. Knows nothing of routes or retries.

use serde::{Deserialize, Serialize};

use crate::alert::AlertStatus;
use crate::observation::Label;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifiedAlert {
    pub fingerprint: String,
    pub status: AlertStatus,
    pub labels: Vec<Label>,
    pub annotations: Vec<Label>,
    pub starts_at: Timestamp,
    pub ends_at: Option<Timestamp>,
    pub url: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// The same for every attempt: an idempotency key for the other side.
    pub id: String,
    pub receiver: String,
    /// The same for every notification of one group: what a thread hangs on.
    pub group: String,
    pub status: AlertStatus,
    pub title: String,
    pub body: String,
    pub alerts: Vec<NotifiedAlert>,
    pub url: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// With the other side's name for it, if it gave one.
    Delivered(Option<String>),
    RetryAfter {
        after_seconds: u32,
        reason: String,
    },
    Rejected(String),
}

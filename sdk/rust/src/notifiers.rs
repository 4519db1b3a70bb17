//! What a notifier is given and returns: one notification in; delivered, retry-after or rejected out.

use std::time::Duration;

pub use crate::bindings::notifier::{Alert, AlertStatus, Delivery, Notification, Retry};

impl Delivery {
    /// Not now; again after this long.
    pub fn retry_after(after: Duration, reason: impl Into<String>) -> Self {
        let after_seconds = u32::try_from(after.as_secs()).unwrap_or(u32::MAX);
        Self::RetryAfter(Retry { after_seconds, reason: reason.into() })
    }
}

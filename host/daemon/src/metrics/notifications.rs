//! What is counted of notifications, under Alertmanager's names.

use std::time::Duration;

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Registry};
use tocsin_core::id::ReceiverName;
use tocsin_core::notify::Cause;

use super::{counters, kept};

/// From a hundredth of a second to half a minute.
const BUCKETS: &[f64] = &[0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 15.0, 20.0, 30.0];

#[derive(Debug)]
pub(super) struct Notifications {
    attempts: IntCounterVec,
    failed: IntCounterVec,
    seconds: HistogramVec,
    postponed: IntCounterVec,
}

impl Notifications {
    pub(super) fn new(all: &Registry) -> prometheus::Result<Self> {
        let labels = ["integration", "receiver"];
        let seconds = HistogramOpts::new("tocsin_notification_latency_seconds", "How long an attempt to notify took.");
        Ok(Self {
            attempts: counters(all, "tocsin_notifications_total", "Attempts to notify that ended.", &labels)?,
            failed: counters(
                all,
                "tocsin_notifications_failed_total",
                "Those of them that failed, by what failed.",
                &["integration", "receiver", "reason"],
            )?,
            seconds: kept(all, HistogramVec::new(seconds.buckets(BUCKETS.into()), &labels)?)?,
            postponed: counters(
                all,
                "tocsin_notifications_postponed_total",
                "Notifications that found their receiver's queue full, and are handed out again.",
                &["receiver"],
            )?,
        })
    }

    pub(super) fn ended(&self, integration: &str, receiver: &ReceiverName, took: Duration, failed: Option<Cause>) {
        let labels = [integration, receiver.as_str()];
        self.attempts.with_label_values(&labels).inc();
        self.seconds.with_label_values(&labels).observe(took.as_secs_f64());
        if let Some(cause) = failed {
            self.failed.with_label_values(&[integration, receiver.as_str(), cause.as_str()]).inc();
        }
    }

    pub(super) fn postponed(&self, receiver: &ReceiverName) {
        self.postponed.with_label_values(&[receiver.as_str()]).inc();
    }

    #[cfg(test)]
    pub(super) fn attempts(&self, integration: &str, receiver: &str, failed: Cause) -> (u64, u64) {
        let all = self.attempts.with_label_values(&[integration, receiver]);
        let failed = self.failed.with_label_values(&[integration, receiver, failed.as_str()]);
        (all.get(), failed.get())
    }
}

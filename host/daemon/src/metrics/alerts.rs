//! What is counted of alerts, and what a scrape shows of the state they are in.

use std::collections::BTreeMap;

use prometheus::{IntCounter, IntCounterVec, Registry};
use tocsin_core::pipeline::State;
use tocsin_core::time::Timestamp;

use super::{counter, counters, gauge, kept};
use crate::alerts::{Alerts, pages};

#[derive(Debug)]
pub struct AlertMeters {
    received: IntCounterVec,
    invalid: IntCounter,
}

impl AlertMeters {
    pub(super) fn new(all: &Registry) -> prometheus::Result<Self> {
        let meters = Self {
            received: counters(all, "tocsin_alerts_received_total", "Alerts taken in over the API.", &["status"])?,
            invalid: counter(all, "tocsin_alerts_invalid_total", "Alerts refused by the API for what stood in them.")?,
        };
        for status in ["firing", "resolved"] {
            meters.received.with_label_values(&[status]);
        }
        Ok(meters)
    }

    /// One batch.
    pub fn received(&self, firing: u64, resolved: u64, invalid: u64) {
        self.received.with_label_values(&["firing"]).inc_by(firing);
        self.received.with_label_values(&["resolved"]).inc_by(resolved);
        self.invalid.inc_by(invalid);
    }
}

/// What one look at the state finds.
struct Sums {
    silences: BTreeMap<&'static str, i64>,
    groups: usize,
    outbox: usize,
    overflow: u64,
    pages: BTreeMap<&'static str, i64>,
}

pub(super) fn scrape(now: &Registry, alerts: &Alerts) -> prometheus::Result<()> {
    let (counts, sums) = (alerts.counts(), alerts.look(sums));
    let by_state = super::scrape::gauges(now, "tocsin_alerts", "Alerts by state.", &["state"])?;
    for (state, count) in [("pending", counts.pending), ("firing", counts.firing), ("resolved", counts.resolved)] {
        by_state.with_label_values(&[state]).set(whole(count));
    }
    let silences = super::scrape::gauges(now, "tocsin_silences", "Silences by state.", &["state"])?;
    for (state, count) in sums.silences {
        silences.with_label_values(&[state]).set(count);
    }
    let pages = super::scrape::gauges(now, "tocsin_pages", "Pages that are not closed, by state.", &["state"])?;
    for (state, count) in sums.pages {
        pages.with_label_values(&[state]).set(count);
    }
    gauge(now, "tocsin_alert_groups", "Groups of alerts.")?.set(whole(sums.groups as u64));
    gauge(now, "tocsin_outbox_notices", "Notifications on their way out.")?.set(whole(sums.outbox as u64));
    // By name it would have as many series as a flood has names; the page about it says which.
    let overflow = IntCounter::new(
        "tocsin_alerts_overflow_total",
        "Alerts refused because as many as may be were kept already, since the start.",
    )?;
    kept(now, overflow)?.inc_by(sums.overflow);
    Ok(())
}

fn sums(state: &State, now: Timestamp) -> Sums {
    let book = state.book();
    let mut silences = BTreeMap::from([("active", 0), ("pending", 0), ("expired", 0)]);
    for silence in book.silences() {
        *silences.entry(silence.state(now).as_str()).or_default() += 1;
    }
    let mut pages = BTreeMap::from([("open", 0), ("acknowledged", 0)]);
    for page in book.pages().filter(|page| page.is_open()) {
        *pages.entry(pages::state_of(page).as_str()).or_default() += 1;
    }
    let overflow = book.overflow().values().sum();
    Sums { silences, groups: book.groups().count(), outbox: book.outbox().count(), overflow, pages }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

//! A group: the alerts of one route that share the labels of its `group_by`, told together. What it remembers is when
//! its receiver is looked at next, and what each of the receiver's integrations was told. Knows nothing of its members.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::alert::Alert;
use crate::alertmanager::GroupBy;
use crate::id::{GroupKey, ReceiverName};
use crate::label::Labels;
use crate::notify::Lane;
use crate::route::FlatRoute;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub key: GroupKey,
    pub route: String,
    pub receiver: ReceiverName,
    pub labels: Labels,
    /// The next regular flush: `group_wait` after the first alert, then each `group_interval` from the last one's start.
    pub tick_at: Timestamp,
    /// The next flush of any kind: a repeat is due when it is due, not at the next tick.
    pub flush_at: Timestamp,
    pub flushed: bool,
    /// One for each integration of the receiver, in their order.
    pub lanes: Vec<Lane>,
}

impl Group {
    /// A group that begins with this alert.
    #[must_use]
    pub fn begin(key: GroupKey, route: &FlatRoute, lanes: usize, alert: &Alert, now: Timestamp) -> Self {
        let mut group = Self {
            key,
            route: route.id.clone(),
            receiver: ReceiverName::new(&route.receiver),
            labels: group_labels(route, &alert.labels),
            tick_at: now.after(route.group_wait),
            flush_at: now.after(route.group_wait),
            flushed: false,
            lanes: vec![Lane::default(); lanes],
        };
        group.hurry(alert, route.group_wait, now);
        group
    }

    /// An alert that has waited long enough elsewhere does not wait again (Alertmanager's `aggrGroup.insert`). True if
    /// that moved the flush.
    pub fn hurry(&mut self, alert: &Alert, group_wait: Duration, now: Timestamp) -> bool {
        let is_overdue = !self.flushed && alert.starts_at.after(group_wait) < now && self.flush_at > now;
        if is_overdue {
            (self.tick_at, self.flush_at) = (now, now);
        }
        is_overdue
    }
}

/// The labels that name an alert's group on a route; one that is absent is left out.
#[must_use]
pub fn group_labels(route: &FlatRoute, labels: &Labels) -> Labels {
    match &route.group_by {
        GroupBy::All => labels.clone(),
        GroupBy::Labels(names) => labels.filtered(|name| names.iter().any(|wanted| wanted == name)),
    }
}

#[must_use]
pub fn group_key(route: &FlatRoute, labels: &Labels) -> GroupKey {
    GroupKey::new(format!("{}:{}", route.id, group_labels(route, labels)))
}

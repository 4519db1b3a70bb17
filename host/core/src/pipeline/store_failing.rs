//! The one word that goes out although it is not on disk: that nothing can be put there. It is routed like any alert,
//! muted by nothing, and leaves no trace in the state. Knows nothing of the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alert::{Alert, AlertStatus};
use crate::group::{group_key, group_labels};
use crate::id::ReceiverName;
use crate::label::Labels;
use crate::notify::{Destination, Notice, NoticeAlert, Reason};
use crate::pipeline::State;
use crate::pipeline::groups::notice;
use crate::time::Timestamp;

/// One notice for every integration that the alert `StoreFailing` is routed to. `ends_at` is when it could be written
/// again.
#[must_use]
pub fn store_failing(
    state: &State,
    why: &str,
    starts_at: Timestamp,
    ends_at: Option<Timestamp>,
    now: Timestamp,
) -> Vec<Arc<Notice>> {
    let alerting = state.alerting();
    let alert = Arc::new(alert(state, why, starts_at, ends_at, now));
    let status = if ends_at.is_some() { AlertStatus::Resolved } else { AlertStatus::Firing };
    let frozen = [NoticeAlert { status, alert: Arc::clone(&alert) }];
    let routes = alerting.routes.iter().flat_map(|routes| routes.matching(&alert.labels));
    // A receiver that several routes lead to is told once.
    let receivers: BTreeMap<&str, _> = routes.map(|route| (route.receiver.as_str(), route)).collect();
    let mut notices = Vec::new();
    for (receiver, route) in receivers {
        let (key, labels) = (group_key(route, &alert.labels), group_labels(route, &alert.labels));
        for integration in 0..alerting.lanes_of(receiver) {
            let to = Destination { receiver: ReceiverName::new(receiver), integration };
            let reason = if ends_at.is_some() { Reason::AllResolved } else { Reason::First };
            notices.push(Arc::new(notice(&key, &labels, to, frozen.clone().into(), reason, now)));
        }
    }
    notices
}

fn alert(state: &State, why: &str, starts_at: Timestamp, ends_at: Option<Timestamp>, now: Timestamp) -> Alert {
    let node = state.config().map_or("", |config| config.node.as_str());
    let labels = Labels::overlay([("alertname", "StoreFailing"), ("severity", "P0"), ("node", node)]);
    let summary = format!("The node {node} cannot write to its disk: checks run, and nothing is kept");
    let annotations = Labels::overlay([("summary", summary.as_str()), ("description", why)]);
    Alert::of_node(labels, annotations, starts_at, ends_at, now)
}

//! An alert's way down the hallway: taken in, merged with what was known, placed in its groups, ended by time, forgotten.
//! Knows nothing of how a group is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alert::Alert;
use crate::alerting::Alerting;
use crate::group::{Group, group_key};
use crate::id::{GroupKey, ReceiverName};
use crate::label::Fingerprint;
use crate::pipeline::{BookChange, Event, State, Transition};
use crate::time::Timestamp;

mod overflow;

/// How long to wait before looking again at a resolved alert that a group still holds.
const HELD_LOOK: std::time::Duration = std::time::Duration::from_secs(60);

/// Takes in one word about an alert: from a rule of this node, or posted.
pub(super) fn posted(state: &State, fingerprint: Fingerprint, alert: &Arc<Alert>, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    let alerting = state.alerting();
    let Some(known) = state.book.alert(fingerprint) else {
        if alert.is_resolved(now) {
            // The end of something that was never heard of.
            return transition;
        }
        if state.book.alerts_len() >= alerting.alerts_max && alert.origin == crate::alert::Origin::Posted {
            overflow::refused(state, alert, now, &mut transition);
            return transition;
        }
        transition.book(BookChange::Alert(fingerprint, Some(Arc::clone(alert))));
        place(state, alerting, fingerprint, alert, now, &mut transition);
        transition.follow(Event::Correlate(fingerprint));
        return transition;
    };
    let merged = Arc::new(known.merged(Alert::clone(alert), now));
    if known.says_the_same(&merged, now) {
        transition.book(BookChange::Seen(fingerprint, merged));
        return transition;
    }
    let is_back = known.is_resolved(now) && !merged.is_resolved(now);
    if known.is_resolved(now) != merged.is_resolved(now) || known.starts_at != merged.starts_at {
        transition.follow(Event::Correlate(fingerprint));
    }
    transition.book(BookChange::Alert(fingerprint, Some(Arc::clone(&merged))));
    if is_back || state.book.groups_of(fingerprint).is_empty() {
        place(state, alerting, fingerprint, &merged, now, &mut transition);
    }
    transition
}

/// Puts an alert into the groups its routes say, making those that do not exist yet.
pub(super) fn place(
    state: &State,
    alerting: &Alerting,
    fingerprint: Fingerprint,
    alert: &Alert,
    now: Timestamp,
    transition: &mut Transition,
) {
    let Some(routes) = &alerting.routes else { return };
    let mut keys: Vec<GroupKey> = Vec::with_capacity(1);
    for route in routes.matching(&alert.labels) {
        let key = group_key(route, &alert.labels);
        let is_over = alert.is_resolved(now);
        match state.book.group(&key) {
            None if is_over => continue,
            // A restart or a reload brings nobody back but those who are still to be told of.
            Some(group) if is_over && !group.lanes.iter().any(|lane| lane.awaits(fingerprint)) => continue,
            None => {
                let lanes = alerting.lanes_of(&route.receiver);
                let group = Group::begin(key.clone(), route, lanes, alert, now);
                transition.book(BookChange::Group(key.clone(), Some(Arc::new(group))));
            }
            Some(group) => {
                let mut next = Group::clone(group);
                if next.hurry(alert, route.group_wait, now) {
                    transition.book(BookChange::Group(key.clone(), Some(Arc::new(next))));
                }
            }
        }
        keys.push(key);
    }
    if state.book.groups_of(fingerprint) != keys {
        transition.book(BookChange::Placed(fingerprint, keys.into()));
    }
}

/// What time alone does to alerts: they end, and some while later they are forgotten.
pub(super) fn tick(state: &State, now: Timestamp, transition: &mut Transition) {
    for fingerprint in state.book.ends_due(now) {
        let Some(alert) = state.book.alert(*fingerprint) else { continue };
        match alert.look_at(now) {
            Some(later) if later > now => {
                let is_news = alert.is_resolved(now) && !alert.is_resolved(alert.updated_at);
                if is_news {
                    let ended = Alert { updated_at: now, ..Alert::clone(alert) };
                    transition.book(BookChange::Alert(*fingerprint, Some(Arc::new(ended))));
                    transition.follow(Event::Correlate(*fingerprint));
                }
                transition.book(BookChange::Look(*fingerprint, later));
            }
            // A group that still owes somebody a word about it keeps it.
            _ if !state.book.groups_of(*fingerprint).is_empty() => {
                transition.book(BookChange::Look(*fingerprint, now.after(HELD_LOOK)));
            }
            _ => transition.book(BookChange::Alert(*fingerprint, None)),
        }
    }
    if let Some(alert) = overflow::over(state, now) {
        transition.follow(Event::Alert(alert.fingerprint(), Arc::new(alert)));
    }
}

/// New routes: every alert finds its groups anew; groups that no route leads to are given up. What the others were told
/// stands.
pub(super) fn configured(state: &State, alerting: &Alerting, now: Timestamp, transition: &mut Transition) {
    let mut receivers: BTreeMap<GroupKey, &str> = BTreeMap::new();
    for (fingerprint, alert) in state.book.alerts() {
        // Nobody repeated it while the node was down: that is missing data, not an end.
        let patience = now.after(alerting.resolve_timeout());
        let alert = match alert.ends_at {
            Some(end) if state.config().is_none() && !alert.is_resolved(alert.updated_at) && end < patience => {
                let waiting = Arc::new(Alert { ends_at: Some(patience), ..Alert::clone(alert) });
                transition.book(BookChange::Seen(fingerprint, Arc::clone(&waiting)));
                transition.book(BookChange::Look(fingerprint, patience));
                waiting
            }
            _ => Arc::clone(alert),
        };
        if let Some(routes) = &alerting.routes {
            let taken = routes.matching(&alert.labels).into_iter();
            receivers.extend(taken.map(|route| (group_key(route, &alert.labels), route.receiver.as_str())));
        }
        place(state, alerting, fingerprint, &alert, now, transition);
    }
    for group in state.book.groups() {
        let Some(receiver) = receivers.get(&group.key) else {
            transition.book(BookChange::Group(group.key.clone(), None));
            continue;
        };
        let mut next = Group::clone(group);
        if group.receiver.as_str() != *receiver {
            // Somebody else, who was told nothing yet.
            next.receiver = ReceiverName::new(receiver);
            next.lanes.clear();
        }
        next.lanes.resize_with(alerting.lanes_of(receiver), Default::default);
        if next != **group {
            transition.book(BookChange::Group(group.key.clone(), Some(Arc::new(next))));
        }
    }
}

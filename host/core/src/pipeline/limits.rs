//! A receiver's rate limit: what is held back, until when, and the summary of it. Knows nothing of what is sent.

use std::sync::Arc;

use crate::alerting::Alerting;
use crate::id::{GroupKey, ReceiverName};
use crate::label::Labels;
use crate::notify::{Destination, Reason};
use crate::pipeline::book::Usage;
use crate::pipeline::groups::{notice, send};
use crate::pipeline::{BookChange, State, Transition};
use crate::receiver::Receiver;
use crate::time::Timestamp;

/// Groups named in a summary.
const GROUPS_SHOWN: usize = 5;

pub(super) fn usage(state: &State, receiver: &Receiver) -> Usage {
    state.book.usage(&receiver.name).cloned().unwrap_or_default()
}

/// Until when nothing more may be sent, if the limit is reached.
pub(crate) fn limited_until(receiver: &Receiver, usage: &Usage, now: Timestamp) -> Option<Timestamp> {
    let limit = receiver.rate_limit?;
    let within = usage.made.iter().filter(|made| made.after(limit.per) > now);
    let most = usize::try_from(limit.notifications).unwrap_or(usize::MAX);
    let oldest = usage.made.iter().find(|made| made.after(limit.per) > now)?;
    (within.count() >= most).then(|| oldest.after(limit.per))
}

pub(super) fn count(usage: &mut Usage, receiver: &Receiver, now: Timestamp) {
    if let Some(limit) = receiver.rate_limit {
        usage.made.retain(|made| made.after(limit.per) > now);
        usage.made.push(now);
    }
}

/// What was held back since the last notification, said with the next one; what is still due follows by itself.
pub(super) fn summary(usage: &mut Usage, sending: &GroupKey) -> Option<String> {
    let held = std::mem::take(&mut usage.held);
    let others: Vec<&str> = held.iter().filter(|group| *group != sending).map(GroupKey::as_str).collect();
    if others.is_empty() {
        return None;
    }
    let shown = others.iter().take(GROUPS_SHOWN).copied().collect::<Vec<_>>().join(", ");
    let more = if others.len() > GROUPS_SHOWN { ", and others" } else { "" };
    Some(format!("The rate limit held back notifications of {} other groups: {shown}{more}.", others.len()))
}

/// Keeps what changed; the first that is held back makes the receiver look again when there is room.
pub(super) fn keep(state: &State, receiver: &Receiver, usage: Usage, transition: &mut Transition) {
    if state.book.usage(&receiver.name).map_or(usage != Usage::default(), |before| *before != usage) {
        transition.book(BookChange::Usage(receiver.name.clone(), Some(usage)));
    }
}

/// Signs of life that are due: a notice to every integration of the receiver, and the time of the next.
pub(super) fn tick(state: &State, now: Timestamp, transition: &mut Transition) {
    for name in state.book.beats_due(now) {
        let alerting = state.alerting();
        let (Some(receiver), Some(before)) = (alerting.receivers.get(name), state.book.usage(name)) else {
            // Another configuration has no such receiver.
            transition.book(BookChange::Usage(name.clone(), None));
            continue;
        };
        let next_beat = receiver.heartbeat.map(|every| now.after(every));
        transition.book(BookChange::Usage(name.clone(), Some(Usage { next_beat, ..before.clone() })));
        if next_beat.is_some() {
            beat(state, receiver, now, transition);
        }
    }
}

/// Starts and ends the heartbeats that a configuration names.
pub(super) fn configured(state: &State, alerting: &Alerting, now: Timestamp, transition: &mut Transition) {
    for receiver in alerting.receivers.values() {
        let before = usage(state, receiver);
        let is_due = receiver.heartbeat.is_some() && before.next_beat.is_none();
        let next_beat = if is_due { Some(now) } else { receiver.heartbeat.and(before.next_beat) };
        keep(state, receiver, Usage { next_beat, ..before }, transition);
    }
}

fn beat(state: &State, receiver: &Receiver, now: Timestamp, transition: &mut Transition) {
    let node = state.config().map_or("", |config| config.node.as_str());
    let group = heartbeat_group(&receiver.name);
    let labels = Labels::overlay([("alertname", "Heartbeat"), ("node", node)]);
    for integration in 0..receiver.integrations.len() {
        let is_waiting = state.book.outbox().any(|notice| {
            notice.group == group && notice.to.integration == integration && notice.to.receiver == receiver.name
        });
        // A receiver that is away gets one sign of life when it is back, not all it has missed.
        if is_waiting {
            continue;
        }
        let to = Destination { receiver: receiver.name.clone(), integration };
        let mut beat = notice(&group, &labels, to, Arc::default(), Reason::Heartbeat, now);
        beat.remark = Some(format!("The node {node} is alive and can notify."));
        send(beat, now, transition);
    }
}

/// What the heartbeats of a receiver are threaded by.
fn heartbeat_group(receiver: &ReceiverName) -> GroupKey {
    GroupKey::new(format!("heartbeat:{receiver}"))
}

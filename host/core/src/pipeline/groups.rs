//! A group's way down the hallway: its flush, lane by lane, and what is let go of afterwards. Knows nothing of how a
//! notice travels.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::alert::Alert;
use crate::alerting::Alerting;
use crate::group::Group;
use crate::id::{GroupKey, NoticeId};
use crate::label::Fingerprint;
use crate::notify::{Destination, Lane, Notice, NoticeAlert, Reason, Sight, Verdict, WhyNot, decide};
use crate::pipeline::{BookChange, Effect, Event, State, Suppression, Transition, limits, pages};
use crate::receiver::Receiver;
use crate::route::FlatRoute;
use crate::time::Timestamp;

/// All groups whose time has come, each a step of its own: they share receivers and alerts.
pub(super) fn tick(state: &State, now: Timestamp, transition: &mut Transition) {
    state.book.flushes_due(now).for_each(|key| transition.follow(Event::Flush(key.clone())));
}

/// Looks at one group and lets its lanes say what there is to say.
pub(super) fn flush(state: &State, key: &GroupKey, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    if let Some(group) = state.book.group(key) {
        flush_group(state, group, now, &mut transition);
    }
    transition
}

fn flush_group(state: &State, group: &Arc<Group>, now: Timestamp, transition: &mut Transition) {
    let (alerting, key) = (state.alerting(), &group.key);
    let route = alerting.routes.as_ref().and_then(|routes| routes.by_id(&group.route));
    let (Some(route), Some(receiver)) = (route, alerting.receivers.get(&group.receiver)) else {
        transition.book(BookChange::Group(key.clone(), None));
        return;
    };
    let mut next = Group::clone(group);
    next.flushed = true;
    if next.tick_at <= now {
        next.tick_at = now.after(route.group_interval);
    }
    if state.book.members(key).next().is_none() {
        // One more tick, so that an alert that comes back at once finds its group's rhythm.
        let is_second = group.flushed && group.lanes.iter().all(|lane| lane.outstanding.is_none());
        next.flush_at = next.tick_at;
        transition.book(BookChange::Group(key.clone(), (!is_second).then(|| Arc::new(next))));
        return;
    }
    let sight = sight(state, alerting, group, route, now);
    let mut usage = limits::usage(state, receiver);
    for (index, integration) in receiver.integrations.iter().enumerate() {
        let Some(lane) = next.lanes.get_mut(index) else { continue };
        let sight = Sight { limited_until: limits::limited_until(receiver, &usage, now), ..sight.clone() };
        match decide(lane, &sight, integration.send_resolved, route.repeat_interval, now) {
            Verdict::Send(reason) => {
                let to = Destination { receiver: receiver.name.clone(), integration: index };
                let resolved = wanted_resolved(lane, &sight, integration.send_resolved);
                let alerts = frozen(state, sight.firing.iter().chain(&resolved), now);
                let mut notice = notice(&next.key, &next.labels, to, alerts, reason, now);
                notice.remark = limits::summary(&mut usage, key);
                lane.outstanding = Some(notice.id.clone());
                lane.owed.clear();
                limits::count(&mut usage, receiver, now);
                send(notice, now, transition);
            }
            Verdict::Note => *lane = lane.noted(sight.resolved.clone(), now),
            Verdict::Not(WhyNot::OnItsWay(_)) => {
                lane.behind = true;
                owe(lane, &sight);
            }
            Verdict::Not(WhyNot::RateLimited { .. }) => {
                usage.held.insert(key.clone());
                owe(lane, &sight);
            }
            Verdict::Not(_) => {}
        }
    }
    pages::follow(state, group, receiver, &sight, now, transition);
    next.flush_at = next_flush(&next, route, &sight, &usage, receiver, now);
    limits::keep(state, receiver, usage, transition);
    release(state, &next, now, transition);
    if next != **group {
        transition.book(BookChange::Group(key.clone(), Some(Arc::new(next))));
    }
}

/// What the group's receiver may be told at this moment.
pub(crate) fn sight(state: &State, alerting: &Alerting, group: &Group, route: &FlatRoute, now: Timestamp) -> Sight {
    let mut sight = Sight { muted_by: alerting.muted_by(route, now), ..Sight::default() };
    let page = state.book.page_of(&group.key);
    sight.acknowledged = page.is_some_and(|page| page.is_acknowledged());
    let suppression = Suppression::at(state, now);
    for (fingerprint, alert) in state.book.members(&group.key) {
        if suppression.is_suppressed(alert) {
            sight.suppressed += 1;
        } else if alert.is_resolved(now) {
            sight.resolved.insert(fingerprint);
        } else {
            sight.firing.insert(fingerprint);
        }
    }
    sight
}

fn owe(lane: &mut Lane, sight: &Sight) {
    let known = |alert: &&Fingerprint| !lane.told.contains(alert);
    let owed: Vec<Fingerprint> = sight.firing.iter().filter(known).copied().collect();
    lane.owed.extend(owed);
}

/// Of those that have resolved, the ones this integration is told of.
fn wanted_resolved(lane: &Lane, sight: &Sight, send_resolved: bool) -> BTreeSet<Fingerprint> {
    let wanted = |alert: &&Fingerprint| send_resolved || lane.owed.contains(alert);
    sight.resolved.iter().filter(wanted).copied().collect()
}

/// Alerts as they are now, in the order of their labels.
pub(super) fn frozen<'f>(
    state: &State,
    fingerprints: impl Iterator<Item = &'f Fingerprint>,
    now: Timestamp,
) -> Arc<[NoticeAlert]> {
    let alerts = fingerprints.filter_map(|fingerprint| state.book.alert(*fingerprint));
    let freeze = |alert: &Arc<Alert>| NoticeAlert { status: alert.status(now), alert: Arc::clone(alert) };
    let mut alerts: Vec<NoticeAlert> = alerts.map(freeze).collect();
    alerts.sort_by(|a, b| a.alert.labels.cmp(&b.alert.labels));
    alerts.into()
}

/// A notice to be. Its id follows from what it is: a replay makes the same.
pub(super) fn notice(
    group: &GroupKey,
    group_labels: &crate::label::Labels,
    to: Destination,
    alerts: Arc<[NoticeAlert]>,
    reason: Reason,
    now: Timestamp,
) -> Notice {
    let identity = format!("{group}\n{}\n{}\n{reason:?}\n{}", to.receiver, to.integration, now.as_millis());
    let hash = Sha256::digest(identity);
    let id: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Notice {
        id: NoticeId::new(id),
        to,
        group: group.clone(),
        group_labels: group_labels.clone(),
        alerts,
        reason,
        remark: None,
        created_at: now,
        attempts: 0,
        due_at: now,
        last_error: None,
    }
}

/// Puts a notice into the outbox and wakes its dispatcher.
pub(super) fn send(notice: Notice, now: Timestamp, transition: &mut Transition) {
    let notice = Arc::new(notice);
    transition.book(BookChange::Notice(notice.id.clone(), Some(Arc::clone(&notice))));
    transition.book(BookChange::Handed(notice.id.clone(), now.after(super::delivery::PATIENCE)));
    transition.effect(Effect::Deliver(notice));
}

/// When there may be something to say next: the regular tick, a repeat, the end of a limit.
fn next_flush(
    group: &Group,
    route: &FlatRoute,
    sight: &Sight,
    usage: &super::book::Usage,
    receiver: &Receiver,
    now: Timestamp,
) -> Timestamp {
    let repeats = group.lanes.iter().filter(|lane| lane.outstanding.is_none() && !sight.firing.is_empty());
    let repeats = repeats.filter_map(|lane| Some(lane.log.as_ref()?.at.after(route.repeat_interval)));
    let limit = usage.held.contains(&group.key).then(|| limits::limited_until(receiver, usage, now)).flatten();
    let soonest = repeats.chain(limit).filter(|at| *at > now).min();
    soonest.map_or(group.tick_at, |at| at.min(group.tick_at))
}

/// Lets go of the resolved alerts that nobody awaits a word of.
pub(super) fn release(state: &State, group: &Group, now: Timestamp, transition: &mut Transition) {
    for (fingerprint, alert) in state.book.members(&group.key) {
        if alert.is_resolved(now) && !group.lanes.iter().any(|lane| lane.awaits(fingerprint)) {
            let left = state.book.groups_of(fingerprint).iter().filter(|key| **key != group.key).cloned();
            transition.book(BookChange::Placed(fingerprint, left.collect()));
        }
    }
}

//! What became of a notice: taken, to be tried again, or refused for good. Knows nothing of how it travelled.

use std::sync::Arc;
use std::time::Duration;

use crate::alert::Alert;
use crate::group::Group;
use crate::id::NoticeId;
use crate::label::Labels;
use crate::notify::{Lane, Notice, Outcome, Reason, next_attempt};
use crate::pipeline::{BookChange, Effect, Event, State, Transition, groups, incidents};
use crate::time::Timestamp;

/// A dispatcher that says nothing for this long is handed the notice again; it ignores what it already has.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);
/// Failures in a row after which the notification itself is an alert.
const FAILURES_TOLERATED: u32 = 3;

/// A dispatcher's word about an attempt.
pub(super) fn reported(state: &State, id: &NoticeId, outcome: &Outcome, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    // Reported twice, or its receiver is gone.
    let Some(notice) = state.book.notice(id) else { return transition };
    match outcome {
        Outcome::Delivered(_) => {
            transition.book(BookChange::Notice(id.clone(), None));
            settle(state, notice, now, &mut transition, |lane| lane.delivered(notice, now));
            incidents::notified(state, notice, None, now, &mut transition);
            if notice.attempts >= FAILURES_TOLERATED {
                tell(state, notice, None, now, &mut transition);
            }
        }
        Outcome::Failed { reason, after } => {
            let attempts = notice.attempts.saturating_add(1);
            let due_at = next_attempt(id, attempts, *after, now);
            let last_error = Some(reason.clone());
            let again = Notice { attempts, due_at, last_error, ..Notice::clone(notice) };
            transition.book(BookChange::Notice(id.clone(), Some(Arc::new(again))));
            if attempts == FAILURES_TOLERATED {
                tell(state, notice, Some(reason), now, &mut transition);
            }
        }
        Outcome::Rejected { reason } => {
            transition.book(BookChange::Notice(id.clone(), None));
            // The group's next tick says it anew, as it is then.
            settle(state, notice, now, &mut transition, |lane| Lane {
                outstanding: None,
                behind: false,
                ..lane.clone()
            });
            incidents::notified(state, notice, Some(reason), now, &mut transition);
            tell(state, notice, Some(reason), now, &mut transition);
        }
    }
    transition
}

/// Hands out what is due: fresh after a restart, again after a failure or a long silence.
pub(super) fn tick(state: &State, now: Timestamp, transition: &mut Transition) {
    for id in state.book.attempts_due(now) {
        let Some(notice) = state.book.notice(id) else { continue };
        transition.book(BookChange::Handed(id.clone(), now.after(PATIENCE)));
        transition.effect(Effect::Deliver(Arc::clone(notice)));
    }
}

/// Notices whose receiver or integration the new configuration does not have: nobody can take them any more.
pub(super) fn configured(state: &State, alerting: &crate::alerting::Alerting, transition: &mut Transition) {
    for notice in state.book.outbox() {
        let lanes = alerting.lanes_of(notice.to.receiver.as_str());
        if notice.to.integration >= lanes {
            transition.book(BookChange::Notice(notice.id.clone(), None));
        }
    }
}

/// The lane goes on, the group lets go of what was told, and looks again at once where it fell behind.
fn settle(
    state: &State,
    notice: &Notice,
    now: Timestamp,
    transition: &mut Transition,
    next_lane: impl FnOnce(&Lane) -> Lane,
) {
    let Some(group) = state.book.group(&notice.group) else { return };
    let mut next = Group::clone(group);
    let Some(lane) = next.lanes.get_mut(notice.to.integration) else { return };
    if lane.outstanding.as_ref() != Some(&notice.id) {
        return;
    }
    let is_behind = lane.behind;
    *lane = next_lane(lane);
    groups::release(state, &next, now, transition);
    if is_behind {
        next.flush_at = now;
    } else if let Some(route) = state.alerting().routes.as_ref().and_then(|routes| routes.by_id(&group.route)) {
        let repeat_at = now.after(route.repeat_interval);
        next.flush_at = next.flush_at.min(repeat_at);
    }
    transition.book(BookChange::Group(notice.group.clone(), Some(Arc::new(next))));
}

/// That a receiver cannot be told is an alert of its own, routed like any other; with `None` it is over.
fn tell(state: &State, notice: &Notice, failure: Option<&str>, now: Timestamp, transition: &mut Transition) {
    // An alert about alerts about alerts helps nobody.
    if notice.alerts.iter().all(|alert| alert.alert.labels.get("alertname") == NAME)
        && notice.reason != Reason::Heartbeat
    {
        return;
    }
    let node = state.config().map_or("", |config| config.node.as_str());
    let labels = Labels::overlay([
        ("alertname", NAME),
        ("severity", "P1"),
        ("node", node),
        ("receiver", notice.to.receiver.as_str()),
        ("integration", notice.to.integration.to_string().as_str()),
    ]);
    let known = state.book.alert(labels.fingerprint()).filter(|known| !known.is_resolved(now));
    let summary = format!("The receiver {} cannot be notified", notice.to.receiver);
    let annotations = Labels::overlay([("summary", summary.as_str()), ("description", failure.unwrap_or_default())]);
    let starts_at = known.map_or(now, |known| known.starts_at);
    let alert = Alert::of_node(labels, annotations, starts_at, failure.is_none().then_some(now), now);
    if failure.is_some() || known.is_some() {
        transition.follow(Event::Alert(alert.fingerprint(), Arc::new(alert)));
    }
}

const NAME: &str = "NotificationFailing";

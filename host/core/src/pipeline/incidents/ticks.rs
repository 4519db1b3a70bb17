//! What time alone does to incidents: targets are missed, what is over is resolved, what is old is forgotten. Knows nothing
//! of what else happens.

use std::sync::Arc;
use std::time::Duration;

use super::book::KEPT;
use super::find::find;
use super::settle::settle;
use super::{CONTRIBUTIONS_KEPT, IncidentChange, targets};
use crate::alert::Alert;
use crate::incident::{EntryKind, Incident, MEMBERS_MAX, NODE};
use crate::label::Fingerprint;
use crate::pipeline::{Event, State, Suppression, Transition};
use crate::quantity::show_duration;
use crate::time::Timestamp;

/// How often a suppressed alert is looked at that would open an incident.
pub(super) const WAITING_LOOK: Duration = Duration::from_secs(15);

pub(super) fn tick(state: &State, now: Timestamp, transition: &mut Transition) {
    for incident in state.incidents.due(now) {
        look(state, incident, now, transition);
    }
    if state.incidents.waiting_look().is_some_and(|at| at <= now) {
        look_at_waiting(state, now, transition);
    }
}

fn look(state: &State, incident: &Arc<Incident>, now: Timestamp, transition: &mut Transition) {
    let settings = state.incidents.settings();
    let mut next = Incident::clone(incident);
    if let Some(resolved) = &incident.resolved {
        match incident.course.reopen_until {
            None if resolved.at.after(KEPT) <= now => forget(state, incident, now, transition),
            None => {}
            Some(_) => {
                // What still fires is known to belong to it: it opens no other.
                let fires = next.alerts.values().any(|member| member.ended_at.is_none());
                next.course.reopen_until = fires.then(|| now.after(settings.reopen_within.max(WAITING_LOOK)));
                let id = next.id.clone();
                transition.incident(IncidentChange::Incident(id, Some(Arc::new(next))));
            }
        }
        return;
    }
    targets::miss(&mut next, now);
    if next.course.closes_at.is_some_and(|at| at <= now) && !take_in(state, &mut next, now) {
        let why = format!("all alerts that kept it open have been over for {}", show_duration(settings.resolve_after));
        next.resolve(NODE, &why, settings.reopen_within, now);
    }
    settle(state, Some(incident), next, now, transition);
}

/// An incident that had no room for all of its alerts: those that fire still take the place of those that are over. True
/// where there are any.
fn take_in(state: &State, next: &mut Incident, now: Timestamp) -> bool {
    if !next.course.alerts_omitted {
        return false;
    }
    let belongs = |alert: &Arc<Alert>| {
        !alert.is_resolved(now)
            && super::open::rule_of(state, alert).is_some()
            && find(state, alert, now).is_some_and(|found| found.id == next.id)
    };
    let unlisted = state.book.alerts().filter(|(alert, _)| state.incidents.of_alert(*alert).is_none());
    let found: Vec<(Fingerprint, Arc<Alert>)> = unlisted
        .filter(|(_, alert)| belongs(alert))
        .take(MEMBERS_MAX)
        .map(|(fingerprint, alert)| (fingerprint, Arc::clone(alert)))
        .collect();
    if found.is_empty() {
        return false;
    }
    let over: Vec<Fingerprint> =
        next.alerts.iter().filter(|(_, member)| member.ended_at.is_some()).map(|(alert, _)| *alert).collect();
    over.iter().take(found.len()).for_each(|alert| drop(next.alerts.remove(alert)));
    next.course.alerts_omitted = false;
    let text = format!("{} alerts fire that were not listed: they take the place of some that are over", found.len());
    next.note(now, EntryKind::Alert, NODE, &text);
    for (fingerprint, alert) in found {
        next.began(fingerprint, &alert, true, now);
    }
    true
}

fn forget(state: &State, incident: &Incident, now: Timestamp, transition: &mut Transition) {
    transition.incident(IncidentChange::Incident(incident.id.clone(), None));
    let old = state.incidents.contributions().filter(|(_, told)| told.at.after(CONTRIBUTIONS_KEPT) <= now);
    old.for_each(|(id, _)| transition.incident(IncidentChange::Contribution(id.clone(), None)));
}

/// What suppressed them may have ended.
fn look_at_waiting(state: &State, now: Timestamp, transition: &mut Transition) {
    let suppression = Suppression::at(state, now);
    let mut left = 0_usize;
    for fingerprint in state.incidents.waiting() {
        let fires = state.book.alert(*fingerprint).filter(|alert| !alert.is_resolved(now));
        match fires.filter(|_| state.incidents.of_alert(*fingerprint).is_none_or(|it| !it.is_open())) {
            None => transition.incident(IncidentChange::Waiting(*fingerprint, false)),
            Some(alert) if suppression.is_suppressed(alert) => left += 1,
            Some(_) => {
                transition.incident(IncidentChange::Waiting(*fingerprint, false));
                transition.follow(Event::Correlate(*fingerprint));
            }
        }
    }
    transition.incident(IncidentChange::WaitingLook((left > 0).then(|| now.after(WAITING_LOOK))));
}

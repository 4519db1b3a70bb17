//! Alerts that are held back while their incident is being repaired: until a deadline that nothing moves, and never lost.
//! Knows nothing of receivers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::RemediationChange;
use super::draft::Draft;
use crate::alert::Origin;
use crate::id::{GroupKey, IncidentId, RemediationId};
use crate::label::Fingerprint;
use crate::pipeline::{BookChange, Event, State, Transition};
use crate::remediation::Remediation;
use crate::time::Timestamp;

/// What is held back at this moment, by which remediation, and until when. What the node itself says of its repairs is
/// not.
pub(in crate::pipeline) fn held(state: &State, now: Timestamp) -> BTreeMap<Fingerprint, (RemediationId, Timestamp)> {
    let mut held = BTreeMap::new();
    for it in state.remediations.holding(now) {
        let Some(until) = it.course.hold_until else { continue };
        for fingerprint in of_incident(state, &it.incident) {
            // The first deadline counts.
            held.entry(fingerprint).or_insert_with(|| (it.id.clone(), until));
        }
    }
    held
}

/// It holds nothing back any more: whoever was not told meanwhile is told now.
pub(super) fn let_go(draft: &mut Draft<'_>) {
    if draft.it.course.hold_until.take().is_some() {
        hurry(draft.state, &draft.it.incident, draft.now, &mut draft.transition);
    }
}

/// Its deadline has come.
pub(super) fn release(state: &State, it: &Remediation, now: Timestamp, transition: &mut Transition) {
    let mut next = it.clone();
    next.course.hold_until = None;
    transition.remediation(RemediationChange::Remediation(it.id.clone(), Some(Arc::new(next))));
    hurry(state, &it.incident, now, transition);
}

/// Groups that were looked at while their alerts were held back would look again only in a while.
fn hurry(state: &State, incident: &IncidentId, now: Timestamp, transition: &mut Transition) {
    let alerts = of_incident(state, incident);
    let groups: BTreeSet<&GroupKey> = alerts.flat_map(|alert| state.book.groups_of(alert)).collect();
    for key in groups {
        let Some(group) = state.book.group(key).filter(|group| group.flushed) else { continue };
        transition.follow(Event::Flush(group.key.clone()));
        if let Some(page) = state.book.page_of(key) {
            transition.book(BookChange::PageLook(page.state.id.clone(), now));
        }
    }
}

fn of_incident(state: &State, incident: &IncidentId) -> impl Iterator<Item = Fingerprint> {
    let members = state.incidents.get(incident).into_iter().flat_map(|incident| incident.alerts.keys().copied());
    members.filter(|alert| state.book.alert(*alert).is_some_and(|alert| alert.origin != Origin::Node))
}

//! What follows whenever an incident is other than it was: its origin, its targets, what it cost, who is told, and that
//! playbooks look at it. Everything that changes one ends here. Knows nothing of what happened.

use std::sync::Arc;

use super::{INCIDENTS_MAX, IncidentChange, impact, learn, targets, tell};
use crate::incident::{EntryKind, Incident, NODE, origin};
use crate::pipeline::{Event, State, Transition};
use crate::time::Timestamp;

pub(super) fn settle(
    state: &State,
    before: Option<&Arc<Incident>>,
    mut next: Incident,
    now: Timestamp,
    transition: &mut Transition,
) {
    let is_new = before.is_none();
    let has_other_alerts = before.is_none_or(|before| before.alerts.len() != next.alerts.len());
    let was_resolved = before.is_some_and(|before| !before.is_open());
    if has_other_alerts {
        locate(state, &mut next, now);
    }
    if was_resolved && next.is_open() {
        impact::resume(state, &mut next);
    }
    if has_other_alerts || is_new {
        impact::include(state, &mut next);
    }
    if !was_resolved {
        impact::measure(state, &mut next);
    }
    if is_new || before.is_some_and(|before| before.severity != next.severity || was_resolved && next.is_open()) {
        targets::set(state, &mut next, now);
    }
    targets::follow(state, &mut next, now, transition);
    if !was_resolved && !next.is_open() {
        learn::begin(state, &mut next, now);
    }
    tell::follow(state, &mut next, now, transition);
    if is_new
        && state.incidents.len() >= INCIDENTS_MAX
        && let Some(oldest) = state.incidents.oldest_over()
    {
        transition.incident(IncidentChange::Incident(oldest.clone(), None));
    }
    let id = next.id.clone();
    transition.incident(IncidentChange::Incident(id.clone(), Some(Arc::new(next))));
    transition.follow(Event::Respond(id));
}

/// Where it most likely began.
fn locate(state: &State, next: &mut Incident, now: Timestamp) {
    let found = state.config().and_then(|config| origin(next, &config.checks));
    if found.is_none() || found == next.origin {
        return;
    }
    if let (Some(before), Some(found)) = (&next.origin, &found) {
        let text = format!("it most likely began at {found}, not at {before}");
        next.note(now, EntryKind::State, NODE, &text);
    }
    next.origin = found;
}

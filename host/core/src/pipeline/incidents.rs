//! An incident's way down the hallway: opened by what alerts do, joined by what belongs to it, resolved when all of it is
//! over. Every change to one ends in `settle`. Knows nothing of repairs.

use std::sync::Arc;
use std::time::Duration;

use crate::config::Config;
use crate::id::{ContributionId, IncidentId};
use crate::incident::{Contribution, Entry, Incident, IncidentAct};
use crate::label::Fingerprint;
use crate::pipeline::{State, Transition};
use crate::time::Timestamp;

mod acts;
mod book;
mod door;
mod find;
mod hear;
mod impact;
mod learn;
mod open;
mod respond;
mod settle;
mod targets;
mod tell;
mod ticks;

pub use book::{Began, IncidentChange, Incidents, KeptIncidents};
pub use door::admit_incident_act;
pub(super) use hear::{notified, page_acknowledged};
pub use impact::impact_of;

/// Incidents that are kept; those that were opened first go first, never an open one.
pub const INCIDENTS_MAX: usize = 5_000;
/// That are open at once; what comes on top joins the newest.
pub const INCIDENTS_OPEN_MAX: usize = 1_000;
/// Changes to the world that are kept, and how long.
pub const CONTRIBUTIONS_MAX: usize = 5_000;
const CONTRIBUTIONS_KEPT: Duration = Duration::from_secs(400 * 86_400);

/// An alert has begun, has ended, or is back.
pub(super) fn correlate(state: &State, fingerprint: Fingerprint, now: Timestamp) -> Transition {
    open::correlate(state, fingerprint, now)
}

/// Somebody does something about an incident.
pub(super) fn acted(state: &State, id: &IncidentId, by: &str, act: &IncidentAct, now: Timestamp) -> Transition {
    acts::acted(state, id, by, act, now)
}

/// Somebody tells of a change to the world.
pub(super) fn contributed(state: &State, id: &ContributionId, told: &Arc<Contribution>, now: Timestamp) -> Transition {
    hear::contributed(state, id, told, now)
}

/// Something happened that belongs on its timeline.
pub(super) fn noted(state: &State, id: &IncidentId, entry: &Entry) -> Transition {
    hear::noted(state, id, entry)
}

/// What time alone does to incidents.
pub(super) fn tick(state: &State, now: Timestamp, transition: &mut Transition) {
    ticks::tick(state, now, transition);
}

/// A valid configuration is about to be in force.
pub(super) fn configured(state: &State, config: &Arc<Config>, now: Timestamp, transition: &mut Transition) {
    hear::configured(state, config, now, transition);
}

/// It is in force.
pub(super) fn reconsider(state: &State, now: Timestamp, transition: &mut Transition) {
    hear::reconsider(state, now, transition);
}

/// A wall clock that was set back: what waits for a moment moves along.
pub(super) fn set_back(state: &State, by: Duration, transition: &mut Transition) {
    for incident in state.incidents.iter() {
        let course = &incident.course;
        if !incident.is_open() && course.reopen_until.is_none() {
            continue;
        }
        let mut next = Incident::clone(incident);
        let moments = [
            &mut next.course.respond_by,
            &mut next.course.resolve_by,
            &mut next.course.closes_at,
            &mut next.course.reopen_until,
        ];
        moments.into_iter().flatten().for_each(|at| *at = at.before(by));
        next.course.heard_at = next.course.heard_at.before(by);
        transition.incident(IncidentChange::Incident(next.id.clone(), Some(Arc::new(next))));
    }
    if let Some(at) = state.incidents.waiting_look() {
        transition.incident(IncidentChange::WaitingLook(Some(at.before(by))));
    }
}

#[cfg(test)]
mod tests;

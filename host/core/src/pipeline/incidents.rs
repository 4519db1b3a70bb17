//! An incident's way down the hallway: opened by what alerts do, joined by what belongs to it, resolved when all of it is
//! over. Knows nothing of repairs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::id::{ContributionId, IncidentId};
use crate::incident::{Contribution, Entry, Incident, IncidentAct};
use crate::label::Fingerprint;
use crate::pipeline::state::put;
use crate::pipeline::{State, Transition};
use crate::time::Timestamp;

/// An alert is new, or other than it was.
pub(super) fn correlate(_state: &State, _fingerprint: Fingerprint, _now: Timestamp) -> Transition {
    Transition::default()
}

/// Somebody does something about an incident.
pub(super) fn acted(_state: &State, _id: &IncidentId, _by: &str, _act: &IncidentAct, _now: Timestamp) -> Transition {
    Transition::default()
}

/// Somebody tells of a change to the world.
pub(super) fn contributed(id: &ContributionId, told: &Arc<Contribution>) -> Transition {
    let mut transition = Transition::default();
    transition.incident(IncidentChange::Contribution(id.clone(), Some(Arc::clone(told))));
    transition
}

/// Something happened that belongs on its timeline.
pub(super) fn noted(state: &State, id: &IncidentId, entry: &Entry) -> Transition {
    let mut transition = Transition::default();
    if let Some(incident) = state.incidents.get(id) {
        let mut next = Incident::clone(incident);
        next.timeline.push(Arc::new(entry.clone()));
        transition.incident(IncidentChange::Incident(id.clone(), Some(Arc::new(next))));
    }
    transition
}

/// What time alone does to incidents.
pub(super) fn tick(_state: &State, _now: Timestamp, _transition: &mut Transition) {}

/// One thing that is different from now on; all of it is durable.
#[derive(Clone, Debug, PartialEq)]
pub enum IncidentChange {
    Incident(IncidentId, Option<Arc<Incident>>),
    Contribution(ContributionId, Option<Arc<Contribution>>),
}

/// All that a store kept of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeptIncidents {
    pub incidents: Vec<Incident>,
    pub contributions: Vec<(ContributionId, Contribution)>,
}

/// The node's incidents, open and lately resolved.
#[derive(Clone, Debug, Default)]
pub struct Incidents {
    incidents: BTreeMap<IncidentId, Arc<Incident>>,
    contributions: BTreeMap<ContributionId, Arc<Contribution>>,
}

impl Incidents {
    pub(crate) fn restore(kept: KeptIncidents) -> Self {
        let incidents = kept.incidents.into_iter().map(|incident| (incident.id.clone(), Arc::new(incident))).collect();
        let contributions = kept.contributions.into_iter().map(|(id, told)| (id, Arc::new(told))).collect();
        Self { incidents, contributions }
    }

    pub(crate) fn apply(&mut self, change: &IncidentChange) {
        match change {
            IncidentChange::Incident(id, incident) => put(&mut self.incidents, id, incident.as_ref()),
            IncidentChange::Contribution(id, told) => put(&mut self.contributions, id, told.as_ref()),
        }
    }

    pub(crate) const fn next_wake(&self) -> Option<Timestamp> {
        None
    }

    #[must_use]
    pub fn get(&self, id: &IncidentId) -> Option<&Arc<Incident>> {
        self.incidents.get(id)
    }

    /// In the order in which they were told.
    pub fn contributions(&self) -> impl Iterator<Item = (&ContributionId, &Arc<Contribution>)> {
        self.contributions.iter()
    }

    /// In the order in which they were opened.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Incident>> {
        self.incidents.values()
    }
}

//! The incident that an alert belongs to: by its check, by what its check depends on, by labels and time. Knows nothing of
//! what opens one.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alert::{Alert, Origin};
use crate::id::{CheckName, IncidentId};
use crate::incident::{Incident, OpenedBy, above, below};
use crate::pipeline::State;
use crate::time::Timestamp;

/// Incidents that rules opened within the window; what comes on top joins the newest of them: that is one storm.
pub(super) const STORM: usize = 20;

/// How an alert hangs together with an incident; the last is the closest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    Labels,
    /// One of their checks depends on the other.
    Graph,
    Check,
}

/// The closest; of several the worst, and then the oldest. Open ones come before those that would have to be reopened.
pub(super) fn find<'s>(state: &'s State, alert: &Alert, now: Timestamp) -> Option<&'s Arc<Incident>> {
    let mut found: BTreeMap<&IncidentId, (&Arc<Incident>, Relation)> = BTreeMap::new();
    let mut add = |incident: &'s Arc<Incident>, relation| {
        let known = found.entry(&incident.id).or_insert((incident, relation));
        known.1 = known.1.max(relation);
    };
    let incidents = &state.incidents;
    if let Some(check) = check_of(state, alert).filter(|_| incidents.knows_checks()) {
        incidents.of_check(check).for_each(|incident| add(incident, Relation::Check));
        if let Some(config) = state.config() {
            let near = above(check, &config.checks).into_iter().chain(below(check, &config.dependents));
            near.flat_map(|check| incidents.of_check(check)).for_each(|incident| add(incident, Relation::Graph));
        }
    }
    let until = |incident: &Incident| incident.course.heard_at.after(incidents.settings().window);
    let is_near = |incident: &&Arc<Incident>| !incident.is_open() || now <= until(incident);
    incidents.of_labels(&alert.labels).filter(is_near).for_each(|incident| add(incident, Relation::Labels));
    let may = |(incident, _): &(&Arc<Incident>, Relation)| {
        incident.is_open() || incident.course.reopen_until.is_some_and(|until| now < until)
    };
    let closest = |(incident, relation): &(&Arc<Incident>, Relation)| {
        (!incident.is_open(), std::cmp::Reverse(*relation), incident.severity, incident.id.clone())
    };
    found.into_values().filter(may).min_by_key(closest).map(|(incident, _)| incident)
}

/// The newest of so many incidents opened lately that one more would help nobody.
pub(super) fn storm(state: &State, now: Timestamp) -> Option<&Arc<Incident>> {
    let since = now.before(state.incidents.settings().window);
    let by_rule = |incident: &&Arc<Incident>| matches!(incident.opened_by, OpenedBy::Rule(_));
    let mut lately = state.incidents.open().rev().filter(by_rule).take_while(|incident| incident.opened_at > since);
    let newest = lately.next()?;
    (1 + lately.take(STORM).count() >= STORM).then_some(newest)
}

/// The check that an alert is about, or that feeds its SLO.
fn check_of<'s>(state: &'s State, alert: &'s Alert) -> Option<&'s CheckName> {
    match &alert.origin {
        Origin::Slo { slo, .. } => state.incidents.check_of(slo),
        origin => origin.check(),
    }
}

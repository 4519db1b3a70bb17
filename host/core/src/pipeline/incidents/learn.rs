//! A post-mortem begins when its incident resolves: with the changes to the world that the incident may come from. Knows
//! nothing of how it is written.

use std::sync::Arc;
use std::time::Duration;

use crate::incident::postmortem::{Contributing, Postmortem};
use crate::incident::{Contribution, Incident};
use crate::pipeline::State;
use crate::time::Timestamp;

/// Changes so long before the onset may have brought it about.
const BEFORE: Duration = Duration::from_secs(24 * 3_600);
const CONTRIBUTIONS_MAX: usize = 50;

/// Also when it resolves again: what people filled in stands.
pub(super) fn begin(state: &State, next: &mut Incident, now: Timestamp) {
    let required = next.severity <= state.incidents.settings().postmortem_from;
    let contributions = contributing(state, next, now);
    let postmortem = next.postmortem.get_or_insert_with(|| Postmortem { begun_at: now, ..Postmortem::default() });
    postmortem.required |= required;
    postmortem.contributions = contributions;
}

/// The nearest to the onset first.
fn contributing(state: &State, incident: &Incident, now: Timestamp) -> Vec<Contributing> {
    let since = incident.onset.before(BEFORE);
    let around = state.incidents.contributions().filter(|(_, told)| told.at >= since && told.at <= now);
    let around = around.filter(|(_, told)| is_about(told, incident));
    let mut found: Vec<Contributing> =
        around.map(|(id, told)| Contributing { id: id.clone(), told: Arc::clone(told) }).collect();
    let onset = incident.onset.as_millis();
    found.sort_by_key(|it| it.told.at.as_millis().abs_diff(onset));
    found.truncate(CONTRIBUTIONS_MAX);
    found
}

/// A change of the whole node, or one that shares a label with the incident and contradicts none.
pub(super) fn is_about(told: &Contribution, incident: &Incident) -> bool {
    let is_of = |labels: &crate::label::Labels| {
        let both = || told.labels.iter().filter(|(name, _)| labels.contains(name));
        both().next().is_some() && both().all(|(name, value)| labels.get(name) == value)
    };
    told.labels.is_empty() || is_of(&incident.labels) || incident.alerts.values().any(|member| is_of(&member.labels))
}

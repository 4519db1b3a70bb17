//! Incidents as a report about an SLO lists them: those that it was about, and what each spent of its budget. Knows nothing
//! of how a report looks.

use super::{Impact, Incident};
use crate::id::{ObjectiveName, SloName};
use crate::slo::report;

/// Those that cost this SLO, in the order in which they were opened: for [`report::Asked::incidents`].
#[must_use]
pub fn incidents_of<'i>(incidents: impl IntoIterator<Item = &'i Incident>, slo: &SloName) -> Vec<report::Incident> {
    let concerned = incidents.into_iter().filter(|incident| incident.impact.iter().any(|impact| impact.slo == *slo));
    concerned.map(stretch).collect()
}

/// Those that cost this objective, each with what was counted and spent while it was open.
#[must_use]
pub fn costs_of<'i>(
    incidents: impl IntoIterator<Item = &'i Incident>,
    slo: &SloName,
    objective: &ObjectiveName,
) -> Vec<report::IncidentCost> {
    let is_asked = |impact: &&Impact| impact.slo == *slo && impact.objective == *objective;
    let cost = |incident: &'i Incident| {
        let impact = incident.impact.iter().find(is_asked)?;
        let (counts, spent_ppm) = (impact.counts, impact.spent_ppm);
        Some(report::IncidentCost { incident: stretch(incident), counts, spent_ppm })
    };
    incidents.into_iter().filter_map(cost).collect()
}

/// From its onset until it was resolved.
fn stretch(incident: &Incident) -> report::Incident {
    report::Incident {
        id: incident.id.to_string(),
        title: incident.title.clone(),
        start: incident.onset,
        end: incident.resolved.as_ref().map(|signed| signed.at),
    }
}

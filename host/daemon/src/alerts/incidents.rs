//! Incidents as people see them and act upon them. Decides nothing itself.

use std::sync::Arc;

use tocsin_api::incident as api;
use tocsin_core::id::IncidentId;
use tocsin_core::incident::{self as core, ActError, Incident, IncidentAct, OpenedBy, Severity, Signed};
use tocsin_core::pipeline::{Event, State, admit_incident_act, impact_of};

use super::shown::labels;
use super::{Alerts, CommitError};
use crate::http::wire::time;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IncidentRefused {
    #[error("no incident is `{0}`; /api/v1/incidents lists them")]
    Unknown(IncidentId),
    #[error(transparent)]
    Act(ActError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Does these things to an incident, all or none; the incident before and after them.
///
/// # Errors
/// Why that cannot be done.
pub async fn act(
    alerts: &Alerts,
    id: &IncidentId,
    by: &str,
    acts: Vec<IncidentAct>,
) -> Result<(api::Incident, api::Incident), IncidentRefused> {
    let (before, acts) = alerts.look(|state, _| {
        let known = state.incidents().get(id).ok_or_else(|| IncidentRefused::Unknown(id.clone()))?;
        let admitted = acts.into_iter().map(|act| admit_incident_act(state, id, act));
        let admitted = admitted.collect::<Result<Vec<_>, _>>().map_err(IncidentRefused::Act)?;
        Ok::<_, IncidentRefused>((incident(state, known), admitted))
    })?;
    let event = |act| Event::IncidentActed { incident: id.clone(), by: by.to_owned(), act };
    alerts.commit(acts.into_iter().map(event).collect()).await?;
    Ok((before, shown(alerts, id)?))
}

/// Opens one by hand.
///
/// # Errors
/// Why that cannot be done.
pub async fn open(alerts: &Alerts, by: &str, asked: IncidentAct) -> Result<api::Incident, IncidentRefused> {
    let id = IncidentId::new(uuid::Uuid::now_v7().to_string());
    let act = alerts.look(|state, _| admit_incident_act(state, &id, asked)).map_err(IncidentRefused::Act)?;
    alerts.commit(vec![Event::IncidentActed { incident: id.clone(), by: by.to_owned(), act }]).await?;
    shown(alerts, &id)
}

/// One that is known.
///
/// # Errors
/// There is none of that id.
pub fn shown(alerts: &Alerts, id: &IncidentId) -> Result<api::Incident, IncidentRefused> {
    let found = alerts.look(|state, _| state.incidents().get(id).map(|known| incident(state, known)));
    found.ok_or_else(|| IncidentRefused::Unknown(id.clone()))
}

#[must_use]
pub const fn state_of(incident: &Incident) -> api::IncidentState {
    match incident.state() {
        core::IncidentState::Open => api::IncidentState::Open,
        core::IncidentState::Acknowledged => api::IncidentState::Acknowledged,
        core::IncidentState::Mitigated => api::IncidentState::Mitigated,
        core::IncidentState::Resolved => api::IncidentState::Resolved,
    }
}

#[must_use]
pub fn summary(state: &State, incident: &Incident) -> api::IncidentSummary {
    let of_it = state.remediations().of_incident(&incident.id);
    api::IncidentSummary {
        id: incident.id.to_string(),
        title: incident.title.clone(),
        state: state_of(incident),
        severity: incident.severity.as_str().to_owned(),
        opened_by: opened_by(&incident.opened_by),
        opened_at: time(incident.opened_at),
        onset: time(incident.onset),
        resolved_at: incident.resolved.as_ref().map(|signed| time(signed.at)),
        origin: incident.origin.as_ref().map(ToString::to_string),
        assignee: incident.people.assignee.clone(),
        alerts_firing: incident.alerts.values().filter(|member| member.ended_at.is_none()).count() as u64,
        alerts_total: incident.alerts.len() as u64,
        remediations: of_it.map(|remediation| remediation.id.to_string()).collect(),
    }
}

#[must_use]
pub fn incident(state: &State, incident: &Incident) -> api::Incident {
    let alert = |(fingerprint, member): (&tocsin_core::label::Fingerprint, &core::Member)| api::IncidentAlert {
        fingerprint: fingerprint.to_string(),
        labels: labels(&member.labels),
        check: member.check.as_ref().map(ToString::to_string),
        starts_at: time(member.starts_at),
        ended_at: member.ended_at.map(time),
    };
    let mut checks: Vec<String> =
        incident.alerts.values().filter_map(|member| member.check.as_ref()).map(ToString::to_string).collect();
    checks.sort();
    checks.dedup();
    api::Incident {
        summary: summary(state, incident),
        labels: labels(&incident.labels),
        acknowledged: incident.acknowledged.as_ref().map(signed),
        mitigated: incident.mitigated.as_ref().map(signed),
        resolved: incident.resolved.as_ref().map(signed),
        commander: incident.people.commander.clone(),
        link: incident.people.link.clone(),
        alerts: incident.alerts.iter().map(alert).collect(),
        checks,
        timeline: incident.timeline.iter().map(entry).collect(),
        durations: durations(incident),
        impact: impact_of(state, incident).iter().map(impact).collect(),
        postmortem: incident.postmortem.as_ref().map(postmortem),
    }
}

/// As `SEV-2`.
#[must_use]
pub fn severity(written: &str) -> Option<Severity> {
    Severity::ALL.into_iter().find(|severity| severity.as_str().eq_ignore_ascii_case(written))
}

fn opened_by(by: &OpenedBy) -> String {
    match by {
        OpenedBy::Rule(rule) => format!("the rule {rule}"),
        OpenedBy::Person(person) => person.clone(),
        OpenedBy::Playbook(playbook) => format!("the playbook {playbook}"),
    }
}

fn signed(signed: &Signed) -> api::SignedAt {
    api::SignedAt { by: signed.by.clone(), at: time(signed.at) }
}

fn entry(entry: &Arc<core::Entry>) -> api::TimelineEntry {
    api::TimelineEntry {
        at: time(entry.at),
        kind: entry.kind.as_str().to_owned(),
        source: entry.source.clone(),
        text: entry.text.clone(),
    }
}

fn durations(incident: &Incident) -> api::Durations {
    let times = incident.times();
    let seconds = |duration: Option<std::time::Duration>| duration.map(|duration| duration.as_secs());
    api::Durations {
        detect_seconds: seconds(times.detect),
        acknowledge_seconds: seconds(times.acknowledge),
        mitigate_seconds: seconds(times.mitigate),
        resolve_seconds: seconds(times.resolve),
    }
}

fn impact(impact: &core::Impact) -> api::BudgetSpent {
    api::BudgetSpent {
        slo: impact.slo.to_string(),
        objective: impact.objective.to_string(),
        share: impact.spent_ppm.map(|ppm| ppm as f64 / 1e6),
        bad: impact.counts.total.saturating_sub(impact.counts.good),
        total: impact.counts.total,
    }
}

fn postmortem(postmortem: &core::Postmortem) -> api::Postmortem {
    let moved = |moved: &core::postmortem::Moved| api::MovedMetric {
        check: moved.check.to_string(),
        metric: moved.metric.to_string(),
        before: moved.before,
        after: moved.after,
        spreads: moved.spreads,
    };
    let action = |item: &core::postmortem::ActionItem| api::ActionItem {
        number: item.number,
        text: item.text.clone(),
        owner: item.owner.clone(),
        due: item.due.clone(),
        done: item.done.as_ref().map(signed),
    };
    let change = |it: &core::postmortem::Contributing| {
        format!("{} {} by {}: {}", time(it.told.at), it.told.kind, it.told.by, it.told.summary)
    };
    api::Postmortem {
        required: postmortem.required,
        moved: postmortem.moved.iter().map(moved).collect(),
        changes: postmortem.contributions.iter().map(change).collect(),
        whys: postmortem.whys.clone(),
        root_cause: postmortem.root_cause.clone(),
        lessons: postmortem.lessons.clone(),
        actions: postmortem.actions.iter().map(action).collect(),
        completed: postmortem.completed.as_ref().map(signed),
    }
}

impl Alerts {
    /// Incidents that are not resolved.
    #[must_use]
    pub fn incidents_open(&self) -> u64 {
        self.look(|state, _| state.incidents().open_len() as u64)
    }
}

//! By when somebody is to answer and the impact is to be over, and the alerts that say that it was not. Knows nothing of who
//! is told.

use std::sync::Arc;

use crate::alert::Alert;
use crate::incident::{EntryKind, Incident, Miss, NODE, Severity, clipped, due};
use crate::label::Labels;
use crate::pipeline::{Event, State, Transition};
use crate::time::Timestamp;

/// The alert about a target that was missed; its label `target` says which.
pub(crate) const ALERT: &str = "IncidentTargetMissed";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Response,
    Resolution,
}

/// It is new, open again, or of another severity: it has other targets, counted from when it was opened.
pub(super) fn set(state: &State, next: &mut Incident, now: Timestamp) {
    let settings = state.incidents.settings();
    let target = settings.targets.get(&next.severity).copied().unwrap_or_default();
    // Whoever reopens it is given as long as for a new one.
    let from = if next.course.reopened == 0 { next.opened_at } else { now };
    let by = |within: Option<_>| within.map(|within| due(from, within, &settings.business_hours));
    (next.course.respond_by, next.course.resolve_by) = (by(target.respond), by(target.resolve));
}

/// Targets whose time has come; nothing where they are met.
pub(super) fn miss(next: &mut Incident, now: Timestamp) {
    let is_due = |by: Option<Timestamp>| by.filter(|by| *by <= now);
    if next.awaits_response()
        && next.course.response_missed.is_none()
        && let Some(due) = is_due(next.course.respond_by)
    {
        next.course.response_missed = Some(Miss { due, at: now, severity: next.severity, over_at: None });
        next.note(now, EntryKind::Target, NODE, "nobody has acknowledged it in time");
    }
    let is_open = next.mitigated.is_none() && next.resolved.is_none();
    if is_open
        && next.course.resolution_missed.is_none()
        && let Some(due) = is_due(next.course.resolve_by)
    {
        next.course.resolution_missed = Some(Miss { due, at: now, severity: next.severity, over_at: None });
        next.note(now, EntryKind::Target, NODE, "its impact is not over in time");
    }
}

/// Alerts about missed targets begin, and end once somebody answers or it is over.
pub(super) fn follow(state: &State, next: &mut Incident, now: Timestamp, transition: &mut Transition) {
    let answered = !next.awaits_response();
    let over = next.mitigated.is_some() || next.resolved.is_some();
    for (kind, ends) in [(Kind::Response, answered), (Kind::Resolution, over)] {
        let missed = match kind {
            Kind::Response => &mut next.course.response_missed,
            Kind::Resolution => &mut next.course.resolution_missed,
        };
        let Some(miss) = missed.as_mut().filter(|miss| miss.over_at.is_none()) else { continue };
        let begins = miss.at == now;
        if ends {
            miss.over_at = Some(now);
        }
        let miss = miss.clone();
        if begins || ends {
            let alert = alert(state, next, kind, &miss, now);
            transition.follow(Event::Alert(alert.fingerprint(), Arc::new(alert)));
        }
    }
}

fn alert(state: &State, incident: &Incident, kind: Kind, miss: &Miss, now: Timestamp) -> Alert {
    let (target, what, ask) = match kind {
        Kind::Response => ("response", "nobody has acknowledged", "Acknowledge it, or hand it to somebody."),
        Kind::Resolution => ("resolution", "its impact is not over", "Mitigate it, or say how severe it is."),
    };
    let severity = if miss.severity <= Severity::Sev2 { "P1" } else { "P2" };
    let labels = Labels::overlay([
        ("alertname", ALERT),
        ("severity", severity),
        ("incident", incident.id.as_str()),
        ("incident_severity", miss.severity.as_str()),
        ("target", target),
        ("service", incident.service()),
        ("node", state.config().map_or("", |config| config.node.as_str())),
    ]);
    let summary = format!("{} {}: {what}", miss.severity.as_str(), clipped(&incident.title, 200));
    let description = format!("The incident {} was to reach its {target} target by {}. {ask}", incident.id, miss.due);
    let annotations = Labels::overlay([("summary", summary.as_str()), ("description", description.as_str())]);
    Alert::of_node(labels, annotations, miss.at, miss.over_at, now)
}

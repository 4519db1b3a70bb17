//! Status updates: who is told when an incident's severity or state changes, and what. A notice is made here and goes the way
//! of all others; a thread at the other side hangs on the incident. Knows nothing of how a notice travels.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::alert::{Alert, AlertStatus};
use crate::id::{GroupKey, IncidentId, NoticeId, ReceiverName};
use crate::incident::{Incident, IncidentState, Severity, Told, Update};
use crate::label::Labels;
use crate::notify::{Destination, NoticeAlert, Reason};
use crate::pipeline::groups::{notice, send};
use crate::pipeline::{State, Transition};
use crate::template::{Finding, Value};
use crate::time::Timestamp;

/// The `alertname` of what a status update tells.
const NAME: &str = "Incident";
const GROUP: &str = "incident/";
/// Of a rendered text.
const TEXT_BYTES: usize = 2_048;

/// Tells whoever is to hear of it, where severity or state are others than were told last.
pub(super) fn follow(state: &State, next: &mut Incident, now: Timestamp, transition: &mut Transition) {
    let (severity, at) = (next.severity, next.state());
    let before = next.course.told.clone();
    let is_said = before.as_ref().is_some_and(|told| told.now == severity && told.state == at);
    if is_said || before.is_some() && next.comes_and_goes() {
        return;
    }
    let updates = before.as_ref().map_or(0, |told| told.updates).saturating_add(1);
    // Whoever was told of it once is told of it to its end.
    let worst = before.as_ref().map_or(severity, |told| told.severity.min(severity));
    next.course.told = Some(Told { now: severity, severity: worst, state: at, updates });
    let settings = Arc::clone(state.incidents.settings());
    let mut told: BTreeSet<&ReceiverName> = BTreeSet::new();
    let war_room = settings.war_room.iter().filter(|(_, from)| worst <= *from).map(|(receiver, _)| (receiver, None));
    let updated = settings.updates.iter().filter(|update| worst <= update.from);
    let updated = updated.flat_map(|update| update.receivers.iter().map(move |receiver| (receiver, Some(update))));
    for (receiver, update) in war_room.chain(updated) {
        if told.insert(receiver) {
            let reason = match at {
                IncidentState::Resolved => Reason::AllResolved,
                _ if before.is_none() => Reason::First,
                _ => Reason::NewAlerts,
            };
            one(state, next, (receiver, update), reason, now, transition);
        }
    }
}

fn one(
    state: &State,
    incident: &Incident,
    (receiver, update): (&ReceiverName, Option<&Update>),
    reason: Reason,
    now: Timestamp,
    transition: &mut Transition,
) {
    let group = GroupKey::new(format!("{GROUP}{}", incident.id));
    let group_labels = Labels::overlay([("alertname", NAME), ("incident", incident.id.as_str())]);
    let said = said(state, incident, update, now);
    let alert = Arc::new(alert(state, incident, &said, now));
    let status = if incident.is_open() { AlertStatus::Firing } else { AlertStatus::Resolved };
    for integration in 0..state.alerting().lanes_of(receiver.as_str()) {
        let to = Destination { receiver: receiver.clone(), integration };
        let alerts = Arc::from([NoticeAlert { status, alert: Arc::clone(&alert) }]);
        let mut made = notice(&group, &group_labels, to, alerts, reason, now);
        // Two updates of one moment are two.
        let updates = incident.course.told.as_ref().map_or(0, |told| told.updates);
        let hash = Sha256::digest(format!("{}\n{updates}", made.id));
        made.id = NoticeId::new(hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>());
        made.remark = Some(said.clone());
        send(made, now, transition);
    }
}

/// The incident that a group of notices is about.
pub(super) fn incident_of(group: &GroupKey) -> Option<IncidentId> {
    group.as_str().strip_prefix(GROUP).map(IncidentId::new)
}

fn said(state: &State, incident: &Incident, update: Option<&Update>, now: Timestamp) -> String {
    let own = || {
        let people = &incident.people;
        let who = people.commander.as_ref().map(|name| format!(" {name} commands.")).unwrap_or_default();
        let link = people.link.as_ref().map(|link| format!(" Join at {link}.")).unwrap_or_default();
        let (severity, at) = (incident.severity.as_str(), incident.state());
        format!("{severity} {at}: {}.{who}{link}", incident.title.trim_end_matches('.'))
    };
    let Some(text) = update.and_then(|update| update.text.as_ref()) else { return own() };
    let people = &incident.people;
    let labels = Labels::overlay([
        ("incident", incident.id.as_str()),
        ("title", incident.title.as_str()),
        ("severity", incident.severity.as_str()),
        ("state", incident.state().as_str()),
        ("service", incident.service()),
        ("commander", people.commander.as_deref().unwrap_or_default()),
        ("assignee", people.assignee.as_deref().unwrap_or_default()),
        ("link", people.link.as_deref().unwrap_or_default()),
    ]);
    let external_url = state.alerting().external_url.clone();
    let finding =
        Finding { labels, value: f64::from(severity_number(incident.severity)), external_url, ..Finding::default() };
    text.render(&Value::from(finding), TEXT_BYTES, now)
}

const fn severity_number(severity: Severity) -> u8 {
    severity.number()
}

fn alert(state: &State, incident: &Incident, said: &str, now: Timestamp) -> Alert {
    let node = state.config().map_or("", |config| config.node.as_str());
    let labels = Labels::overlay([
        ("alertname", NAME),
        ("incident", incident.id.as_str()),
        ("severity", incident.severity.as_str()),
        ("state", incident.state().as_str()),
        ("service", incident.service()),
        ("node", node),
    ]);
    let firing = incident.alerts.values().filter(|member| member.ended_at.is_none()).count();
    let origin = incident.origin.as_ref().map(|check| format!(" It most likely began at {check}.")).unwrap_or_default();
    let description =
        format!("Open since {}; {firing} of {} alerts fire.{origin}", incident.opened_at, incident.alerts.len());
    let people = &incident.people;
    let annotations = Labels::overlay([
        ("summary", said),
        ("description", description.as_str()),
        ("title", incident.title.as_str()),
        ("commander", people.commander.as_deref().unwrap_or_default()),
        ("assignee", people.assignee.as_deref().unwrap_or_default()),
        ("link", people.link.as_deref().unwrap_or_default()),
    ]);
    let ends_at = incident.resolved.as_ref().map(|signed| signed.at);
    Alert::of_node(labels, annotations, incident.opened_at, ends_at, now)
}

//! What an alert does to incidents: it belongs to one, opens one, or waits because something suppresses it. Knows nothing of
//! what becomes of an incident.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::book::Began;
use super::find::{find, storm};
use super::settle::settle;
use super::{INCIDENTS_OPEN_MAX, IncidentChange};
use crate::alert::{Alert, Origin};
use crate::id::IncidentId;
use crate::incident::{EntryKind, Incident, NODE, OpenedBy, Rule, Severity, bounded, clipped, name_of, summary};
use crate::label::{Fingerprint, Labels};
use crate::page::severity_rank;
use crate::pipeline::{State, Suppression, Transition};
use crate::time::Timestamp;

/// Suppressed alerts that are looked at again.
const WAITING_MAX: usize = 1_000;
/// Alerts that mean so little join no incident.
const INFO: u8 = 4;
const TITLE_MAX: usize = 200;

/// An alert began, ended, or is back.
pub(super) fn correlate(state: &State, fingerprint: Fingerprint, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    let Some(alert) = state.book.alert(fingerprint) else { return transition };
    let is_over = alert.is_resolved(now);
    let known = state.incidents.of_alert(fingerprint);
    if is_over {
        if let Some(incident) = known {
            let mut next = Incident::clone(incident);
            if next.ended(fingerprint, alert, state.incidents.settings().resolve_after, now) {
                settle(state, Some(incident), next, now, &mut transition);
            }
        }
        return transition;
    }
    if is_of_incident(alert) {
        return transition;
    }
    let rule = rule_of(state, alert);
    match known {
        Some(incident) if incident.is_open() => join(state, incident, fingerprint, rule, now, &mut transition),
        // Somebody resolved it although this fires: that it still does is no news.
        Some(incident) if fires_in(incident, fingerprint, alert) => {}
        known => elsewhere(state, known, (fingerprint, alert), rule, now, &mut transition),
    }
    transition
}

fn fires_in(incident: &Incident, fingerprint: Fingerprint, alert: &Alert) -> bool {
    let member = incident.alerts.get(&fingerprint);
    member.is_some_and(|member| member.ended_at.is_none() && member.starts_at == alert.starts_at)
}

/// An alert that belongs to no open incident yet.
fn elsewhere(
    state: &State,
    known: Option<&Arc<Incident>>,
    (fingerprint, alert): (Fingerprint, &Arc<Alert>),
    rule: Option<&Rule>,
    now: Timestamp,
    transition: &mut Transition,
) {
    let may_return = |incident: &&Arc<Incident>| incident.course.reopen_until.is_some_and(|until| now < until);
    let found = find(state, alert, now);
    let found = found.filter(|incident| incident.is_open()).or_else(|| known.filter(may_return)).or(found);
    if let Some(incident) = found.filter(|incident| incident.is_open()) {
        if rule.is_some() || severity_rank(alert.labels.get("severity")) < INFO {
            join(state, incident, fingerprint, rule, now, transition);
        }
        return;
    }
    if rule.is_none() && !super::respond::is_wanted(state, alert) {
        return;
    }
    if Suppression::at(state, now).is_suppressed(alert) {
        wait(state, fingerprint, now, transition);
        return;
    }
    if let Some(incident) = found {
        reopen(state, incident, (fingerprint, alert), rule, now, transition);
        return;
    }
    match rule {
        Some(rule) => by_rule(state, rule, (fingerprint, alert), now, transition),
        None => super::respond::by_playbook(state, (fingerprint, alert), now, transition),
    }
}

/// The worst that an alert counts for; of several the first.
pub(super) fn rule_of<'s>(state: &'s State, alert: &Alert) -> Option<&'s Rule> {
    let rules = &state.incidents.settings().rules;
    rules.iter().filter(|rule| rule.matches(alert)).min_by_key(|rule| (rule.severity, rule.count))
}

/// What the node says of an incident is no part of it.
fn is_of_incident(alert: &Alert) -> bool {
    alert.origin == Origin::Node && alert.labels.contains("incident")
}

pub(super) fn join(
    state: &State,
    incident: &Arc<Incident>,
    fingerprint: Fingerprint,
    rule: Option<&Rule>,
    now: Timestamp,
    transition: &mut Transition,
) {
    let Some(alert) = state.book.alert(fingerprint) else { return };
    if incident.omits(fingerprint, now) {
        return;
    }
    let mut next = Incident::clone(incident);
    let single = rule.filter(|rule| rule.count <= 1);
    if !next.began(fingerprint, alert, single.is_some(), now) {
        return;
    }
    let is_worse = single.filter(|rule| rule.severity < next.severity && !next.course.severity_is_given);
    if let Some(rule) = is_worse {
        let why = format!(": {} matches the rule {}", name_of(&alert.labels), rule.name);
        next.rate(rule.severity, NODE, &why, now);
    }
    settle(state, Some(incident), next, now, transition);
}

fn reopen(
    state: &State,
    incident: &Arc<Incident>,
    (fingerprint, alert): (Fingerprint, &Arc<Alert>),
    rule: Option<&Rule>,
    now: Timestamp,
    transition: &mut Transition,
) {
    let mut next = Incident::clone(incident);
    next.reopen(NODE, &format!("{} began", name_of(&alert.labels)), now);
    next.began(fingerprint, alert, true, now);
    if let Some(rule) = rule.filter(|rule| rule.severity < next.severity && !next.course.severity_is_given) {
        next.rate(rule.severity, NODE, &format!(": the rule {}", rule.name), now);
    }
    settle(state, Some(incident), next, now, transition);
}

/// Looked at again: what suppresses it may end while it fires.
fn wait(state: &State, fingerprint: Fingerprint, now: Timestamp, transition: &mut Transition) {
    let waiting = state.incidents.waiting();
    if waiting.contains(&fingerprint) || waiting.len() >= WAITING_MAX {
        return;
    }
    transition.incident(IncidentChange::Waiting(fingerprint, true));
    if state.incidents.waiting_look().is_none() {
        transition.incident(IncidentChange::WaitingLook(Some(now.after(super::ticks::WAITING_LOOK))));
    }
}

fn by_rule(
    state: &State,
    rule: &Rule,
    (fingerprint, alert): (Fingerprint, &Arc<Alert>),
    now: Timestamp,
    transition: &mut Transition,
) {
    let mut first = vec![fingerprint];
    if rule.count > 1 {
        let by = alert.labels.filtered(|name| rule.by.iter().any(|wanted| wanted == name));
        let began = Began { fingerprint, at: alert.starts_at, by };
        let since = began.at.before(rule.within);
        let is_near = |other: &&Began| {
            other.by == began.by && other.at >= since && other.fingerprint != fingerprint && {
                other.at <= began.at.after(rule.within)
            }
        };
        first.extend(state.incidents.heard(&rule.name).filter(is_near).map(|other| other.fingerprint));
        transition.incident(IncidentChange::Heard { rule: rule.name.clone(), began });
        if first.len() < rule.count {
            return;
        }
    }
    if let Some(storm) = storm(state, now).filter(|_| rule.count <= 1) {
        join(state, storm, fingerprint, Some(rule), now, transition);
        return;
    }
    let by = OpenedBy::Rule(rule.name.clone());
    open(state, &first, (rule.severity, by), now, transition);
}

/// Opens one about alerts of which the first gives the title.
pub(super) fn open(
    state: &State,
    first: &[Fingerprint],
    (severity, by): (Severity, OpenedBy),
    now: Timestamp,
    transition: &mut Transition,
) {
    let alerts = first.iter().filter_map(|fingerprint| Some((*fingerprint, state.book.alert(*fingerprint)?)));
    let alerts: Vec<(Fingerprint, &Arc<Alert>)> = alerts.filter(|(_, alert)| !alert.is_resolved(now)).collect();
    let Some((fingerprint, alert)) = alerts.first() else { return };
    if state.incidents.open_len() >= INCIDENTS_OPEN_MAX {
        let newest = state.incidents.open().next_back();
        newest.into_iter().for_each(|newest| join(state, newest, *fingerprint, None, now, transition));
        return;
    }
    let (id, title) = (derived_id(*fingerprint, now), title(alert));
    if state.incidents.get(&id).is_some() {
        return;
    }
    let labels = shared(alerts.iter().map(|(_, alert)| &alert.labels));
    let mut next = Incident::new(id, title, severity, by, labels, now);
    let why = match &next.opened_by {
        OpenedBy::Rule(rule) => format!("opened as {} by the rule {rule}", severity.as_str()),
        OpenedBy::Playbook(playbook) => format!("opened as {} for the playbook {playbook}", severity.as_str()),
        OpenedBy::Person(person) => format!("opened as {} by {person}", severity.as_str()),
    };
    next.note(now, EntryKind::State, NODE, &why);
    for (fingerprint, alert) in alerts {
        next.began(fingerprint, alert, true, now);
        if state.incidents.waiting().contains(&fingerprint) {
            transition.incident(IncidentChange::Waiting(fingerprint, false));
        }
    }
    settle(state, None, next, now, transition);
}

fn title(alert: &Alert) -> String {
    let said = alert.annotations.get("summary");
    if said.is_empty() {
        clipped(&format!("{}: {}", name_of(&alert.labels), summary(alert)), TITLE_MAX)
    } else {
        clipped(said, TITLE_MAX)
    }
}

/// What all of them have, with one value.
fn shared<'l>(mut sets: impl Iterator<Item = &'l Labels>) -> Labels {
    let first = sets.next().cloned().unwrap_or_default();
    let all = sets.fold(first, |all, set| all.filtered(|name| all.get(name) == set.get(name)));
    bounded(&all)
}

/// In order of time, and the same whenever it is derived: a UUID of version 7 whose random part follows from the alert.
fn derived_id(fingerprint: Fingerprint, now: Timestamp) -> IncidentId {
    let millis = u64::try_from(now.as_millis()).unwrap_or(0) & 0xffff_ffff_ffff;
    let hash = Sha256::digest(format!("incident\n{fingerprint}\n{millis}"));
    let hex: String = hash.iter().take(10).map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    let (high, low) = (millis >> 16, millis & 0xffff);
    IncidentId::new(format!("{high:08x}-{low:04x}-7{}-8{}-{}", part(0, 3), part(3, 6), part(6, 18)))
}

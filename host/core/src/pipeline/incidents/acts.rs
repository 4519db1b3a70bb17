//! What people do about incidents. What cannot be done (it was resolved meanwhile) changes nothing; the door said so to
//! whoever asked. Knows nothing of who may.

use std::collections::BTreeSet;

use super::settle::settle;
use super::{INCIDENTS_OPEN_MAX, learn};
use crate::id::{GroupKey, IncidentId};
use crate::incident::{EntryKind, Incident, IncidentAct, OpenedBy, bounded};
use crate::pipeline::{Act, Event, State, Transition};
use crate::time::Timestamp;

pub(super) fn acted(state: &State, id: &IncidentId, by: &str, act: &IncidentAct, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    let known = state.incidents.get(id);
    if let IncidentAct::Open { title, severity, labels } = act {
        if known.is_none() && state.incidents.open_len() < INCIDENTS_OPEN_MAX {
            let opened_by = OpenedBy::Person(by.to_owned());
            let mut next = Incident::new(id.clone(), title.clone(), *severity, opened_by, bounded(labels), now);
            next.course.severity_is_given = true;
            next.note(now, EntryKind::State, by, &format!("opened as {}", severity.as_str()));
            settle(state, None, next, now, &mut transition);
        }
        return transition;
    }
    let Some(incident) = known else { return transition };
    let mut next = Incident::clone(incident);
    let is_news = match act {
        IncidentAct::Open { .. } => false,
        IncidentAct::Acknowledge => {
            let is_news = next.acknowledge(by, now);
            if is_news {
                stop_ladders(state, incident, by, &mut transition);
            }
            is_news
        }
        IncidentAct::Mitigate => next.mitigate(by, now),
        IncidentAct::Resolve => {
            let reopen_within = state.incidents.settings().reopen_within;
            next.resolve(by, &format!("{by} says so"), reopen_within, now)
        }
        IncidentAct::Reopen => next.reopen(by, &format!("{by} says so"), now),
        IncidentAct::Note(text) => {
            next.note(now, EntryKind::Note, by, text);
            true
        }
        IncidentAct::Severity(severity) => {
            next.course.severity_is_given = true;
            next.rate(*severity, by, "", now)
        }
        IncidentAct::Assign(who) => {
            let said = named("assignee", who.as_deref());
            let is_news = next.people.assignee != *who;
            next.people.assignee.clone_from(who);
            is_news && written(&mut next, by, &said, now)
        }
        IncidentAct::Command(who) => {
            let said = named("commander", who.as_deref());
            let is_news = next.people.commander != *who;
            next.people.commander.clone_from(who);
            is_news && written(&mut next, by, &said, now)
        }
        IncidentAct::Link(link) => {
            let said = named("link", link.as_deref());
            let is_news = next.people.link != *link;
            next.people.link.clone_from(link);
            is_news && written(&mut next, by, &said, now)
        }
        IncidentAct::Postmortem(act) => {
            if next.postmortem.is_none() && !next.is_open() {
                learn::begin(state, &mut next, now);
            }
            next.postmortem.as_mut().is_some_and(|postmortem| postmortem.act(by, act, now))
        }
    };
    if is_news {
        settle(state, Some(incident), next, now, &mut transition);
    }
    transition
}

fn named(what: &str, value: Option<&str>) -> String {
    value.map_or_else(|| format!("no {what} any more"), |value| format!("{what}: {value}"))
}

fn written(next: &mut Incident, by: &str, said: &str, now: Timestamp) -> bool {
    next.note(now, EntryKind::Note, by, said);
    true
}

/// One acknowledgement stops the ladders of all its pages.
fn stop_ladders(state: &State, incident: &Incident, by: &str, transition: &mut Transition) {
    let groups: BTreeSet<&GroupKey> = incident.alerts.keys().flat_map(|alert| state.book.groups_of(*alert)).collect();
    for page in groups.into_iter().filter_map(|group| state.book.page_of(group)).filter(|page| !page.is_acknowledged())
    {
        let act = Act::Acknowledge { comment: Some(format!("incident {}", incident.id)), until: None, sticky: false };
        transition.follow(Event::Acted { page: page.state.id.clone(), by: by.to_owned(), act });
    }
}

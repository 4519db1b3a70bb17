//! What people do, what they are told, and the targets they are held to.

use std::sync::Arc;
use std::time::Duration;

use super::node::{HOUR, MINUTE, NOW, Node, labels, texts};
use crate::id::IncidentId;
use crate::incident::{Contribution, EntryKind, Incident, IncidentAct, IncidentState, Severity};
use crate::notify::Outcome;
use crate::pipeline::{Act, Event};

fn open(severity: Severity, about: &str) -> IncidentAct {
    IncidentAct::Open { title: "The shop is closed".into(), severity, labels: labels(about) }
}

#[test]
fn one_opened_by_hand_is_joined_by_what_it_is_about_and_closed_by_hand() {
    let mut node = Node::new();
    let id = IncidentId::new("by-hand");
    node.act(&id, open(Severity::Sev3, "service=shop"));
    node.fire("alertname=Down,service=shop,severity=P1");
    assert_eq!(node.shown(), ["SEV-3 open 1/1"]);
    node.end("alertname=Down,service=shop,severity=P1");
    node.pass(HOUR);
    assert_eq!(node.shown(), ["SEV-3 open 0/1"]);
    node.act(&id, IncidentAct::Assign(Some("bert".into())));
    node.act(&id, IncidentAct::Command(Some("anna".into())));
    node.act(&id, IncidentAct::Link(Some("https://meet.example.org/1".into())));
    node.act(&id, IncidentAct::Note("we look at the till".into()));
    node.act(&id, IncidentAct::Mitigate);
    node.act(&id, IncidentAct::Resolve);
    let incident = node.only();
    assert_eq!(incident.state(), IncidentState::Resolved);
    assert_eq!(incident.people.commander.as_deref(), Some("anna"));
    let said = texts(&incident);
    for expected in [
        "assignee: bert",
        "commander: anna",
        "link: https://meet.example.org/1",
        "we look at the till",
        "mitigated: its impact is over",
        "resolved: anna says so",
    ] {
        assert!(said.contains(&expected), "{expected}: {said:?}");
    }
    node.act(&id, IncidentAct::Reopen);
    assert_eq!(node.shown(), ["SEV-3 open 0/1"]);
}

#[test]
fn whoever_resolves_what_still_fires_is_not_contradicted_until_it_begins_again() {
    let mut node = Node::new();
    node.breaks("db");
    let id = node.only().id.clone();
    node.act(&id, IncidentAct::Resolve);
    node.pass(5 * HOUR);
    node.tell(&Event::Configured(Arc::clone(&node.config)));
    assert_eq!(node.shown(), ["SEV-2 resolved 1/1"]);
    node.mends("db");
    node.pass(MINUTE);
    node.breaks("db");
    assert_eq!(node.shown(), ["SEV-2 open 1/1"]);
}

#[test]
fn a_page_and_its_incident_are_acknowledged_together() {
    let mut node = Node::new();
    node.fire("alertname=Down,service=shop,severity=P1");
    node.pass(20);
    let page = Arc::clone(node.state.book().pages().next().expect("a page"));
    let act = Act::Acknowledge { comment: Some("on it".into()), until: None, sticky: false };
    node.tell(&Event::Acted { page: page.state.id.clone(), by: "bert".into(), act });
    let incident = node.only();
    assert_eq!(incident.acknowledged.as_ref().map(|signed| signed.by.as_str()), Some("bert"));
    let noted = format!("the page {} is acknowledged: on it", page.state.id);
    assert!(texts(&incident).contains(&noted.as_str()), "{:?}", texts(&incident));

    let mut node = Node::new();
    node.fire("alertname=Down,service=shop,severity=P1");
    node.pass(20);
    let id = node.only().id.clone();
    node.act(&id, IncidentAct::Acknowledge);
    assert!(node.state.book().pages().all(|page| page.is_acknowledged()), "one answer stops the ladder");
    assert_eq!(texts(&node.only()).iter().filter(|said| **said == "acknowledged").count(), 1);
}

#[test]
fn who_was_told_is_on_the_timeline_and_who_could_not_be_told_too() {
    let mut node = Node::new();
    node.fire("alertname=Down,service=shop,severity=P1");
    node.pass(20);
    assert!(texts(&node.only()).contains(&"team was told of 1 alert (first)"), "{:?}", texts(&node.only()));
    let mut node = Node::new();
    node.answer = || Outcome::Rejected { reason: "404 Not Found".into() };
    node.fire("alertname=Down,service=shop,severity=P1");
    node.pass(20);
    let incident = node.incidents()[0].clone();
    assert!(texts(&incident).contains(&"team could not be told of 1 alert (first): 404 Not Found"));
}

#[test]
fn targets_that_are_missed_are_alerts_until_somebody_answers() {
    // severity, response and resolution in minutes
    let table = [(Severity::Sev1, Some((15, 60))), (Severity::Sev2, Some((30, 240))), (Severity::Sev4, None)];
    for (severity, targets) in table {
        let mut node = Node::new();
        let id = IncidentId::new("by-hand");
        node.act(&id, open(severity, "service=shop"));
        let missed = |node: &Node| -> Vec<String> {
            let alerts = node.firing("IncidentTargetMissed");
            alerts.iter().map(|alert| alert.labels.get("target").to_owned()).collect()
        };
        let Some((response, resolution)) = targets else {
            node.pass(48 * HOUR);
            assert!(missed(&node).is_empty());
            continue;
        };
        node.pass(response * MINUTE - 1);
        assert!(missed(&node).is_empty(), "{severity:?}");
        node.pass(1);
        assert_eq!(missed(&node), ["response"], "{severity:?}");
        assert_eq!(node.incidents().len(), 1, "a target opens no incident");
        node.pass(MINUTE);
        node.act(&id, IncidentAct::Acknowledge);
        assert!(missed(&node).is_empty());
        node.pass((resolution - response - 1) * MINUTE);
        assert_eq!(missed(&node), ["resolution"]);
        node.act(&id, IncidentAct::Mitigate);
        assert!(missed(&node).is_empty());
        let incident = node.only();
        assert_eq!(incident.course.response_missed.as_ref().map(|miss| miss.severity), Some(severity));
        let said = texts(&incident);
        assert_eq!(said.iter().filter(|said| said.ends_with("in time")).count(), 2, "{said:?}");
    }
}

#[test]
fn of_sev_3_only_business_time_counts_until_somebody_answers() {
    let mut node = Node::new();
    // Tuesday, 22:13 UTC.
    assert_eq!(NOW.to_string(), "2023-11-14T22:13:20.000Z");
    node.act(&IncidentId::new("by-hand"), open(Severity::Sev3, "service=shop"));
    node.pass(12 * HOUR);
    assert!(node.firing("IncidentTargetMissed").is_empty());
    node.pass(HOUR);
    assert_eq!(node.firing("IncidentTargetMissed").len(), 1, "since 11:00");
}

#[test]
fn another_severity_has_other_targets_and_a_clock_set_back_moves_them() {
    let mut node = Node::new();
    let id = IncidentId::new("by-hand");
    node.act(&id, open(Severity::Sev1, "service=shop"));
    node.act(&id, IncidentAct::Severity(Severity::Sev2));
    node.pass(20 * MINUTE);
    assert!(node.firing("IncidentTargetMissed").is_empty());
    let hour = Duration::from_secs(HOUR);
    node.now = node.now.before(hour);
    node.tell(&Event::ClockSetBack(hour));
    node.pass(10 * MINUTE);
    assert_eq!(node.firing("IncidentTargetMissed").len(), 1, "ten minutes were left");
    node.act(&id, IncidentAct::Resolve);
    assert_eq!(node.state.incidents().next_wake(), Some(node.now.after(hour)));
}

#[test]
fn the_war_room_hears_of_the_worst_and_others_of_what_they_asked_for() {
    let updates = "incidents: {war_room: {receiver: war}, updates: [{receivers: [boss], from: SEV-2, \
                   text: '{{ $labels.severity }} is {{ $labels.state }}'}]}\n";
    let mut node = Node::with(updates);
    let id = IncidentId::new("by-hand");
    node.act(&id, open(Severity::Sev3, "service=shop"));
    assert!(node.updates().is_empty());
    node.act(&id, IncidentAct::Severity(Severity::Sev2));
    node.act(&id, IncidentAct::Command(Some("anna".into())));
    node.act(&id, IncidentAct::Severity(Severity::Sev1));
    node.act(&id, IncidentAct::Severity(Severity::Sev4));
    node.act(&id, IncidentAct::Acknowledge);
    node.act(&id, IncidentAct::Resolve);
    let updates = node.updates();
    let war = [
        "SEV-1 open: The shop is closed. anna commands.",
        "SEV-4 open: The shop is closed. anna commands.",
        "SEV-4 acknowledged: The shop is closed. anna commands.",
        "SEV-4 resolved: The shop is closed. anna commands.",
    ];
    assert_eq!(updates["war"], war);
    let boss = ["SEV-2 is open", "SEV-1 is open", "SEV-4 is open", "SEV-4 is acknowledged", "SEV-4 is resolved"];
    assert_eq!(updates["boss"], boss);
    let last = node.told.last().expect("told");
    assert_eq!(last.status(), crate::alert::AlertStatus::Resolved);
    let ids: std::collections::BTreeSet<_> = node.told.iter().map(|notice| &notice.id).collect();
    assert_eq!(ids.len(), node.told.len(), "two updates of one moment are two");
    assert!(texts(&node.only()).contains(&"war was told of its status"));
}

#[test]
fn a_change_to_the_world_stands_on_the_timelines_it_may_concern() {
    let mut node = Node::new();
    node.fire("alertname=Down,service=shop,severity=P1");
    let deploy = |service: &str| Contribution {
        kind: "deploy".into(),
        summary: format!("{service} 2.4.1"),
        at: NOW,
        by: "ci".into(),
        labels: labels(&format!("service={service}")),
        url: None,
    };
    node.tell(&Event::Contributed("c1".into(), Arc::new(deploy("shop"))));
    node.tell(&Event::Contributed("c2".into(), Arc::new(deploy("till"))));
    let id = node.only().id.clone();
    node.act(&id, IncidentAct::Resolve);
    let incident = node.only();
    let changes: Vec<&str> = of_kind(&incident, EntryKind::Change);
    assert_eq!(changes, ["deploy: shop 2.4.1"]);
    let postmortem = incident.postmortem.as_ref().expect("it resolved");
    assert!(postmortem.required);
    assert_eq!(postmortem.contributions.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["c1"]);
}

fn of_kind(incident: &Incident, kind: EntryKind) -> Vec<&str> {
    incident.timeline.iter().filter(|entry| entry.kind == kind).map(|entry| entry.text.as_str()).collect()
}

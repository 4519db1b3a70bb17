//! From the first alert to the last, and back.

use std::sync::Arc;

use super::node::{HOUR, MINUTE, Node, config, texts};
use crate::alert::Origin;
use crate::incident::{IncidentAct, IncidentState, OpenedBy, Severity};
use crate::observation::Status;
use crate::pipeline::Event;
use crate::pipeline::tests::completed;

#[test]
fn what_would_wake_somebody_opens_an_incident_and_nothing_else_does() {
    let table = [
        ("P0", Some("SEV-1 open 1/1")),
        ("disaster", Some("SEV-1 open 1/1")),
        ("P1", Some("SEV-2 open 1/1")),
        ("Critical", Some("SEV-2 open 1/1")),
        ("page", Some("SEV-2 open 1/1")),
        ("P2", None),
        ("warning", None),
        ("ticket", None),
        ("info", None),
    ];
    for (severity, expected) in table {
        let mut node = Node::new();
        node.fire(&format!("alertname=Down,severity={severity}"));
        assert_eq!(node.shown(), expected.into_iter().collect::<Vec<_>>(), "{severity}");
    }
}

#[test]
fn a_check_that_breaks_opens_one_and_its_recovery_resolves_it() {
    let mut node = Node::checked();
    let run = |node: &mut Node, status| {
        for _ in 0..3 {
            let event = completed("db", status, node.now);
            node.tell(&event);
            node.pass(10);
        }
    };
    run(&mut node, Status::Ok);
    run(&mut node, Status::Critical);
    let incident = node.only();
    assert_eq!((incident.state(), incident.severity), (IncidentState::Open, Severity::Sev2));
    assert_eq!(incident.opened_by, OpenedBy::Rule("severity-critical".into()));
    assert_eq!(incident.origin, Some("db".into()));
    assert!(incident.title.starts_with("db is critical"), "{}", incident.title);
    run(&mut node, Status::Ok);
    assert_eq!(node.shown(), ["SEV-2 mitigated 0/1"]);
    node.pass(5 * MINUTE);
    let incident = node.only();
    assert_eq!(incident.state(), IncidentState::Resolved);
    let said = texts(&incident);
    assert_eq!(said[0], "opened as SEV-2 by the rule severity-critical");
    assert_eq!(*said.last().expect("some"), "resolved: all alerts that kept it open have been over for 5m");
}

#[test]
fn checks_that_depend_on_each_other_are_one_incident_that_began_highest() {
    let mut node = Node::new();
    node.breaks("shop");
    node.pass(20 * MINUTE);
    node.breaks("api");
    assert_eq!(node.only().origin, Some("api".into()));
    node.breaks("db");
    node.breaks("disk");
    assert_eq!(node.shown(), ["SEV-2 open 3/3", "SEV-2 open 1/1"]);
    let incident = &node.incidents()[0];
    assert_eq!(incident.origin, Some("db".into()));
    assert!(texts(incident).contains(&"it most likely began at db, not at api"));
    // What began first stays its onset.
    assert_eq!(incident.onset, super::node::NOW);
}

#[test]
fn labels_join_for_a_while_and_lesser_alerts_join_too_without_keeping_it_open() {
    let mut node = Node::new();
    node.fire("alertname=Down,service=shop,severity=P1");
    node.fire("alertname=Slow,service=shop,severity=warning");
    node.fire("alertname=Chatty,service=shop,severity=info");
    node.fire("alertname=Slow,service=till,severity=warning");
    assert_eq!(node.shown(), ["SEV-2 open 2/2"]);
    node.pass(16 * MINUTE);
    node.fire("alertname=Errors,service=shop,severity=P1");
    assert_eq!(node.shown(), ["SEV-2 open 2/2", "SEV-2 open 1/1"]);
    node.end("alertname=Down,service=shop,severity=P1");
    node.pass(5 * MINUTE);
    assert_eq!(node.shown(), ["SEV-2 resolved 1/2", "SEV-2 open 1/1"]);
}

#[test]
fn a_worse_alert_makes_it_worse_unless_a_person_said_how_bad_it_is() {
    let mut node = Node::new();
    node.fire("alertname=Down,service=shop,severity=P1");
    node.fire("alertname=Gone,service=shop,severity=P0");
    assert_eq!(node.shown(), ["SEV-1 open 2/2"]);
    let id = node.only().id.clone();
    node.act(&id, IncidentAct::Severity(Severity::Sev3));
    node.fire("alertname=Lost,service=shop,severity=P0");
    assert_eq!(node.shown(), ["SEV-3 open 3/3"]);
}

#[test]
fn what_comes_back_soon_reopens_it_and_what_comes_back_late_is_another() {
    let mut node = Node::new();
    node.breaks("db");
    let id = node.only().id.clone();
    node.act(&id, IncidentAct::Acknowledge);
    node.mends("db");
    node.pass(2 * MINUTE);
    node.breaks("db");
    assert_eq!(node.shown(), ["SEV-2 acknowledged 1/1"], "it was not over yet");
    node.mends("db");
    node.pass(30 * MINUTE);
    assert_eq!(node.shown(), ["SEV-2 resolved 0/1"]);
    node.breaks("db");
    assert_eq!(node.shown(), ["SEV-2 open 1/1"], "somebody is to look again");
    assert_eq!(node.only().course.reopened, 1);
    node.mends("db");
    node.pass(2 * HOUR);
    node.breaks("db");
    assert_eq!(node.shown(), ["SEV-2 resolved 0/1", "SEV-2 open 1/1"]);
}

#[test]
fn a_check_behind_a_broken_one_joins_and_opens_none() {
    let mut node = Node::new();
    node.silence("alertname=Down", 10 * MINUTE);
    node.fire("alertname=Down,service=shop,severity=P1");
    assert!(node.incidents().is_empty(), "silenced");
    node.pass(11 * MINUTE);
    assert_eq!(node.shown(), ["SEV-2 open 1/1"], "it fires still, and nothing hides it any more");
    node.silence("alertname=Errors", 10 * MINUTE);
    node.fire("alertname=Errors,service=shop,severity=P1");
    assert_eq!(node.shown(), ["SEV-2 open 2/2"], "what is hidden belongs to it all the same");
    node.fire("alertname=Errors,service=till,severity=P1");
    node.end("alertname=Errors,service=till,severity=P1");
    node.pass(HOUR);
    assert_eq!(node.incidents().len(), 1, "it was over before anybody could see it");
}

#[test]
fn so_many_within_a_while_open_one_that_holds_them_all() {
    let rule = "incidents: {rules: [{name: many, severity: SEV-3, matchers: ['severity=\"warning\"'], count: 3, within: 1m, \
                by: [zone]}]}\n";
    let mut node = Node::with(rule);
    for (n, zone) in [(1, "a"), (2, "b"), (3, "a")] {
        node.fire(&format!("alertname=Slow,n={n},severity=warning,zone={zone}"));
        node.pass(10);
    }
    assert!(node.incidents().is_empty());
    node.fire("alertname=Slow,n=3,severity=warning,zone=a");
    assert!(node.incidents().is_empty(), "the same one again");
    node.fire("alertname=Slow,n=4,severity=warning,zone=a");
    assert_eq!(node.shown(), ["SEV-3 open 3/3"]);
    assert_eq!(node.only().labels.to_string(), r#"{alertname="Slow", severity="warning", zone="a"}"#);
    node.pass(2 * MINUTE);
    node.fire("alertname=Slow,n=5,severity=warning,zone=b");
    assert_eq!(node.incidents().len(), 1, "the other began long before");
}

#[test]
fn what_no_rule_opens_one_for_a_playbook_does_that_answers_it() {
    let trigger = "{checks: [disk], alert: {severity: P3}}";
    let mut node =
        Node::with(&format!("playbooks: [{{name: free, trigger: {trigger}, actions: [{{plugin: action-any}}]}}]\n"));
    let warns = |node: &mut Node, check: &str| {
        let origin = Origin::Check { rule: "CheckWarning".into(), check: check.into() };
        node.alert(&format!("alertname=CheckWarning,check={check},severity=P3"), origin, None);
    };
    warns(&mut node, "db");
    assert!(node.incidents().is_empty());
    warns(&mut node, "disk");
    let incident = node.only();
    assert_eq!((incident.severity, incident.opened_by.clone()), (Severity::Sev4, OpenedBy::Playbook("free".into())));
}

#[test]
fn a_storm_is_one_incident() {
    let mut node = Node::new();
    for n in 0..100 {
        node.fire(&format!("alertname=Down{n},severity=P1"));
    }
    let shown = node.shown();
    assert_eq!((shown.len(), shown.last().map(String::as_str)), (20, Some("SEV-2 open 81/81")));
}

#[test]
fn a_restart_knows_every_incident_and_what_vanished_meanwhile_is_over() {
    let mut node = Node::new();
    node.breaks("db");
    node.breaks("disk");
    let before = node.incidents();
    node.restart();
    assert_eq!(node.incidents(), before);
    node.breaks("api");
    assert_eq!(node.shown(), ["SEV-2 open 2/2", "SEV-2 open 1/1"]);
    node.mends("disk");
    node.pass(20);
    node.restart();
    node.pass(5 * MINUTE);
    assert_eq!(node.shown(), ["SEV-2 open 2/2", "SEV-2 resolved 0/1"]);
    let mut kept = node.incidents().iter().map(|it| crate::incident::Incident::clone(it)).collect::<Vec<_>>();
    kept.truncate(1);
    let kept = crate::pipeline::KeptIncidents { incidents: kept, contributions: Vec::new() };
    node.state = crate::pipeline::State::restore(crate::pipeline::KeptState { incidents: kept, ..Default::default() });
    node.tell(&Event::Configured(Arc::clone(&node.config)));
    assert_eq!(node.shown(), ["SEV-2 mitigated 0/2"], "nobody knows these alerts any more");
}

#[test]
fn a_reload_is_on_the_timeline_and_its_rules_hold_for_what_fires() {
    let mut node = Node::new();
    node.breaks("db");
    node.fire("alertname=Slow,severity=warning");
    node.config = config("incidents: {rules: [{name: slow, severity: SEV-4, matchers: ['alertname=\"Slow\"']}]}\n");
    node.tell(&Event::Configured(Arc::clone(&node.config)));
    assert_eq!(node.shown(), ["SEV-2 open 1/1", "SEV-4 open 1/1"]);
    let incident = &node.incidents()[0];
    assert_eq!(texts(incident).last(), Some(&"config: another configuration is in force"));
    assert_eq!(node.state.incidents().contributions().count(), 1);
    node.tell(&Event::Configured(Arc::clone(&node.config)));
    assert_eq!(node.state.incidents().contributions().count(), 1, "the same again is no change");
}

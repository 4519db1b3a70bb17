//! A whole post-mortem in its forms, and what people fill in.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::alert::{Alert, Origin};
use crate::incident::{EntryKind, Impact, Incident, Miss, OpenedBy, Severity};
use crate::label::Labels;
use crate::slo::Counts;
use crate::zone::Zone;

fn vienna() -> Zone {
    Zone::find("Europe/Vienna").expect("it exists")
}

fn at(written: &str) -> Timestamp {
    vienna().moment(written).expect("a moment")
}

fn resolved() -> Incident {
    let by = OpenedBy::Rule("severity-critical".into());
    let labels = Labels::overlay([("service", "shop")]);
    let opened = at("2026-11-18T10:02");
    let title = "<script>alert(\"x|y\")</script>";
    let mut incident = Incident::new("018f".into(), title, Severity::Sev2, by, labels, opened);
    incident.note(opened, EntryKind::State, "tocsin", "opened as SEV-2 by the rule severity-critical");
    let mut first = None;
    for (check, start) in [("db", "2026-11-18T10:00"), ("api", "2026-11-18T10:01")] {
        let labels = Labels::overlay([("alertname", "CheckCritical"), ("check", check)]);
        let annotations = Labels::overlay([("summary", "no | answer\u{1b}[31m")]);
        let mut alert = Alert::of_node(labels, annotations, at(start), None, opened);
        alert.origin = Origin::Check { rule: "CheckCritical".into(), check: check.into() };
        incident.began(alert.fingerprint(), &alert, true, opened);
        first.get_or_insert(alert);
    }
    let over = Alert { ends_at: Some(at("2026-11-18T10:50")), ..first.expect("two began") };
    incident.ended(over.fingerprint(), &over, Duration::ZERO, at("2026-11-18T10:50"));
    incident.origin = Some("db".into());
    incident.people.commander = Some("anna".into());
    incident.acknowledge("anna", at("2026-11-18T10:40"));
    incident.course.respond_by = Some(at("2026-11-18T10:32"));
    incident.course.resolve_by = Some(at("2026-11-18T14:02"));
    let due = at("2026-11-18T10:32");
    incident.course.response_missed = Some(Miss { due, at: due, severity: Severity::Sev2, over_at: None });
    incident.mitigate("anna", at("2026-11-18T10:55"));
    incident.resolve("anna", "it is well", Duration::ZERO, at("2026-11-18T11:02"));
    let counts = Counts { good: 9_000, total: 10_000 };
    let (slo, objective) = ("shop".into(), "answers".into());
    incident.impact = vec![Impact { slo, objective, before: counts, era: 0, counts, spent_ppm: Some(123_456) }];
    incident.postmortem = Some(filled());
    incident
}

fn filled() -> Postmortem {
    let mut postmortem = Postmortem { begun_at: at("2026-11-18T11:02"), required: true, ..Postmortem::default() };
    let told = Contribution {
        kind: "deploy".into(),
        summary: "db 2.4.1".into(),
        at: at("2026-11-18T09:58"),
        by: "ci".into(),
        labels: Labels::default(),
        url: Some("https://ci.example.org/7".into()),
    };
    postmortem.contributions = vec![Contributing { id: "c".into(), told: Arc::new(told) }];
    let (check, metric) = ("db".into(), "total_seconds".into());
    postmortem.moved = vec![Moved { check, metric, before: 0.02, after: 4.5, spreads: 224.0 }];
    let now = at("2026-11-19T09:00");
    let add = |text: &str, owner: Option<&str>, due: Option<&str>| Act::AddAction {
        text: text.into(),
        owner: owner.map(Into::into),
        due: due.map(Into::into),
    };
    for act in [
        Act::Why { number: 1, answer: "the disk was full".into() },
        Act::Why { number: 2, answer: "logs were kept for ever".into() },
        Act::RootCause("Nobody rotates the logs.\n\nSo *they* fill the disk.".into()),
        add("rotate the logs", Some("bert"), Some("2026-12-01")),
        add("watch the disk", None, None),
        Act::Done { number: 1, done: true },
    ] {
        assert!(postmortem.act("anna", &act, now), "{act:?}");
    }
    postmortem
}

#[test]
fn it_is_written_in_every_form() {
    let (incident, zone, now) = (resolved(), vienna(), at("2026-11-20"));
    let mut wrong = String::new();
    for (form, found, expected) in [
        ("markdown", markdown(&incident, &zone, now), include_str!("outage.md")),
        ("html", html(&incident, &zone, now), include_str!("outage.html")),
    ] {
        if found != expected {
            wrong.push_str(&format!("=== {form}\n{found}=== end\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_came_from_outside_is_text() {
    let (incident, zone, now) = (resolved(), vienna(), at("2026-11-20"));
    let (markdown, html) = (markdown(&incident, &zone, now), html(&incident, &zone, now));
    assert!(!html.contains("<script") && !markdown.contains("<script"));
    assert!(!html.contains('\u{1b}') && !markdown.contains('\u{1b}'));
    assert!(markdown.contains("So \\*they\\* fill the disk."));
}

#[test]
fn what_is_filled_in_stays_and_what_is_not_there_changes_nothing() {
    let mut postmortem = filled();
    let now = at("2026-11-20");
    let before = postmortem.clone();
    for act in [
        Act::Why { number: 9, answer: "no".into() },
        Act::Done { number: 7, done: true },
        Act::Done { number: 1, done: true },
        Act::ChangeAction { number: 7, text: "no".into(), owner: None, due: None },
        Act::Complete(false),
    ] {
        assert!(!postmortem.act("bert", &act, now), "{act:?}");
    }
    assert_eq!(postmortem, before);
    assert_eq!(postmortem.open_actions().map(|item| item.number).collect::<Vec<_>>(), [2]);
    let change = Act::ChangeAction { number: 1, text: "rotate all logs".into(), owner: None, due: None };
    assert!(postmortem.act("bert", &change, now));
    assert!(postmortem.actions[0].done.is_some(), "what was done stays done");
    assert!(postmortem.act("bert", &Act::Why { number: 2, answer: String::new() }, now));
    assert_eq!(postmortem.whys, ["the disk was full"]);
    for _ in 0..200 {
        let more = Act::AddAction { text: "more".into(), owner: None, due: None };
        postmortem.act("bert", &more, now);
    }
    assert_eq!(postmortem.actions.len(), ACTIONS_MAX);
}

#[test]
fn an_incident_is_kept_whole() {
    let incident = resolved();
    let json = serde_json::to_string(&incident).expect("json");
    assert_eq!(serde_json::from_str::<Incident>(&json).expect("back"), incident);
}

//! Which incidents a trigger answers, for which checks and which target, by table.

use serde_json::{Value, json};

use super::*;
use crate::config::cases::compiled;

/// A check, other labels, and whether it still fires.
type OneAlert<'a> = (Option<&'a str>, &'a [(&'a str, &'a str)], bool);

fn incident(changes: Value, alerts: &[OneAlert<'_>]) -> Incident {
    let members = alerts.iter().map(|(check, own, fires)| {
        let labels = Labels::overlay(own.iter().copied().chain(check.map(|check| ("check", check))));
        let mut member = json!({"labels": labels, "check": check, "starts_at": 1, "joined_at": 1});
        if !fires {
            member["ended_at"] = json!(2);
        }
        (labels.fingerprint().to_string(), member)
    });
    let members: serde_json::Map<String, Value> = members.collect();
    let mut whole = json!({
        "id": "i1", "title": "t", "severity": "SEV-2", "opened_by": {"rule": "r"}, "labels": {"service": "shop"},
        "opened_at": 1, "onset": 1, "alerts": members, "timeline": [],
    });
    for (key, value) in changes.as_object().unwrap() {
        whole[key] = value.clone();
    }
    serde_json::from_value(whole).unwrap()
}

fn playbook(trigger: &str) -> Playbook {
    let text = format!(
        "checks: [{{name: web-a, plugin: probe-any, interval: 1s}}, {{name: web-b, plugin: probe-any, interval: 1s}}, \
         {{name: db, plugin: probe-any, interval: 1s}}]\n\
         playbooks: [{{name: p, trigger: {trigger}, actions: [{{plugin: action-any}}]}}]"
    );
    let config = compiled(&text).unwrap_or_else(|errors| panic!("{errors}"));
    config.playbooks["p"].clone()
}

const DOWN: &[(&str, &str)] = &[("alertname", "Down"), ("team", "web")];
const SLOW: &[(&str, &str)] = &[("alertname", "Slow"), ("team", "web")];

#[test]
fn a_trigger_answers_with_the_checks_that_fire_now_and_match() {
    let both = incident(
        json!({}),
        &[(Some("web-b"), DOWN, true), (Some("web-a"), SLOW, true), (Some("db"), DOWN, false), (None, DOWN, true)],
    );
    for (trigger, expected) in [
        ("{checks: [web-a]}", Some(vec!["web-a"])),
        ("{checks: ['web-*']}", Some(vec!["web-a", "web-b"])),
        ("{checks: [db]}", None),
        ("{alert: {alertname: Down}}", Some(vec!["web-b"])),
        ("{alert: {alertname: Down}, checks: [web-a]}", None),
        ("{alert: {team: web}}", Some(vec!["web-a", "web-b"])),
        ("{incident: {service: shop}}", Some(vec!["web-a", "web-b"])),
        ("{incident: {service: bank}}", None),
        ("{checks: ['*'], severity: SEV-2}", Some(vec!["web-a", "web-b"])),
        ("{checks: ['*'], severity: SEV-3}", Some(vec!["web-a", "web-b"])),
        ("{checks: ['*'], severity: SEV-1}", None),
    ] {
        let answers = playbook(trigger).answers(&both);
        let answers = answers.as_ref().map(|checks| checks.iter().map(CheckName::as_str).collect::<Vec<_>>());
        assert_eq!(answers, expected, "{trigger}");
    }
}

#[test]
fn what_is_over_or_about_no_check_is_not_answered() {
    let any = playbook("{checks: ['*']}");
    let alerts: &[OneAlert<'_>] = &[(Some("web-a"), DOWN, true)];
    assert!(any.answers(&incident(json!({}), alerts)).is_some());
    let over = json!({"resolved": {"by": "anna", "at": 3}});
    assert_eq!(any.answers(&incident(over, alerts)), None);
    assert_eq!(any.answers(&incident(json!({}), &[(None, DOWN, true)])), None);
    assert_eq!(any.answers(&incident(json!({}), &[])), None);
}

#[test]
fn an_alert_alone_is_answered_as_the_incident_it_would_open() {
    let playbook = playbook("{checks: ['web-*'], alert: {alertname: Down}, incident: {team: web}, severity: SEV-3}");
    let labels = Labels::overlay(DOWN.iter().copied());
    let check = CheckName::new("web-a");
    assert!(playbook.answers_alert(Some(&check), &labels, Severity::Sev3));
    for (check, labels, severity) in [
        (None, &labels, Severity::Sev3),
        (Some(&CheckName::new("db")), &labels, Severity::Sev3),
        (Some(&check), &Labels::overlay(SLOW.iter().copied()), Severity::Sev3),
        (Some(&check), &Labels::overlay([("alertname", "Down")]), Severity::Sev3),
        (Some(&check), &labels, Severity::Sev4),
    ] {
        assert!(!playbook.answers_alert(check, labels, severity), "{check:?} {labels} {severity:?}");
    }
}

#[test]
fn the_target_is_what_the_label_says_with_one_voice_or_the_check_itself() {
    let unit = |value: &'static str| [("alertname", "Down"), ("unit", value)];
    let (one, other) = (unit("a.service"), unit("b.service"));
    let own = playbook("{checks: ['web-*']}");
    let labelled = Playbook { target_label: Some("unit".into()), ..own.clone() };
    let (a, b, c) =
        ((Some("web-a"), &one[..], true), (Some("web-b"), &one[..], true), (Some("web-b"), &other[..], true));
    let none = (Some("web-b"), DOWN, true);
    for (playbook, changes, alerts, expected) in [
        (&own, json!({}), &[a, b][..], Some("web-a")),
        (&own, json!({"origin": "web-b"}), &[a, b], Some("web-b")),
        (&own, json!({"origin": "db"}), &[a, b], Some("web-a")),
        (&own, json!({}), &[], None),
        (&labelled, json!({}), &[a, b], Some("a.service")),
        (&labelled, json!({"labels": {"unit": "c.service"}}), &[a, c], Some("c.service")),
        (&labelled, json!({}), &[a, c], None),
        (&labelled, json!({}), &[a, none], None),
        (&labelled, json!({}), &[none], None),
    ] {
        let target = playbook.target(&incident(changes.clone(), alerts));
        assert_eq!(target.as_deref(), expected, "{changes} {alerts:?}");
    }
}

//! Each note alone, by table: a playbook with nothing to say of, one thing changed, and what is said.

use super::*;
use crate::config::cases::compiled;

const REST: &str = "
checks:
  - {name: web-a, plugin: probe-any, interval: 10s, labels: {team: web}}
  - {name: web-b, plugin: probe-any, interval: 1m, labels: {team: web}}
  - {name: db, plugin: probe-any, interval: 10s}
commands:
  - {name: purge, run: [/usr/bin/purge], arguments: ['web|db']}
  - {name: open, run: [/usr/bin/purge], arguments: ['.*']}
  - {name: options, run: [/usr/bin/purge], arguments: ['[a-z-]+']}
  - {name: climbs, run: [/usr/bin/purge], arguments: ['[a-z][a-z./]*']}
  - {name: shell, run: [/bin/sh, -c], arguments: ['web|db']}
rules: [{name: WebDown, check: web-a, when: {status: critical}}]
users: {anna: {contacts: [{email: a@example.org}]}}
escalation_policies: {slow: {levels: [{notify: [{user: anna}], wait: 15m}]}}
receivers: {ops: {escalation: slow}}
alerting: {config: alertmanager.yml}
#--- alertmanager.yml
global: {smtp_from: a@b, smtp_smarthost: 'localhost:25'}
route: {receiver: ops}
receivers: [{name: ops}]
";

const TRIGGER: &str = "trigger: {checks: ['web-*'], alert: {alertname: WebDown}}";
const ACTIONS: &str = "actions: [{plugin: action-any-verb, config: {unit: web.service, verify: db}}]";
const GATES: &str = "gates: {blast_radius: {group: {team: web}, percent_max: 50, count_max: 1, healthy_min: 1}}";

/// The playbook that nothing is to be said of, with these lines instead of those that begin alike.
fn notes(changes: &[&str]) -> Vec<LintNote> {
    let mut lines = vec![TRIGGER, ACTIONS, GATES, "mode: auto"];
    for change in changes {
        let key = change.split(':').next().unwrap();
        lines.retain(|line| line.split(':').next() != Some(key));
        lines.push(change);
    }
    let text = format!("playbooks:\n  - name: p\n    {}{REST}", lines.join("\n    "));
    lint(&compiled(&text).unwrap_or_else(|errors| panic!("{errors}\n{text}")))
}

#[test]
fn of_a_careful_playbook_nothing_is_said() {
    assert_eq!(notes(&[]), []);
}

#[test]
fn what_is_most_likely_not_meant_is_said_with_its_place_and_the_way_out() {
    let run = |command: &str| {
        format!("actions: [{{plugin: action-run-command, config: {{command: {command}, arguments: [db]}}}}]")
    };
    let runs = ["open", "options", "climbs", "shell", "purg", "purge"].map(run);
    let table: [(&[&str], Option<&str>, &str); 26] = [
        (&["gates: {}"], Some("no-blast-radius"), "nothing limits how much of a group"),
        (&["gates: {}", "mode: approve"], None, ""),
        (
            &["actions: [{plugin: action-any-verb, config: {unit: web.service}}]"],
            Some("self-verified"),
            "only the check that",
        ),
        (&["actions: [{plugin: action-any-verb, config: {unit: web.service}}]", "mode: approve"], None, ""),
        (
            &["mode: approve", "gates: {cooldown: 5m}"],
            Some("short-cooldown"),
            "5m is shorter than verification may take, which is 10m",
        ),
        (&["mode: observe", "gates: {cooldown: 5m}"], None, ""),
        (&["mode: approve", "gates: {rate: {count: 11, per: 1h}}"], Some("idle-rate"), "is more than its `node_rate`"),
        (&["mode: approve", "gates: {rate: {count: 20, per: 2h}}"], None, ""),
        (&["hold_notifications: 16m"], Some("long-hold"), "for 16m, and a page of the policy `slow` climbs after 15m"),
        (&["hold_notifications: 15m"], None, ""),
        (&["hold_notifications: 1m", "mode: dry-run"], Some("idle-hold"), "holds nothing back"),
        (&["escalate: P4"], Some("quiet-escalation"), "says with P4 that this did not help"),
        (&["escalate: P4", "mode: observe"], None, ""),
        (&["trigger: {checks: ['*']}", "mode: approve"], Some("answers-everything"), "fits an alert about any check"),
        (&["trigger: {checks: ['*'], alert: {team: web}}"], Some("self-verified"), ""),
        (
            &["trigger: {checks: ['web-*'], alert: {alertname: WebDwn}}"],
            Some("unknown-alert"),
            "did you mean `WebDown`?",
        ),
        (
            &["trigger: {checks: ['web-*'], alert: {alertname: Unheard}}"],
            Some("unknown-alert"),
            "no rule makes an alert",
        ),
        (&["mode: approve", "gates: {fresh_within: 30s}"], Some("never-fresh"), "the check `web-b` runs every 1m"),
        (&["diagnosis: [{check: db, then: 1}]"], Some("idle-diagnosis"), "chooses the first action"),
        (
            &["actions: [{plugin: action-any}]", "mode: approve"],
            Some("no-verbs"),
            "`action-any` has no right to any verb",
        ),
        (
            &[
                "actions: [{plugin: action-any-verb, config: {unit: web.service, wide: 1}}, {plugin: action-wide, config: {verify: db}}]",
            ],
            Some("wide-grant"),
            "`action-wide` may http-request https://*.example.org",
        ),
        (&[&runs[0], "mode: approve"], Some("open-pattern"), "argument 1 of the command `open`, `.*`, takes anything"),
        (&[&runs[1], "mode: approve"], Some("option-pattern"), "may read as an option"),
        (&[&runs[2], "mode: approve"], Some("climbing-pattern"), "paths that climb"),
        (&[&runs[3], "mode: approve"], Some("interpreter"), "hands a plan's arguments to `sh`"),
        (&[&runs[4], "mode: approve"], Some("unknown-target"), "did you mean `purge`?"),
    ];
    for (changes, code, expected) in table {
        let notes = notes(changes);
        let codes: Vec<&str> = notes.iter().map(|note| note.code).collect();
        assert_eq!(codes, code.into_iter().collect::<Vec<_>>(), "{changes:?}: {notes:?}");
        assert!(notes.iter().all(|note| note.to_string().contains(expected)), "{changes:?}: {notes:?}");
        assert!(notes.iter().all(|note| note.to_string().starts_with("tocsin.yaml:2:5: playbook `p`: ")), "{notes:?}");
    }
    assert_eq!(notes(&[&runs[5]]), [], "a command with narrow patterns, verified by another check");
}

#[test]
fn two_playbooks_that_may_answer_one_alert_are_named_once() {
    let other = |trigger: &str, rest: &str| {
        let change = format!("mode: auto\n  - name: q\n    {trigger}\n    {ACTIONS}\n    {GATES}\n    {rest}");
        let said = notes(&[&change]);
        said.iter().map(|note| format!("{}: {}", note.playbook, note.message)).collect::<Vec<_>>()
    };
    let both = "q: alerts about `web-b` are answered by the playbook `p` too, for the same target";
    for (trigger, rest, expected) in [
        ("trigger: {checks: [web-b]}", "mode: auto", Some(both)),
        ("trigger: {checks: [web-b], alert: {team: web}}", "mode: approve", Some(both)),
        ("trigger: {checks: [web-b]}", "mode: observe", None),
        ("trigger: {checks: [web-b], alert: ['alertname!=\"WebDown\"']}", "mode: auto", None),
        ("trigger: {checks: [db]}", "mode: approve", None),
        ("trigger: {checks: [web-b]}", "{mode: auto, target_label: team}", None),
    ] {
        let rest = rest.trim_matches(['{', '}']).replace(", ", "\n    ");
        assert_eq!(
            other(trigger, &rest),
            expected.map(str::to_owned).into_iter().collect::<Vec<_>>(),
            "{trigger} {rest}"
        );
    }
}

#[test]
fn a_step_of_a_diagnosis_that_an_earlier_one_decides_is_told() {
    let actions = "actions: [{plugin: action-any-verb, config: {unit: web.service, verify: db}}, \
                   {name: other, plugin: action-any-verb, config: {unit: db.service}}]";
    let twice = "diagnosis: [{check: db, then: other}, {check: web-a, then: 1}, {check: db, then: 1}]";
    let said = notes(&[actions, twice]);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].message.starts_with("step 3 of its diagnosis asks what an earlier one asked"));
    assert_eq!(notes(&[actions, "diagnosis: [{check: db, then: other}]"]), []);
}

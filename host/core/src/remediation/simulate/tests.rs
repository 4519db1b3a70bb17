//! A record of a few days, replayed.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::config::cases::compiled;
use crate::label::Labels;
use crate::observation::Status;
use crate::zone::Zone;

const NOON: i64 = 1_700_000_000_000;

fn at(minutes: i64) -> i64 {
    NOON + minutes * 60_000
}

fn config(mode: &str, gates: &str) -> Config {
    let checks: Vec<String> = ["web-a", "web-b", "web-c", "db"]
        .iter()
        .map(|name| {
            let tier = if *name == "db" { "data" } else { "web" };
            format!("{{name: {name}, plugin: probe-any, interval: 30s, labels: {{tier: {tier}}}}}")
        })
        .collect();
    let text = format!(
        "checks: [{}]\n\
         playbooks: [{{name: p, trigger: {{checks: ['web-*']}}, mode: {mode}, gates: {gates}, actions: [{{plugin: \
         action-any}}]}}]",
        checks.join(", ")
    );
    compiled(&text).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Of one alert, about this check, from and to these minutes.
fn incident(id: &str, check: &str, from: i64, until: Option<i64>) -> Incident {
    let labels = Labels::overlay([("alertname", "CheckCritical"), ("check", check)]);
    let mut member = json!({"labels": labels, "check": check, "starts_at": at(from), "joined_at": at(from)});
    let mut whole = json!({
        "id": id, "title": format!("{check} is critical"), "severity": "SEV-2", "opened_by": {"rule": "critical"},
        "labels": labels, "opened_at": at(from), "onset": at(from), "alerts": {}, "timeline": [],
    });
    if let Some(until) = until {
        member["ended_at"] = json!(at(until));
        whole["resolved"] = json!({"by": "node", "at": at(until)});
    }
    whole["alerts"][labels.fingerprint().to_string()] = member;
    serde_json::from_value(whole).expect("an incident")
}

fn run(config: &Config, record: &Record) -> Simulated {
    simulate(&config.playbooks["p"], config, record)
}

/// What was said last of each answer, incident by incident.
fn said<'s>(simulated: &'s Simulated) -> Vec<Vec<(Ruling, &'s str)>> {
    let of = |answer: &'s Answer| (answer.ruling, answer.reason.as_str());
    simulated.incidents.iter().map(|replayed| replayed.answers.iter().map(of).collect()).collect()
}

#[test]
fn what_a_playbook_answers_is_held_to_its_gates_and_the_rest_is_named() {
    let incidents = vec![
        incident("i3", "web-a", 35, Some(60)),
        incident("i1", "web-a", 0, Some(30)),
        incident("i2", "db", 5, Some(6)),
    ];
    let record = Record { incidents, runs: BTreeMap::new() };
    let simulated = run(&config("auto", "{cooldown: 1h}"), &record);
    // The second is held by the cooldown until it is over by itself.
    let last = "nothing is left to repair: `web-a` is ok since 22:48:20 UTC";
    assert_eq!(said(&simulated)[1..], [vec![], vec![(Ruling::Drop, last)]]);
    assert_eq!(said(&simulated)[0][0].0, Ruling::Allow);
    assert_eq!((simulated.proposed, simulated.allowed, simulated.dropped), (2, 1, 1));
    assert_eq!(simulated.incidents[2].answers[0].asked, 2);
    assert!(simulated.presumed.iter().any(|line| line.contains("no runs are recorded") && line.ends_with("web-a")));
}

#[test]
fn attempts_that_were_spent_refuse_and_the_reason_is_the_one_of_the_node() {
    let incidents = (0..4).map(|nth| incident(&format!("i{nth}"), "web-a", nth * 20, Some(nth * 20 + 10))).collect();
    let gates = "{cooldown: 1m, attempts: 2, healthy_for: 1h, rate: {count: 9, per: 1h}}";
    let simulated = run(&config("observe", gates), &Record { incidents, runs: BTreeMap::new() });
    assert_eq!((simulated.allowed, simulated.refused), (2, 2));
    let reason = "repaired 2 times since 22:13:20 UTC; the limit is 2 until it was healthy for 1h";
    assert_eq!(said(&simulated)[3], [(Ruling::Refuse, reason)]);
}

#[test]
fn what_runs_had_found_by_then_is_believed_before_anything_is_presumed() {
    let seen = |minute: i64, status| Seen { at: Timestamp::from_millis(at(minute)), status };
    let failing = vec![seen(0, Some(Status::Critical)), seen(1, None), seen(20, None)];
    let healing = vec![seen(0, Some(Status::Critical)), seen(1, Some(Status::Ok)), seen(20, Some(Status::Ok))];
    for (runs, expected) in [(failing, "did not complete"), (healing, "it may be healing by itself")] {
        let record = Record {
            incidents: vec![incident("i1", "web-a", 1, None)],
            runs: BTreeMap::from([("web-a".into(), runs)]),
        };
        let simulated = run(&config("auto", "{}"), &record);
        // It is asked again for as long as anything is on record.
        let [(ruling, reason)] = said(&simulated)[0][..] else { panic!("one answer") };
        assert_eq!(ruling, Ruling::Hold, "{reason}");
        assert!(reason.contains(expected), "{reason}");
        assert!(simulated.incidents[0].answers[0].asked > 10);
        assert!(!simulated.presumed.iter().any(|line| line.contains("no runs are recorded")));
    }
}

#[test]
fn a_group_is_as_recorded_at_that_moment() {
    let seen = |status| vec![Seen { at: Timestamp::from_millis(at(0)), status }];
    let gates = "{blast_radius: {group: {tier: web}, percent_max: 50, count_max: 1, healthy_min: 1}}";
    let table = [
        (None, None, Ruling::Allow),
        (Some(Some(Status::Ok)), None, Ruling::Allow),
        (Some(Some(Status::Critical)), None, Ruling::Refuse),
        (Some(None), None, Ruling::Refuse),
        // Nothing is recorded of its runs, but an alert about it.
        (None, Some(incident("i0", "web-b", 0, Some(90))), Ruling::Refuse),
    ];
    for (peer, other, expected) in table {
        let incidents = other.into_iter().chain([incident("i1", "web-a", 1, Some(30))]).collect();
        let runs = peer.map(|status| ("web-b".into(), seen(status))).into_iter().collect();
        let simulated = run(&config("auto", gates), &Record { incidents, runs });
        let last = simulated.incidents.last().and_then(|replayed| replayed.answers.last()).expect("an answer");
        assert_eq!(last.ruling, expected, "{}", last.reason);
    }
}

#[test]
fn the_text_says_what_would_have_been_and_why() {
    let incidents = vec![incident("i1", "web-a", 0, Some(30)), incident("i2", "db", 5, Some(6))];
    let simulated = run(&config("observe", "{}"), &Record { incidents, runs: BTreeMap::new() });
    let expected = "\
p: 2 incidents on record; repairs it would have proposed: 1 (1 allowed, 0 refused, 0 held, 0 dropped)

i1 web-a is critical: opened Tue 2023-11-14 22:13:20, resolved Tue 2023-11-14 22:43:20
  Tue 2023-11-14 22:13:20 `web-a` (web-a): every gate but the mode (observe) allows it

i2 db is critical: opened Tue 2023-11-14 22:18:20, resolved Tue 2023-11-14 22:19:20
  not answered: nothing of it matches the playbook's trigger

Not on record:
";
    let text = text(&simulated, &Zone::utc());
    assert!(text.starts_with(expected), "{text}");
    let written = serde_json::to_string(&simulated).expect("serializes");
    assert_eq!(serde_json::from_str::<Simulated>(&written).expect("reads"), simulated);
}

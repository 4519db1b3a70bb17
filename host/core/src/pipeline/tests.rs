//! The hallway's laws, with plain values: what one event changes, and what no order of events may break.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::anomaly::{Anomaly, AnomalyKind, SeriesKey};
use crate::capability::Rights;
use crate::config::{Check, Detector, Network, Overrun, Place, Priority, Retention, Schedule};
use crate::health::{HealthPolicy, HealthStatus};
use crate::id::{CheckName, Digest, MetricName, PluginName, RunId};
use crate::limits::Limits;
use crate::observation::{Observation, Status};
use crate::quarantine::Quarantine;
use crate::run::{DeadlineLayer, RunCause, RunCost};

pub(in crate::pipeline) mod alerting;
mod health;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn place() -> Place {
    Place { file: "tocsin.yaml".into(), line: 1, column: 1 }
}

fn check(name: &str) -> Check {
    Check {
        name: name.into(),
        plugin: PluginName::new("probe-tcp"),
        schedule: Schedule::Every(Duration::from_secs(10)),
        overrun: Overrun::Skip,
        priority: Priority::Normal,
        labels: Vec::new(),
        runbook_url: None,
        builtin_rules: None,
        config: serde_json::json!({}),
        rights: Rights::default(),
        limits: Limits::default(),
        health: HealthPolicy::default(),
        depends_on: Vec::new(),
        place: place(),
    }
}

fn detector(name: &str, check: &str) -> Detector {
    Detector {
        name: name.into(),
        plugin: PluginName::new("detector-zscore"),
        check: check.into(),
        metric: MetricName::new("total_seconds"),
        config: serde_json::json!({}),
        rights: Rights::default(),
        limits: Limits::default(),
        place: place(),
    }
}

pub(super) fn configured(checks: &[&str]) -> Event {
    Event::Configured(Arc::new(Config {
        node: "test".into(),
        labels: Vec::new(),
        listen: ([127, 0, 0, 1], 0).into(),
        data: "data".into(),
        concurrency: 16,
        shutdown_grace: Duration::from_secs(10),
        retention: Retention {
            runs: Duration::from_secs(60),
            samples: Duration::from_secs(60),
            transcript_sample: 100,
            bytes_max: 1 << 30,
            reserve_bytes: 0,
        },
        network: Network::default(),
        secrets: BTreeMap::new(),
        tokens: Vec::new(),
        checks: checks.iter().map(|name| (CheckName::new(name), check(name))).collect(),
        detectors: checks.iter().take(1).map(|name| ("odd".into(), detector("odd", name))).collect(),
        people: Default::default(),
        policies: Default::default(),
        maintenance: Vec::new(),
        dependents: BTreeMap::new(),
        alertmanager_file: None,
        alerting: Arc::default(),
        builtin_rules: true,
        rules: Default::default(),
        slo_files: Vec::new(),
        slos: BTreeMap::new(),
        slo_notes: Vec::new(),
        budget_policies: crate::slo::policy::BudgetPolicies::default(),
        incidents: Arc::default(),
        commands: BTreeMap::new(),
        playbooks: BTreeMap::new(),
    }))
}

fn run(check: &str, outcome: RunOutcome, status: Status, finished: Timestamp) -> Event {
    let observation = outcome.is_completed().then(|| Observation::new(status, "found"));
    Event::RunFinished(Arc::new(RunRecord {
        id: RunId::new("run"),
        check: check.into(),
        plugin: PluginName::new("probe-tcp"),
        digest: Digest::new("0"),
        cause: RunCause::Schedule,
        due_at: finished,
        started_at: finished,
        outcome,
        cost: RunCost::default(),
        observation,
        problems: Vec::new(),
        transcript: false,
    }))
}

pub(super) fn completed(check: &str, status: Status, finished: Timestamp) -> Event {
    run(check, RunOutcome::Completed, status, finished)
}

fn trapped(check: &str, finished: Timestamp) -> Event {
    run(check, RunOutcome::Trap { message: "unreachable".into(), frames: Vec::new() }, Status::Ok, finished)
}

fn node(checks: &[&str]) -> State {
    let mut state = State::default();
    drop(advance(&mut state, &configured(checks), at(0)));
    state
}

fn status(state: &State, check: &str) -> Option<HealthStatus> {
    state.check(&check.into()).map(|check| check.health.status)
}

#[test]
fn a_check_is_unknown_until_its_first_run_and_then_what_the_run_found() {
    let mut state = node(&["site"]);
    assert_eq!(status(&state, "site"), Some(HealthStatus::Unknown));
    for found in [Status::Ok, Status::Warning, Status::Critical, Status::Unknown, Status::Ok] {
        drop(advance(&mut state, &completed("site", found, at(1)), at(1)));
        assert_eq!(status(&state, "site"), Some(found.into()));
    }
}

#[test]
fn a_run_that_did_not_complete_makes_its_check_unknown_whatever_it_was() {
    let table = [
        RunOutcome::GuestError { message: "no".into() },
        RunOutcome::Trap { message: "no".into(), frames: Vec::new() },
        RunOutcome::Deadline { layer: DeadlineLayer::Wall, limit_ms: 1 },
        RunOutcome::Deadline { layer: DeadlineLayer::Cpu, limit_ms: 1 },
        RunOutcome::Memory { limit_bytes: 1 },
        RunOutcome::Denied { capability: "http".into(), target: "x".into(), reason: "no".into() },
        RunOutcome::HostError { message: "no".into() },
    ];
    for outcome in table {
        for before in [Status::Ok, Status::Critical] {
            let mut state = node(&["site"]);
            drop(advance(&mut state, &completed("site", before, at(1)), at(1)));
            drop(advance(&mut state, &run("site", outcome.clone(), Status::Ok, at(2)), at(2)));
            assert_eq!(status(&state, "site"), Some(HealthStatus::Unknown), "{outcome:?} after {before}");
        }
    }
}

#[test]
fn a_run_the_node_had_no_place_for_says_nothing() {
    for outcome in [RunOutcome::Saturated, RunOutcome::Cancelled] {
        let mut state = node(&["site"]);
        drop(advance(&mut state, &completed("site", Status::Critical, at(1)), at(1)));
        let transition = advance(&mut state, &run("site", outcome, Status::Ok, at(2)), at(2));
        assert_eq!(transition, Transition::default());
    }
}

#[test]
fn a_healthy_run_after_a_healthy_run_changes_nothing_durable() {
    let mut state = node(&["site"]);
    drop(advance(&mut state, &completed("site", Status::Ok, at(1)), at(1)));
    let transition = advance(&mut state, &completed("site", Status::Ok, at(11)), at(11));
    assert!(!transition.changes.iter().any(Change::is_durable), "{transition:?}");
}

#[test]
fn three_missed_runs_and_a_deadline_make_a_check_stale_and_one_run_ends_it() {
    let mut state = node(&["site"]);
    drop(advance(&mut state, &completed("site", Status::Ok, at(5)), at(5)));
    // 5 s + 3 × 10 s + a deadline of 10 s.
    for (now, expected) in
        [(30, HealthStatus::Ok), (40, HealthStatus::Ok), (44, HealthStatus::Ok), (45, HealthStatus::Stale)]
    {
        drop(advance(&mut state, &Event::Tick, at(now)));
        assert_eq!(status(&state, "site"), Some(expected), "at {now} s");
    }
    assert_eq!(state.next_wake(), None, "a stale check is not looked at again");
    drop(advance(&mut state, &completed("site", Status::Critical, at(60)), at(60)));
    assert_eq!(status(&state, "site"), Some(HealthStatus::Critical));
    assert_eq!(state.next_wake(), Some(at(100)));
}

#[test]
fn the_third_fault_pauses_the_check_and_a_mended_configuration_ends_the_pause() {
    let mut state = node(&["site"]);
    for _ in 0..2 {
        assert!(advance(&mut state, &trapped("site", at(1)), at(1)).effects.is_empty());
    }
    let transition = advance(&mut state, &trapped("site", at(1)), at(1));
    assert_eq!(transition.effects, [Effect::Pause { check: "site".into(), until: at(31) }]);

    // The same configuration again: the pause holds, and a scheduler that has forgotten is told.
    let transition = advance(&mut state, &configured(&["site"]), at(2));
    assert_eq!(transition.effects, [Effect::Pause { check: "site".into(), until: at(31) }]);

    let Event::Configured(config) = configured(&["site"]) else { unreachable!("made as such") };
    let mut config = Arc::unwrap_or_clone(config);
    config.checks.get_mut("site").expect("there").config = serde_json::json!({"mended": true});
    let transition = advance(&mut state, &Event::Configured(Arc::new(config)), at(3));
    assert!(transition.effects.is_empty());
    assert_eq!(state.check(&"site".into()).expect("there").quarantine, Quarantine::default());
}

#[test]
fn a_check_that_is_removed_is_forgotten_and_its_late_run_says_nothing() {
    let mut state = node(&["site", "disk"]);
    drop(advance(&mut state, &configured(&["disk"]), at(1)));
    assert_eq!((status(&state, "site"), status(&state, "disk")), (None, Some(HealthStatus::Unknown)));
    assert_eq!(advance(&mut state, &completed("site", Status::Critical, at(2)), at(2)), Transition::default());
}

#[test]
fn a_completed_run_wakes_the_detectors_of_its_check_alone() {
    let mut state = node(&["disk", "site"]);
    let wakes = |state: &mut State, event: &Event| advance(state, event, at(1)).effects;
    assert_eq!(wakes(&mut state, &completed("disk", Status::Ok, at(1))), [Effect::Detect("odd".into())]);
    assert_eq!(wakes(&mut state, &completed("site", Status::Ok, at(1))), []);
    assert_eq!(wakes(&mut state, &trapped("disk", at(1))), []);
}

fn judged(outcome: RunOutcome, until: i64, snapshot: u8) -> Event {
    let series = SeriesKey { check: "disk".into(), metric: MetricName::new("total_seconds"), labels: Vec::new() };
    let anomaly = Anomaly {
        detector: "odd".into(),
        series,
        at: at(until),
        kind: AnomalyKind::Spike,
        score: 5.0,
        value: Some(9.0),
        expected_low: None,
        expected_high: Some(1.0),
        explanation: "far out".into(),
    };
    let completed = outcome.is_completed();
    let detection = completed.then(|| Detection { anomalies: vec![anomaly], snapshot: vec![snapshot], warm: true });
    Event::DetectorFinished(Arc::new(DetectorRun {
        detector: "odd".into(),
        judged_until: at(until),
        outcome,
        detection,
    }))
}

#[test]
fn a_detector_that_fails_has_judged_nothing() {
    let mut state = node(&["disk"]);
    let transition = advance(&mut state, &judged(RunOutcome::Completed, 10, 1), at(10));
    assert!(transition.changes.iter().any(|change| matches!(change, Change::Anomaly(_))));
    let before = state.detector(&"odd".into()).cloned().expect("kept");
    assert_eq!((before.judged_until, before.snapshot.as_deref(), before.warm), (at(10), Some(&[1][..]), true));

    drop(advance(&mut state, &judged(RunOutcome::Memory { limit_bytes: 1 }, 20, 2), at(20)));
    let after = state.detector(&"odd".into()).cloned().expect("kept");
    assert_eq!((after.judged_until, after.snapshot), (before.judged_until, before.snapshot));
}

fn events() -> impl Strategy<Value = Vec<(Event, i64)>> {
    let names = prop_oneof![Just("a"), Just("b"), Just("c")];
    let found = prop_oneof![Just(Status::Ok), Just(Status::Warning), Just(Status::Critical), Just(Status::Unknown)];
    let event = prop_oneof![
        4 => (names.clone(), found).prop_map(|(name, found)| completed(name, found, at(1))),
        3 => names.prop_map(|name| trapped(name, at(1))),
        1 => proptest::sample::subsequence(vec!["a", "b", "c"], 0..=3).prop_map(|names| configured(&names)),
        2 => (0_u8..4, 0_i64..100).prop_map(|(snapshot, until)| judged(RunOutcome::Completed, until, snapshot)),
        2 => Just(Event::Tick),
    ];
    proptest::collection::vec((event, -5_i64..20), 0..60)
}

/// The state, as far as anyone can see it.
fn visible(state: &State) -> String {
    let checks: Vec<_> = state.checks().map(|name| (name, state.check(name), state.watch(name))).collect();
    let detectors: Vec<_> = state.detectors().map(|name| (name, state.detector(name))).collect();
    format!("{checks:?} {detectors:?} {:?}", state.next_wake())
}

proptest! {
    #[test]
    fn replaying_a_log_gives_the_same_transitions(log in events()) {
        let (mut first, mut second) = (State::default(), State::default());
        let mut now = 1_000;
        for (event, later) in log {
            now += later;
            prop_assert_eq!(advance(&mut first, &event, at(now)), advance(&mut second, &event, at(now)));
        }
        prop_assert_eq!(visible(&first), visible(&second));
    }

    #[test]
    fn no_event_makes_a_check_worse_or_better_than_the_last_completed_run_said(log in events()) {
        let mut state = State::default();
        let mut now = 1_000;
        for (event, later) in log {
            now += later;
            let Event::RunFinished(run) = &event else { drop(advance(&mut state, &event, at(now))); continue };
            let known = state.check(&run.check).is_some();
            drop(advance(&mut state, &event, at(now)));
            if known {
                let expected = run.status().map_or(HealthStatus::Unknown, HealthStatus::from);
                prop_assert_eq!(status(&state, run.check.as_str()), Some(expected));
            }
        }
    }
}

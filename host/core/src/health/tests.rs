use super::*;
use crate::observation::Observation;
use crate::run::{DeadlineLayer, RunCause, RunCost};

const STARTED: Timestamp = Timestamp::from_millis(1_000);

fn run(outcome: RunOutcome, status: Option<Status>) -> RunRecord {
    RunRecord {
        id: "run".into(),
        check: "site".into(),
        plugin: "probe-http".into(),
        digest: "digest".into(),
        cause: RunCause::Schedule,
        due_at: STARTED,
        started_at: STARTED,
        outcome,
        cost: RunCost { wall_us: 2_000, ..RunCost::default() },
        observation: status.map(|status| Observation::new(status, "seen")),
        problems: Vec::new(),
        transcript: false,
    }
}

fn health(status: HealthStatus) -> Health {
    Health { status, since: Timestamp::default() }
}

const ALL: [HealthStatus; 5] =
    [HealthStatus::Ok, HealthStatus::Warning, HealthStatus::Critical, HealthStatus::Unknown, HealthStatus::Stale];

fn incomplete() -> [RunOutcome; 7] {
    let message = "m".to_owned();
    [
        RunOutcome::GuestError { message: message.clone() },
        RunOutcome::Trap { message: message.clone(), frames: Vec::new() },
        RunOutcome::Deadline { layer: DeadlineLayer::Wall, limit_ms: 1 },
        RunOutcome::Deadline { layer: DeadlineLayer::Cpu, limit_ms: 1 },
        RunOutcome::Memory { limit_bytes: 1 },
        RunOutcome::Denied { capability: "http".to_owned(), target: "host".to_owned(), reason: message.clone() },
        RunOutcome::HostError { message },
    ]
}

#[test]
fn a_completed_run_makes_the_health_what_it_found() {
    let table = [
        (Status::Ok, HealthStatus::Ok),
        (Status::Warning, HealthStatus::Warning),
        (Status::Critical, HealthStatus::Critical),
        (Status::Unknown, HealthStatus::Unknown),
    ];
    for before in ALL {
        for (found, after) in table {
            let becomes = health(before).after(&run(RunOutcome::Completed, Some(found)));
            let expected = (before != after).then_some(after);
            assert_eq!(becomes.map(|health| health.status), expected, "{before:?}, then {found}");
        }
    }
}

#[test]
fn a_plugins_failure_is_never_its_targets() {
    for outcome in incomplete() {
        for before in ALL {
            // An observation beside a failed run says nothing either.
            let after = health(before).after(&run(outcome.clone(), Some(Status::Critical)));
            let expected = (before != HealthStatus::Unknown).then_some(HealthStatus::Unknown);
            assert_eq!(after.map(|health| health.status), expected, "{before:?}, then {outcome:?}");
        }
    }
}

#[test]
fn a_run_that_the_node_did_not_do_changes_nothing() {
    for outcome in [RunOutcome::Saturated, RunOutcome::Cancelled] {
        for before in ALL {
            assert_eq!(health(before).after(&run(outcome.clone(), None)), None, "{before:?}, then {outcome:?}");
        }
    }
}

#[test]
fn a_completed_run_without_an_observation_is_unknown_not_ok() {
    let after = health(HealthStatus::Ok).after(&run(RunOutcome::Completed, None));
    assert_eq!(after.map(|health| health.status), Some(HealthStatus::Unknown));
}

#[test]
fn since_is_the_end_of_the_run_that_changed_it() {
    let after = health(HealthStatus::Ok).after(&run(RunOutcome::Completed, Some(Status::Critical)));
    assert_eq!(after.map(|health| health.since), Some(Timestamp::from_millis(1_002)));
}

#[test]
fn silence_is_stale_whatever_it_was_and_only_once() {
    let now = Timestamp::from_millis(9_000);
    for before in ALL {
        let expected = (before != HealthStatus::Stale).then_some(Health { status: HealthStatus::Stale, since: now });
        assert_eq!(health(before).unheard(now), expected, "{before:?}");
    }
}

use tocsin_core::id::Digest;
use tocsin_core::observation::{Finding, Metric, MetricKind, Observation, Problem, Status};
use tocsin_core::run::{RunCause, RunCost, RunOutcome};
use tocsin_core::time::Timestamp;

use super::*;
use crate::Options;
use crate::fixture::{run_of, store};

fn new(record: RunRecord) -> NewRun {
    NewRun { record: Arc::new(record), transcript: None }
}

fn every_outcome() -> Vec<RunOutcome> {
    let message = || "it fell".to_owned();
    vec![
        RunOutcome::GuestError { message: message() },
        RunOutcome::Trap { message: message(), frames: vec!["run".into()] },
        RunOutcome::Deadline { layer: tocsin_core::run::DeadlineLayer::Cpu, limit_ms: 100 },
        RunOutcome::Memory { limit_bytes: 1 << 20 },
        RunOutcome::Denied { capability: "http".into(), target: "example.org".into(), reason: "not granted".into() },
        RunOutcome::HostError { message: message() },
        RunOutcome::Saturated,
        RunOutcome::Cancelled,
    ]
}

#[test]
fn a_run_comes_back_as_it_was_given() {
    let (_folder, store) = store();
    let mut records = Vec::new();
    for (n, outcome) in every_outcome().into_iter().enumerate() {
        records.push(RunRecord { outcome, observation: None, ..run_of("web", n as i64 * 1_000, Status::Ok) });
    }
    for (n, status) in [Status::Ok, Status::Unknown, Status::Warning, Status::Critical].into_iter().enumerate() {
        let mut record = run_of("web", 20_000 + n as i64 * 20_000, status);
        record.cause = RunCause::Demand;
        record.due_at = record.started_at.after(std::time::Duration::from_millis(7));
        record.cost = RunCost { wall_us: 1, cpu_us: 2, memory_peak_bytes: 3, host_calls: 4, host_bytes: 5 };
        let observation = record.observation.as_mut().unwrap();
        observation.findings.push(Finding { code: "slow".into(), status, message: "3 s".into(), subject: None });
        observation.metrics.push(Metric {
            name: "seconds".into(),
            value: 0.1,
            unit: "seconds".into(),
            kind: MetricKind::Gauge,
            labels: vec![("path".into(), "/".into())],
            warning: None,
            critical: None,
        });
        if status == Status::Warning {
            record.problems.push(Problem { path: "metrics[1]".into(), message: "NaN".into() });
        }
        records.push(record);
    }
    let runs: Vec<_> = records.iter().cloned().map(new).collect();
    assert_eq!(store.append_runs(&runs).unwrap(), Appended { kept: runs.len(), shed: 0 });
    for record in &records {
        let stored = store.run(&record.id).unwrap().unwrap();
        assert_eq!(stored, StoredRun { record: record.clone(), complete: true });
    }
    let newest_first: Vec<_> =
        store.recent_runs(&"web".into(), 100).unwrap().into_iter().map(|run| run.record).collect();
    assert!(newest_first.iter().eq(records.iter().rev()));
}

#[test]
fn of_healthy_runs_the_newest_is_whole_and_older_ones_say_that_they_are_not() {
    let (_folder, store) = store();
    let with_metric = |at| {
        let mut record = run_of("web", at, Status::Ok);
        record.observation.as_mut().unwrap().metrics.push(Metric {
            name: "up".into(),
            value: 1.0,
            unit: String::new(),
            kind: MetricKind::Gauge,
            labels: vec![],
            warning: None,
            critical: None,
        });
        record
    };
    let records = [0, 10_000, 20_000].map(with_metric);
    for record in &records {
        store.append_runs(&[new(record.clone())]).unwrap();
    }
    let recent = store.recent_runs(&"web".into(), 10).unwrap();
    let complete: Vec<_> = recent.iter().map(|run| run.complete).collect();
    assert_eq!(complete, [true, false, false]);
    assert_eq!(recent[0].record, records[2]);
    let brief = recent[1].record.observation.as_ref().unwrap();
    assert_eq!(*brief, Observation::new(Status::Ok, "fine"));
}

#[test]
fn a_healthy_run_that_says_no_more_than_its_row_is_whole() {
    let (_folder, store) = store();
    let runs: Vec<_> = (0..5).map(|n| new(run_of("web", n * 100, Status::Ok))).collect();
    store.append_runs(&runs).unwrap();
    assert!(store.recent_runs(&"web".into(), 10).unwrap().iter().all(|run| run.complete));
}

#[test]
fn a_restart_finds_the_newest_run_of_each_check_and_goes_on_with_its_history() {
    let (folder, store) = store();
    let at = [("web", 1_000), ("db", 2_000), ("web", 3_000)];
    let runs: Vec<_> = at.iter().map(|(check, at)| new(run_of(check, *at, Status::Critical))).collect();
    store.append_runs(&runs).unwrap();
    drop(store);

    let store = Store::open(folder.path(), &Options::default()).unwrap();
    let mut last: Vec<_> = store.last_runs().unwrap().into_iter().map(|run| run.record.id).collect();
    last.sort();
    assert_eq!(last, [runs[1].record.id.clone(), runs[2].record.id.clone()]);
    store.append_runs(&[new(run_of("web", 4_000, Status::Ok))]).unwrap();
    let times: Vec<_> = store.recent_runs(&"web".into(), 10).unwrap().iter().map(|run| run.record.started_at).collect();
    assert_eq!(times, [4_000, 3_000, 1_000].map(Timestamp::from_millis));
}

#[test]
fn a_clock_set_back_does_not_disturb_the_order_of_history() {
    let (_folder, store) = store();
    for at in [50_000, 60_000, 10_000, 20_000] {
        store.append_runs(&[new(run_of("web", at, Status::Ok))]).unwrap();
    }
    let times: Vec<_> = store.recent_runs(&"web".into(), 3).unwrap().iter().map(|run| run.record.started_at).collect();
    assert_eq!(times, [20_000, 10_000, 60_000].map(Timestamp::from_millis));
}

#[test]
fn a_transcript_comes_back_byte_for_byte() {
    let (_folder, store) = store();
    let transcript: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    let record = run_of("web", 1_000, Status::Ok);
    let id = record.id.clone();
    store.append_runs(&[NewRun { record: Arc::new(record), transcript: Some(transcript.clone()) }]).unwrap();
    assert!(store.run(&id).unwrap().unwrap().record.transcript);
    assert_eq!(store.transcript(&id).unwrap(), Some(transcript));
    assert_eq!(store.transcript(&run_of("web", 2_000, Status::Ok).id).unwrap(), None);
}

#[test]
fn a_batch_tried_again_is_kept_once() {
    let (_folder, store) = store();
    let runs = [new(run_of("web", 1_000, Status::Critical)), new(run_of("web", 2_000, Status::Critical))];
    store.append_runs(&runs).unwrap();
    store.append_runs(&runs).unwrap();
    assert_eq!(store.recent_runs(&"web".into(), 10).unwrap().len(), 2);
}

#[test]
fn a_bad_id_keeps_the_whole_batch_out() {
    let (_folder, store) = store();
    let bad = RunRecord { id: RunId::new("run-1"), ..run_of("web", 2_000, Status::Ok) };
    let error = store.append_runs(&[new(run_of("web", 1_000, Status::Ok)), new(bad)]).unwrap_err();
    assert!(matches!(error, StoreError::RunId { .. }), "{error}");
    assert_eq!(store.counts().unwrap().runs, 0);
}

#[test]
fn a_healthy_run_takes_a_hundred_bytes() {
    let (_folder, store) = store();
    let used = || {
        let usage = store.usage().unwrap();
        usage.file_bytes - usage.free_bytes
    };
    let empty = used();
    let digest = Digest::new("ab".repeat(32));
    for batch in 0..10_i64 {
        let runs: Vec<_> = (0..1_000)
            .map(|n| {
                let at = 1_700_000_000_000 + (batch * 1_000 + n) * 10;
                let mut record = run_of(&format!("check-{}", n % 50), at, Status::Ok);
                record.digest = digest.clone();
                record.cost = RunCost {
                    wall_us: 12_345,
                    cpu_us: 321,
                    memory_peak_bytes: 1_114_112,
                    host_calls: 1,
                    host_bytes: 1_234,
                };
                record.observation.as_mut().unwrap().summary = "200 OK in 12 ms".into();
                new(record)
            })
            .collect();
        store.append_runs(&runs).unwrap();
    }
    let a_row = (used() - empty) / store.counts().unwrap().runs;
    assert!(a_row <= 105, "{a_row} bytes a run");
}

//! The probe against the mock host, whose clock starts at 2026-01-01.

use std::time::Duration;

use tocsin_sdk::mock;
use tocsin_sdk::node::Process;
use tocsin_sdk::{Observation, Status, entry};

const NOW_MS: i64 = 1_767_225_600_000;

fn process(pid: u32, age_seconds: i64, cpu_ms: u64) -> Process {
    Process {
        pid,
        parent: 1,
        name: "nginx".into(),
        executable: Some("/usr/sbin/nginx".into()),
        arguments: vec!["nginx".into(), format!("--worker={pid}")],
        state: "S".into(),
        started_at: NOW_MS - age_seconds * 1_000,
        cpu_ms,
        resident_bytes: 100_000_000,
        threads: 1,
        user_id: 33,
        open_files: None,
    }
}

fn run(config: &str) -> Observation {
    super::check(entry::config(config).unwrap()).unwrap()
}

fn two() -> Vec<Process> {
    vec![process(7, 60, 1_000), process(8, 7_200, 5_000)]
}

#[test]
fn processes_are_judged_by_count_age_and_memory() {
    let cases = [
        (r#"{"name": "nginx"}"#, two(), Status::Ok, "2 processes of nginx, 200 MB"),
        (r#"{"name": "nginx"}"#, vec![], Status::Critical, "no process nginx runs (wanted: at least 1)"),
        (r#"{"name": "nginx", "count": 1}"#, two(), Status::Critical, "2 processes nginx run (wanted: at most 1)"),
        (r#"{"name": "nginx", "count": 0}"#, vec![], Status::Ok, "0 processes of nginx, 0 B"),
        (
            r#"{"name": "nginx", "youngest_at_least": "2m"}"#,
            two(),
            Status::Warning,
            "youngest age is 1 min (warning below 2 min)",
        ),
        (
            r#"{"name": "nginx", "oldest_at_most": "1h"}"#,
            two(),
            Status::Warning,
            "oldest age is 2 h (warning above 1 h)",
        ),
        (
            r#"{"name": "nginx", "memory_bytes": {"warning": 1e6, "critical": 150e6}}"#,
            two(),
            Status::Critical,
            "memory resident is 200 MB (critical above 150 MB)",
        ),
        (r#"{"name": "nginx", "arguments_contain": "worker=7"}"#, two(), Status::Ok, "1 process of nginx, 100 MB"),
    ];
    for (config, processes, status, summary) in cases {
        mock::host().processes("nginx", processes);
        let observation = run(config);
        assert_eq!((observation.status, observation.summary.as_str()), (status, summary), "{config}");
    }
}

#[test]
fn cpu_is_a_rate_of_the_processes_that_stayed() {
    let host = mock::host();
    host.processes("nginx", two());
    // 7 was restarted under the same number: its CPU time is not a difference.
    host.processes("nginx", vec![process(7, 1, 10), process(8, 7_200, 20_000)]);
    let config = r#"{"name": "nginx", "cpu_cores": {"warning": 1}}"#;
    assert!(run(config).metrics.iter().all(|metric| metric.name != "cpu_cores"));
    host.advance(Duration::from_secs(10));
    let observation = run(config);
    let cores = observation.metrics.iter().find(|metric| metric.name == "cpu_cores").unwrap();
    assert_eq!((cores.value, observation.status), (1.5, Status::Warning));
    assert_eq!(observation.evidence[0].name, "processes");
}

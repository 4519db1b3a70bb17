//! The probe against the mock host.

use std::time::Duration;

use tocsin_sdk::mock::{self, Host};
use tocsin_sdk::node::{Cpu, CpuTimes, Disk, InterfaceCounters, Load, Memory, Pressure, PressureLine, Stall};
use tocsin_sdk::{Observation, Status, entry};

const GB: u64 = 1_000_000_000;

fn run(config: &str) -> Observation {
    super::check(entry::config(config).unwrap()).unwrap()
}

fn value(observation: &Observation, name: &str) -> f64 {
    observation.metrics.iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("no metric {name}")).value
}

fn cpu(host: Host, user_ms: u64, idle_ms: u64) {
    let total =
        CpuTimes { user_ms, nice_ms: 0, system_ms: 0, idle_ms, iowait_ms: 0, irq_ms: 0, softirq_ms: 0, steal_ms: 0 };
    host.cpu(Cpu { total, cores: vec![total] });
}

fn disk(mount: &str, device: &str, file_system: &str, free: u64) -> Disk {
    Disk {
        mount: mount.into(),
        device: device.into(),
        file_system: file_system.into(),
        read_only: false,
        total: 100 * GB,
        free,
        available: free,
        inodes: 1_000,
        inodes_free: 500,
    }
}

#[test]
fn the_first_run_looks_at_the_cpu_twice_and_later_ones_since_the_last() {
    let host = mock::host();
    cpu(host, 1_000, 1_000);
    cpu(host, 1_025, 1_075);
    cpu(host, 1_125, 1_075);
    let config = r#"{"parts": ["cpu"]}"#;
    let first = run(config);
    assert_eq!((value(&first, "cpu_utilisation"), first.status), (0.25, Status::Ok));
    let second = run(config);
    assert_eq!((value(&second, "cpu_utilisation"), second.status), (1.0, Status::Warning));
    assert_eq!(second.summary, "cpu utilisation is 100 % (warning above 95 %)");
}

#[test]
fn a_restart_of_the_machine_is_a_first_run() {
    let host = mock::host();
    cpu(host, 9_000, 9_000);
    cpu(host, 9_100, 9_000);
    cpu(host, 10, 10);
    cpu(host, 20, 100);
    let config = r#"{"parts": ["cpu"]}"#;
    run(config);
    assert_eq!(value(&run(config), "cpu_utilisation"), 0.1);
}

#[test]
fn memory_swap_and_load_are_judged_each_by_its_limits() {
    let cases = [
        (50, 100, 1.0, Status::Ok, vec![]),
        (8, 100, 1.0, Status::Warning, vec!["memory-used"]),
        (1, 10, 1.0, Status::Critical, vec!["memory-used", "swap-used"]),
        (50, 100, 11.0, Status::Critical, vec!["load-per-core"]),
    ];
    for (available, swap_free, five, status, codes) in cases {
        let host = mock::host();
        host.memory(Memory { total: 100, available, free: 0, buffers: 0, cached: 0, swap_total: 100, swap_free });
        host.load(Load { one: 1.0, five, fifteen: 1.0, runnable: 1, total: 1, cores: 2 });
        let observation = run(r#"{"parts": ["memory", "load"]}"#);
        let found: Vec<_> = observation.findings.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!((observation.status, found), (status, codes));
    }
}

#[test]
fn disks_are_judged_by_mount_and_a_device_counts_once() {
    let host = mock::host();
    host.disks(vec![
        disk("/", "/dev/a", "ext4", 60 * GB),
        disk("/bind", "/dev/a", "ext4", 60 * GB),
        disk("/data", "/dev/b", "xfs", 3 * GB),
        disk("/run", "tmpfs", "tmpfs", 0),
    ]);
    let observation = run(r#"{"parts": ["disks"]}"#);
    let mounts: Vec<_> = observation.metrics.iter().filter(|metric| metric.name == "disk_used").collect();
    assert_eq!(mounts.iter().map(|metric| metric.labels[0].1.as_str()).collect::<Vec<_>>(), ["/", "/data"]);
    assert_eq!(observation.findings[0].subject.as_deref(), Some("/data"));
    assert_eq!(observation.summary, "disk used of /data is 97 % (critical above 95 %)");
    let named = run(r#"{"parts": ["disks"], "disks": {"mounts": ["/run"]}}"#);
    assert_eq!(named.status, Status::Critical);
}

#[test]
fn network_errors_are_a_rate_from_the_second_run_on() {
    let host = mock::host();
    for received_errors in [5, 25] {
        host.network(vec![InterfaceCounters {
            name: "eth0".into(),
            up: true,
            received_bytes: 1,
            received_packets: 1,
            received_errors,
            received_dropped: 0,
            sent_bytes: 1,
            sent_packets: 1,
            sent_errors: 0,
            sent_dropped: 0,
        }]);
    }
    let config = r#"{"parts": ["network"]}"#;
    assert_eq!(run(config).metrics.len(), 2);
    host.advance(Duration::from_secs(10));
    let observation = run(config);
    assert_eq!((value(&observation, "network_errors_per_second"), observation.status), (2.0, Status::Warning));
}

#[test]
fn pressure_is_left_out_where_the_kernel_has_none() {
    let host = mock::host();
    let line = |avg60| PressureLine { some: Stall { avg10: 0.0, avg60, avg300: 0.0, total_us: 0 }, full: None };
    host.pressure(Pressure { cpu: line(0.0), memory: line(50.0), io: line(0.0) });
    host.pressure_unsupported();
    let config = r#"{"parts": ["pressure"]}"#;
    assert_eq!(run(config).status, Status::Critical);
    assert_eq!((run(config).metrics.len(), run(config).status), (0, Status::Ok));
}

//! What keeping history costs: runs and samples of a busy node, a second's worth a batch, in CPU seconds of this
//! process for each second of load. `cargo run -p tocsin-store --example throughput [SECONDS]`
//!
//! The process does nothing besides, and the batches are made before the clock starts: its CPU time is the store's.

use std::sync::Arc;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tocsin_core::anomaly::{Sample, SeriesKey};
use tocsin_core::observation::{Metric, MetricKind, Observation, Status};
use tocsin_core::run::{RunCause, RunCost, RunOutcome, RunRecord};
use tocsin_core::time::Timestamp;
use tocsin_store::{NewRun, NewSample, Options, SampleLog as _, Store};

const CHECKS: usize = 5_000;
const RUNS_A_SECOND: usize = 20_000;
const METRICS: usize = 3;
const START_MS: i64 = 1_700_000_000_000;
/// Runs in one transaction.
const BATCH: usize = 4_000;

#[derive(Default)]
struct Cost {
    cpu: Duration,
    wall: Duration,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seconds: i64 = std::env::args().nth(1).map_or(Ok(20), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path(), &Options::default())?;
    let (mut runs_cost, mut samples_cost, mut worst) = (Cost::default(), Cost::default(), Duration::ZERO);
    for second in 0..seconds {
        let runs: Vec<NewRun> = (0..RUNS_A_SECOND).map(|n| run(second, n)).collect();
        let samples: Vec<NewSample> = runs.iter().flat_map(|run| samples_of(&run.record)).collect();
        for batch in runs.chunks(BATCH) {
            let cost = measure(|| store.append_runs(batch).map(drop))?;
            worst = worst.max(cost.wall);
            runs_cost.add(&cost);
        }
        samples_cost.add(&measure(|| store.append(&samples).map(drop))?);
    }
    report(&store, seconds, &runs_cost, &samples_cost, worst)
}

#[expect(clippy::print_stdout, reason = "a figure is what this program is for")]
fn report(
    store: &Store,
    seconds: i64,
    runs: &Cost,
    samples: &Cost,
    worst: Duration,
) -> Result<(), Box<dyn std::error::Error>> {
    let (usage, counts) = (store.usage()?, store.counts()?);
    let load = f64::from(i32::try_from(seconds)?);
    println!(
        "runs     {:>9.3} CPU s a second of {RUNS_A_SECOND}/s (wall {:.3})",
        runs.cpu.as_secs_f64() / load,
        runs.wall.as_secs_f64() / load
    );
    println!(
        "samples  {:>9.3} CPU s a second of {}/s (wall {:.3})",
        samples.cpu.as_secs_f64() / load,
        RUNS_A_SECOND * METRICS,
        samples.wall.as_secs_f64() / load
    );
    println!("samples  {:>9.0} a second of wall time", u64_to_f64(counts.samples) / samples.wall.as_secs_f64());
    println!("longest  {:>9.1} ms for {BATCH} runs", worst.as_secs_f64() * 1_000.0);
    println!("file     {:>9} bytes for {} runs and {} samples", usage.file_bytes, counts.runs, counts.samples);
    let one = SeriesKey { check: "check-17".into(), metric: "metric_1".into(), labels: vec![] };
    let mut found = 0;
    let cost = measure(|| {
        found = store.range(&one, Timestamp::from_millis(START_MS), Timestamp::from_millis(i64::MAX))?.len();
        Ok(())
    })?;
    println!("range    {:>9.2} ms for {found} samples of one series", cost.wall.as_secs_f64() * 1_000.0);
    let cost = measure(|| {
        found = store.recent_runs(&"check-17".into(), 100)?.len();
        Ok(())
    })?;
    println!("recent   {:>9.2} ms for the newest {found} runs of a check", cost.wall.as_secs_f64() * 1_000.0);
    Ok(())
}

fn run(second: i64, n: usize) -> NewRun {
    let at_ms = START_MS + second * 1_000 + (n * 1_000 / RUNS_A_SECOND).cast_signed() as i64;
    let time = uuid::Timestamp::from_unix(
        uuid::NoContext,
        at_ms.unsigned_abs() / 1_000,
        u32::try_from(at_ms % 1_000).unwrap_or(0) * 1_000_000,
    );
    let wobble = u64_to_f64((n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 50);
    let mut observation = Observation::new(Status::Ok, format!("200 OK in {} ms", n % 90));
    observation.metrics = (0..METRICS)
        .map(|metric| Metric {
            name: format!("metric_{metric}"),
            value: if metric == 0 { 1.0 } else { wobble },
            unit: "seconds".into(),
            kind: MetricKind::Gauge,
            labels: vec![],
            warning: None,
            critical: None,
        })
        .collect();
    let at = Timestamp::from_millis(at_ms);
    let record = RunRecord {
        id: uuid::Uuid::new_v7(time).to_string().as_str().into(),
        check: format!("check-{}", n % CHECKS).as_str().into(),
        plugin: "probe-http".into(),
        digest: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef".into(),
        cause: RunCause::Schedule,
        due_at: at,
        started_at: at,
        outcome: RunOutcome::Completed,
        cost: RunCost { wall_us: 12_345, cpu_us: 43, memory_peak_bytes: 1_114_112, host_calls: 1, host_bytes: 1_234 },
        observation: Some(observation),
        problems: vec![],
        transcript: false,
    };
    NewRun { record: Arc::new(record), transcript: None }
}

fn samples_of(record: &RunRecord) -> Vec<NewSample> {
    let metrics = record.observation.iter().flat_map(|observation| &observation.metrics);
    metrics
        .map(|metric| NewSample {
            key: SeriesKey {
                check: record.check.clone(),
                metric: metric.name.as_str().into(),
                labels: metric.labels.clone(),
            },
            unit: metric.unit.clone(),
            sample: Sample { at: record.started_at, value: Some(metric.value) },
        })
        .collect()
}

fn measure(work: impl FnOnce() -> Result<(), tocsin_store::StoreError>) -> Result<Cost, tocsin_store::StoreError> {
    let now = || (clock(ClockId::ProcessCPUTime), clock(ClockId::Monotonic));
    let before = now();
    work()?;
    let after = now();
    Ok(Cost { cpu: after.0.saturating_sub(before.0), wall: after.1.saturating_sub(before.1) })
}

fn clock(id: ClockId) -> Duration {
    let time = clock_gettime(id);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

impl Cost {
    fn add(&mut self, other: &Self) {
        self.cpu += other.cpu;
        self.wall += other.wall;
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn u64_to_f64(value: u64) -> f64 {
    value as f64
}

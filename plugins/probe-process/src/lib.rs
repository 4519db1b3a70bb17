//! Counts a program's processes and looks at their age, memory, threads and CPU time.
//! CPU time is a rate since the last run, so it is first told by the second one.

use tocsin_sdk::node::{self, Process};
use tocsin_sdk::{Bounds, Error, Evidence, Finding, Metric, Observation, Period, Thresholds, clock, state, text};

#[cfg(test)]
mod tests;

/// Which processes, and what is good.
#[tocsin_sdk::config]
struct Config {
    /// The process's name, or its executable's file name.
    name: String,
    /// Only processes whose command line contains this.
    arguments_contain: Option<String>,
    /// How many there should be.
    #[serde(default = "one_or_more")]
    count: Bounds,
    /// Warns while the youngest is younger: it has just been restarted.
    youngest_at_least: Option<Period>,
    /// Warns when the oldest is older: it should have ended.
    oldest_at_most: Option<Period>,
    /// Bytes resident, all together.
    #[serde(default)]
    memory_bytes: Thresholds,
    /// CPU cores in use since the last run, all together.
    #[serde(default)]
    cpu_cores: Thresholds,
}

fn one_or_more() -> Bounds {
    Bounds { min: Some(1.0), max: None }
}

#[tocsin_sdk::probe]
fn check(config: Config) -> Result<Observation, Error> {
    let mut processes = node::processes(&config.name)?;
    if let Some(wanted) = &config.arguments_contain {
        processes.retain(|process| process.arguments.join(" ").contains(wanted.as_str()));
    }
    let now = clock::now_ms();
    let count = count(processes.len());
    let mut observation = Observation::ok("").metric(Metric::gauge("processes", count).critical(config.count));
    if let Some(finding) = wrong_count(&config, count) {
        observation = observation.finding(finding);
    }
    let resident = processes.iter().map(|process| process.resident_bytes).sum();
    let memory = config.memory_bytes.on(Metric::gauge("memory_resident", bytes(resident)).unit("bytes"));
    observation = observation.judged(memory);
    observation = ages(&config, observation, &processes, now);
    if let Some(cores) = cores(&processes, now)? {
        observation = observation.judged(config.cpu_cores.on(Metric::gauge("cpu_cores", cores)));
    }
    if !observation.findings.is_empty() && !processes.is_empty() {
        observation = observation.evidence(Evidence::text("processes", list(&processes, now)));
    }
    let (plural, size) = (if processes.len() == 1 { "" } else { "es" }, text::value(bytes(resident), "bytes"));
    Ok(observation.summed_up(format!("{count} process{plural} of {}, {size}", config.name)))
}

fn wrong_count(config: &Config, count: f64) -> Option<Finding> {
    let name = &config.name;
    let (code, wanted) = match config.count {
        Bounds { min: Some(min), .. } if count < min => ("too-few-processes", format!("at least {min}")),
        Bounds { max: Some(max), .. } if count > max => ("too-many-processes", format!("at most {max}")),
        _ => return None,
    };
    let message = match count {
        0.0 => format!("no process {name} runs (wanted: {wanted})"),
        _ => format!("{count} processes {name} run (wanted: {wanted})"),
    };
    Some(Finding::critical(code, message).about(name))
}

fn ages(config: &Config, observation: Observation, processes: &[Process], now: i64) -> Observation {
    let ages = || processes.iter().map(|process| age_seconds(process, now));
    let (Some(youngest), Some(oldest)) = (ages().reduce(f64::min), ages().reduce(f64::max)) else { return observation };
    let mut first = Metric::gauge("youngest_age", youngest).unit("seconds");
    let mut last = Metric::gauge("oldest_age", oldest).unit("seconds");
    if let Some(least) = config.youngest_at_least {
        first = first.warning(least.as_seconds()..);
    }
    if let Some(most) = config.oldest_at_most {
        last = last.warning(..=most.as_seconds());
    }
    observation.judged(first).judged(last)
}

/// CPU cores in use since the last run, by the processes that were there then and still are.
#[expect(clippy::cast_precision_loss, reason = "milliseconds between two runs")]
fn cores(processes: &[Process], now: i64) -> Result<Option<f64>, Error> {
    const KEY: &str = "cpu";
    /// As many as fit into the state; the busiest programs have fewer.
    const KEPT_MAX: usize = 64;
    /// When, and by process its start and its CPU time by then.
    type Before = (i64, Vec<(i64, u32, u64)>);
    let before = state::get::<Before>(KEY)?;
    let known = processes.iter().map(|process| (process.started_at, process.pid, process.cpu_ms));
    let known = known.take(KEPT_MAX).collect::<Vec<_>>();
    let rate = before.and_then(|(at, then)| {
        let spent = known.iter().filter_map(|(start, pid, cpu)| {
            let (.., before) = then.iter().find(|(started, known, _)| (started, known) == (start, pid))?;
            cpu.checked_sub(*before)
        });
        (now > at && !then.is_empty()).then(|| bytes(spent.sum()) / (now - at) as f64)
    });
    state::set(KEY, &(now, known))?;
    Ok(rate)
}

fn list(processes: &[Process], now: i64) -> String {
    const SHOWN_MAX: usize = 50;
    let line = |process: &Process| {
        let age = text::value(age_seconds(process, now), "seconds");
        let size = text::value(bytes(process.resident_bytes), "bytes");
        format!("{} {} {age} {size} {}\n", process.pid, process.state, process.name)
    };
    processes.iter().take(SHOWN_MAX).map(line).collect()
}

#[expect(clippy::cast_precision_loss, reason = "ages of processes")]
fn age_seconds(process: &Process, now: i64) -> f64 {
    now.saturating_sub(process.started_at).max(0) as f64 / 1e3
}

#[expect(clippy::cast_precision_loss, reason = "no machine runs 2^53 processes")]
fn count(processes: usize) -> f64 {
    processes as f64
}

#[expect(clippy::cast_precision_loss, reason = "nobody's memory shows a difference above 2^53 bytes")]
fn bytes(count: u64) -> f64 {
    count as f64
}

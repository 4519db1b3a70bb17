//! Watches this machine. Each part it is asked to watch gives metrics, and a finding where it is over a limit; a part
//! that this kernel does not have, or that could not be read, is left out and says so in the log.

use tocsin_sdk::node::{self, Problem, Reading};
use tocsin_sdk::{CallError, Error, Metric, Observation, Thresholds, log, text};

mod config;
mod cpu;
mod disks;
mod network;
#[cfg(test)]
mod tests;

use config::{Config, Part};

#[tocsin_sdk::probe]
fn check(config: Config) -> Result<Observation, Error> {
    let mut observation = Observation::ok("");
    let mut read = 0_usize;
    for part in &config.parts {
        let metrics = match part {
            Part::Cpu => cpu::metrics(&config),
            Part::Memory => memory(&config),
            Part::Disks => node::disks().map(|disks| disks::metrics(&config.disks, &disks)).map_err(Error::from),
            Part::Network => network::metrics(&config.network),
            Part::Load => load(config.load_per_core),
            Part::Pressure => pressure(&config),
        };
        // An error of one part must not hide the others: it is only fatal where nothing at all could be read.
        match metrics {
            Ok(metrics) => {
                read += 1;
                observation = metrics.into_iter().fold(observation, Observation::judged);
            }
            Err(error) => log::warn(error),
        }
    }
    if read == 0 {
        return Err(Error::new("none of the parts asked for could be read: see the log"));
    }
    let summary = summary(&observation);
    Ok(observation.summed_up(summary))
}

/// The parts' leading figures in one line.
fn summary(observation: &Observation) -> String {
    let leading = [
        ("cpu_utilisation", "CPU"),
        ("memory_used", "memory"),
        ("swap_used", "swap"),
        ("load_per_core", "load per core"),
    ];
    let known = leading.iter().filter_map(|(name, shown)| {
        let metric = observation.metrics.iter().find(|metric| metric.name == *name)?;
        Some(format!("{shown} {}", text::value(metric.value, &metric.unit)))
    });
    let fullest = observation.metrics.iter().filter(|metric| metric.name == "disk_used");
    let fullest = fullest.max_by(|a, b| a.value.total_cmp(&b.value)).map(|metric| {
        let mount = metric.labels.first().map_or("", |(_, mount)| mount.as_str());
        format!("{mount} {} full", text::value(metric.value, &metric.unit))
    });
    let parts = known.chain(fullest).collect::<Vec<_>>();
    if parts.is_empty() { "all parts within their limits".to_owned() } else { parts.join(", ") }
}

fn memory(config: &Config) -> Result<Vec<Metric>, Error> {
    let memory = node::memory()?;
    let used = ratio(memory.total.saturating_sub(memory.available), memory.total);
    let mut metrics = vec![
        config.memory.on(Metric::gauge("memory_used", used).unit("ratio")),
        Metric::gauge("memory_available", bytes(memory.available)).unit("bytes"),
    ];
    if memory.swap_total > 0 {
        let used = ratio(memory.swap_total.saturating_sub(memory.swap_free), memory.swap_total);
        metrics.push(config.swap.on(Metric::gauge("swap_used", used).unit("ratio")));
    }
    Ok(metrics)
}

fn load(limits: Thresholds) -> Result<Vec<Metric>, Error> {
    let load = node::load()?;
    let per_core = load.five / f64::from(load.cores.max(1));
    Ok(vec![
        limits.on(Metric::gauge("load_per_core", per_core)),
        Metric::gauge("load", load.one).label("minutes", "1"),
        Metric::gauge("load", load.five).label("minutes", "5"),
        Metric::gauge("load", load.fifteen).label("minutes", "15"),
    ])
}

/// The share of the last minute in which some task waited.
fn pressure(config: &Config) -> Result<Vec<Metric>, Error> {
    let Some(pressure) = supported(node::pressure())? else { return Ok(Vec::new()) };
    let metric = |limits: &Thresholds, resource: &str, percent: f64| {
        limits.on(Metric::gauge("pressure", percent / 100.0).unit("ratio").label("resource", resource))
    };
    let limits = &config.pressure;
    Ok(vec![
        metric(&limits.cpu, "cpu", pressure.cpu.some.avg60),
        metric(&limits.memory, "memory", pressure.memory.some.avg60),
        metric(&limits.io, "io", pressure.io.some.avg60),
    ])
}

/// None where this kernel does not have it.
fn supported<T>(reading: Reading<T>) -> Reading<Option<T>> {
    match reading {
        Err(CallError::Failed(Problem::Unsupported(message))) => {
            log::info(message);
            Ok(None)
        }
        other => other.map(Some),
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { bytes(part) / bytes(whole) }
}

#[expect(clippy::cast_precision_loss, reason = "nobody's memory or disk shows a difference above 2^53 bytes")]
fn bytes(count: u64) -> f64 {
    count as f64
}

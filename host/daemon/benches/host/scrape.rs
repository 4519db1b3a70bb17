//! What `/metrics` said at one moment, and what happened between two of them.

use anyhow::{Context as _, Result};

const LATENESS: &str = "tocsin_run_start_latency_seconds";

#[derive(Debug, Clone, Default)]
pub(crate) struct Scrape {
    pub(crate) completed: f64,
    /// Runs that ended in any other way.
    pub(crate) failed: f64,
    /// Left out because the one before had not ended.
    pub(crate) skipped: f64,
    /// Left out for want of room.
    pub(crate) shed: f64,
    pub(crate) history_shed: f64,
    /// Runs that started at most so many seconds late; cumulative.
    lateness: Vec<(f64, f64)>,
}

impl Scrape {
    pub(crate) fn read(text: &str) -> Result<Self> {
        let mut scrape = Self::default();
        for line in text.lines().filter(|line| line.starts_with("tocsin_")) {
            let (series, value) = line.rsplit_once(' ').context("a line without a value")?;
            let value: f64 = value.parse().with_context(|| format!("no number: {line}"))?;
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            match name {
                "tocsin_runs_total" if labels.contains("outcome=\"completed\"") => scrape.completed += value,
                "tocsin_runs_total" => scrape.failed += value,
                "tocsin_runs_skipped_total" => scrape.skipped = value,
                "tocsin_runs_shed_total" => scrape.shed = value,
                "tocsin_history_shed_total" => scrape.history_shed = value,
                _ if name.strip_suffix("_bucket") == Some(LATENESS) => {
                    let bound = labels.split('"').nth(1).unwrap_or_default();
                    scrape.lateness.push((bound.parse().unwrap_or(f64::INFINITY), value));
                }
                _ => {}
            }
        }
        Ok(scrape)
    }

    pub(crate) fn since(&self, before: &Self) -> Self {
        let bucket = |((bound, now), (_, before)): (&(f64, f64), &(f64, f64))| (*bound, now - before);
        Self {
            completed: self.completed - before.completed,
            failed: self.failed - before.failed,
            skipped: self.skipped - before.skipped,
            shed: self.shed - before.shed,
            history_shed: self.history_shed - before.history_shed,
            lateness: self.lateness.iter().zip(&before.lateness).map(bucket).collect(),
        }
    }

    /// Milliseconds that all but one in a hundred runs started late at most; read between the bounds of a bucket.
    pub(crate) fn lateness_p99_ms(&self) -> f64 {
        let rank = self.lateness.last().map_or(0.0, |(_, all)| all * 0.99);
        let (mut low, mut below) = (0.0, 0.0);
        for (bound, count) in &self.lateness {
            if *count >= rank && *count > below {
                let high = if bound.is_finite() { *bound } else { low };
                return (low + (high - low) * (rank - below) / (count - below)) * 1e3;
            }
            (low, below) = (*bound, *count);
        }
        0.0
    }
}

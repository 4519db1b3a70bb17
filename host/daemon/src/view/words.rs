//! Schedules and reloads in people's words. Knows nothing of what they decide.

use tocsin_api as api;
use tocsin_core::config::{Config, Schedule};

use crate::control::Reloaded;

/// `every 10s`, `cron */5 * * * * Europe/Vienna`.
pub(super) fn schedule(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Every(interval) => format!("every {interval:?}"),
        Schedule::Cron(cron) => format!("cron {} {}", cron.expression(), cron.time_zone()),
    }
}

pub(super) fn reloaded(reloaded: &Reloaded, config: &Config) -> api::Reloaded {
    let names = |names: &[tocsin_core::id::CheckName]| names.iter().map(ToString::to_string).collect();
    api::Reloaded {
        checks: config.checks.len() as u64,
        detectors: config.detectors.len() as u64,
        added: names(&reloaded.added),
        changed: names(&reloaded.changed),
        removed: names(&reloaded.removed),
        after_restart: reloaded.after_restart.iter().map(|key| (*key).to_owned()).collect(),
        warnings: reloaded.warnings.clone(),
    }
}

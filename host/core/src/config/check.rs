//! One check: when it runs, with which plugin and config, under which limits.

use std::time::Duration;

use super::detector::Wanted;
use super::error::ConfigErrors;
use super::names::Named;
use super::plugins::{Plugins, Use};
use super::read::{self, At, Fields};
use super::{Check, Overrun, Priority, Schedule, depends, health};
use crate::id::CheckName;
use crate::limits::Limits;
use crate::manifest::Kind;
use crate::quantity::show_duration;
use crate::schedule::{Cron, CronError};

const INTERVAL_MIN: Duration = Duration::from_millis(100);
const INTERVAL_MAX: Duration = Duration::from_secs(366 * 86_400);
const TIMEOUT_MIN: Duration = Duration::from_millis(1);

const PRIORITIES: [(&str, Priority); 3] =
    [("low", Priority::Low), ("normal", Priority::Normal), ("high", Priority::High)];
const OVERRUNS: [(&str, Overrun); 3] = [("skip", Overrun::Skip), ("queue", Overrun::Queue), ("kill", Overrun::Kill)];

/// Reads an entry of `checks` and defines it under its name.
pub(super) fn read(
    at: &At<'_>,
    plugins: &mut Plugins<'_>,
    checks: &mut Named<Check>,
    wanted: &mut Wanted,
    errors: &mut ConfigErrors,
) {
    let Some(mut fields) = Fields::of(at, errors) else { return };
    let name = fields.required("name", errors, |at, errors| {
        let name = read::name(at, errors)?;
        checks.claim("check", name, at, errors);
        Some(name)
    });
    let plugin = plugins.read(Kind::Probe, &mut fields, &mut wanted.secrets, errors);
    let schedule = schedule(&mut fields, errors);
    let limits = limits(&mut fields, plugin.as_ref(), errors);
    let priority = fields.optional("priority", errors, |at, errors| read::word(at, &PRIORITIES, errors));
    let overrun = fields.optional("overrun", errors, |at, errors| read::word(at, &OVERRUNS, errors));
    let labels = fields.optional("labels", errors, read::labels);
    let health = fields.optional("health", errors, |at, errors| health::read(at, schedule.as_ref(), errors));
    let depends_on = fields.optional("depends_on", errors, |at, errors| depends::read(at, name, wanted, errors));
    let runbook_url = fields.optional("runbook_url", errors, read::web_url);
    let builtin_rules = fields.optional("builtin_rules", errors, read::boolean);
    fields.finish(errors);
    let (Some(name), Some(plugin), Some(schedule)) = (name, plugin, schedule) else { return };
    checks.define(
        name,
        Check {
            name: CheckName::new(name),
            plugin: plugin.entry.manifest.name.clone(),
            schedule,
            overrun: overrun.unwrap_or_default(),
            priority: priority.unwrap_or_default(),
            labels: labels.unwrap_or_default(),
            runbook_url: runbook_url.map(String::from),
            builtin_rules,
            config: plugin.config,
            rights: plugin.rights,
            limits,
            health: health.unwrap_or_default(),
            depends_on: depends_on.unwrap_or_default(),
            place: at.place(),
        },
    );
}

/// Exactly one of `interval` and `cron`.
fn schedule(fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Option<Schedule> {
    let (interval, cron, time_zone) = (fields.get("interval"), fields.get("cron"), fields.get("time_zone"));
    match (interval, cron) {
        (Some(interval), None) => {
            if let Some(at) = time_zone {
                errors.push(at.error("time-zone", "a time zone belongs to `cron`; an `interval` has none"));
            }
            read::duration(&interval, INTERVAL_MIN, INTERVAL_MAX, errors).map(Schedule::Every)
        }
        (None, Some(cron)) => read_cron(&cron, time_zone.as_ref(), errors).map(Schedule::Cron),
        (Some(_), Some(cron)) => {
            errors.push(cron.error("schedule", "a check has either `interval` or `cron`, not both"));
            None
        }
        (None, None) => {
            let error = fields.at.error("schedule", "the check never runs: it has neither `interval` nor `cron`");
            errors.push(error.help("add `interval: 30s`, for example"));
            None
        }
    }
}

pub(super) fn read_cron(at: &At<'_>, time_zone: Option<&At<'_>>, errors: &mut ConfigErrors) -> Option<Cron> {
    let expression = read::text(at, errors)?;
    let zone = match time_zone {
        Some(at) => read::text(at, errors)?,
        None => "UTC",
    };
    let error = match Cron::parse(expression, zone) {
        Ok(cron) => return Some(cron),
        Err(error) => error,
    };
    let message = error.to_string();
    errors.push(match error {
        CronError::UnknownTimeZone { nearest, .. } => {
            let help = nearest.map_or_else(
                || "write an IANA name such as `Europe/Vienna`".to_owned(),
                |nearest| format!("did you mean `{nearest}`?"),
            );
            time_zone.unwrap_or(at).error("time-zone", message).help(help)
        }
        CronError::FieldCount { .. } | CronError::Field { .. } | CronError::Never { .. } => at.error("cron", message),
    });
    None
}

/// The plugin's own, with the check's `timeout` as the deadline.
pub(super) fn limits(fields: &mut Fields<'_>, plugin: Option<&Use<'_>>, errors: &mut ConfigErrors) -> Limits {
    let limits = plugin.map(|plugin| plugin.entry.manifest.limits).unwrap_or_default();
    let timeout = fields.optional("timeout", errors, |at, errors| {
        let timeout = read::duration(at, TIMEOUT_MIN, INTERVAL_MAX, errors)?;
        if let Some(plugin) = plugin.filter(|plugin| timeout > plugin.entry.manifest.limits.deadline) {
            let (name, deadline) = (&plugin.entry.manifest.name, plugin.entry.manifest.limits.deadline);
            let (timeout, deadline) = (show_duration(timeout), show_duration(deadline));
            let message = format!("{timeout} is longer than `{name}` may run at all, which is {deadline}");
            errors.push(at.error("timeout", message).help("shorten it, or leave it out"));
        }
        Some(timeout)
    });
    Limits { deadline: timeout.unwrap_or(limits.deadline), ..limits }
}

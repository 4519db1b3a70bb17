//! Checks and detectors in wire types. Knows nothing of how a status is decided.

use tocsin_api as api;
use tocsin_core::config::{Check, Detector, Overrun, Priority, Schedule};
use tocsin_core::health::{Health, HealthStatus, Soft};
use tocsin_core::pipeline::DetectorState;
use tocsin_core::run::RunOutcome;
use tocsin_core::schedule;
use tocsin_core::time::Timestamp;
use tocsin_store::StoredRun;

use super::words;
use crate::board::{Post, Recent};
use crate::http::wire::{self, health, time};

/// `started_at` is since when a check that never ran is unknown.
pub(super) fn summary(
    check: &Check,
    post: &Post,
    node: &str,
    now: Timestamp,
    started_at: Timestamp,
) -> api::CheckSummary {
    let last = post.latest.as_ref();
    let state = post.health();
    api::CheckSummary {
        name: check.name.to_string(),
        plugin: check.plugin.to_string(),
        status: health(state.map_or(HealthStatus::Unknown, |health| health.status)),
        since: time(state.map_or(started_at, |health| health.since)),
        summary: said(post),
        labels: wire::labels(&check.labels),
        schedule: words::schedule(&check.schedule),
        next_run_at: next_run_at(node, check, post, now).map(time),
        last_run: last.map(|record| wire::brief(record)),
        paused: pause(post),
        soft: state.and_then(|health| health.soft.as_ref()).map(soft),
        flapping: state.is_some_and(Health::is_flapping),
        unreachable_behind: state.and_then(|health| health.behind.as_ref()).map(|behind| behind.parent.to_string()),
        headline: headline(post),
        recent: Vec::new(),
    }
}

pub(super) fn said(post: &Post) -> String {
    match (&post.latest, post.status()) {
        (None, _) => "not run yet".to_owned(),
        (Some(last), HealthStatus::Stale) => format!("no word since {}", last.started_at),
        (Some(last), _) => wire::summary(last),
    }
}

pub(super) fn pause(post: &Post) -> Option<api::Pause> {
    let quarantine = post.quarantine()?;
    quarantine.until.map(|until| api::Pause { until: time(until), faults: quarantine.faults })
}

fn soft(soft: &Soft) -> api::Soft {
    api::Soft { status: health(soft.status), attempt: soft.attempt, needed: soft.needed, since: time(soft.since) }
}

/// The metric that stands for a check: the first of its newest observation.
fn headline(post: &Post) -> Option<api::Headline> {
    let metric = post.latest.as_ref()?.observation.as_ref()?.metrics.first()?;
    Some(api::Headline { metric: metric.name.clone(), unit: metric.unit.clone(), labels: wire::labels(&metric.labels) })
}

pub(super) fn recent(recent: &Recent) -> api::RecentRun {
    api::RecentRun {
        at: time(recent.at),
        status: health(recent.status),
        wall_us: recent.wall_us,
        value: recent.headline,
    }
}

pub(super) fn detail(
    check: &Check,
    post: &Post,
    runs: &[StoredRun],
    mut summary: api::CheckSummary,
) -> api::CheckDetail {
    summary.recent = post.recent.iter().map(recent).collect();
    let newest = post.latest.iter().chain(&post.latest_bad).find(|record| record.observation.is_some());
    api::CheckDetail {
        summary,
        config: check.config.clone(),
        rights: wire::rights(&check.rights),
        limits: wire::limits(&check.limits),
        overrun: overrun(check.overrun).to_owned(),
        priority: priority(check.priority).to_owned(),
        place: format!("{}:{}:{}", check.place.file, check.place.line, check.place.column),
        observation: newest.and_then(|record| record.observation.as_ref()).map(wire::observation),
        trouble: post.latest_bad.as_ref().map(|record| wire::run(record)),
        runs: runs.iter().map(|run| wire::brief(&run.record)).collect(),
    }
}

pub(super) fn detector(
    detector: &Detector,
    state: Option<DetectorState>,
    last: Option<RunOutcome>,
) -> api::DetectorSummary {
    let judged = state.as_ref().map(|state| state.judged_until).filter(|until| *until > Timestamp::default());
    api::DetectorSummary {
        name: detector.name.to_string(),
        plugin: detector.plugin.to_string(),
        check: detector.check.to_string(),
        metric: detector.metric.to_string(),
        warm: state.is_some_and(|state| state.warm),
        judged_until: judged.map(time),
        last_outcome: last.as_ref().map(wire::outcome_kind),
        error: last.filter(|outcome| !outcome.is_completed()).map(|outcome| outcome.to_string()),
    }
}

/// The next point of the check's own grid that it does not rest at.
pub(super) fn next_run_at(node: &str, check: &Check, post: &Post, now: Timestamp) -> Option<Timestamp> {
    let resting = post.quarantine().and_then(|quarantine| quarantine.until);
    let after = resting.map_or(now, |until| until.max(now));
    match &check.schedule {
        Schedule::Every(interval) => Some(schedule::Grid::new(node, &check.name, *interval).next_after(after)),
        Schedule::Cron(cron) => cron.next_after(after),
    }
}

const fn overrun(overrun: Overrun) -> &'static str {
    match overrun {
        Overrun::Skip => "skip",
        Overrun::Queue => "queue",
        Overrun::Kill => "kill",
    }
}

const fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Normal => "normal",
        Priority::High => "high",
    }
}

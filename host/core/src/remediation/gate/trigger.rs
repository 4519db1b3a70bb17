//! What triggered it, as it is now: hard, reachable, steady, nobody at work on it, seen lately and seen again. What is not
//! known triggers nothing. Knows nothing of what was done before.

use std::time::Duration;

use crate::health::HealthStatus;
use crate::observation::Status;
use crate::playbook::GateLimits;
use crate::quantity::show_duration;
use crate::remediation::Ruling;
use crate::remediation::gate::{Facts, LOOK_AGAIN, Phase, Say, Trigger, ago, listed};
use crate::remediation::moment::moment;
use crate::time::Timestamp;

/// Right before the first verb, the run that was asked for is at most so old: it is the present that is repaired.
const PROBE_WITHIN: Duration = Duration::from_secs(60);
/// A run may seem to have ended so much later than now: its length is measured by another clock.
const SKEW: Duration = Duration::from_secs(1);

pub(super) fn trigger(facts: &Facts, _: &GateLimits, now: Timestamp) -> Say {
    let say = match facts.phase {
        // What its own verbs have changed since says nothing against the rest of the plan; what others do, does.
        Phase::Next => {
            together(facts, "nobody else is at work on", |trigger| hindered(trigger, now).or(Some(Found::Broken)))
        }
        _ => together(facts, "hard broken:", |trigger| hindered(trigger, now).or_else(|| Some(hard(trigger, now)))),
    };
    say.unwrap_or_else(|| Say::refuse("no check stands behind it: a repair answers a check that is broken"))
}

pub(super) fn fresh(facts: &Facts, limits: &GateLimits, now: Timestamp) -> Say {
    let is_broken = |trigger: &Trigger| matches!(trigger.status, HealthStatus::Warning | HealthStatus::Critical);
    let say = match facts.phase {
        Phase::Next => return Say::allow("seen again before its first verb"),
        Phase::Proposed => {
            together(facts, "seen lately:", |trigger| is_broken(trigger).then(|| seen_lately(trigger, limits, now)))
        }
        _ => together(facts, "run again, and broken still:", |trigger| {
            is_broken(trigger).then(|| seen_again(trigger, facts.phase, limits, now))
        }),
    };
    // Why none is hard broken is for the gate before this one to say, and it may yet be again.
    let soonest = facts.triggers.iter().map(next_run).min().unwrap_or(LOOK_AGAIN);
    say.unwrap_or_else(|| Say::hold(now.after(soonest), "no check is hard broken, so none can be seen to be"))
}

/// What is found of one check.
enum Found {
    Broken,
    /// With how it was seen.
    Recovered(String),
    Not(Say),
}

/// What is found of all that are looked at: the worst that stands against any of them; else broken, where one of them is.
/// Nothing, where none is looked at.
fn together(facts: &Facts, broken_is: &str, look: impl Fn(&Trigger) -> Option<Found>) -> Option<Say> {
    let (mut broken, mut recovered, mut against) = (Vec::new(), Vec::new(), Vec::<Say>::new());
    for trigger in &facts.triggers {
        match look(trigger) {
            None => {}
            Some(Found::Broken) => broken.push(trigger.check.as_str()),
            Some(Found::Recovered(how)) => recovered.push(how),
            Some(Found::Not(say)) => against.push(say),
        }
    }
    let until = against.iter().filter_map(|say| say.until).max();
    // The first of the worst is the one that is told.
    if let Some(worst) = against.into_iter().rev().max_by_key(|say| say.ruling) {
        let until = until.filter(|_| worst.ruling == Ruling::Hold);
        return Some(Say { until, ..worst });
    }
    if broken.is_empty() {
        return recovered.first().map(|how| Say::drop(format!("nothing is left to repair: {how}")));
    }
    Some(Say::allow(format!("{broken_is} {}", listed(broken))))
}

/// What makes its state another's business.
fn hindered(trigger: &Trigger, now: Timestamp) -> Option<Found> {
    let check = &trigger.check;
    if let Some(parent) = &trigger.behind {
        let reason = format!("`{check}` cannot be reached behind `{parent}`, which is what is broken");
        return Some(Found::Not(Say::refuse(reason)));
    }
    let window = trigger.maintenance.as_ref()?;
    let reason = format!("`{check}` is in maintenance (`{window}`): somebody is at work on it");
    Some(Found::Not(Say::hold(now.after(LOOK_AGAIN), reason)))
}

fn hard(trigger: &Trigger, now: Timestamp) -> Found {
    let check = &trigger.check;
    let hold = |reason: String| Found::Not(Say::hold(now.after(next_run(trigger)), reason));
    let (status, since) = (trigger.status.as_str(), moment(trigger.since, now));
    if let Some(failed) = &trigger.failed {
        return hold(format!(
            "the last run of `{check}` did not complete ({failed}), which says nothing about its target"
        ));
    }
    if trigger.is_flapping {
        return hold(format!("`{check}` is flapping: what it finds changes too often to be believed"));
    }
    match (trigger.status, trigger.soft) {
        (HealthStatus::Unknown | HealthStatus::Stale, _) => {
            hold(format!("`{check}` is {status} since {since}: what is not known is not repaired"))
        }
        (HealthStatus::Ok, None) => Found::Recovered(format!("`{check}` is ok since {since}")),
        (HealthStatus::Ok, Some(soft)) => hold(format!("`{check}` is {} and it is not confirmed yet", soft.as_str())),
        (HealthStatus::Warning | HealthStatus::Critical, Some(HealthStatus::Ok)) => hold(format!(
            "`{check}` is {status} since {since}, and its last run found it ok: it may be healing by itself"
        )),
        (HealthStatus::Warning | HealthStatus::Critical, Some(HealthStatus::Unknown | HealthStatus::Stale)) => {
            hold(format!("`{check}` is {status} since {since}, and of late nothing is known"))
        }
        (HealthStatus::Warning | HealthStatus::Critical, _) => Found::Broken,
    }
}

/// By its ordinary runs.
fn seen_lately(trigger: &Trigger, limits: &GateLimits, now: Timestamp) -> Found {
    let check = &trigger.check;
    let within = limits.fresh_within.unwrap_or_else(|| trigger.interval.saturating_mul(2));
    let hold = |reason: String| Found::Not(Say::hold(now.after(next_run(trigger)), reason));
    match trigger.observed_at {
        None => hold(format!("`{check}` was not seen since the node started")),
        Some(at) if is_within(at, within, now) => Found::Broken,
        Some(at) => {
            hold(format!("`{check}` was last seen {} ago, and {} is the limit", ago(at, now), show_duration(within)))
        }
    }
}

/// By the run that this remediation asked for.
fn seen_again(trigger: &Trigger, phase: Phase, limits: &GateLimits, now: Timestamp) -> Found {
    let check = &trigger.check;
    let hold = |reason: String| Found::Not(Say::hold(now.after(next_run(trigger)), reason));
    let Some(probe) = &trigger.probe else {
        return hold(format!("`{check}` was not run again yet: it is the present that is repaired"));
    };
    let at = moment(probe.at, now);
    match &probe.found {
        Err(reason) => hold(format!("`{check}` was run again at {at} and did not complete: {reason}")),
        Ok(Status::Unknown) => hold(format!("`{check}` was run again at {at} and found out nothing")),
        Ok(Status::Ok) => Found::Recovered(format!("`{check}` was run again at {at} and is ok")),
        Ok(Status::Warning | Status::Critical) => {
            let within = limits.fresh_within.map_or(PROBE_WITHIN, |within| within.min(PROBE_WITHIN));
            // A plan may wait long for a person; what was seen before is seen again then.
            if phase == Phase::Planned || is_within(probe.at, within, now) {
                return Found::Broken;
            }
            let reason =
                format!("`{check}` was run again at {at}, more than {} ago: run it again", show_duration(within));
            Found::Not(Say::hold(now, reason))
        }
    }
}

/// A moment that lies ahead is of a clock that was set back since: nobody can tell how old it is.
fn is_within(at: Timestamp, within: Duration, now: Timestamp) -> bool {
    at <= now.after(SKEW) && now.since(at) <= within
}

/// When its next run should have ended, about.
fn next_run(trigger: &Trigger) -> Duration {
    trigger.interval.clamp(Duration::from_millis(100), LOOK_AGAIN)
}

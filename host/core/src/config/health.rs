//! A check's `health`: how much its runs must say before they are believed. Knows nothing of what is made of it.

use std::time::Duration;

use super::Schedule;
use super::error::ConfigErrors;
use super::read::{self, At, Fields};
use crate::health::{FlapPolicy, HealthPolicy, QUORUM_MAX, Quorum};
use crate::quantity::show_duration;

const RETRY_MIN: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(86_400);
const STALE_AFTER_MAX: u32 = 1_000;

/// Reads a check's `health`.
pub(super) fn read(at: &At<'_>, schedule: Option<&Schedule>, errors: &mut ConfigErrors) -> Option<HealthPolicy> {
    let mut policy = HealthPolicy::default();
    let mut fields = Fields::of(at, errors)?;
    policy.fail = quorum(&mut fields, "failures", errors).unwrap_or(policy.fail);
    let recover = fields.optional("recover", errors, |at, errors| {
        let mut fields = Fields::of(at, errors)?;
        let quorum = quorum(&mut fields, "ok", errors);
        fields.finish(errors);
        quorum
    });
    policy.recover = recover.unwrap_or(policy.recover);
    policy.retry_interval = fields.optional("retry_interval", errors, |at, errors| retry(at, schedule, errors));
    let stale_after = fields.optional("stale_after", errors, |at, errors| read::whole(at, 1, STALE_AFTER_MAX, errors));
    policy.stale_after = stale_after.unwrap_or(policy.stale_after);
    if let Some(flapping) = fields.optional("flapping", errors, flapping) {
        policy.flapping = flapping;
    }
    fields.finish(errors);
    Some(policy)
}

/// Either `attempts`, so many in a row, or `window`, so many of so many.
fn quorum(fields: &mut Fields<'_>, counted: &'static str, errors: &mut ConfigErrors) -> Option<Quorum> {
    let (attempts, window) = (fields.get("attempts"), fields.get("window"));
    match (attempts, window) {
        (None, None) => None,
        (Some(attempts), None) => read::whole(&attempts, 1, QUORUM_MAX, errors).map(Quorum::in_a_row),
        (None, Some(window)) => self::window(&window, counted, errors),
        (Some(_), Some(window)) => {
            errors.push(window.error("health", "there is either `attempts` or `window`, not both"));
            None
        }
    }
}

fn window(at: &At<'_>, counted: &'static str, errors: &mut ConfigErrors) -> Option<Quorum> {
    let mut window = Fields::of(at, errors)?;
    let number = |at: &At<'_>, errors: &mut ConfigErrors| read::whole(at, 1, QUORUM_MAX, errors);
    let needed = window.required(counted, errors, number);
    let of = window.required("of", errors, number);
    window.finish(errors);
    let (needed, of) = (needed?, of?);
    if needed > of {
        errors.push(at.error("health", format!("{needed} of {of} runs is more than there are")));
        return None;
    }
    Some(Quorum { needed, of })
}

fn retry(at: &At<'_>, schedule: Option<&Schedule>, errors: &mut ConfigErrors) -> Option<Duration> {
    let retry = read::duration(at, RETRY_MIN, RETRY_MAX, errors)?;
    if let Some(Schedule::Every(interval)) = schedule
        && retry >= *interval
    {
        let (retry, interval) = (show_duration(retry), show_duration(*interval));
        let message = format!("{retry} is no sooner than the check's interval of {interval}");
        errors.push(at.error("health", message).help("shorten it, or leave it out"));
        return None;
    }
    Some(retry)
}

/// `None` inside: the check never flaps.
fn flapping(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Option<FlapPolicy>> {
    let mut fields = Fields::of(at, errors)?;
    let enabled = fields.optional("enabled", errors, read::boolean).unwrap_or(true);
    let percent = |at: &At<'_>, errors: &mut ConfigErrors| read::whole(at, 1, 99, errors);
    let high_percent = fields.optional("high", errors, percent).unwrap_or(30);
    let low_percent = fields.optional("low", errors, percent).unwrap_or(25);
    fields.finish(errors);
    if low_percent > high_percent {
        let message = format!("flapping would begin above {high_percent} % and end only below {low_percent} %");
        errors.push(at.error("health", message).help("`low` must not be above `high`"));
        return None;
    }
    Some(enabled.then_some(FlapPolicy { high_percent, low_percent }))
}

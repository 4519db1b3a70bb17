//! From an observation to its webhook: each check turns bad once, at a moment of its own, and nothing waits for a group.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::Value;
use tocsin_tests::{Home, Sink, clock, wait_until};

use crate::checked::{self, Target};
use crate::figure::{self, Reach};

const CHECKS: usize = 200;
/// Between one check that turns bad and the next.
const APART: Duration = Duration::from_millis(30);
const START_MAX: Duration = Duration::from_secs(30);
/// All have turned bad, were asked, and told of.
const OVER_AFTER: Duration = Duration::from_secs(10);
const P99_MS_MAX: f64 = 50.0;

pub(crate) fn measure() -> Result<()> {
    let (home, sink) = (Home::new(), Sink::start());
    let turns = Arc::new(OnceLock::<Duration>::new());
    let begins = Arc::clone(&turns);
    let is_bad = move |number: usize, now: Duration| {
        let apart = APART * u32::try_from(number).unwrap_or_default();
        begins.get().is_some_and(|begins| now >= *begins + apart)
    };
    let target = Target::start(CHECKS, Arc::new(is_bad))?;
    let file = format!(
        "route: {{receiver: sink, group_by: ['...'], group_wait: 0s}}\nreceivers: [{{name: sink, webhook_configs: \
         [{{url: '{}'}}]}}]\n",
        sink.url()
    );
    checked::prepare(&home, &target, CHECKS, "1s", &file)?;
    let _node = home.start();
    let until = clock() + START_MAX;
    while target.seen().iter().any(|seen| seen.asked < 2) {
        ensure!(clock() < until, "the checks do not run");
        wait_until(clock() + Duration::from_millis(50));
    }
    let began = *turns.get_or_init(clock);
    wait_until(began + OVER_AFTER);

    let seen = target.seen();
    let mut told = vec![None; CHECKS];
    for asked in sink.asked() {
        let body: Value = serde_json::from_str(&asked.body)?;
        let check = body.pointer("/commonLabels/check").and_then(Value::as_str).unwrap_or_default();
        let number = check.strip_prefix('c').and_then(|number| number.parse::<usize>().ok());
        if let Some(slot) = number.and_then(|number| told.get_mut(number)) {
            *slot = slot.or(Some(asked.at));
        }
    }
    let took = |(told, bad_at): (Option<Duration>, Option<Duration>)| {
        told.zip(bad_at).map_or(OVER_AFTER, |(told, bad)| told.saturating_sub(bad)).as_secs_f64() * 1e3
    };
    let mut took: Vec<f64> = told.into_iter().zip(seen.iter().map(|seen| seen.bad_at)).map(took).collect();
    took.sort_by(f64::total_cmp);
    let at = |part: usize| took.get(took.len() * part / 100).copied().unwrap_or(f64::NAN);
    let name = |what: &str| format!("bad answer to webhook, no group_wait, {CHECKS} checks: {what}");
    figure::print(&name("p50"), at(50), "ms", None, Reach::Nothing);
    figure::print(&name("p99"), at(99), "ms", None, Reach::AtMost(P99_MS_MAX));
    Ok(())
}

//! A check's way down the hallway: what a run, a configuration and the passing of time do to it. Knows nothing of
//! alerts.

use crate::config::Config;
use crate::health::{self, Health};
use crate::pipeline::{Change, CheckState, Effect, State, Transition, Watch};
use crate::quarantine::Quarantine;
use crate::run::RunRecord;
use crate::time::Timestamp;

/// What follows from a run.
pub(super) fn run_finished(state: &State, run: &RunRecord, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    // A run may outlive its check: the configuration that removed it came first.
    let (Some(check), Some(watch)) = (state.check(&run.check), state.watch(&run.check)) else { return transition };

    let health = check.health.after(run);
    let quarantine = check.quarantine.after(&run.outcome, now);
    if let Some(until) = quarantine.as_ref().and_then(|quarantine| quarantine.until) {
        transition.effect(Effect::Pause { check: run.check.clone(), until });
    }
    if health.is_some() || quarantine.is_some() {
        let next = CheckState {
            health: health.unwrap_or_else(|| check.health.clone()),
            quarantine: quarantine.unwrap_or_else(|| check.quarantine.clone()),
        };
        transition.change(Change::Check(run.check.clone(), Some(next)));
    }
    if health::is_heard(&run.outcome) {
        transition.change(Change::Watch(run.check.clone(), Some(watch.heard(now, stale_at(state, run, now)))));
    }
    if run.status().is_some() {
        for detector in state.detectors_of(&run.check) {
            let resting = state.detector(detector).is_some_and(|detector| detector.quarantine.holds(now));
            if !resting {
                transition.effect(Effect::Detect(detector.clone()));
            }
        }
    }
    transition
}

fn stale_at(state: &State, run: &RunRecord, now: Timestamp) -> Timestamp {
    state.config().and_then(|config| config.checks.get(&run.check)).map_or(now, |check| health::stale_at(check, now))
}

/// Makes room for the checks of a new configuration, and forgets those that are gone.
pub(super) fn configured(state: &State, config: &Config, now: Timestamp, transition: &mut Transition) {
    for name in state.checks().filter(|name| !config.checks.contains_key(*name)) {
        transition.change(Change::Check(name.clone(), None));
        transition.change(Change::Watch(name.clone(), None));
    }
    for (name, check) in &config.checks {
        match state.check(name) {
            None => {
                let fresh = CheckState { health: Health::not_run_yet(now), quarantine: Quarantine::default() };
                transition.change(Change::Check(name.clone(), Some(fresh)));
            }
            // Whoever mended the configuration must not wait for the pause to pass.
            Some(before) if before.quarantine != Quarantine::default() && !state.has_same(check) => {
                let mended = CheckState { health: before.health.clone(), quarantine: Quarantine::default() };
                transition.change(Change::Check(name.clone(), Some(mended)));
            }
            Some(before) => {
                if let Some(until) = before.quarantine.until.filter(|_| before.quarantine.holds(now)) {
                    transition.effect(Effect::Pause { check: name.clone(), until });
                }
            }
        }
        // Silence is counted from now on: what was missed while the node was down is not the check's fault.
        let unchanged = state.has_same(check) && state.watch(name).is_some();
        if !unchanged {
            transition.change(Change::Watch(name.clone(), Some(Watch::new(now, health::stale_at(check, now)))));
        }
    }
}

/// What follows from silence.
pub(super) fn tick(state: &State, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    for (name, watch) in state.overdue(now) {
        if now < watch.stale_at {
            transition.change(Change::Watch(name.clone(), Some(watch.looked_at_again())));
            continue;
        }
        if let Some(check) = state.check(name)
            && let Some(health) = check.health.unheard(now)
        {
            let next = CheckState { health, quarantine: check.quarantine.clone() };
            transition.change(Change::Check(name.clone(), Some(next)));
        }
        transition.change(Change::Watch(name.clone(), Some(watch.given_up())));
    }
    transition
}

//! A check's way down the hallway: what a run, a configuration and the passing of time do to it. Knows nothing of
//! alerts.

use crate::config::Config;
use crate::health::{self, Failing, Word};
use crate::observation::Status;
use crate::pipeline::reach::Draft;
use crate::pipeline::{Change, CheckState, Effect, State, Transition, Watch};
use crate::quarantine::Quarantine;
use crate::run::RunRecord;
use crate::time::Timestamp;

/// What follows from a run.
pub(super) fn run_finished(state: &State, run: &RunRecord, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    let Some(config) = state.config() else { return transition };
    // A run may outlive its check: the configuration that removed it came first.
    let (Some(check), Some(before), Some(watch)) =
        (config.checks.get(&run.check), state.check(&run.check), state.watch(&run.check))
    else {
        return transition;
    };
    let Some(word) = Word::of(run) else { return transition };

    let quarantine = before.quarantine.after(&run.outcome, now);
    if let Some(until) = quarantine.as_ref().and_then(|quarantine| quarantine.until) {
        transition.effect(Effect::Pause { check: run.check.clone(), until });
    }
    let next = CheckState {
        health: before.health.after(word, &check.health, run.finished_at()).unwrap_or_else(|| before.health.clone()),
        quarantine: quarantine.unwrap_or_else(|| before.quarantine.clone()),
        failing: Failing::after(before.failing.as_ref(), run),
    };
    if next.health.soft.is_some()
        && let Some(pause) = check.health.retry_interval
    {
        transition.effect(Effect::Retry { check: run.check.clone(), at: now.after(pause) });
    }
    let mut draft = Draft::new(state, config, now);
    draft.put(&run.check, next);
    draft.finish(&mut transition);
    let found_at = run.status().filter(|found| *found != Status::Unknown).map(|_| run.finished_at());
    transition.change(Change::Watch(run.check.clone(), Some(watch.heard(now, found_at, health::stale_at(check, now)))));
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

/// Makes room for the checks of a new configuration, and forgets those that are gone.
pub(super) fn configured(state: &State, config: &Config, now: Timestamp, transition: &mut Transition) {
    for name in state.checks().filter(|name| !config.checks.contains_key(*name)) {
        transition.change(Change::Check(name.clone(), None));
        transition.change(Change::Watch(name.clone(), None));
    }
    let mut draft = Draft::new(state, config, now);
    for (name, check) in &config.checks {
        match state.check(name) {
            None => draft.put(name, CheckState::not_run_yet(now)),
            // Whoever mended the configuration must not wait for the pause to pass.
            Some(before) if before.quarantine != Quarantine::default() && !state.has_same(check) => {
                draft.put(name, CheckState { quarantine: Quarantine::default(), ..before.clone() });
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
    // What depends on what may be different for every check.
    draft.look_behind(config.checks.keys().cloned());
    draft.finish(transition);
}

/// What follows from silence.
pub(super) fn tick(state: &State, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    let Some(config) = state.config() else { return transition };
    let mut draft = Draft::new(state, config, now);
    for (name, watch) in state.overdue(now) {
        if now < watch.stale_at {
            transition.change(Change::Watch(name.clone(), Some(watch.looked_at_again())));
            continue;
        }
        // This very look may have drafted it already, as unreachable behind another.
        if let (Some(before), Some(check)) = (draft.get(name).cloned(), config.checks.get(name))
            && let Some(health) = before.health.after(Word::Silent, &check.health, now)
        {
            draft.put(name, CheckState { health, ..before });
        }
        transition.change(Change::Watch(name.clone(), Some(watch.given_up())));
    }
    draft.finish(&mut transition);
    transition
}

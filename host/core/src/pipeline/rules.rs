//! What rules make of what was heard: instances that change, and alerts posted in the same breath. Knows nothing of
//! conditions.

use std::sync::Arc;
use std::time::Duration;

use crate::id::CheckName;
use crate::pipeline::{Change, DetectorRun, DetectorState, Event, State, Transition};
use crate::rule::{self, Evaluated, Instance};
use crate::run::RunRecord;
use crate::time::Timestamp;

const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Every check that this transition touched is judged once its new state is true; `run` is what said so, of one of them.
pub(super) fn hear_changes(transition: &mut Transition, run: Option<&Arc<RunRecord>>) {
    let others = transition.changes.iter().filter_map(|change| match change {
        Change::Check(name, Some(_)) if run.is_none_or(|run| run.check != *name) => Some(name.clone()),
        _ => None,
    });
    let others: Vec<CheckName> = others.collect();
    if let Some(run) = run {
        transition.follow(Event::Judge { check: run.check.clone(), run: Some(Arc::clone(run)) });
    }
    others.into_iter().for_each(|check| transition.follow(Event::Judge { check, run: None }));
}

pub(super) fn judge(state: &State, check: &CheckName, run: Option<&RunRecord>, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    let (Some(config), Some(after)) = (state.config(), state.check(check)) else { return transition };
    let signals = rule::signals_of(after, run);
    say(rule::heard(config, check, &signals, state.instances(), now), &mut transition);
    transition
}

pub(super) fn detector_heard(
    state: &State,
    before: Option<&DetectorState>,
    run: &DetectorRun,
    now: Timestamp,
    transition: &mut Transition,
) {
    let Some(config) = state.config() else { return };
    let Some(detector) = config.detectors.get(&run.detector) else { return };
    let Some(signal) = rule::signal_of(before, run) else { return };
    say(rule::heard(config, &detector.check, &[signal], state.instances(), now), transition);
}

/// Held against a configuration that has just become true.
pub(super) fn reconsider(state: &State, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    if let Some(config) = state.config() {
        say(rule::configured(config, |check| state.check(check), state.instances(), now), &mut transition);
    }
    transition
}

pub(super) fn tick(state: &State, now: Timestamp, transition: &mut Transition) {
    let Some(config) = state.config() else { return };
    for key in state.instances().due(now) {
        match rule::due(config, key, state.instances(), now) {
            Some(evaluated) => say(vec![evaluated], transition),
            // Nothing to do yet, by a clock that was set back: a wake-up that is not moved would come for ever.
            None => {
                let Some(instance) = state.instances().get(key) else { continue };
                let later = Instance { look_at: Some(now.after(LOOK_AGAIN)), ..instance.clone() };
                transition.change(Change::Rule(key.clone(), Some(later)));
            }
        }
    }
}

fn say(evaluated: Vec<Evaluated>, transition: &mut Transition) {
    for Evaluated { key, instance, alerts } in evaluated {
        transition.change(Change::Rule(key, instance));
        for alert in alerts {
            transition.follow(Event::Alert(alert.fingerprint(), Arc::new(alert)));
        }
    }
}

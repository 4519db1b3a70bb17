//! The hallway: one event in, what it changes out. Pure: the same state, event and time give the same transition.
//! Knows nothing of how changes are kept or effects carried out.

use std::sync::Arc;

use crate::anomaly::Detection;
use crate::config::Config;
use crate::health::{self, Health};
use crate::id::DetectorName;
use crate::quarantine::Quarantine;
use crate::run::{RunOutcome, RunRecord};
use crate::time::Timestamp;

mod state;
mod transition;

pub use state::{CheckState, DetectorState, State, Watch};
pub use transition::{Change, Effect, Transition};

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A valid configuration is in force from now on.
    Configured(Arc<Config>),
    RunFinished(Arc<RunRecord>),
    DetectorFinished(Arc<DetectorRun>),
    /// A wake-up that was asked for.
    Tick,
}

/// How one run of a detector ended.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectorRun {
    pub detector: DetectorName,
    /// The newest sample it was shown.
    pub judged_until: Timestamp,
    pub outcome: RunOutcome,
    /// Only where it completed.
    pub detection: Option<Detection>,
}

/// Advances the node by one event. Costs what the event touches, never what exists.
pub fn step(state: &State, event: &Event, now: Timestamp) -> Transition {
    match event {
        Event::Configured(config) => configured(state, config, now),
        Event::RunFinished(run) => run_finished(state, run, now),
        Event::DetectorFinished(run) => detector_finished(state, run, now),
        Event::Tick => tick(state, now),
    }
}

fn run_finished(state: &State, run: &Arc<RunRecord>, now: Timestamp) -> Transition {
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

fn detector_finished(state: &State, run: &Arc<DetectorRun>, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    if !state.config().is_some_and(|config| config.detectors.contains_key(&run.detector)) {
        return transition;
    }
    let before = state.detector(&run.detector).cloned().unwrap_or_default();
    let quarantine = before.quarantine.after(&run.outcome, now).unwrap_or_else(|| before.quarantine.clone());
    let next = match &run.detection {
        Some(detection) => DetectorState {
            judged_until: run.judged_until.max(before.judged_until),
            snapshot: Some(detection.snapshot.clone()),
            warm: detection.warm,
            quarantine,
        },
        // A detector that failed has judged nothing: the same samples are shown again.
        None => DetectorState { quarantine, ..before.clone() },
    };
    if next != before {
        transition.change(Change::Detector(run.detector.clone(), Some(next)));
    }
    for anomaly in run.detection.iter().flat_map(|detection| &detection.anomalies) {
        transition.change(Change::Anomaly(anomaly.clone()));
    }
    transition
}

fn configured(state: &State, config: &Arc<Config>, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    transition.change(Change::Config(Arc::clone(config)));
    for name in state.checks().filter(|name| !config.checks.contains_key(*name)) {
        transition.change(Change::Check(name.clone(), None));
        transition.change(Change::Watch(name.clone(), None));
    }
    for name in state.detectors().filter(|name| !config.detectors.contains_key(*name)) {
        transition.change(Change::Detector(name.clone(), None));
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
    transition
}

fn tick(state: &State, now: Timestamp) -> Transition {
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

#[cfg(test)]
mod tests;

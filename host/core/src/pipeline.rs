//! The hallway: one event in, what it changes out. Pure: the same state, event and time give the same transition.
//! Knows nothing of how changes are kept or effects carried out.

use std::sync::Arc;

use crate::anomaly::Detection;
use crate::config::Config;
use crate::id::DetectorName;
use crate::run::{RunOutcome, RunRecord};
use crate::time::Timestamp;

mod checks;
mod reach;
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
        Event::RunFinished(run) => checks::run_finished(state, run, now),
        Event::DetectorFinished(run) => detector_finished(state, run, now),
        Event::Tick => checks::tick(state, now),
    }
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
    for name in state.detectors().filter(|name| !config.detectors.contains_key(*name)) {
        transition.change(Change::Detector(name.clone(), None));
    }
    checks::configured(state, config, now, &mut transition);
    transition
}

#[cfg(test)]
mod tests;

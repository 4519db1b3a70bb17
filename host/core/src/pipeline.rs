//! The hallway: one event in, what it changes out. Pure: the same state, event and time give the same transition.
//! Knows nothing of how changes are kept or effects carried out.

use std::sync::Arc;

use crate::alert::Alert;
use crate::anomaly::Detection;
use crate::config::Config;
use crate::id::{DetectorName, GroupKey, NoticeId, SilenceId};
use crate::label::Fingerprint;
use crate::notify::Outcome;
use crate::run::{RunOutcome, RunRecord};
use crate::suppress::silence::Silence;
use crate::time::Timestamp;

mod alerts;
mod book;
mod checks;
mod delivery;
mod groups;
mod limits;
mod reach;
mod silences;
mod state;
mod transition;

pub use book::{Book, BookChange, Kept, Usage};
pub use silences::admit as admit_silence;
pub use state::{CheckState, DetectorState, State, Watch};
pub use transition::{Change, Effect, Transition};

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A valid configuration is in force from now on.
    Configured(Arc<Config>),
    RunFinished(Arc<RunRecord>),
    DetectorFinished(Arc<DetectorRun>),
    /// A word about an alert: from a rule of this node, or posted.
    Alert(Fingerprint, Arc<Alert>),
    /// A silence that was admitted, and the one it was made from.
    SilenceSet {
        silence: Arc<Silence>,
        replaces: Option<SilenceId>,
    },
    SilenceExpired(SilenceId),
    /// How an attempt to deliver a notice ended.
    Delivered {
        notice: NoticeId,
        outcome: Outcome,
    },
    /// Of the node's own: a group's time has come.
    Flush(GroupKey),
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
        Event::Alert(fingerprint, alert) => alerts::posted(state, *fingerprint, alert, now),
        Event::SilenceSet { silence, replaces } => silences::set(state, silence, replaces.as_ref(), now),
        Event::SilenceExpired(id) => silences::expired(state, id, now),
        Event::Delivered { notice, outcome } => delivery::reported(state, notice, outcome, now),
        Event::Flush(group) => groups::flush(state, group, now),
        Event::Tick => tick(state, now),
    }
}

/// Rooms that tell earlier rooms something do so at most this deep.
const DEPTH_MAX: usize = 8;

/// Steps, applies, and goes on with what follows: the whole of what one event brings.
pub fn advance(state: &mut State, event: &Event, now: Timestamp) -> Transition {
    let mut whole = Transition::default();
    let mut wave = vec![event.clone()];
    for _ in 0..DEPTH_MAX {
        for event in std::mem::take(&mut wave) {
            let transition = step(state, &event, now);
            transition.changes.iter().for_each(|change| state.apply(change));
            whole.changes.extend(transition.changes);
            whole.effects.extend(transition.effects);
            wave.extend(transition.follows);
        }
        if wave.is_empty() {
            break;
        }
    }
    whole
}

fn tick(state: &State, now: Timestamp) -> Transition {
    let mut transition = checks::tick(state, now);
    alerts::tick(state, now, &mut transition);
    silences::tick(state, now, &mut transition);
    groups::tick(state, now, &mut transition);
    limits::tick(state, now, &mut transition);
    delivery::tick(state, now, &mut transition);
    transition
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
    alerts::configured(state, &config.alerting, now, &mut transition);
    limits::configured(state, &config.alerting, now, &mut transition);
    delivery::configured(state, &config.alerting, &mut transition);
    transition
}

#[cfg(test)]
mod tests;

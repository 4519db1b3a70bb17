//! The hallway: one event in, what it changes out. Pure: the same state, event and time give the same transition.
//! Knows nothing of how changes are kept or effects carried out.

use std::sync::Arc;
use std::time::Duration;

use crate::alert::Alert;
use crate::anomaly::Detection;
use crate::config::Config;
use crate::id::{CheckName, DetectorName, DowntimeId, GroupKey, NoticeId, PageId, SilenceId, WindowName};
use crate::label::Fingerprint;
use crate::maintenance::Window;
use crate::notify::Outcome;
use crate::run::{RunOutcome, RunRecord};
use crate::slo::downtime::DowntimeNote;
use crate::slo::{Block, SeriesKey, SliReport, Slot};
use crate::suppress::silence::Silence;
use crate::time::Timestamp;

mod alerts;
mod book;
mod budgets;
mod checks;
mod delivery;
mod groups;
mod limits;
mod maintenance;
mod pages;
mod reach;
mod rules;
mod set_back;
mod silences;
mod slos;
mod state;
mod store_failing;
mod suppression;
mod transition;

pub use book::{Book, BookChange, Kept, Usage};
pub use budgets::{BudgetChange, Budgets, KeptBudgets};
pub(crate) use groups::sight;
pub(crate) use limits::limited_until;
pub use pages::Act;
pub use silences::admit as admit_silence;
pub use slos::{SloChange, Slos};
pub use state::{CheckState, DetectorState, State, Watch};
pub use store_failing::store_failing;
pub use suppression::Suppression;
pub use transition::{Change, Effect, Transition};

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A valid configuration is in force from now on.
    Configured(Arc<Config>),
    RunFinished(Arc<RunRecord>),
    DetectorFinished(Arc<DetectorRun>),
    /// What a batch of posted events adds to the series it feeds.
    SliReported(Arc<SliReport>),
    /// What was asked for by [`Effect::ReadSlots`]: the blocks that begin up to `last`, in their order, from the last one
    /// on that begins no later than `first`.
    SlotsRead {
        series: SeriesKey,
        era: u64,
        first: Slot,
        last: Slot,
        blocks: Arc<[Block]>,
    },
    /// Somebody says what a downtime was, or takes it back.
    DowntimeNoted(DowntimeId, Option<Arc<DowntimeNote>>),
    /// Of the node's own: these series are held against their alert rules and error budget policies.
    JudgeSeries(Vec<SeriesKey>),
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
    /// Somebody does something about a page.
    Acted {
        page: PageId,
        by: String,
        act: Act,
    },
    /// A maintenance window of the API begins to exist, changes, or is taken back.
    Window(WindowName, Option<Arc<Window>>),
    /// Of the node's own: a group's time has come.
    Flush(GroupKey),
    /// Of the node's own: a check's state is another, or a run said something.
    Judge {
        check: CheckName,
        run: Option<Arc<RunRecord>>,
    },
    /// Of the node's own: rules and maintenance are held against a new configuration.
    Reconsider,
    /// A wake-up that was asked for.
    Tick,
    /// The wall clock shows that much less than it did.
    ClockSetBack(Duration),
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
        Event::RunFinished(run) => {
            let mut transition = checks::run_finished(state, run, now);
            rules::hear_changes(&mut transition, Some(run));
            slos::run_finished(state, run, now, &mut transition);
            budgets::run_finished(state, run, &mut transition);
            transition
        }
        Event::DetectorFinished(run) => detector_finished(state, run, now),
        Event::SliReported(report) => slos::reported(state, report, now),
        Event::SlotsRead { series, era, first, last, blocks } => {
            slos::slots_read(state, series, *era, (*first, *last), blocks)
        }
        Event::DowntimeNoted(id, note) => budgets::noted(state, id, note.as_ref()),
        Event::JudgeSeries(keys) => {
            let mut transition = slos::judge_series(state, keys, now);
            budgets::judge(state, keys, now, &mut transition);
            transition
        }
        Event::Alert(fingerprint, alert) => alerts::posted(state, *fingerprint, alert, now),
        Event::SilenceSet { silence, replaces } => silences::set(state, silence, replaces.as_ref(), now),
        Event::SilenceExpired(id) => silences::expired(state, id, now),
        Event::Delivered { notice, outcome } => delivery::reported(state, notice, outcome, now),
        Event::Acted { page, by, act } => pages::acted(state, page, by, act, now),
        Event::Window(name, window) => maintenance::set(name, window.as_ref()),
        Event::Judge { check, run } => rules::judge(state, check, run.as_deref(), now),
        Event::Reconsider => {
            let mut transition = rules::reconsider(state, now);
            slos::reconsider(state, now, &mut transition);
            budgets::reconsider(state, now, &mut transition);
            transition
        }
        Event::Flush(group) => groups::flush(state, group, now),
        Event::Tick => tick(state, now),
        Event::ClockSetBack(by) => set_back::set_back(state, *by),
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
    rules::hear_changes(&mut transition, None);
    rules::tick(state, now, &mut transition);
    slos::tick(state, now, &mut transition);
    alerts::tick(state, now, &mut transition);
    silences::tick(state, now, &mut transition);
    groups::tick(state, now, &mut transition);
    limits::tick(state, now, &mut transition);
    pages::tick(state, now, &mut transition);
    maintenance::tick(state, now, &mut transition);
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
    rules::detector_heard(state, state.detector(&run.detector), run, now, &mut transition);
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
    transition.follow(Event::Reconsider);
    transition
}

#[cfg(test)]
mod tests;

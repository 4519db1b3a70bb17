//! The hallway: one event in, what it changes out. Pure: the same state, event and time give the same transition.
//! Knows nothing of how changes are kept or effects carried out.

use std::sync::Arc;
use std::time::Duration;

use crate::alert::Alert;
use crate::anomaly::Detection;
use crate::config::Config;
use crate::id::{
    CheckName, ContributionId, DetectorName, Digest, DowntimeId, GroupKey, IncidentId, NoticeId, PageId, PlaybookName,
    RemediationId, SilenceId, WindowName,
};
pub use crate::incident::IncidentAct;
use crate::incident::{Contribution, Entry};
use crate::label::Fingerprint;
use crate::maintenance::Window;
use crate::notify::Outcome;
use crate::plan::Decision;
use crate::remediation::{KillSwitch, PlanHash, Scope};
use crate::run::{RunOutcome, RunRecord};
use crate::slo::downtime::DowntimeNote;
use crate::slo::{Block, SeriesKey, SliReport, Slot};
use crate::suppress::silence::Silence;
use crate::time::Timestamp;
use crate::verb::{Done, OrderKey, Prepared, VerbFailure};

mod alerts;
mod book;
mod budgets;
mod checks;
mod delivery;
mod groups;
mod incidents;
mod limits;
mod maintenance;
mod pages;
mod reach;
mod remediations;
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
pub use incidents::{
    Began, CONTRIBUTIONS_MAX, INCIDENTS_MAX, INCIDENTS_OPEN_MAX, IncidentChange, Incidents, KeptIncidents,
    admit_incident_act, impact_of,
};
pub(crate) use limits::limited_until;
pub use pages::Act;
pub use remediations::{
    Because, KeptRemediations, Question, RemediationChange, Remediations, Tidy, approvable, approve, leftovers, order,
    question,
};
pub use silences::admit as admit_silence;
pub use slos::{SloChange, Slos};
pub use state::{CheckState, DetectorState, KeptState, State, Watch};
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
    /// Of the node's own: an alert has begun, has ended, or says something else.
    Correlate(Fingerprint),
    /// Somebody does something about an incident, or opens one.
    IncidentActed {
        incident: IncidentId,
        by: String,
        act: IncidentAct,
    },
    /// Somebody tells of a deployment or another change.
    Contributed(ContributionId, Arc<Contribution>),
    /// Of the node's own: something happened that belongs on an incident's timeline.
    IncidentNoted {
        incident: IncidentId,
        entry: Entry,
    },
    /// Of the node's own: playbooks look at an incident that is new, or other than it was.
    Respond(IncidentId),
    /// What an action answered; an error says why there is no answer.
    Planned {
        remediation: RemediationId,
        digest: Digest,
        answer: Result<Arc<Decision>, String>,
    },
    /// What was found before a step.
    Prepared {
        order: OrderKey,
        result: Result<Prepared, VerbFailure>,
    },
    /// How a step ended, or its taking back.
    Carried {
        order: OrderKey,
        result: Result<Done, VerbFailure>,
    },
    /// Somebody approves the plan with this hash, or rejects it.
    Approved {
        remediation: RemediationId,
        by: String,
        hash: PlanHash,
        approves: bool,
    },
    /// Of the node's own: a remediation is to be looked at.
    Attend {
        remediation: RemediationId,
        because: Because,
    },
    /// Somebody closes the breaker of a playbook again.
    BreakerReset {
        playbook: PlaybookName,
        by: String,
    },
    /// A kill switch is thrown, or taken back.
    KillSwitch(Scope, Option<Arc<KillSwitch>>),
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
            remediations::run_finished(state, run, &mut transition);
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
        Event::Judge { check, run } => {
            let mut transition = rules::judge(state, check, run.as_deref(), now);
            remediations::judged(state, check, now, &mut transition);
            transition
        }
        Event::Reconsider => {
            let mut transition = rules::reconsider(state, now);
            slos::reconsider(state, now, &mut transition);
            budgets::reconsider(state, now, &mut transition);
            incidents::reconsider(state, now, &mut transition);
            transition
        }
        Event::Flush(group) => groups::flush(state, group, now),
        Event::Correlate(fingerprint) => incidents::correlate(state, *fingerprint, now),
        Event::IncidentActed { incident, by, act } => incidents::acted(state, incident, by, act, now),
        Event::Contributed(id, told) => incidents::contributed(state, id, told, now),
        Event::IncidentNoted { incident, entry } => incidents::noted(state, incident, entry),
        Event::Respond(incident) => remediations::respond(state, incident, now),
        Event::Planned { remediation, digest, answer } => {
            remediations::planned(state, remediation, digest, answer.as_ref(), now)
        }
        Event::Prepared { order, result } => remediations::prepared(state, order, result.as_ref(), now),
        Event::Carried { order, result } => remediations::carried(state, order, result.as_ref(), now),
        Event::Approved { remediation, by, hash, approves } => {
            remediations::approved(state, remediation, by, hash, *approves, now)
        }
        Event::Attend { remediation, because } => remediations::attend(state, remediation, because, now),
        Event::BreakerReset { playbook, by } => remediations::reset(state, playbook, by, now),
        Event::KillSwitch(scope, switch) => remediations::switched(state, scope, switch.as_ref(), now),
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
    incidents::tick(state, now, &mut transition);
    remediations::tick(state, now, &mut transition);
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
    incidents::configured(state, config, now, &mut transition);
    transition.follow(Event::Reconsider);
    remediations::configured(state, config, &mut transition);
    transition
}

#[cfg(test)]
mod tests;

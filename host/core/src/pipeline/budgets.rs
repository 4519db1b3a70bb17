//! Error budget policies in the hallway: which responses budgets ask for once their series were counted, and the runs that
//! come sooner because of it. Knows nothing of when a threshold is crossed.

use std::sync::Arc;
use std::time::Duration;

use crate::id::{CheckName, DowntimeId};
use crate::maintenance::Span;
use crate::pipeline::{Effect, Event, State, Transition, maintenance};
use crate::run::RunRecord;
use crate::slo::downtime::DowntimeNote;
use crate::slo::policy::{Over, PolicyChange, RAISE_CHECK_FREQUENCY};
use crate::slo::{Counts, Objective, Series, SeriesKey, Slo, Source};
use crate::time::Timestamp;

mod book;

pub use book::{BudgetChange, Budgets, KeptBudgets};

/// Notes on downtimes that are kept; the oldest go first.
const NOTES_MAX: usize = 10_000;
/// Spans of maintenance that a report looks at.
const SPANS_MAX: usize = 10_000;

/// Holds policies against series that were counted.
pub(super) fn judge(state: &State, keys: &[SeriesKey], now: Timestamp, transition: &mut Transition) {
    let Some(config) = state.config().filter(|config| config.budget_policies.iter().len() > 0) else { return };
    for key in keys {
        let Some(slo) = config.slos.get(&key.slo) else { continue };
        let Some(objective) = slo.objectives.iter().find(|objective| objective.name == key.objective) else { continue };
        let look = |over| counts(state, slo, objective, over);
        let changes = config.budget_policies.judge(slo, objective, state.budgets.policies(), look, now);
        changes.into_iter().for_each(|change| say(slo, change, state, now, transition));
    }
}

/// What became true in the configuration ends what it no longer asks for.
pub(super) fn reconsider(state: &State, now: Timestamp, transition: &mut Transition) {
    let Some(config) = state.config() else { return };
    let has = |key: &crate::slo::policy::PolicyKey| {
        let slo = config.slos.get(&key.slo);
        slo.is_some_and(|slo| slo.objectives.iter().any(|objective| objective.name == key.objective))
    };
    for change in config.budget_policies.forgotten(has, state.budgets.policies(), now) {
        tell(change, transition);
    }
}

/// A check that is to run more often runs again that much later.
pub(super) fn run_finished(state: &State, run: &RunRecord, transition: &mut Transition) {
    if let Some(every) = state.budgets.raised(&run.check) {
        transition.effect(Effect::Retry { check: run.check.clone(), at: run.started_at.after(every) });
    }
}

/// What somebody says of a downtime, or takes back.
pub(super) fn noted(state: &State, id: &DowntimeId, note: Option<&Arc<DowntimeNote>>) -> Transition {
    let mut transition = Transition::default();
    let is_new = note.is_some() && state.budgets.note(id).is_none();
    if is_new && state.budgets.notes().len() >= NOTES_MAX {
        let oldest = state.budgets.notes().min_by_key(|(_, note)| note.end).map(|(id, _)| id.clone());
        transition.budget(oldest.map(|id| BudgetChange::Note(id, None)));
    }
    transition.budget(Some(BudgetChange::Note(id.clone(), note.cloned())));
    transition
}

/// What was counted of an objective over a window; `None` where that is not known, or not whole yet.
pub(crate) fn counts(state: &State, slo: &Slo, objective: &Objective, over: Over) -> Option<Counts> {
    let key = SeriesKey { slo: slo.name.clone(), objective: objective.name.clone() };
    over_of(state.slos.get(&key)?, over)
}

fn over_of(series: &Series, over: Over) -> Option<Counts> {
    let shape = series.shape();
    let index = match over {
        Over::Period => shape.windows.len().checked_sub(1)?,
        Over::Last(length) => shape.window(length)?,
    };
    series.reading(index).counts()
}

/// The planned maintenance that covers an SLO within a stretch of time.
pub(crate) fn maintenance(state: &State, slo: &Slo, within: Span) -> Vec<Span> {
    let mut spans = Vec::new();
    for window in maintenance::of_source(state, &slo.indicator.source, &slo.labels) {
        let mut next = window.span_at(within.start).or_else(|| window.next_span(within.start));
        while let Some(span) = next.filter(|span| span.start < within.end && spans.len() < SPANS_MAX) {
            spans.push(span);
            next = window.next_span(span.end);
        }
    }
    spans
}

fn say(slo: &Slo, change: PolicyChange, state: &State, now: Timestamp, transition: &mut Transition) {
    let rule = state.config().and_then(|config| config.budget_policies.rule(&change.key));
    let fires = change.state.as_ref().is_some_and(|state| state.course.fired_at().is_some());
    let raises = rule.is_some_and(|(_, rule)| rule.respond.contains(RAISE_CHECK_FREQUENCY));
    if let (true, true, Source::Check(check)) = (fires, raises, &slo.indicator.source) {
        let every = rule.and_then(|(_, rule)| rule.every).unwrap_or(Duration::ZERO);
        transition.effect(Effect::Retry { check: CheckName::clone(check), at: now.after(every) });
    }
    tell(change, transition);
}

fn tell(change: PolicyChange, transition: &mut Transition) {
    transition.budget(Some(BudgetChange::Policy(change.key, change.state)));
    for alert in change.alerts {
        transition.follow(Event::Alert(alert.fingerprint(), Arc::new(alert)));
    }
}

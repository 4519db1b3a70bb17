//! Maintenance windows as time passes: those of the API go when they are over, and one that ends when all is well again
//! is watched. Knows nothing of what a window suppresses.

use std::sync::Arc;
use std::time::Duration;

use crate::health::HealthStatus;
use crate::id::WindowName;
use crate::label::Labels;
use crate::maintenance::{Progress, When, Window};
use crate::pipeline::{BookChange, State, Transition};
use crate::slo::Source;
use crate::time::Timestamp;

/// How long a window of the API can still be looked at once it is over.
const RETENTION: Duration = Duration::from_secs(86_400);

pub(super) fn set(name: &WindowName, window: Option<&Arc<Window>>) -> Transition {
    let mut transition = Transition::default();
    transition.book(BookChange::Window(name.clone(), window.cloned()));
    transition.book(BookChange::Progress(name.clone(), None));
    transition
}

/// The windows that cover what an SLO counts: by its check and that check's labels, and by its own.
pub(super) fn of_source<'s>(state: &'s State, source: &'s Source, labels: &Labels) -> impl Iterator<Item = &'s Window> {
    let check = match source {
        Source::Check(check) => Some(check),
        Source::Events(_) => None,
    };
    let of_check = check.and_then(|check| Some(&state.config()?.checks.get(check)?.labels));
    let of_check = of_check.into_iter().flatten().map(|(name, value)| (name.as_str(), value.as_str()));
    let labels = Labels::overlay(of_check.chain(labels.iter()));
    state.windows().filter(move |window| window.covers(check, &labels))
}

pub(super) fn tick(state: &State, now: Timestamp, transition: &mut Transition) {
    for window in state.book.windows() {
        if let When::Once(span) = &window.when
            && span.end.after(RETENTION) <= now
        {
            transition.book(BookChange::Window(window.name.clone(), None));
            transition.book(BookChange::Progress(window.name.clone(), None));
        }
    }
    // Looking at every check is for those that are under way.
    let watched = state.windows().filter(|window| window.end_when_healthy && window.span_at(now).is_some());
    for window in watched {
        let before = state.book.progress(&window.name);
        let after = Progress::observe(before, window, now, is_healthy(state, window));
        if after.as_ref() != before {
            transition.book(BookChange::Progress(window.name.clone(), after));
        }
    }
}

/// Whether every check that the window covers is well.
fn is_healthy(state: &State, window: &Window) -> bool {
    let Some(config) = state.config() else { return true };
    config.checks.values().all(|check| {
        let labels = Labels::overlay(check.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let is_well = || state.check(&check.name).is_some_and(|state| state.health.status == HealthStatus::Ok);
        !window.covers(Some(&check.name), &labels) || is_well()
    })
}

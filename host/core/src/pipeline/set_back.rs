//! A wall clock that was set back: what waits for a moment would wait that much longer, so its moment moves along. Times
//! that people wrote (silences, intervals, ends of posted alerts) stand as they were written.

use std::sync::Arc;
use std::time::Duration;

use crate::alert::{Alert, Origin};
use crate::group::Group;
use crate::notify::Notice;
use crate::page::Page;
use crate::pipeline::{BookChange, State, Transition, incidents, remediations};

/// Costs what waits; a clock is seldom set.
pub(super) fn set_back(state: &State, by: Duration) -> Transition {
    let mut transition = Transition::default();
    for group in state.book.groups() {
        let mut next = Group::clone(group);
        next.tick_at = next.tick_at.before(by);
        next.flush_at = next.flush_at.before(by);
        // A repeat counts from when it was last said.
        let said = next.lanes.iter_mut().filter_map(|lane| lane.log.as_mut());
        said.for_each(|log| log.at = log.at.before(by));
        transition.book(BookChange::Group(group.key.clone(), Some(Arc::new(next))));
    }
    // What the node itself has ended is over, and fires no second time until the clock is there again.
    for (fingerprint, alert) in state.book.alerts().filter(|(_, alert)| alert.origin != Origin::Posted) {
        let Some(ends_at) = alert.ends_at else { continue };
        let (starts_at, updated_at) = (alert.starts_at.before(by), alert.updated_at.before(by));
        let next = Alert { starts_at, ends_at: Some(ends_at.before(by)), updated_at, ..Alert::clone(alert) };
        transition.book(BookChange::Alert(fingerprint, Some(Arc::new(next))));
    }
    for notice in state.book.outbox() {
        let next = Notice { due_at: notice.due_at.before(by), ..Notice::clone(notice) };
        transition.book(BookChange::Notice(notice.id.clone(), Some(Arc::new(next))));
    }
    for page in state.book.pages().filter(|page| page.is_open()) {
        let mut next = Page::clone(page);
        next.state.next_step_at = next.state.next_step_at.map(|at| at.before(by));
        transition.book(BookChange::Page(page.state.id.clone(), Some(Arc::new(next))));
    }
    incidents::set_back(state, by, &mut transition);
    remediations::set_back(state, by, &mut transition);
    transition
}

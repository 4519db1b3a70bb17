//! A schedule laid out: who is on call from when to when, when that changes next, and when nobody is.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Schedule, Source};
use crate::id::UserName;
use crate::time::Timestamp;

/// As far as a schedule is laid out at once; what lies beyond is cut off.
pub const HORIZON_MAX: Duration = Duration::from_secs(366 * 86_400);
/// How far a first look for the next hand-off reaches; further ones double it.
const LOOK: Duration = Duration::from_secs(8 * 86_400);

/// Someone's time on call, without a break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    pub user: UserName,
    pub start: Timestamp,
    pub end: Timestamp,
    pub source: Source,
}

impl Schedule {
    /// In the order of time, cut at both ends, none touching another of the same user and source.
    #[must_use]
    pub fn shifts(&self, from: Timestamp, until: Timestamp) -> Vec<Shift> {
        let until = until.min(from.after(HORIZON_MAX));
        let mut shifts: Vec<Shift> = Vec::new();
        let edges = self.edges(from, until);
        let ends = edges.iter().skip(1).copied().chain([until]);
        for (start, end) in edges.iter().copied().zip(ends) {
            let Some(on_call) = self.on_call(start) else { continue };
            match shifts.last_mut() {
                Some(last) if last.end == start && last.user == *on_call.user && last.source == on_call.source => {
                    last.end = end;
                }
                _ => shifts.push(Shift { user: on_call.user.clone(), start, end, source: on_call.source }),
            }
        }
        shifts
    }

    /// The stretches in which nobody is on call.
    #[must_use]
    pub fn gaps(&self, from: Timestamp, until: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        let until = until.min(from.after(HORIZON_MAX));
        let mut gaps = Vec::new();
        let mut covered_until = from;
        for shift in self.shifts(from, until) {
            if shift.start > covered_until {
                gaps.push((covered_until, shift.start));
            }
            covered_until = shift.end;
        }
        if covered_until < until {
            gaps.push((covered_until, until));
        }
        gaps
    }

    /// When another user takes over, or nobody does, or someone does after nobody; `None` if nothing changes for a year.
    #[must_use]
    pub fn next_handoff(&self, at: Timestamp) -> Option<Timestamp> {
        let now = self.on_call(at).map(|on_call| on_call.user);
        let mut reach = LOOK;
        loop {
            let edges = self.edges(at, at.after(reach));
            let changes = |edge: &&Timestamp| self.on_call(**edge).map(|on_call| on_call.user) != now;
            if let Some(handoff) = edges.iter().find(changes) {
                return Some(*handoff);
            }
            if reach >= HORIZON_MAX {
                return None;
            }
            reach = (reach * 2).min(HORIZON_MAX);
        }
    }

    /// `from`, and every later instant before `until` at which it may change who is on call. In order.
    fn edges(&self, from: Timestamp, until: Timestamp) -> Vec<Timestamp> {
        if from >= until {
            return Vec::new();
        }
        let mut edges = vec![from];
        edges.extend(self.overrides.iter().flat_map(|it| [it.start, it.end]));
        for layer in &self.layers {
            edges.extend(layer.begins);
            edges.extend(layer.rotation.handoffs(&self.zone, from, until));
            edges.extend(layer.restrict.iter().flat_map(|hours| hours.edges(from, until)));
        }
        edges.retain(|edge| *edge >= from && *edge < until);
        edges.sort_unstable();
        edges.dedup();
        edges
    }
}

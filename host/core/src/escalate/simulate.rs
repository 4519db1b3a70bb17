//! A page on virtual time: who would be told when. The same code as for a real page, so the answer is the same.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::page::{NewPage, PageState};
use super::policy::Policy;
use super::record::{Turn, What};
use crate::id::PageId;
use crate::oncall::Directory;
use crate::time::Timestamp;

/// Of one simulation; what comes later is cut off.
const STEPS_MAX: usize = 10_000;

/// One line of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub at: Timestamp,
    /// From 1.
    pub round: u32,
    /// From 1; 0 where it concerns no level.
    pub level: usize,
    /// The user or receiver that is told; empty where nobody is.
    pub who: String,
    /// `e-mail to a@b`; empty where nobody is told.
    pub how: String,
    /// Why, or what else happens.
    pub note: String,
}

/// From `start` on for `horizon`, acknowledged at `ack_at` if that is given.
#[must_use]
pub fn simulate(
    policy: &Arc<Policy>,
    people: &Directory,
    severity: &str,
    start: Timestamp,
    ack_at: Option<Timestamp>,
    horizon: Duration,
) -> Vec<Step> {
    let (policy, severity) = (Arc::clone(policy), severity.to_owned());
    let new = NewPage { id: PageId::new("simulation"), key: String::new(), policy, severity };
    let (mut page, opened) = PageState::open(new, start, people);
    let mut steps = steps(opened);
    let mut ack_at = ack_at.filter(|at| *at >= start);
    let end = start.after(horizon);
    while steps.len() < STEPS_MAX {
        let next = page.next_at();
        if let Some(at) = ack_at.filter(|at| next.is_none_or(|next| *at <= next) && *at <= end) {
            ack_at = None;
            steps.extend(page.acknowledge("whoever was told", at, None, None).map(self::steps).unwrap_or_default());
            continue;
        }
        let Some(at) = next.filter(|at| *at <= end) else { break };
        steps.extend(self::steps(page.due(at, people)));
    }
    steps.truncate(STEPS_MAX);
    steps
}

fn steps(turn: Turn) -> Vec<Step> {
    let step = |note: super::Note| {
        let (who, how, note_text) = match &note.what {
            What::Told { target, reason, schedule } => {
                let on_call = schedule.as_ref().map(|name| format!("on call in {name}; ")).unwrap_or_default();
                let (who, how) = target.who_and_how();
                (who, how, format!("{on_call}{}", reason.as_str()))
            }
            what => (String::new(), String::new(), what.to_string()),
        };
        Step { at: note.at, round: note.round, level: note.level, who, how, note: note_text }
    };
    turn.notes.into_iter().map(step).collect()
}

#[cfg(test)]
mod tests;

//! One page on its ladder. Its state is all there is: kept as JSON, a page goes on after a restart as if there had been
//! none. A look that comes late makes one step, never several at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::policy::Policy;
use super::record::{Note, Reason, Skip, Target, Tell, Turn, What};
use crate::id::{PageId, ScheduleName};
use crate::oncall::Directory;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageState {
    pub id: PageId,
    /// What is escalated: a group's key.
    pub key: String,
    /// The chain in force when the page was opened.
    pub policy: Arc<Policy>,
    /// May be changed while the page is open; levels that come later go by it.
    pub severity: String,
    pub opened_at: Timestamp,
    /// The level that was told last in this round, from 0.
    pub level: Option<usize>,
    /// From 0.
    pub round: u32,
    /// When it last moved.
    pub stepped_at: Timestamp,
    /// When it moves on, were it not acknowledged.
    pub next_step_at: Option<Timestamp>,
    pub ack: Option<Ack>,
    /// Everyone who was ever told; they are told when it is over.
    pub told: BTreeSet<Target>,
    pub told_in_round: bool,
    /// The ladder has ended.
    pub exhausted: bool,
    pub closed_at: Option<Timestamp>,
}

/// What opens a page.
#[derive(Clone, Debug)]
pub struct NewPage {
    pub id: PageId,
    pub key: String,
    pub policy: Arc<Policy>,
    pub severity: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    pub by: String,
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AckError {
    #[error("the page is closed")]
    Closed,
    #[error("the page is not acknowledged")]
    NotAcknowledged,
    #[error("the acknowledgement would end before it begins")]
    Past,
}

impl PageState {
    /// Opens a page and tells its first level.
    #[must_use]
    pub fn open(new: NewPage, now: Timestamp, people: &Directory) -> (Self, Turn) {
        let mut page = Self {
            id: new.id,
            key: new.key,
            policy: new.policy,
            severity: new.severity,
            opened_at: now,
            level: None,
            round: 0,
            stepped_at: now,
            next_step_at: None,
            ack: None,
            told: BTreeSet::new(),
            told_in_round: false,
            exhausted: false,
            closed_at: None,
        };
        let mut turn = Turn::default();
        page.climb(0, Reason::Opened, now, people, &mut turn);
        (page, turn)
    }

    /// When to call [`Self::due`] next; also call it whenever the clock was set back.
    #[must_use]
    pub fn next_at(&self) -> Option<Timestamp> {
        match &self.ack {
            _ if self.closed_at.is_some() => None,
            Some(ack) => ack.until,
            None => self.next_step_at,
        }
    }

    /// Makes the step whose time has come, if it has.
    pub fn due(&mut self, now: Timestamp, people: &Directory) -> Turn {
        let mut turn = Turn::default();
        self.follow_clock(now);
        if self.next_at().is_none_or(|at| at > now) {
            return turn;
        }
        match self.ack.take() {
            Some(ack) => self.resume(What::AckExpired { by: ack.by }, now, people, &mut turn),
            None => {
                let next = self.level.map_or(0, |level| level + 1);
                let reason = if self.told.is_empty() { Reason::Opened } else { Reason::Escalated };
                self.climb(next, reason, now, people, &mut turn);
            }
        }
        turn
    }

    /// Stops the ladder: until `until`, else as long as the policy says. A second one replaces the first.
    ///
    /// # Errors
    /// The page is closed, or `until` is not later than `now`.
    pub fn acknowledge(
        &mut self,
        by: &str,
        now: Timestamp,
        comment: Option<&str>,
        until: Option<Timestamp>,
    ) -> Result<Turn, AckError> {
        if self.closed_at.is_some() {
            return Err(AckError::Closed);
        }
        if until.is_some_and(|until| until <= now) {
            return Err(AckError::Past);
        }
        let until = until.or_else(|| self.policy.ack_timeout.map(|timeout| now.after(timeout)));
        let (by, comment) = (by.to_owned(), comment.map(str::to_owned));
        self.ack = Some(Ack { by: by.clone(), at: now, comment: comment.clone(), until });
        let mut turn = Turn::default();
        self.note(0, now, What::Acknowledged { by, comment, until }, &mut turn);
        Ok(turn)
    }

    /// Takes the acknowledgement back; the level that stands is told again at once.
    ///
    /// # Errors
    /// The page is closed, or not acknowledged.
    pub fn unacknowledge(&mut self, by: &str, now: Timestamp, people: &Directory) -> Result<Turn, AckError> {
        if self.closed_at.is_some() {
            return Err(AckError::Closed);
        }
        self.ack.take().ok_or(AckError::NotAcknowledged)?;
        let mut turn = Turn::default();
        self.resume(What::Unacknowledged { by: by.to_owned() }, now, people, &mut turn);
        Ok(turn)
    }

    /// Ends the page; everyone who was told is told that it is over. A second time does nothing.
    pub fn close(&mut self, now: Timestamp) -> Turn {
        let mut turn = Turn::default();
        if self.closed_at.is_some() {
            return turn;
        }
        (self.closed_at, self.next_step_at) = (Some(now), None);
        self.note(0, now, What::Closed, &mut turn);
        let (level, round) = (self.level.map_or(1, |level| level + 1), self.round + 1);
        let over = |target: &Target| Tell {
            target: target.clone(),
            level,
            round,
            reason: Reason::Over,
            schedule: None,
            nobody_in: Vec::new(),
        };
        turn.tells.extend(self.told.iter().map(over));
        turn
    }

    /// Tells the level that stands once more, and goes on from there.
    fn resume(&mut self, why: What, now: Timestamp, people: &Directory, turn: &mut Turn) {
        self.note(0, now, why, turn);
        self.exhausted = false;
        self.climb(self.level.unwrap_or(0), Reason::Resumed, now, people, turn);
    }

    /// Tells the first level from `first` on that tells anyone; past the last, the next round's.
    fn climb(&mut self, first: usize, reason: Reason, now: Timestamp, people: &Directory, turn: &mut Turn) {
        let policy = Arc::clone(&self.policy);
        let mut nobody_in: Vec<ScheduleName> = Vec::new();
        let (mut reason, mut next, mut is_for_severity) = (reason, first, false);
        self.stepped_at = now;
        loop {
            for (index, level) in policy.levels.iter().enumerate().skip(next) {
                let skip = level.when.skips(&self.severity, now);
                is_for_severity |= skip != Some(Skip::Severity);
                if let Some(skip) = skip {
                    self.note(index + 1, now, What::Skipped(skip), turn);
                    continue;
                }
                let (targets, missing) = level.reach(people, now);
                for what in missing {
                    if let What::NobodyOnCall { schedule } = &what {
                        nobody_in.push(schedule.clone());
                    }
                    self.note(index + 1, now, what, turn);
                }
                if !targets.is_empty() {
                    (self.level, self.next_step_at) = (Some(index), Some(now.after(level.wait)));
                    return self.tell(index, targets, reason, &nobody_in, turn);
                }
            }
            // The end of a round that told someone: the next one follows at once, for the last level has had its wait.
            if !(self.told_in_round && self.round < policy.repeat) {
                break;
            }
            (self.round, self.told_in_round, self.level) = (self.round + 1, false, None);
            (reason, next) = (Reason::Repeated, 0);
        }
        self.end_round(is_for_severity, now, turn);
    }

    fn tell(
        &mut self,
        index: usize,
        targets: Vec<(Target, Option<ScheduleName>)>,
        reason: Reason,
        nobody_in: &[ScheduleName],
        turn: &mut Turn,
    ) {
        self.told_in_round = true;
        for (target, schedule) in targets {
            self.told.insert(target.clone());
            let told = What::Told { target: target.clone(), reason, schedule: schedule.clone() };
            self.note(index + 1, self.stepped_at, told, turn);
            let (level, round, nobody_in) = (index + 1, self.round + 1, nobody_in.to_vec());
            turn.tells.push(Tell { target, level, round, reason, schedule, nobody_in });
        }
    }

    /// Nobody is left to be told now. As long as nobody was told at all the page tries again, if it has a level that is
    /// only not used, or not manned, at this hour.
    fn end_round(&mut self, may_reach_later: bool, now: Timestamp, turn: &mut Turn) {
        let again_at = now.after(self.policy.shortest_wait());
        let is_last = self.round >= self.policy.repeat;
        let tries_again = if self.told.is_empty() { may_reach_later } else { !self.told_in_round && !is_last };
        if !self.told_in_round {
            self.note(0, now, What::NobodyReached { again_at: tries_again.then_some(again_at) }, turn);
        }
        if !tries_again {
            (self.exhausted, self.next_step_at) = (true, None);
            self.note(0, now, What::Exhausted, turn);
            return;
        }
        if !self.told.is_empty() {
            self.round += 1;
        }
        (self.level, self.next_step_at) = (None, Some(again_at));
    }

    /// Where the clock was set back, the wait keeps the length it had when it began.
    fn follow_clock(&mut self, now: Timestamp) {
        if now < self.stepped_at {
            let by = self.stepped_at.since(now);
            self.stepped_at = now;
            self.next_step_at = self.next_step_at.map(|at| at.before(by));
        }
    }

    fn note(&self, level: usize, at: Timestamp, what: What, turn: &mut Turn) {
        turn.notes.push(Note { at, round: self.round + 1, level, what });
    }
}

#[cfg(test)]
mod tests;

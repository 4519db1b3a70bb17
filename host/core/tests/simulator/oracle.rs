//! What must never happen, judged by what really happened: the oracle sees the world, the runs and the disk, and believes
//! nothing the core says of itself but its committed state.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tocsin_core::alert::AlertStatus;
use tocsin_core::health::HealthStatus;
use tocsin_core::id::{CheckName, RemediationId};
use tocsin_core::label::Fingerprint;
use tocsin_core::notify::Notice;
use tocsin_core::observation::Status;
use tocsin_core::pipeline::{State, Suppression};
use tocsin_core::remediation::{End, Remediation, StepRecord};
use tocsin_core::suppress::Suppressor;
use tocsin_core::time::Timestamp;
use tocsin_core::verb::OrderKey;

use super::node::HOLD_MS;
use super::store::Store;

/// Of what was seen last; a repair is for the present.
const PRESENT_MS: u64 = 75_000;
/// From the end of a hold to the other side: a group's wait, and an attempt that failed.
const ON_ITS_WAY_MS: u64 = 60_000;
const BROKEN_MAX: usize = 20;

/// What a simulation brings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) events: u64,
    pub(crate) crashes: u64,
    pub(crate) incidents: u64,
    pub(crate) remediations: u64,
    /// Carried out, or taken back.
    pub(crate) verbs: u64,
    pub(crate) verified: u64,
    pub(crate) undone: u64,
    pub(crate) failed: u64,
    pub(crate) indeterminate: u64,
    pub(crate) dropped: u64,
    pub(crate) refused: u64,
    pub(crate) unapproved: u64,
    pub(crate) observed: u64,
    /// Verbs that a gate stopped at the last moment.
    pub(crate) stopped: u64,
    /// Alerts that somebody was told of.
    pub(crate) pages: u64,
    /// Without a hard, fresh trigger that was run again.
    pub(crate) false_repairs: u64,
    pub(crate) pages_late: u64,
    /// Other things that must never be.
    pub(crate) others: u64,
    /// The first of all of these, in sentences.
    pub(crate) broken: Vec<String>,
}

impl Figures {
    pub(crate) fn add(&mut self, other: Self) {
        self.events += other.events;
        self.crashes += other.crashes;
        self.incidents += other.incidents;
        self.remediations += other.remediations;
        self.verbs += other.verbs;
        self.verified += other.verified;
        self.undone += other.undone;
        self.failed += other.failed;
        self.indeterminate += other.indeterminate;
        self.dropped += other.dropped;
        self.refused += other.refused;
        self.unapproved += other.unapproved;
        self.observed += other.observed;
        self.stopped += other.stopped;
        self.pages += other.pages;
        self.false_repairs += other.false_repairs;
        self.pages_late += other.pages_late;
        self.others += other.others;
        self.broken.extend(other.broken);
        self.broken.truncate(BROKEN_MAX);
    }
}

/// A run that the node heard of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) started: u64,
    /// `None`: it did not complete.
    pub(super) found: Option<Status>,
}

/// An alert that fires and of which nobody was told.
#[derive(Debug)]
struct Untold {
    since: u64,
    is_reported: bool,
}

#[derive(Debug, Default)]
pub(super) struct Oracle {
    pub(super) figures: Figures,
    runs: BTreeMap<CheckName, VecDeque<Seen>>,
    proposed: BTreeMap<RemediationId, u64>,
    executed: BTreeSet<OrderKey>,
    untold: BTreeMap<Fingerprint, Untold>,
    told: BTreeSet<Fingerprint>,
}

impl Oracle {
    pub(super) fn saw(&mut self, check: &CheckName, seen: Seen) {
        let runs = self.runs.entry(check.clone()).or_default();
        runs.push_back(seen);
        if runs.len() > 20 {
            runs.pop_front();
        }
    }

    pub(super) fn committed(&mut self, store: &Store, now: u64) {
        for id in store.remediations.keys() {
            if !self.proposed.contains_key(id) {
                self.proposed.insert(id.clone(), now);
            }
        }
    }

    /// A verb is carried out this very moment.
    pub(super) fn acts(&mut self, key: &OrderKey, state: &State, store: &Store, wall: Timestamp, now: u64) {
        self.figures.verbs += 1;
        if !self.executed.insert(key.clone()) {
            self.broke(format!("{key} is carried out a second time"));
        }
        let Some(it) = store.remediations.get(&key.remediation) else {
            return self.broke(format!("{key} is carried out, and nothing of it is on disk"));
        };
        let is_open = |record: &StepRecord| match key.undo {
            true => record.undo_intended_at.is_some() && record.undo_result.is_none(),
            false => record.intended_at.is_some() && record.result.is_none(),
        };
        if !it.steps.iter().any(|record| record.step == key.step && is_open(record)) {
            self.broke(format!("{key} is carried out, and its intent is not on disk"));
        }
        for (scope, switch) in &store.switches {
            if scope.reaches(&it.playbook, &it.target) && switch.is_in_force(wall) {
                self.broke(format!("{key} is carried out under the kill switch for {scope}"));
            }
        }
        let has_begun = self.executed.iter().any(|other| other.remediation == key.remediation && other != key);
        if !key.undo
            && !has_begun
            && let Err(why) = self.is_justified(it, state, now)
        {
            self.figures.false_repairs += 1;
            self.tell(format!("{key} is a false repair: {why}"));
        }
    }

    /// A hard, fresh trigger that was run again for this very remediation.
    fn is_justified(&self, it: &Remediation, state: &State, now: u64) -> Result<(), String> {
        let proposed = self.proposed.get(&it.id).copied().unwrap_or(now);
        let mut why = "it has no check".to_owned();
        for check in &it.checks {
            let known = state.check(check).map(|known| &known.health);
            let seen = self.runs.get(check);
            let last = seen.and_then(|runs| runs.back());
            let is_bad = |run: &&Seen| matches!(run.found, Some(Status::Warning | Status::Critical));
            // Whether it was asked for or was due: a run that began since is as good.
            let again = seen.into_iter().flatten().rev().find(|run| run.started >= proposed);
            why = match (known, last, again) {
                (None, ..) => format!("`{check}` has no state"),
                (Some(health), ..) if !matches!(health.status, HealthStatus::Warning | HealthStatus::Critical) => {
                    format!("`{check}` is {}", health.status.as_str())
                }
                (Some(health), ..) if health.is_flapping() || health.behind.is_some() => {
                    format!("`{check}` is flapping or unreachable")
                }
                (_, None, _) | (_, _, None) => format!("`{check}` was not run again"),
                (_, Some(last), _) if !is_bad(&last) => format!("the last run of `{check}` found {:?}", last.found),
                (_, _, Some(again)) if !is_bad(&again) => {
                    format!("`{check}` was run again and found {:?}", again.found)
                }
                (_, _, Some(again)) if now.saturating_sub(again.started) > PRESENT_MS => {
                    format!("`{check}` was run again {} ms ago", now.saturating_sub(again.started))
                }
                _ => return Ok(()),
            };
        }
        Err(why)
    }

    /// Somebody was told. Whoever was told that it fires, and not that it is over, knows of it, even if it was over in
    /// between.
    pub(super) fn delivered(&mut self, notice: &Notice) {
        for alert in notice.alerts.iter() {
            let fingerprint = alert.alert.fingerprint();
            match alert.status {
                AlertStatus::Firing if self.told.insert(fingerprint) => self.figures.pages += 1,
                AlertStatus::Firing => {}
                AlertStatus::Resolved => drop(self.told.remove(&fingerprint)),
            }
        }
    }

    /// The node was away for so long, and could tell nobody.
    pub(super) fn was_away(&mut self, ms: u64) {
        self.untold.values_mut().for_each(|untold| untold.since += ms);
    }

    /// Who fires and is not suppressed, but by a repair, is told within the deadline.
    pub(super) fn look(&mut self, state: &State, wall: Timestamp, now: u64) {
        let suppression = Suppression::at(state, wall);
        let mut firing = BTreeSet::new();
        let mut late = Vec::new();
        for (fingerprint, alert) in state.book().alerts().filter(|(_, alert)| !alert.is_resolved(wall)) {
            firing.insert(fingerprint);
            let by = suppression.of(alert);
            if by.iter().any(|by| !matches!(by, Suppressor::Repair { .. })) || self.told.contains(&fingerprint) {
                self.untold.remove(&fingerprint);
                continue;
            }
            let untold = self.untold.entry(fingerprint).or_insert(Untold { since: now, is_reported: false });
            let waited = now.saturating_sub(untold.since);
            if waited > HOLD_MS + ON_ITS_WAY_MS && !untold.is_reported {
                untold.is_reported = true;
                late.push(format!("{} fires for {waited} ms at {now}, and nobody was told ({by:?})", alert.labels));
            }
        }
        self.untold.retain(|fingerprint, _| firing.contains(fingerprint));
        for text in late {
            self.figures.pages_late += 1;
            self.tell(text);
        }
    }

    /// All is over: nothing is left in between, and whatever did not help was told.
    pub(super) fn close(&mut self, state: &State, store: &Store) {
        let all: Vec<_> = store.remediations.values().cloned().collect();
        self.figures.incidents = u64::try_from(state.incidents().iter().count()).unwrap_or(u64::MAX);
        for it in &all {
            self.figures.remediations += 1;
            let Some(ended) = &it.ended else {
                self.broke(format!("{} never ended: {:?} since {}", it.id, it.stage, it.since));
                continue;
            };
            let count = match ended.how {
                End::Verified => &mut self.figures.verified,
                End::Undone => &mut self.figures.undone,
                End::Failed => &mut self.figures.failed,
                End::Indeterminate => &mut self.figures.indeterminate,
                End::Refused => &mut self.figures.refused,
                End::Dropped => &mut self.figures.dropped,
                End::Unapproved => &mut self.figures.unapproved,
                End::Observed => &mut self.figures.observed,
            };
            *count += 1;
            let must_tell = matches!(ended.how, End::Undone | End::Failed | End::Indeterminate);
            let is_handed_on = all.iter().any(|next| next.course.after.as_ref() == Some(&it.id));
            if must_tell && !ended.escalated && !is_handed_on {
                self.broke(format!("{} ended {:?}, and nobody was told: {}", it.id, ended.how, ended.reason));
            }
        }
    }

    pub(super) fn broke(&mut self, what: String) {
        self.figures.others += 1;
        self.tell(what);
    }

    fn tell(&mut self, what: String) {
        if self.figures.broken.len() < BROKEN_MAX {
            self.figures.broken.push(what);
        }
    }
}

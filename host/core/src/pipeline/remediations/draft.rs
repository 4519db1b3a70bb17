//! One remediation as a step changes it, and all that follows from that. Every stage is entered here, with the moment at
//! which it is looked at again, and every end is here: so none can hang, and none ends untold. Knows nothing of what the
//! stages do.

use std::sync::Arc;

use super::alarm::{self, Alarm};
use super::{Because, RemediationChange, attention, facts, hold};
use crate::config::Config;
use crate::id::{CheckName, RemediationId};
use crate::incident::IncidentAct;
use crate::incident::{Entry, EntryKind};
use crate::label::Labels;
use crate::pipeline::{Effect, Event, State, Transition};
use crate::playbook::{Playbook, Rung};
use crate::remediation::gate::Phase;
use crate::remediation::{Account, End, Ended, LedgerKey, Remediation, Ruling, Stage, gate};
use crate::time::Timestamp;

/// Ended ones that are kept; the oldest go first.
const ENDED_MAX: usize = 2_000;

/// What the configuration says of a remediation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way<'s> {
    pub(super) playbook: &'s Playbook,
    pub(super) rung: &'s Rung,
}

#[derive(Debug)]
pub(super) struct Draft<'s> {
    pub(super) state: &'s State,
    pub(super) config: &'s Config,
    pub(super) now: Timestamp,
    pub(super) it: Remediation,
    pub(super) transition: Transition,
}

impl<'s> Draft<'s> {
    /// `None` where there is no such remediation, or it has ended.
    pub(super) fn of(state: &'s State, id: &RemediationId, now: Timestamp) -> Option<Self> {
        let it = state.remediations.get(id).filter(|it| !it.is_over())?;
        Some(Self::new(state, state.config()?, Remediation::clone(it), now))
    }

    pub(super) fn new(state: &'s State, config: &'s Config, it: Remediation, now: Timestamp) -> Self {
        Self { state, config, now, it, transition: Transition::default() }
    }

    /// What the configuration in force says of it.
    ///
    /// # Errors
    /// What is gone, in a sentence.
    pub(super) fn way(&self) -> Result<Way<'s>, String> {
        let name = &self.it.playbook;
        let playbook = self.config.playbooks.get(name);
        let playbook = playbook.ok_or_else(|| format!("the configuration has no playbook `{name}` any more"))?;
        let rung = playbook.actions.get(self.it.rung);
        let rung = rung.ok_or_else(|| format!("the playbook `{name}` has no action {} any more", self.it.rung + 1))?;
        match self.it.checks.iter().find(|check| !self.config.checks.contains_key(*check)) {
            Some(gone) => Err(format!("the configuration has no check `{gone}` any more")),
            None => Ok(Way { playbook, rung }),
        }
    }

    /// Enters a stage, which is looked at again then at the latest.
    pub(super) fn enter(&mut self, stage: Stage, look_at: Timestamp) {
        self.it.stage = stage;
        self.it.since = self.now;
        self.look_at(look_at);
    }

    /// Never at this very moment: what changes nothing would be looked at for ever.
    pub(super) fn look_at(&mut self, at: Timestamp) {
        self.it.course.look_at = Some(at.max(self.now.after(std::time::Duration::from_millis(1))));
    }

    /// Asks every gate, and keeps what each says.
    pub(super) fn judge(&mut self, way: Way<'_>, phase: Phase) -> Ruling {
        self.it.verdicts = facts::judge(self.state, self.config, &self.it, way, phase, self.now);
        gate::ruling(&self.it.verdicts)
    }

    /// What decides, as the gate says it.
    pub(super) fn because(&self) -> String {
        let decisive = gate::decisive(&self.it.verdicts);
        decisive.map_or_else(|| "no gate was asked".to_owned(), |verdict| verdict.reason.clone())
    }

    /// Wants these checks to be run, now; what was awaited before is not any more.
    pub(super) fn probe(&mut self, checks: impl IntoIterator<Item = CheckName>) {
        self.it.course.awaits = checks.into_iter().filter(|check| self.config.checks.contains_key(check)).collect();
        self.probe_again();
    }

    pub(super) fn probe_again(&mut self) {
        for check in &self.it.course.awaits {
            self.transition.effect(Effect::Probe(check.clone()));
        }
    }

    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.note_as(EntryKind::Remediation, text);
    }

    pub(super) fn note_as(&mut self, kind: EntryKind, text: impl Into<String>) {
        let source = format!("playbook {}", self.it.playbook);
        let entry = Entry { at: self.now, kind, source, text: text.into() };
        self.transition.follow(Event::IncidentNoted { incident: self.it.incident.clone(), entry });
    }

    /// Ends it without waking anyone, unless it was to make up for another that did not help.
    pub(super) fn end(&mut self, how: End, reason: impl Into<String>) {
        let is_well = matches!(how, End::Verified | End::Dropped);
        if self.it.course.after.is_some() && !is_well {
            self.escalate(how, reason);
        } else {
            self.over(how, reason.into(), Vec::new());
        }
    }

    /// Ends it, and the ladder goes on.
    pub(super) fn hand_on(&mut self, how: End, reason: impl Into<String>) {
        self.over(how, reason.into(), Vec::new());
        self.transition.follow(attention(&self.it.id, Because::Climb));
    }

    /// Ends it, and tells a person.
    pub(super) fn escalate(&mut self, how: End, reason: impl Into<String>) {
        let reason = reason.into();
        let alert = alarm::raise(Alarm::Failed, self.config, &self.it, &reason, self.now);
        let labels = alert.labels.clone();
        self.transition.follow(Event::Alert(alert.fingerprint(), Arc::new(alert)));
        // The alert ends with its incident. One that has resolved by itself meanwhile is not over after all.
        if self.state.incidents.get(&self.it.incident).is_some_and(|incident| !incident.is_open()) {
            let (incident, by) = (self.it.incident.clone(), format!("playbook {}", self.it.playbook));
            self.transition.follow(Event::IncidentActed { incident, by, act: IncidentAct::Reopen });
        }
        self.over(how, reason, vec![labels]);
    }

    fn over(&mut self, how: End, reason: String, mut alerts: Vec<Labels>) {
        self.disband();
        alerts.extend(self.settle_accounts(how));
        let escalated = !alerts.is_empty();
        let told = if escalated { " A person is told." } else { "" };
        self.note(format!("{}: {reason}.{told}", how.sentence()));
        self.it.ended = Some(Ended { at: self.now, how, reason, escalated, alerts });
        self.it.stage = Stage::Ended;
        self.it.since = self.now;
        self.it.course.look_at = None;
        self.it.course.awaits.clear();
        // What was repaired ends by itself, and nobody need hear of it before the deadline.
        if how != End::Verified {
            hold::let_go(self);
        }
        self.evict();
    }

    /// Whoever was asked to approve it need not any more.
    pub(super) fn disband(&mut self) {
        if self.it.course.approval_asked_at.take().is_some() {
            let alert = alarm::lower(Alarm::AwaitsApproval, self.state, self.config, &self.it, self.now);
            self.transition.follows.extend(alert.map(|alert| Event::Alert(alert.fingerprint(), Arc::new(alert))));
        }
    }

    /// What it has spent, and whether the target is repaired too often; then with the labels of the alert that says so.
    fn settle_accounts(&mut self, how: End) -> Option<Labels> {
        self.it.course.begun_at?;
        let mut repeated = None;
        for key in [LedgerKey::Target(self.it.target.clone()), LedgerKey::Playbook(self.it.playbook.clone())] {
            let account = self.account(&key).ended(how, self.now);
            if let (LedgerKey::Target(_), End::Verified, Ok(way)) = (&key, how, self.way()) {
                repeated = account.repeats(&way.playbook.gates, self.now);
            }
            self.transition.remediation(RemediationChange::Ledger(key, Some(Arc::new(account))));
        }
        let reason = format!(
            "`{}` was repaired {} times lately, and each repair worked: what breaks it again and again is not repaired",
            self.it.target, repeated?
        );
        let alert = alarm::raise(Alarm::Repeats, self.config, &self.it, &reason, self.now);
        let labels = alert.labels.clone();
        self.transition.follow(Event::Alert(alert.fingerprint(), Arc::new(alert)));
        Some(labels)
    }

    /// The first verb is decided upon: from now on it counts.
    pub(super) fn begin(&mut self, way: Way<'_>) {
        if self.it.course.begun_at.is_some() {
            return;
        }
        self.it.course.begun_at = Some(self.now);
        let (target, playbook) = (self.it.target.clone(), self.it.playbook.clone());
        for key in [LedgerKey::Node, LedgerKey::Fleet, LedgerKey::Playbook(playbook), LedgerKey::Target(target)] {
            let account = self.account(&key).began(&key, &way.playbook.gates, self.now);
            self.transition.remediation(RemediationChange::Ledger(key, Some(Arc::new(account))));
        }
    }

    fn account(&self, key: &LedgerKey) -> Account {
        self.state.remediations.account(key).map_or_else(Account::default, |account| Account::clone(account))
    }

    fn evict(&mut self) {
        if self.state.remediations.ended_len() < ENDED_MAX {
            return;
        }
        let oldest = self.state.remediations.iter().find(|it| it.is_over()).map(|it| it.id.clone());
        self.transition
            .changes
            .extend(oldest.map(|id| crate::pipeline::Change::Remediation(RemediationChange::Remediation(id, None))));
    }

    /// What the step does.
    pub(super) fn finish(mut self) -> Transition {
        if self.state.remediations.get(&self.it.id).is_none_or(|before| **before != self.it) {
            let id = self.it.id.clone();
            self.transition.remediation(RemediationChange::Remediation(id, Some(Arc::new(self.it))));
        }
        self.transition
    }
}

//! What the node knows of remediations at a moment: those under way, those that ended lately, what they have spent, and
//! what stops them. Knows nothing of why anything changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::id::{CheckName, IncidentId, RemediationId};
use crate::pipeline::book::Timers;
use crate::pipeline::state::put;
use crate::remediation::{Account, KillSwitch, LedgerKey, Remediation, Scope};
use crate::time::Timestamp;

/// How long one that ended can still be looked at.
pub(super) const RETENTION: Duration = Duration::from_secs(30 * 86_400);

/// One thing that is different from now on; all of it is durable.
#[derive(Clone, Debug, PartialEq)]
pub enum RemediationChange {
    Remediation(RemediationId, Option<Arc<Remediation>>),
    Ledger(LedgerKey, Option<Arc<Account>>),
    KillSwitch(Scope, Option<Arc<KillSwitch>>),
}

/// All that a store kept of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeptRemediations {
    pub remediations: Vec<Remediation>,
    pub ledger: Vec<(LedgerKey, Account)>,
    pub switches: Vec<(Scope, KillSwitch)>,
}

/// The node's remediations, under way and lately ended, and what stops them.
#[derive(Clone, Debug, Default)]
pub struct Remediations {
    remediations: BTreeMap<RemediationId, Arc<Remediation>>,
    ledger: BTreeMap<LedgerKey, Arc<Account>>,
    switches: BTreeMap<Scope, Arc<KillSwitch>>,
    open: BTreeSet<RemediationId>,
    /// When to look at which, the ended ones to forget them.
    looks: Timers<RemediationId>,
    /// Until when switches hold, where they do not hold for good.
    expiries: Timers<Scope>,
    /// Until when which holds back the alerts of its incident.
    holds: Timers<RemediationId>,
    of_check: BTreeMap<CheckName, BTreeSet<RemediationId>>,
    /// By the checks that they wait to hear of.
    awaiting: BTreeMap<CheckName, BTreeSet<RemediationId>>,
    of_incident: BTreeMap<IncidentId, BTreeSet<RemediationId>>,
    of_target: BTreeMap<String, BTreeSet<RemediationId>>,
}

impl Remediations {
    pub(crate) fn restore(kept: KeptRemediations) -> Self {
        let ledger = kept.ledger.into_iter().map(|(key, account)| (key, Arc::new(account)));
        let mut book = Self { ledger: ledger.collect(), ..Self::default() };
        for (scope, switch) in kept.switches {
            book.apply(&RemediationChange::KillSwitch(scope, Some(Arc::new(switch))));
        }
        for remediation in kept.remediations {
            book.keep(&remediation.id.clone(), Some(&Arc::new(remediation)));
        }
        book
    }

    pub(crate) fn apply(&mut self, change: &RemediationChange) {
        match change {
            RemediationChange::Remediation(id, it) => self.keep(id, it.as_ref()),
            RemediationChange::Ledger(key, it) => put(&mut self.ledger, key, it.as_ref()),
            RemediationChange::KillSwitch(scope, it) => {
                self.expiries.set(scope.clone(), it.as_ref().and_then(|switch| switch.until));
                put(&mut self.switches, scope, it.as_ref());
            }
        }
    }

    fn keep(&mut self, id: &RemediationId, it: Option<&Arc<Remediation>>) {
        if let Some(before) = self.remediations.remove(id) {
            self.open.remove(id);
            before.checks.iter().for_each(|check| leave(&mut self.of_check, check, id));
            before.course.awaits.iter().for_each(|check| leave(&mut self.awaiting, check, id));
            leave(&mut self.of_incident, &before.incident, id);
            leave(&mut self.of_target, &before.target, id);
        }
        // One that was kept without a moment to look at it is looked at as soon as anyone looks.
        let look_at = it.map(|it| match &it.ended {
            Some(ended) => ended.at.after(RETENTION),
            None => it.course.look_at.unwrap_or(it.since),
        });
        self.looks.set(id.clone(), look_at);
        self.holds.set(id.clone(), it.and_then(|it| it.course.hold_until));
        let Some(it) = it else { return };
        if !it.is_over() {
            self.open.insert(id.clone());
        }
        it.checks.iter().for_each(|check| join(&mut self.of_check, check, id));
        it.course.awaits.iter().for_each(|check| join(&mut self.awaiting, check, id));
        join(&mut self.of_incident, &it.incident, id);
        join(&mut self.of_target, &it.target, id);
        self.remediations.insert(id.clone(), Arc::clone(it));
    }

    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        [self.looks.first(), self.holds.first(), self.expiries.first()].into_iter().flatten().min()
    }

    #[must_use]
    pub fn get(&self, id: &RemediationId) -> Option<&Arc<Remediation>> {
        self.remediations.get(id)
    }

    /// In the order in which they were proposed.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Remediation>> {
        self.remediations.values()
    }

    /// Those that have not ended, in the order in which they were proposed.
    pub fn open(&self) -> impl Iterator<Item = &Arc<Remediation>> {
        self.open.iter().filter_map(|id| self.get(id))
    }

    #[must_use]
    pub fn open_len(&self) -> usize {
        self.open.len()
    }

    #[must_use]
    pub fn ended_len(&self) -> usize {
        self.remediations.len().saturating_sub(self.open.len())
    }

    /// In the order in which they were proposed.
    pub fn of_incident(&self, incident: &IncidentId) -> impl Iterator<Item = &Arc<Remediation>> {
        self.of_incident.get(incident).into_iter().flatten().filter_map(|id| self.get(id))
    }

    /// In the order in which they were proposed.
    pub fn of_target(&self, target: &str) -> impl Iterator<Item = &Arc<Remediation>> {
        self.of_target.get(target).into_iter().flatten().filter_map(|id| self.get(id))
    }

    /// Those that the check triggered, in the order in which they were proposed.
    pub(super) fn of_check(&self, check: &CheckName) -> impl DoubleEndedIterator<Item = &Arc<Remediation>> {
        self.of_check.get(check).into_iter().flatten().filter_map(|id| self.get(id))
    }

    /// Those that wait to hear of the check.
    pub(super) fn awaiting(&self, check: &CheckName) -> impl Iterator<Item = &Arc<Remediation>> {
        self.awaiting.get(check).into_iter().flatten().filter_map(|id| self.get(id))
    }

    #[must_use]
    pub fn account(&self, key: &LedgerKey) -> Option<&Arc<Account>> {
        self.ledger.get(key)
    }

    pub fn ledger(&self) -> impl Iterator<Item = (&LedgerKey, &Arc<Account>)> {
        self.ledger.iter()
    }

    /// That are thrown, those whose time is over included.
    pub fn switches(&self) -> impl Iterator<Item = (&Scope, &Arc<KillSwitch>)> {
        self.switches.iter()
    }

    pub(super) fn switches_over(&self, now: Timestamp) -> impl Iterator<Item = &Scope> {
        self.expiries.due(now)
    }

    pub(super) fn looks_due(&self, now: Timestamp) -> impl Iterator<Item = &Arc<Remediation>> {
        self.looks.due(now).filter_map(|id| self.get(id))
    }

    pub(super) fn holds_due(&self, now: Timestamp) -> impl Iterator<Item = &Arc<Remediation>> {
        self.holds.due(now).filter_map(|id| self.get(id))
    }

    /// Those that hold back alerts, the deadline that comes first at first.
    pub(super) fn holding(&self, now: Timestamp) -> impl Iterator<Item = &Arc<Remediation>> {
        let holding = self.holds.keys().filter_map(|id| self.get(id));
        holding.filter(move |it| it.course.hold_until.is_some_and(|until| now < until))
    }
}

fn join<K: Ord + Clone>(index: &mut BTreeMap<K, BTreeSet<RemediationId>>, key: &K, id: &RemediationId) {
    index.entry(key.clone()).or_default().insert(id.clone());
}

fn leave<K: Ord>(index: &mut BTreeMap<K, BTreeSet<RemediationId>>, key: &K, id: &RemediationId) {
    if let Some(ids) = index.get_mut(key) {
        ids.remove(id);
        if ids.is_empty() {
            index.remove(key);
        }
    }
}

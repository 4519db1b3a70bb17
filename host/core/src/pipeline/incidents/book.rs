//! The node's incidents, and by what one is found: its alerts, its checks, the labels it shares, when time changes it.
//! Indexes follow from what is in it. Knows nothing of when anything is decided.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::config::Config;
use crate::id::{CheckName, ContributionId, IncidentId, SloName};
use crate::incident::{Contribution, Incident, Settings, Severity};
use crate::label::{Fingerprint, Labels};
use crate::pipeline::book::Timers;
use crate::pipeline::state::put;
use crate::slo;
use crate::time::Timestamp;

/// Incidents are kept this long after they were resolved.
pub(super) const KEPT: Duration = Duration::from_secs(400 * 86_400);
/// The begins that one rule remembers.
const HEARD_MAX: usize = 1_000;

/// One thing that is different from now on; `None` removes it.
#[derive(Clone, Debug, PartialEq)]
pub enum IncidentChange {
    Incident(IncidentId, Option<Arc<Incident>>),
    Contribution(ContributionId, Option<Arc<Contribution>>),
    /// A suppressed alert that would open an incident if it were not, or no more. In memory only: it is heard anew.
    Waiting(Fingerprint, bool),
    /// When to look at those again. In memory only.
    WaitingLook(Option<Timestamp>),
    /// An alert began that a rule counts. In memory only.
    Heard {
        rule: String,
        began: Began,
    },
}

/// One alert that a rule counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Began {
    pub fingerprint: Fingerprint,
    pub at: Timestamp,
    /// What it is counted apart by.
    pub by: Labels,
}

impl IncidentChange {
    #[must_use]
    pub const fn is_durable(&self) -> bool {
        match self {
            Self::Incident(..) | Self::Contribution(..) => true,
            Self::Waiting(..) | Self::WaitingLook(_) | Self::Heard { .. } => false,
        }
    }
}

/// All that a store kept of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeptIncidents {
    pub incidents: Vec<Incident>,
    pub contributions: Vec<(ContributionId, Contribution)>,
}

/// The node's incidents, open and resolved.
#[derive(Clone, Debug, Default)]
pub struct Incidents {
    incidents: BTreeMap<IncidentId, Arc<Incident>>,
    contributions: BTreeMap<ContributionId, Arc<Contribution>>,
    open: BTreeSet<IncidentId>,
    /// Of those that are open, or may be reopened.
    by_alert: BTreeMap<Fingerprint, IncidentId>,
    by_check: BTreeMap<CheckName, BTreeSet<IncidentId>>,
    by_labels: BTreeMap<String, BTreeSet<IncidentId>>,
    looks: Timers<IncidentId>,
    waiting: BTreeSet<Fingerprint>,
    waiting_look: Option<Timestamp>,
    heard: BTreeMap<String, VecDeque<Began>>,
    /// By severity as they were opened; what is forgotten later is counted still.
    created: BTreeMap<Severity, u64>,
    /// Of the configuration in force.
    settings: Arc<Settings>,
    check_of: BTreeMap<SloName, CheckName>,
}

impl Incidents {
    pub(crate) fn restore(kept: KeptIncidents) -> Self {
        let mut incidents = Self::default();
        kept.incidents.into_iter().for_each(|incident| incidents.put(&incident.id.clone(), Some(&Arc::new(incident))));
        incidents.contributions = kept.contributions.into_iter().map(|(id, told)| (id, Arc::new(told))).collect();
        incidents
    }

    /// Other settings: every incident is indexed anew.
    pub(crate) fn configure(&mut self, config: &Config) {
        self.settings = Arc::clone(&config.incidents);
        let of_check = |slo: &slo::Slo| match &slo.indicator.source {
            slo::Source::Check(check) => Some((slo.name.clone(), check.clone())),
            slo::Source::Events(_) => None,
        };
        self.check_of = config.slos.values().filter_map(of_check).collect();
        let rules = &self.settings.rules;
        self.heard.retain(|name, _| rules.iter().any(|rule| rule.name == *name));
        (self.by_alert, self.by_check, self.by_labels) = Default::default();
        for incident in self.incidents.values().cloned().collect::<Vec<_>>() {
            self.index(&incident);
        }
    }

    pub(crate) fn apply(&mut self, change: &IncidentChange) {
        match change {
            IncidentChange::Incident(id, incident) => self.put(id, incident.as_ref()),
            IncidentChange::Contribution(id, told) => put(&mut self.contributions, id, told.as_ref()),
            IncidentChange::Waiting(alert, true) => drop(self.waiting.insert(*alert)),
            IncidentChange::Waiting(alert, false) => drop(self.waiting.remove(alert)),
            IncidentChange::WaitingLook(at) => self.waiting_look = *at,
            IncidentChange::Heard { rule, began } => {
                let heard = self.heard.entry(rule.clone()).or_default();
                heard.retain(|known| known.fingerprint != began.fingerprint);
                heard.push_back(began.clone());
                if heard.len() > HEARD_MAX {
                    heard.pop_front();
                }
            }
        }
    }

    fn put(&mut self, id: &IncidentId, incident: Option<&Arc<Incident>>) {
        let before = self.incidents.get(id).cloned();
        if let Some(before) = &before {
            self.unindex(before, incident.map(|incident| &**incident));
        }
        self.looks.set(id.clone(), incident.and_then(|incident| incident.next_look(KEPT)));
        put(&mut self.incidents, id, incident);
        self.open.remove(id);
        let Some(incident) = incident else { return };
        if before.is_none() {
            *self.created.entry(incident.severity).or_default() += 1;
        }
        if incident.is_open() {
            self.open.insert(id.clone());
        }
        self.index(incident);
    }

    fn index(&mut self, incident: &Incident) {
        if !is_active(incident) {
            return;
        }
        for (alert, member) in &incident.alerts {
            if self.by_alert.get(alert) != Some(&incident.id) {
                self.by_alert.insert(*alert, incident.id.clone());
            }
            if let Some(check) = &member.check {
                enter(&mut self.by_check, check, &incident.id);
            }
        }
        for check in incident.impact.iter().filter_map(|impact| self.check_of.get(&impact.slo)) {
            enter(&mut self.by_check, check, &incident.id);
        }
        for key in keys_of(&self.settings, &incident.labels) {
            enter(&mut self.by_labels, &key, &incident.id);
        }
    }

    /// Members are seldom taken out: nearly always the indexes hold already what they are to hold.
    fn unindex(&mut self, before: &Incident, after: Option<&Incident>) {
        let stays = after.filter(|after| is_active(after));
        for (alert, member) in &before.alerts {
            if stays.is_some_and(|after| after.alerts.contains_key(alert)) {
                continue;
            }
            if self.by_alert.get(alert) == Some(&before.id) {
                self.by_alert.remove(alert);
            }
            if let Some(check) = &member.check {
                leave(&mut self.by_check, check, &before.id);
            }
        }
        if stays.is_none() {
            for check in before.impact.iter().filter_map(|impact| self.check_of.get(&impact.slo)) {
                leave(&mut self.by_check, check, &before.id);
            }
            for key in keys_of(&self.settings, &before.labels) {
                leave(&mut self.by_labels, &key, &before.id);
            }
        }
    }

    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        self.looks.first().into_iter().chain(self.waiting_look).min()
    }

    #[must_use]
    pub fn get(&self, id: &IncidentId) -> Option<&Arc<Incident>> {
        self.incidents.get(id)
    }

    /// In the order in which they were told.
    pub fn contributions(&self) -> impl DoubleEndedIterator<Item = (&ContributionId, &Arc<Contribution>)> {
        self.contributions.iter()
    }

    /// In the order in which they were opened.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Incident>> {
        self.incidents.values()
    }

    /// Those that are not resolved, in the order in which they were opened.
    pub fn open(&self) -> impl DoubleEndedIterator<Item = &Arc<Incident>> {
        self.open.iter().filter_map(|id| self.incidents.get(id))
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.incidents.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.incidents.is_empty()
    }

    #[must_use]
    pub fn open_len(&self) -> usize {
        self.open.len()
    }

    /// How many were opened since the start, and were there at the start, by the severity they were opened with.
    #[must_use]
    pub const fn created(&self) -> &BTreeMap<Severity, u64> {
        &self.created
    }

    /// The incident that an alert belongs to; one that was resolved lately too.
    #[must_use]
    pub fn of_alert(&self, alert: Fingerprint) -> Option<&Arc<Incident>> {
        self.by_alert.get(&alert).and_then(|id| self.incidents.get(id))
    }

    /// Those that are about a check.
    pub(super) fn of_check(&self, check: &CheckName) -> impl Iterator<Item = &Arc<Incident>> {
        let ids = self.by_check.get(check).into_iter().flatten();
        ids.filter_map(|id| self.incidents.get(id))
    }

    pub(super) fn knows_checks(&self) -> bool {
        !self.by_check.is_empty()
    }

    /// Those that share a set of labels with this one.
    pub(super) fn of_labels(&self, labels: &Labels) -> impl Iterator<Item = &Arc<Incident>> {
        let keys = if self.by_labels.is_empty() { Vec::new() } else { keys_of(&self.settings, labels) };
        let ids = keys.into_iter().filter_map(|key| self.by_labels.get(&key)).flatten();
        ids.filter_map(|id| self.incidents.get(id))
    }

    /// The check that feeds an SLO.
    pub(super) fn check_of(&self, slo: &SloName) -> Option<&CheckName> {
        self.check_of.get(slo)
    }

    pub(super) fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    pub(super) fn heard(&self, rule: &str) -> impl Iterator<Item = &Began> {
        self.heard.get(rule).into_iter().flatten()
    }

    pub(super) fn due(&self, now: Timestamp) -> impl Iterator<Item = &Arc<Incident>> {
        self.looks.due(now).filter_map(|id| self.incidents.get(id))
    }

    pub(super) const fn waiting(&self) -> &BTreeSet<Fingerprint> {
        &self.waiting
    }

    pub(super) const fn waiting_look(&self) -> Option<Timestamp> {
        self.waiting_look
    }

    /// Of those that are over for good, the one that was opened first.
    pub(super) fn oldest_over(&self) -> Option<&IncidentId> {
        self.incidents.iter().find(|(_, incident)| !is_active(incident)).map(|(id, _)| id)
    }
}

/// Open, or may be reopened.
const fn is_active(incident: &Incident) -> bool {
    incident.is_open() || incident.course.reopen_until.is_some()
}

fn enter<K: Ord + Clone>(index: &mut BTreeMap<K, BTreeSet<IncidentId>>, key: &K, id: &IncidentId) {
    match index.get_mut(key) {
        Some(ids) if ids.contains(id) => {}
        Some(ids) => drop(ids.insert(id.clone())),
        None => drop(index.insert(key.clone(), BTreeSet::from([id.clone()]))),
    }
}

fn leave<K: Ord>(index: &mut BTreeMap<K, BTreeSet<IncidentId>>, key: &K, id: &IncidentId) {
    if let Some(ids) = index.get_mut(key) {
        ids.remove(id);
        if ids.is_empty() {
            index.remove(key);
        }
    }
}

/// One key for each set of labels that is whole.
fn keys_of(settings: &Settings, labels: &Labels) -> Vec<String> {
    let key = |set: &Vec<String>| {
        let mut key = String::new();
        for name in set {
            let value = labels.get(name);
            if value.is_empty() {
                return None;
            }
            key.extend([name, "\u{0}", value, "\u{0}"]);
        }
        (!key.is_empty()).then_some(key)
    };
    settings.correlate.iter().filter_map(key).collect()
}

//! Everything the node decides upon. It belongs to the single writer, which applies each transition before the next
//! step and lets nothing follow from it until it is on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use crate::alerting::Alerting;
use crate::config::{Check, Config};
use crate::health::{Failing, Health};
use crate::id::{CheckName, DetectorName};
use crate::maintenance::{Span, Window};
use crate::pipeline::Change;
use crate::pipeline::book::{Book, Kept};
use crate::pipeline::budgets::{Budgets, KeptBudgets};
use crate::pipeline::incidents::{Incidents, KeptIncidents};
use crate::pipeline::remediations::{KeptRemediations, Remediations};
use crate::pipeline::slos::Slos;
use crate::quarantine::Quarantine;
use crate::rule::{Instance, InstanceKey, Instances};
use crate::slo::policy::Over;
use crate::slo::{Counts, KeptSlos, Objective, Slo};
use crate::time::Timestamp;

/// What is kept of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckState {
    pub health: Health,
    pub quarantine: Quarantine,
    /// Set while the check's plugin does not complete its runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<Failing>,
}

impl CheckState {
    #[must_use]
    pub fn not_run_yet(now: Timestamp) -> Self {
        Self { health: Health::not_run_yet(now), quarantine: Quarantine::default(), failing: None }
    }
}

/// What is kept of a detector: a restart, an upgrade or a replay loses no warm-up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetectorState {
    /// Samples up to here were judged.
    pub judged_until: Timestamp,
    pub snapshot: Option<Vec<u8>>,
    pub warm: bool,
    pub quarantine: Quarantine,
}

/// How long a check may stay silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The last run that said anything.
    pub heard_at: Timestamp,
    /// When the last run ended that knew the target's state, since the node listens.
    pub found_at: Option<Timestamp>,
    /// Stale from here on, if nothing is heard until then.
    pub stale_at: Timestamp,
    /// When to look; not moved by every run, so that a run costs no place in the queue of wake-ups.
    look_at: Option<Timestamp>,
}

impl Watch {
    #[must_use]
    pub const fn new(heard_at: Timestamp, stale_at: Timestamp) -> Self {
        Self { heard_at, found_at: None, stale_at, look_at: Some(stale_at) }
    }

    pub(super) fn heard(&self, heard_at: Timestamp, found_at: Option<Timestamp>, stale_at: Timestamp) -> Self {
        // A clock set back brings a stale_at before the old look: then look sooner.
        let look_at = self.look_at.map_or(stale_at, |look_at| look_at.min(stale_at));
        Self { heard_at, found_at: found_at.or(self.found_at), stale_at, look_at: Some(look_at) }
    }

    pub(super) const fn looked_at_again(&self) -> Self {
        Self { look_at: Some(self.stale_at), ..*self }
    }

    pub(super) const fn given_up(&self) -> Self {
        Self { look_at: None, ..*self }
    }
}

/// The node's state. The default is a node that knows nothing.
#[derive(Clone, Debug, Default)]
pub struct State {
    checks: BTreeMap<CheckName, CheckState>,
    detectors: BTreeMap<DetectorName, DetectorState>,
    watches: BTreeMap<CheckName, Watch>,
    config: Option<Arc<Config>>,
    instances: Instances,
    /// Alerts, groups, silences and notices.
    pub(super) book: Book,
    pub(super) slos: Slos,
    pub(super) budgets: Budgets,
    pub(super) incidents: Incidents,
    pub(super) remediations: Remediations,
    /// Of the watches.
    looks: BTreeSet<(Timestamp, CheckName)>,
    /// Of the config in force: which detectors judge a check.
    detectors_of: BTreeMap<CheckName, Vec<DetectorName>>,
}

/// What a store kept.
#[derive(Clone, Debug, Default)]
pub struct KeptState {
    pub checks: BTreeMap<CheckName, CheckState>,
    pub detectors: BTreeMap<DetectorName, DetectorState>,
    pub instances: Vec<(InstanceKey, Instance)>,
    pub book: Kept,
    pub slos: KeptSlos,
    pub budgets: KeptBudgets,
    pub incidents: KeptIncidents,
    pub remediations: KeptRemediations,
}

impl State {
    #[must_use]
    pub fn restore(kept: KeptState) -> Self {
        let KeptState { checks, detectors, instances, book, slos, budgets, incidents, remediations } = kept;
        let mut state = Self {
            checks,
            detectors,
            book: Book::restore(book),
            slos: Slos::restore(slos),
            budgets: Budgets::restore(budgets),
            incidents: Incidents::restore(incidents),
            remediations: Remediations::restore(remediations),
            ..Self::default()
        };
        instances.iter().for_each(|(key, instance)| state.instances.put(key, Some(instance)));
        state
    }

    /// Makes a change true for the next step.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Check(name, check) => put(&mut self.checks, name, check.as_ref()),
            Change::Detector(name, detector) => put(&mut self.detectors, name, detector.as_ref()),
            Change::Watch(name, watch) => self.watch_over(name, watch.as_ref()),
            Change::Config(config) => {
                self.detectors_of = index(config);
                self.book.configure(&config.alerting);
                self.slos.configure(config);
                self.budgets.configure(config);
                self.incidents.configure(config);
                self.config = Some(Arc::clone(config));
            }
            Change::Rule(key, instance) => self.instances.put(key, instance.as_ref()),
            Change::Anomaly(_) => {}
            Change::Book(change) => self.book.apply(change),
            Change::Slo(change) => self.slos.apply(change),
            Change::Budget(change) => self.budgets.apply(change, self.config.as_ref()),
            Change::Incident(change) => self.incidents.apply(change),
            Change::Remediation(change) => self.remediations.apply(change),
        }
    }

    fn watch_over(&mut self, name: &CheckName, watch: Option<&Watch>) {
        let before = self.watches.get(name).and_then(|watch| watch.look_at);
        let after = watch.and_then(|watch| watch.look_at);
        if before != after {
            if let Some(at) = before {
                self.looks.remove(&(at, name.clone()));
            }
            if let Some(at) = after {
                self.looks.insert((at, name.clone()));
            }
        }
        put(&mut self.watches, name, watch);
    }

    /// When the next [`Event::Tick`](super::Event::Tick) is wanted.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        let look = self.looks.first().map(|(at, _)| *at);
        look.into_iter()
            .chain(self.instances.next_wake())
            .chain(self.book.next_wake())
            .chain(self.slos.next_wake())
            .chain(self.incidents.next_wake())
            .chain(self.remediations.next_wake())
            .min()
    }

    #[must_use]
    pub fn check(&self, name: &CheckName) -> Option<&CheckState> {
        self.checks.get(name)
    }

    #[must_use]
    pub fn detector(&self, name: &DetectorName) -> Option<&DetectorState> {
        self.detectors.get(name)
    }

    #[must_use]
    pub const fn config(&self) -> Option<&Arc<Config>> {
        self.config.as_ref()
    }

    /// What the configuration in force says of alerts.
    pub(crate) fn alerting(&self) -> &Alerting {
        static NONE: LazyLock<Alerting> = LazyLock::new(Alerting::default);
        self.config.as_ref().map_or(&NONE, |config| &config.alerting)
    }

    /// What rules hold against checks.
    #[must_use]
    pub const fn instances(&self) -> &Instances {
        &self.instances
    }

    /// Maintenance windows, of the configuration and of the API.
    pub fn windows(&self) -> impl Iterator<Item = &Window> {
        let configured = self.config.iter().flat_map(|config| &config.maintenance);
        configured.chain(self.book.windows().map(|window| &**window))
    }

    /// Series, what is left of their budgets, and batches that were counted.
    #[must_use]
    pub const fn slos(&self) -> &Slos {
        &self.slos
    }

    /// Error budget policies, and what was said of downtimes.
    #[must_use]
    pub const fn budgets(&self) -> &Budgets {
        &self.budgets
    }

    /// What was counted of an objective over a window; `None` where that is not known, or not whole yet.
    #[must_use]
    pub fn budget_counts(&self, slo: &Slo, objective: &Objective, over: Over) -> Option<Counts> {
        super::budgets::counts(self, slo, objective, over)
    }

    /// The planned maintenance that covers an SLO within a stretch of time, in the order of the windows.
    #[must_use]
    pub fn maintenance_of(&self, slo: &Slo, within: Span) -> Vec<Span> {
        super::budgets::maintenance(self, slo, within)
    }

    #[must_use]
    pub const fn incidents(&self) -> &Incidents {
        &self.incidents
    }

    /// Remediations and kill switches.
    #[must_use]
    pub const fn remediations(&self) -> &Remediations {
        &self.remediations
    }

    /// Alerts, groups, silences and notices.
    #[must_use]
    pub const fn book(&self) -> &Book {
        &self.book
    }

    pub(super) fn watch(&self, name: &CheckName) -> Option<&Watch> {
        self.watches.get(name)
    }

    pub(super) fn detectors_of(&self, check: &CheckName) -> &[DetectorName] {
        self.detectors_of.get(check).map_or(&[], Vec::as_slice)
    }

    /// Whether the configuration in force holds the very same check.
    pub(super) fn has_same(&self, check: &Check) -> bool {
        self.config().and_then(|config| config.checks.get(&check.name)).is_some_and(|before| {
            (&before.plugin, &before.config, &before.schedule, &before.limits, &before.health)
                == (&check.plugin, &check.config, &check.schedule, &check.limits, &check.health)
        })
    }

    /// All checks, in order of their names.
    pub fn checks(&self) -> impl Iterator<Item = &CheckName> {
        self.checks.keys()
    }

    /// All detectors, in order of their names.
    pub fn detectors(&self) -> impl Iterator<Item = &DetectorName> {
        self.detectors.keys()
    }

    /// The watches whose time to look has come.
    pub(super) fn overdue(&self, now: Timestamp) -> impl Iterator<Item = (&CheckName, &Watch)> {
        let due = self.looks.iter().take_while(move |(at, _)| *at <= now);
        due.filter_map(|(_, name)| self.watch(name).map(|watch| (name, watch)))
    }
}

/// Keeps the value under its key, or forgets the key.
pub(super) fn put<K: Ord + Clone, V: Clone>(table: &mut BTreeMap<K, V>, key: &K, value: Option<&V>) {
    match value {
        Some(value) => drop(table.insert(key.clone(), value.clone())),
        None => drop(table.remove(key)),
    }
}

fn index(config: &Config) -> BTreeMap<CheckName, Vec<DetectorName>> {
    let mut index: BTreeMap<CheckName, Vec<DetectorName>> = BTreeMap::new();
    for detector in config.detectors.values() {
        index.entry(detector.check.clone()).or_default().push(detector.name.clone());
    }
    index
}

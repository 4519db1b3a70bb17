//! Everything the node decides upon, in two layers: what is committed, and what a batch of steps has staged on top of
//! it. Steps see both; [`State::commit`] makes the staged layer true and [`State::discard`] forgets it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::config::{Check, Config};
use crate::health::{Failing, Health};
use crate::id::{CheckName, DetectorName};
use crate::pipeline::{Change, Transition};
use crate::quarantine::Quarantine;
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
    /// Stale from here on, if nothing is heard until then.
    pub stale_at: Timestamp,
    /// When to look; not moved by every run, so that a run costs no place in the queue of wake-ups.
    look_at: Option<Timestamp>,
}

impl Watch {
    #[must_use]
    pub const fn new(heard_at: Timestamp, stale_at: Timestamp) -> Self {
        Self { heard_at, stale_at, look_at: Some(stale_at) }
    }

    pub(super) fn heard(&self, heard_at: Timestamp, stale_at: Timestamp) -> Self {
        // A clock set back brings a stale_at before the old look: then look sooner.
        let look_at = self.look_at.map_or(stale_at, |look_at| look_at.min(stale_at));
        Self { heard_at, stale_at, look_at: Some(look_at) }
    }

    pub(super) const fn looked_at_again(&self) -> Self {
        Self { heard_at: self.heard_at, stale_at: self.stale_at, look_at: Some(self.stale_at) }
    }

    pub(super) const fn given_up(&self) -> Self {
        Self { heard_at: self.heard_at, stale_at: self.stale_at, look_at: None }
    }
}

/// The node's state. The default is a node that knows nothing.
#[derive(Clone, Debug, Default)]
pub struct State {
    committed: Layer,
    staged: Layer,
    /// Of the committed watches.
    looks: BTreeSet<(Timestamp, CheckName)>,
    /// Of the config in force: which detectors judge a check.
    detectors_of: BTreeMap<CheckName, Vec<DetectorName>>,
}

/// A `None` in the staged layer covers what is committed; the committed layer holds none.
#[derive(Clone, Debug, Default)]
struct Layer {
    checks: BTreeMap<CheckName, Option<CheckState>>,
    detectors: BTreeMap<DetectorName, Option<DetectorState>>,
    watches: BTreeMap<CheckName, Option<Watch>>,
    config: Option<Arc<Config>>,
}

impl State {
    /// What a store kept.
    #[must_use]
    pub fn restore(checks: BTreeMap<CheckName, CheckState>, detectors: BTreeMap<DetectorName, DetectorState>) -> Self {
        let committed = Layer {
            checks: checks.into_iter().map(|(name, state)| (name, Some(state))).collect(),
            detectors: detectors.into_iter().map(|(name, state)| (name, Some(state))).collect(),
            ..Layer::default()
        };
        Self { committed, ..Self::default() }
    }

    /// Lays a transition over what is committed, for the next step of the batch to see.
    pub fn stage(&mut self, transition: &Transition) {
        for change in &transition.changes {
            match change {
                Change::Check(name, check) => drop(self.staged.checks.insert(name.clone(), check.clone())),
                Change::Detector(name, detector) => {
                    drop(self.staged.detectors.insert(name.clone(), detector.clone()));
                }
                Change::Watch(name, watch) => drop(self.staged.watches.insert(name.clone(), watch.clone())),
                Change::Config(config) => {
                    // Its index must be there for the very next step.
                    self.detectors_of = index(config);
                    self.staged.config = Some(Arc::clone(config));
                }
                Change::Anomaly(_) => {}
            }
        }
    }

    /// What was staged is on disk: it is true from now on.
    pub fn commit(&mut self) {
        let staged = std::mem::take(&mut self.staged);
        merge(&mut self.committed.checks, staged.checks);
        merge(&mut self.committed.detectors, staged.detectors);
        for (name, watch) in &staged.watches {
            let before = self.committed.watches.get(name).and_then(Option::as_ref).and_then(|watch| watch.look_at);
            let after = watch.as_ref().and_then(|watch| watch.look_at);
            if before != after {
                if let Some(at) = before {
                    self.looks.remove(&(at, name.clone()));
                }
                if let Some(at) = after {
                    self.looks.insert((at, name.clone()));
                }
            }
        }
        merge(&mut self.committed.watches, staged.watches);
        self.committed.config = staged.config.or_else(|| self.committed.config.take());
    }

    /// What was staged could not be kept: it never was.
    pub fn discard(&mut self) {
        self.staged = Layer::default();
        self.detectors_of = self.committed.config.as_deref().map(index).unwrap_or_default();
    }

    /// When the next [`Event::Tick`](super::Event::Tick) is wanted.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.looks.first().map(|(at, _)| *at)
    }

    #[must_use]
    pub fn check(&self, name: &CheckName) -> Option<&CheckState> {
        seen(&self.staged.checks, &self.committed.checks, name)
    }

    #[must_use]
    pub fn detector(&self, name: &DetectorName) -> Option<&DetectorState> {
        seen(&self.staged.detectors, &self.committed.detectors, name)
    }

    #[must_use]
    pub fn config(&self) -> Option<&Arc<Config>> {
        self.staged.config.as_ref().or(self.committed.config.as_ref())
    }

    pub(super) fn watch(&self, name: &CheckName) -> Option<&Watch> {
        seen(&self.staged.watches, &self.committed.watches, name)
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
        names(&self.staged.checks, &self.committed.checks)
    }

    /// All detectors, in order of their names.
    pub fn detectors(&self) -> impl Iterator<Item = &DetectorName> {
        names(&self.staged.detectors, &self.committed.detectors)
    }

    /// The watches whose time to look has come. A step sees the staged watch where there is one.
    pub(super) fn overdue(&self, now: Timestamp) -> impl Iterator<Item = (&CheckName, &Watch)> {
        let due = self.looks.iter().take_while(move |(at, _)| *at <= now);
        due.filter_map(|(_, name)| self.watch(name).map(|watch| (name, watch)))
    }
}

fn seen<'a, K: Ord, V>(
    staged: &'a BTreeMap<K, Option<V>>,
    committed: &'a BTreeMap<K, Option<V>>,
    name: &K,
) -> Option<&'a V> {
    staged.get(name).or_else(|| committed.get(name)).and_then(Option::as_ref)
}

fn names<'a, K: Ord, V>(
    staged: &'a BTreeMap<K, Option<V>>,
    committed: &'a BTreeMap<K, Option<V>>,
) -> impl Iterator<Item = &'a K> {
    let all: BTreeSet<&K> = committed.keys().chain(staged.keys()).collect();
    all.into_iter().filter(move |name| seen(staged, committed, name).is_some())
}

fn merge<K: Ord, V>(committed: &mut BTreeMap<K, Option<V>>, staged: BTreeMap<K, Option<V>>) {
    for (name, value) in staged {
        match value {
            Some(value) => drop(committed.insert(name, Some(value))),
            None => drop(committed.remove(&name)),
        }
    }
}

fn index(config: &Config) -> BTreeMap<CheckName, Vec<DetectorName>> {
    let mut index: BTreeMap<CheckName, Vec<DetectorName>> = BTreeMap::new();
    for detector in config.detectors.values() {
        index.entry(detector.check.clone()).or_default().push(detector.name.clone());
    }
    index
}

//! What the node knows of SLOs at a moment: the series that are counted, those that are only kept, and the batches that
//! were counted. Knows nothing of why anything changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::SloChange;
use crate::config::Config;
use crate::id::{CheckName, SliName};
use crate::slo::{BatchKey, BatchSeen, KeptSeries, KeptSlos, Series, SeriesKey, Shape, Source};
use crate::time::Timestamp;

/// The part of the node's state that is about SLOs.
#[derive(Clone, Debug, Default)]
pub struct Slos {
    series: BTreeMap<SeriesKey, Series>,
    /// When to look at which.
    looks: BTreeSet<(Timestamp, SeriesKey)>,
    /// Those that no objective of the configuration has taken up yet, or any more.
    dormant: BTreeMap<SeriesKey, KeptSeries>,
    batches: BTreeMap<BatchKey, BatchSeen>,
    ends: BTreeSet<(Timestamp, BatchKey)>,
    /// Of the configuration in force.
    shapes: BTreeMap<SeriesKey, Arc<Shape>>,
    of_check: BTreeMap<CheckName, Vec<SeriesKey>>,
    of_sli: BTreeMap<SliName, Vec<SeriesKey>>,
    clock: Timestamp,
}

impl Slos {
    /// What a store kept. Its series are counted on once a configuration asks for them.
    pub(crate) fn restore(kept: KeptSlos) -> Self {
        let ends = kept.batches.iter().map(|(key, seen)| (seen.until, key.clone())).collect();
        Self { dormant: kept.series, batches: kept.batches, ends, ..Self::default() }
    }

    /// In the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&SeriesKey, &Series)> {
        self.series.iter()
    }

    #[must_use]
    pub fn get(&self, key: &SeriesKey) -> Option<&Series> {
        self.series.get(key)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.series.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// Series that are kept, and that no objective of the configuration has.
    pub fn dormant(&self) -> impl Iterator<Item = (&SeriesKey, &KeptSeries)> {
        self.dormant.iter()
    }

    /// Whether and when a batch was counted.
    #[must_use]
    pub fn batch(&self, key: &BatchKey) -> Option<&BatchSeen> {
        self.batches.get(key)
    }

    pub(super) fn batches_len(&self) -> usize {
        self.batches.len()
    }

    /// The batch that is to be forgotten next, and when.
    pub(super) fn oldest_batch(&self) -> Option<&(Timestamp, BatchKey)> {
        self.ends.first()
    }

    pub(super) fn batches_over(&self, now: Timestamp) -> impl Iterator<Item = &BatchKey> {
        self.ends.iter().take_while(move |(until, _)| *until <= now).map(|(_, key)| key)
    }

    pub(super) const fn shapes(&self) -> &BTreeMap<SeriesKey, Arc<Shape>> {
        &self.shapes
    }

    pub(super) fn kept(&self, key: &SeriesKey) -> Option<&KeptSeries> {
        self.dormant.get(key)
    }

    pub(super) fn of_check(&self, check: &CheckName) -> &[SeriesKey] {
        self.of_check.get(check).map_or(&[], Vec::as_slice)
    }

    pub(super) fn of_sli(&self, sli: &SliName) -> &[SeriesKey] {
        self.of_sli.get(sli).map_or(&[], Vec::as_slice)
    }

    pub(super) const fn clock(&self) -> Timestamp {
        self.clock
    }

    pub(super) fn due(&self, now: Timestamp) -> impl Iterator<Item = &SeriesKey> {
        self.looks.iter().take_while(move |(at, _)| *at <= now).map(|(_, key)| key)
    }

    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        self.looks.first().map(|(at, _)| *at)
    }

    /// Definitions of a new configuration; what they mean for series is decided next.
    pub(crate) fn configure(&mut self, config: &Config) {
        self.shapes.clear();
        self.of_check.clear();
        self.of_sli.clear();
        for slo in config.slos.values() {
            let others = config.budget_policies.windows(&slo.name);
            for objective in &slo.objectives {
                let shape = Shape::with_windows(slo, objective, &others);
                let keys = match &shape.source {
                    Source::Check(check) => self.of_check.entry(check.clone()).or_default(),
                    Source::Events(sli) => self.of_sli.entry(sli.clone()).or_default(),
                };
                keys.push(shape.key.clone());
                self.shapes.insert(shape.key.clone(), Arc::new(shape));
            }
        }
    }

    pub(crate) fn apply(&mut self, change: &SloChange) {
        match change {
            SloChange::Begun(key, beginning) => {
                self.dormant.remove(key);
                let Some(shape) = self.shapes.get(key) else { return };
                self.insert(key, Series::begin(Arc::clone(shape), beginning.clone()));
            }
            SloChange::Beginning(key, beginning) if beginning.left_at.is_some() => {
                self.lay_down(key, beginning.clone())
            }
            SloChange::Beginning(key, beginning) => {
                if let Some(kept) = self.dormant.get_mut(key) {
                    kept.beginning = beginning.clone();
                }
                self.change(key, |series| series.begin_at(beginning.clone()));
            }
            SloChange::Forgotten(key) => {
                self.dormant.remove(key);
                self.remove(key);
            }
            SloChange::Woken(key, now) => {
                let (Some(kept), Some(shape)) = (self.dormant.remove(key), self.shapes.get(key)) else { return };
                self.insert(key, Series::restore(Arc::clone(shape), kept, *now));
            }
            SloChange::Reshaped(key) => {
                let Some(shape) = self.shapes.get(key).cloned() else { return };
                self.change(key, |series| series.reshape(shape));
            }
            SloChange::Slots(key, slots) => {
                self.change(key, |series| slots.iter().for_each(|(slot, raw)| series.put(*slot, *raw)));
            }
            SloChange::Closed(key, block) => self.change(key, |series| series.close(block)),
            SloChange::Rewound { series, block, beginning } => {
                self.change(series, |series| series.rewind(block, beginning.clone()));
            }
            SloChange::Meter(key, meter) => self.change(key, |series| series.measure(meter.clone())),
            SloChange::Tally(key, tally) => self.change(key, |series| series.tell(tally.clone())),
            SloChange::Mark(key, slot, sum) => self.change(key, |series| series.mark(*slot, *sum)),
            SloChange::Rule(key, name, state) => self.change(key, |series| series.rule(name, state.as_ref())),
            SloChange::Advanced(key, slot) => self.change(key, |series| series.advance(*slot)),
            SloChange::Asked { series, window, first, at } => {
                self.change(series, |series| series.ask(*window, *first, *at));
            }
            SloChange::Tail { series, window, first, sums } => {
                self.change(series, |series| series.answer(*window, *first, sums));
            }
            SloChange::Batch(key, seen) => self.remember(key, seen.as_ref()),
            SloChange::Clock(now) => self.clock = *now,
        }
    }

    fn change(&mut self, key: &SeriesKey, change: impl FnOnce(&mut Series)) {
        let Some(series) = self.series.get_mut(key) else { return };
        let before = series.look_at();
        change(series);
        let after = series.look_at();
        if before != after {
            self.looks.remove(&(before, key.clone()));
            self.looks.insert((after, key.clone()));
        }
    }

    fn insert(&mut self, key: &SeriesKey, series: Series) {
        self.remove(key);
        self.looks.insert((series.look_at(), key.clone()));
        self.series.insert(key.clone(), series);
    }

    fn remove(&mut self, key: &SeriesKey) -> Option<Series> {
        let series = self.series.remove(key)?;
        self.looks.remove(&(series.look_at(), key.clone()));
        Some(series)
    }

    fn lay_down(&mut self, key: &SeriesKey, beginning: crate::slo::Beginning) {
        let kept = self.remove(key).map(|series| series.keep()).or_else(|| self.dormant.remove(key));
        if let Some(kept) = kept {
            self.dormant.insert(key.clone(), KeptSeries { beginning, ..kept });
        }
    }

    fn remember(&mut self, key: &BatchKey, seen: Option<&BatchSeen>) {
        if let Some(before) = self.batches.remove(key) {
            self.ends.remove(&(before.until, key.clone()));
        }
        if let Some(seen) = seen {
            self.ends.insert((seen.until, key.clone()));
            self.batches.insert(key.clone(), seen.clone());
        }
    }
}

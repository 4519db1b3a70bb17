//! A store of SLOs in memory: what each durable change means to whoever keeps it, in as few words as can be.

use std::collections::BTreeMap;

use crate::pipeline::SloChange;
use crate::slo::{BatchKey, BatchSeen, Block, KeptSeries, KeptSlos, Meter, SeriesKey, Slot, Tally};

#[derive(Debug, Default)]
pub(super) struct Shelf {
    series: BTreeMap<SeriesKey, KeptSeries>,
    blocks: BTreeMap<SeriesKey, BTreeMap<Slot, Block>>,
    batches: BTreeMap<BatchKey, BatchSeen>,
}

impl Shelf {
    pub(super) fn keep(&mut self, change: &SloChange) {
        match change {
            SloChange::Begun(key, beginning) => {
                let fresh = KeptSeries {
                    beginning: beginning.clone(),
                    meter: Meter::default(),
                    tally: Tally::default(),
                    rules: BTreeMap::new(),
                    marks: Vec::new(),
                    last_block: None,
                    open: Vec::new(),
                };
                self.series.insert(key.clone(), fresh);
                self.blocks.remove(key);
            }
            SloChange::Beginning(key, beginning) => {
                self.change(key, |series, blocks| {
                    let kept = blocks.range(..=beginning.kept_from).next_back().map(|(first, _)| *first);
                    blocks.retain(|first, _| kept.is_none_or(|kept| *first >= kept));
                    series.marks.retain(|(slot, _)| *slot >= beginning.since);
                    series.beginning = beginning.clone();
                });
            }
            SloChange::Forgotten(key) => {
                self.series.remove(key);
                self.blocks.remove(key);
            }
            SloChange::Slots(key, slots) => self.change(key, |series, _| {
                let mut open: BTreeMap<_, _> = series.open.iter().copied().collect();
                open.extend(slots.iter().copied());
                series.open = open.into_iter().collect();
            }),
            SloChange::Closed(key, block) => self.change(key, |series, blocks| {
                series.open.retain(|(slot, _)| *slot > block.end());
                blocks.insert(block.first, block.clone());
            }),
            SloChange::Rewound { series, block, beginning } => self.change(series, |series, blocks| {
                series.open.clear();
                series.marks.retain(|(slot, _)| *slot < block.first);
                series.beginning = beginning.clone();
                blocks.retain(|first, _| *first < block.first);
                blocks.insert(block.first, block.clone());
            }),
            SloChange::Meter(key, meter) => self.change(key, |series, _| series.meter = meter.clone()),
            SloChange::Tally(key, tally) => self.change(key, |series, _| series.tally = tally.clone()),
            SloChange::Mark(key, slot, sum) => self.change(key, |series, _| series.marks.push((*slot, *sum))),
            SloChange::Rule(key, rule, state) => self.change(key, |series, _| {
                match state {
                    Some(state) => drop(series.rules.insert(rule.clone(), state.clone())),
                    None => drop(series.rules.remove(rule)),
                };
            }),
            SloChange::Batch(key, Some(seen)) => drop(self.batches.insert(key.clone(), seen.clone())),
            SloChange::Batch(key, None) => drop(self.batches.remove(key)),
            change => assert!(!change.is_durable(), "{change:?}"),
        }
    }

    pub(super) fn kept(&self) -> KeptSlos {
        let mut kept = KeptSlos { series: self.series.clone(), batches: self.batches.clone() };
        for (key, series) in &mut kept.series {
            let newest = self.blocks.get(key).and_then(|blocks| blocks.last_key_value());
            series.last_block = newest.map(|(_, block)| block.clone());
        }
        kept
    }

    /// The blocks that begin up to `last`, from the last one on that begins no later than `first`.
    pub(super) fn read(&self, key: &SeriesKey, first: Slot, last: Slot) -> Vec<Block> {
        let Some(blocks) = self.blocks.get(key) else { return Vec::new() };
        let from = blocks.range(..=first).next_back().map_or(first, |(first, _)| *first);
        blocks.range(from..=last.max(from)).map(|(_, block)| block.clone()).collect()
    }

    pub(super) fn blocks(&self) -> usize {
        self.blocks.values().map(BTreeMap::len).sum()
    }

    fn change(&mut self, key: &SeriesKey, change: impl FnOnce(&mut KeptSeries, &mut BTreeMap<Slot, Block>)) {
        let series = self.series.get_mut(key).expect("a series that was begun");
        change(series, self.blocks.entry(key.clone()).or_default());
    }
}

//! Our side: the hallway counts a month of slots, with what it closes kept in memory where a store would keep it.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tocsin_core::pipeline::{Change, Effect, Event, SloChange, State, advance};
use tocsin_core::slo::{Block, Series, SeriesKey, Slo, Slot, SlotWidth, door};
use tocsin_core::time::Timestamp;

use crate::figure::median;
use crate::node::{MINUTE, clock, key, node, posted};
use crate::traffic::Traffic;

/// Slots at the end of the month that are timed, and how many of them make one round.
const TIMED: usize = 1_000;
const ROUND: usize = 100;

pub(crate) struct Ours {
    state: State,
    slos: Vec<Slo>,
    blocks: BTreeMap<SeriesKey, BTreeMap<Slot, Block>>,
}

impl Ours {
    pub(crate) fn new(slos: Vec<Slo>, began: Timestamp) -> Self {
        Self { state: node(slos.clone(), began), slos, blocks: BTreeMap::new() }
    }

    /// Counts all of it. Nanoseconds that one SLO takes for passing a slot, being judged, and a look at each window.
    pub(crate) fn feed(&mut self, traffic: &Traffic) -> Result<f64> {
        let width = SlotWidth::new(MINUTE);
        let slots: Vec<Slot> = traffic.slots().collect();
        let timed_from = slots.len().saturating_sub(TIMED);
        let mut took = Vec::new();
        for (index, slot) in slots.into_iter().enumerate() {
            let began = clock();
            self.pass(width.start(slot));
            self.evaluate(width.start(slot));
            if index >= timed_from {
                took.push(began.elapsed().as_nanos() as f64 / self.slos.len() as f64);
            }
            for objective in 0..self.slos.len() {
                self.post(traffic, objective, slot)?;
            }
        }
        let means = took.chunks(ROUND).map(|round| round.iter().sum::<f64>() / round.len() as f64);
        Ok(median(means.collect()))
    }

    pub(crate) fn pass(&mut self, now: Timestamp) {
        self.take(&Event::Tick, now);
    }

    pub(crate) fn series(&self, slo: &str) -> Result<&Series> {
        self.state.slos().get(&key(slo)).with_context(|| format!("the SLO {slo} is not counted"))
    }

    fn evaluate(&self, now: Timestamp) {
        for (_, series) in self.state.slos().iter() {
            black_box(series.holding(now).filter(|(_, holds)| *holds == Some(true)).count());
            series.readings().for_each(|reading| {
                black_box(reading);
            });
        }
    }

    fn post(&mut self, traffic: &Traffic, objective: usize, slot: Slot) -> Result<()> {
        let config = Arc::clone(self.state.config().context("a node has a configuration")?);
        let name = self.slos.get(objective).context("no such SLO")?.name.to_string();
        let counts = traffic.counts(objective, slot);
        let at = SlotWidth::new(MINUTE).start(slot).after(MINUTE / 2);
        let posted = posted(at, counts.good, counts.total);
        let report = door(&config, &name.as_str().into(), &posted, slot.0.unsigned_abs(), at)?;
        self.take(&Event::from(report), at);
        Ok(())
    }

    fn take(&mut self, event: &Event, now: Timestamp) {
        let transition = advance(&mut self.state, event, now);
        for change in transition.changes {
            if let Change::Slo(SloChange::Closed(key, block)) = change {
                self.blocks.entry(key).or_default().insert(block.first, block);
            }
        }
        for effect in transition.effects {
            if let Effect::ReadSlots { series, era, first, last } = effect {
                let blocks = self.read(&series, first, last);
                self.take(&Event::SlotsRead { series, era, first, last, blocks }, now);
            }
        }
    }

    /// The blocks that begin up to `last`, from the last one on that begins no later than `first`.
    fn read(&self, key: &SeriesKey, first: Slot, last: Slot) -> Arc<[Block]> {
        let Some(blocks) = self.blocks.get(key) else { return Arc::default() };
        let from = blocks.range(..=first).next_back().map_or(first, |(first, _)| *first);
        blocks.range(from..=last.max(from)).map(|(_, block)| block.clone()).collect()
    }
}

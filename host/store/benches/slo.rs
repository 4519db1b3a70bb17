//! `cargo xtask bench slo-disk`: what an objective takes on disk for 90 days of one-minute slots. The hallway lives them,
//! slot by slot, and the store keeps what it is told and answers what it is asked, as in a node; only the days are
//! committed whole.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use tempfile::TempDir;
use tocsin_core::pipeline::{Change, Effect, Event, State, advance};
use tocsin_core::slo::{Counts, door};
use tocsin_core::time::Timestamp;
use tocsin_store::{Options, Store};

#[path = "../../sandbox/benches/sandbox/figure.rs"]
#[expect(dead_code, reason = "bytes are counted once")]
mod figure;
#[path = "../../core/benches/slo/node.rs"]
#[expect(dead_code, reason = "nothing is timed here")]
mod node;

use figure::Reach;
use node::{DAY, MINUTE, posted, slo};

const START: Timestamp = Timestamp::from_millis(1_700_000_040_000);
const DAYS: u64 = 90;
const SLOTS_A_DAY: u64 = 1_440;
const OBJECTIVES: usize = 10;

fn main() {
    // A thousand events or so, never as many as before, some of them bad.
    let lively = |slot: u64| {
        let total = 1_000 + slot * 37 % 211;
        Counts { good: total - slot * 13 % 5, total }
    };
    // A check each minute, bad for ten of them a day.
    let steady = |slot: u64| Counts { good: u64::from(slot % SLOTS_A_DAY >= 10), total: 1 };
    for (name, counts) in [
        ("90 days of an objective, a thousand events a minute", &lively as &dyn Fn(u64) -> Counts),
        ("90 days of an objective, a check a minute", &steady),
    ] {
        let bytes = Life::new().and_then(|life| life.live(counts)).unwrap_or_else(|error| node::fail(&error));
        figure::print(name, bytes, "bytes on disk", None, Reach::Nothing);
    }
}

/// A node and its store.
struct Life {
    state: State,
    store: Store,
    _folder: TempDir,
    /// What is not committed yet.
    changes: Vec<Change>,
}

impl Life {
    fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let store = Store::open(folder.path(), &Options::default())?;
        Ok(Self { state: State::default(), store, _folder: folder, changes: Vec::new() })
    }

    /// By how much each objective made the file grow.
    fn live(mut self, counts: &dyn Fn(u64) -> Counts) -> Result<f64> {
        let slos = (0..OBJECTIVES).map(|n| slo(&format!("s{n}"), MINUTE, 90 * DAY)).collect();
        let config = Arc::new(node::configuration(slos));
        self.take(&Event::Configured(Arc::clone(&config)), START)?;
        let before = self.file_bytes()?;
        let mut now = START;
        for slot in 0..DAYS * SLOTS_A_DAY {
            now = now.after(MINUTE);
            self.take(&Event::Tick, now)?;
            let Counts { good, total } = counts(slot);
            let report = door(&config, &"orders".into(), &posted(now, good, total), slot, now)?;
            self.take(&Event::from(report), now)?;
            if slot % SLOTS_A_DAY == 0 {
                self.commit()?;
            }
        }
        let grown = self.file_bytes()?.checked_sub(before).context("the file shrank")?;
        Ok(grown as f64 / OBJECTIVES as f64)
    }

    fn take(&mut self, event: &Event, now: Timestamp) -> Result<()> {
        let transition = advance(&mut self.state, event, now);
        self.changes.extend(transition.changes.into_iter().filter(Change::is_durable));
        for effect in transition.effects {
            if let Effect::ReadSlots { series, era, first, last } = effect {
                self.commit()?;
                let blocks = self.store.slo_blocks(&series, first, last)?.into();
                self.take(&Event::SlotsRead { series, era, first, last, blocks }, now)?;
            }
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        Ok(self.store.commit(&std::mem::take(&mut self.changes))?)
    }

    /// The file's size with all of it in.
    fn file_bytes(&mut self) -> Result<u64> {
        self.commit()?;
        Ok(self.store.usage()?.file_bytes)
    }
}

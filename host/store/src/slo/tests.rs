use tocsin_core::pipeline::Change;
use tocsin_core::slo::{Meter, Tally};
use tocsin_core::time::Timestamp;

use super::*;
use crate::Options;
use crate::fixture::store;

const AT: Timestamp = Timestamp::from_millis(1_000);

fn key() -> SeriesKey {
    SeriesKey { slo: "checkout".into(), objective: "99.9".into() }
}

fn beginning(since: i64, era: u64) -> Beginning {
    let (digest, sum) = ("d".to_owned(), Counts::default());
    Beginning { at: AT, digest, renewed: false, since: Slot(since), sum, kept_from: Slot(since), era, left_at: None }
}

fn counts(good: u64, total: u64) -> Counts {
    Counts { good, total }
}

/// Four slots from `first` on, of which each is this.
fn block(first: i64, before: Counts) -> Block {
    Block { first: Slot(first), before, counts: vec![counts(1, 2); 4] }
}

fn kept(store: &Store) -> KeptSlos {
    store.0.db.read("load", load).unwrap()
}

fn commit(store: &Store, changes: Vec<SloChange>) {
    store.commit(&changes.into_iter().map(Change::Slo).collect::<Vec<_>>()).unwrap();
}

fn firsts(store: &Store, first: i64, last: i64) -> Vec<i64> {
    store.slo_blocks(&key(), Slot(first), Slot(last)).unwrap().iter().map(|block| block.first.0).collect()
}

#[test]
fn what_was_counted_is_what_a_restart_finds() {
    let (folder, store) = store();
    let tally = Tally { excluded: 3, ..Tally::default() };
    let meter = Meter { newest: Some(AT), ..Meter::default() };
    let batch = BatchKey { sli: "orders".into(), source: String::new(), key: "k".to_owned() };
    let seen = BatchSeen { ticket: 7, until: AT };
    commit(
        &store,
        vec![
            SloChange::Begun(key(), beginning(10, 0)),
            SloChange::Slots(key(), vec![(Slot(10), counts(1, 1)), (Slot(14), counts(u64::MAX, u64::MAX))]),
            SloChange::Slots(key(), vec![(Slot(10), counts(1, 2))]),
            SloChange::Closed(key(), block(10, Counts::default())),
            SloChange::Meter(key(), meter.clone()),
            SloChange::Tally(key(), tally.clone()),
            SloChange::Mark(key(), Slot(12), counts(3, 4)),
            SloChange::Batch(batch.clone(), Some(seen.clone())),
        ],
    );
    drop(store);
    let store = Store::open(folder.path(), &Options::default()).unwrap();
    let found = kept(&store);
    let series = found.series.get(&key()).unwrap();
    assert_eq!(series.beginning, beginning(10, 0));
    assert_eq!((&series.meter, &series.tally), (&meter, &tally));
    assert_eq!(series.open, [(Slot(14), counts(u64::MAX, u64::MAX))], "what is in a block is not open");
    assert_eq!(series.last_block, Some(block(10, Counts::default())));
    assert_eq!(series.marks, [(Slot(12), counts(3, 4))]);
    assert_eq!(found.batches.get(&batch), Some(&seen));
    let recorded = store.slo_recorded(&key(), Slot(12), Slot(99)).unwrap();
    assert_eq!(recorded, [(Slot(12), counts(1, 2)), (Slot(13), counts(1, 2)), (Slot(14), counts(u64::MAX, u64::MAX))]);
}

#[test]
fn the_blocks_of_a_stretch_come_with_the_one_before_it() {
    let (_folder, store) = store();
    commit(&store, vec![SloChange::Begun(key(), beginning(0, 0))]);
    for first in [0, 4, 8, 20] {
        commit(&store, vec![SloChange::Closed(key(), block(first, Counts::default()))]);
    }
    assert_eq!(firsts(&store, 5, 8), [4, 8]);
    assert_eq!(firsts(&store, 4, 4), [4]);
    assert_eq!(firsts(&store, 12, 13), [8], "nothing happened there: what was before is what counts");
    assert_eq!(firsts(&store, 13, 30), [8, 20]);
    assert_eq!(firsts(&store, -9, -1), [0; 0]);
}

#[test]
fn a_clock_set_back_takes_later_blocks_and_open_slots_along() {
    let (_folder, store) = store();
    commit(&store, vec![SloChange::Begun(key(), beginning(0, 0))]);
    for first in [0, 4, 8] {
        commit(&store, vec![SloChange::Closed(key(), block(first, Counts::default()))]);
    }
    commit(
        &store,
        vec![SloChange::Slots(key(), vec![(Slot(12), counts(1, 1))]), SloChange::Mark(key(), Slot(6), counts(1, 1))],
    );
    let mark = Block { first: Slot(6), before: counts(7, 13), counts: Vec::new() };
    commit(&store, vec![SloChange::Rewound { series: key(), block: mark.clone(), beginning: beginning(0, 1) }]);
    let found = kept(&store);
    let series = found.series.get(&key()).unwrap();
    assert_eq!((series.last_block.as_ref(), series.open.len(), series.marks.len()), (Some(&mark), 0, 0));
    assert_eq!(series.beginning.era, 1);
    assert_eq!(firsts(&store, 0, 99), [0, 4, 6]);
}

#[test]
fn what_is_forgotten_leaves_only_what_is_still_needed() {
    let (_folder, store) = store();
    commit(&store, vec![SloChange::Begun(key(), beginning(0, 0))]);
    for first in [0, 4, 8] {
        commit(&store, vec![SloChange::Closed(key(), block(first, Counts::default()))]);
    }
    commit(&store, vec![SloChange::Beginning(key(), beginning(6, 1))]);
    assert_eq!(firsts(&store, 0, 99), [4, 8], "the second reaches into what is left");
    commit(&store, vec![SloChange::Begun(key(), beginning(20, 2))]);
    assert_eq!(firsts(&store, 0, 99), [0; 0], "another series in its place");
    commit(&store, vec![SloChange::Forgotten(key())]);
    assert!(kept(&store).series.is_empty());
}

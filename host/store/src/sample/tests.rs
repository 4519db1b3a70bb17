use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::Options;
use crate::fixture::store;

const ALWAYS: (Timestamp, Timestamp) = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX));

fn key(check: &str, metric: &str, labels: &[(&str, &str)]) -> SeriesKey {
    let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    SeriesKey { check: check.into(), metric: metric.into(), labels }
}

fn new(key: &SeriesKey, at: i64, value: impl Into<Option<f64>>) -> NewSample {
    let sample = Sample { at: Timestamp::from_millis(at), value: value.into() };
    NewSample { key: key.clone(), unit: "seconds".into(), sample }
}

#[test]
fn a_range_has_both_its_ends_and_is_in_order_of_time() {
    let (_folder, store) = store();
    let (a, b) = (key("web", "seconds", &[]), key("web", "seconds", &[("path", "/")]));
    // The clock was set back in between.
    store.append(&[new(&a, 30, 3.0), new(&b, 30, -1.0), new(&a, 40, None)]).unwrap();
    store.append(&[new(&a, 10, 1.0), new(&a, 20, 2.0)]).unwrap();
    let range = store.range(&a, Timestamp::from_millis(20), Timestamp::from_millis(40)).unwrap();
    let range: Vec<_> = range.iter().map(|sample| (sample.at.as_millis(), sample.value)).collect();
    assert_eq!(range, [(20, Some(2.0)), (30, Some(3.0)), (40, None)]);
}

#[test]
fn the_latest_sample_is_known_before_and_after_a_restart() {
    let (folder, store) = store();
    let (a, never) = (key("web", "seconds", &[]), key("web", "bytes", &[]));
    store.append(&[new(&a, 20, 2.0), new(&a, 30, 3.0)]).unwrap();
    store.append(&[new(&a, 10, 1.0)]).unwrap();
    let latest = Some(Sample { at: Timestamp::from_millis(30), value: Some(3.0) });
    assert_eq!(store.latest(&a).unwrap(), latest);
    assert_eq!(store.latest(&never).unwrap(), None);
    drop(store);
    let store = Store::open(folder.path(), &Options::default()).unwrap();
    assert_eq!(store.latest(&a).unwrap(), latest);
    assert_eq!(store.series_of(&"web".into()), [SeriesInfo { key: a, unit: "seconds".into() }]);
}

#[test]
fn folding_batches_into_blocks_changes_no_answer() {
    let (folder, store) = store();
    let keys: Vec<_> = (0..100).map(|n| key(&format!("check-{}", n / 3), &format!("m{n}"), &[])).collect();
    for batch in 0..20_i64 {
        let samples: Vec<_> =
            keys.iter().enumerate().map(|(n, key)| new(key, batch * 250, n as f64 + batch as f64)).collect();
        store.append(&samples).unwrap();
    }
    let answers = |store: &Store| -> Vec<_> {
        keys.iter().map(|key| (store.range(key, ALWAYS.0, ALWAYS.1).unwrap(), store.latest(key).unwrap())).collect()
    };
    let before = answers(&store);
    assert!(before.iter().all(|(range, _)| range.len() == 20));
    store.fold_samples().unwrap();
    assert_eq!(store.counts().unwrap().samples, 2_000);
    assert_eq!(answers(&store), before);
    drop(store);
    assert_eq!(answers(&Store::open(folder.path(), &Options::default()).unwrap()), before);
}

#[test]
fn enough_samples_are_folded_by_themselves() {
    let (_folder, store) = store();
    let one = key("web", "seconds", &[]);
    let samples: Vec<_> = (0..140_000).map(|n| new(&one, n, n as f64)).collect();
    store.append(&samples).unwrap();
    let batches: i64 =
        store.0.db.read("count", |db| db.query_row("SELECT count(*) FROM sample_batch", [], |r| r.get(0))).unwrap();
    assert_eq!(batches, 0);
    let range = store.range(&one, Timestamp::from_millis(70_000), Timestamp::from_millis(70_009)).unwrap();
    assert_eq!(range.len(), 10);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn what_was_appended_is_what_a_range_returns(
        batches in proptest::collection::vec(
            proptest::collection::vec((0_usize..40, 0_i64..1_000, proptest::option::of(-1e9..1e9)), 0..60), 0..8),
        folds in proptest::collection::vec(any::<bool>(), 8),
    ) {
        let (_folder, store) = store();
        let keys: Vec<_> = (0..40).map(|n| key(&format!("c{n}"), "m", &[])).collect();
        let mut expected: BTreeMap<usize, Vec<(i64, Option<f64>)>> = BTreeMap::new();
        for (batch, fold) in batches.iter().zip(folds) {
            let samples: Vec<_> = batch.iter().map(|(n, at, value)| new(&keys[*n], *at, *value)).collect();
            store.append(&samples).unwrap();
            for (n, at, value) in batch {
                expected.entry(*n).or_default().push((*at, *value));
            }
            if fold {
                store.fold_samples().unwrap();
            }
        }
        for (n, mut samples) in expected {
            samples.sort_by_key(|(at, _)| *at);
            let range = store.range(&keys[n], ALWAYS.0, ALWAYS.1).unwrap();
            let mut range: Vec<_> = range.iter().map(|sample| (sample.at.as_millis(), sample.value)).collect();
            // Samples of one time have no order among themselves.
            let by_bits = |(at, value): &(i64, Option<f64>)| (*at, value.map(f64::to_bits));
            samples.sort_by_key(by_bits);
            range.sort_by_key(by_bits);
            prop_assert_eq!(range, samples);
        }
    }
}

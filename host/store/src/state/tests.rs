use proptest::prelude::*;
use tocsin_core::anomaly::{Anomaly, AnomalyKind, SeriesKey};
use tocsin_core::health::{Health, HealthStatus};
use tocsin_core::pipeline::CheckState;
use tocsin_core::quarantine::Quarantine;
use tocsin_core::time::Timestamp;

use super::*;
use crate::fixture::store;
use crate::{AnomalyQuery, Options};

fn quarantine() -> impl Strategy<Value = Quarantine> {
    (any::<u32>(), proptest::option::of(any::<i64>()))
        .prop_map(|(faults, until)| Quarantine { faults, until: until.map(Timestamp::from_millis) })
}

fn check_change() -> impl Strategy<Value = Change> {
    let statuses =
        [HealthStatus::Ok, HealthStatus::Warning, HealthStatus::Critical, HealthStatus::Unknown, HealthStatus::Stale];
    let state = (0..statuses.len(), any::<i64>(), quarantine()).prop_map(move |(status, since, quarantine)| {
        let health = Health::hard(statuses[status], Timestamp::from_millis(since));
        CheckState { health, quarantine, failing: None }
    });
    ("[a-c]", proptest::option::of(state)).prop_map(|(name, state)| Change::Check(name.as_str().into(), state))
}

fn detector_change() -> impl Strategy<Value = Change> {
    let snapshot = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..64));
    let state =
        (any::<i64>(), snapshot, any::<bool>(), quarantine()).prop_map(|(until, snapshot, warm, quarantine)| {
            DetectorState { judged_until: Timestamp::from_millis(until), snapshot, warm, quarantine }
        });
    ("[a-c]", proptest::option::of(state)).prop_map(|(name, state)| Change::Detector(name.as_str().into(), state))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_was_committed_is_what_is_loaded(
        commits in proptest::collection::vec(
            proptest::collection::vec(prop_oneof![check_change(), detector_change()], 0..6), 0..6)
    ) {
        let (folder, store) = store();
        let (mut checks, mut detectors) = (BTreeMap::new(), BTreeMap::new());
        for changes in &commits {
            store.commit(changes).unwrap();
            for change in changes.iter().cloned() {
                match change {
                    Change::Check(name, Some(state)) => drop(checks.insert(name, state)),
                    Change::Check(name, None) => drop(checks.remove(&name)),
                    Change::Detector(name, Some(state)) => drop(detectors.insert(name, state)),
                    Change::Detector(name, None) => drop(detectors.remove(&name)),
                    _ => unreachable!(),
                }
            }
        }
        drop(store);
        let store = Store::open(folder.path(), &Options::default()).unwrap();
        let state = store.load_state().unwrap();
        let loaded_checks = state.checks().map(|name| (name.clone(), state.check(name).unwrap().clone())).collect::<BTreeMap<_, _>>();
        let loaded_detectors = state.detectors().map(|name| (name.clone(), state.detector(name).unwrap().clone())).collect::<BTreeMap<_, _>>();
        prop_assert_eq!((loaded_checks, loaded_detectors), (checks, detectors));
    }
}

#[test]
fn a_commit_that_fails_leaves_nothing_behind() {
    let (_folder, store) = store();
    let fresh = CheckState::not_run_yet(Timestamp::from_millis(1));
    store.0.db.write("break", |tx| tx.execute_batch("DROP TABLE state_detector")).unwrap();
    let changes =
        [Change::Check("web".into(), Some(fresh)), Change::Detector("z".into(), Some(DetectorState::default()))];
    let error = store.commit(&changes).unwrap_err();
    assert!(error.to_string().contains("tocsin.db failed while it was to commit the node's state"), "{error}");
    assert_eq!(
        store
            .0
            .db
            .read("count", |db| db.query_row("SELECT count(*) FROM state_check", [], |r| r.get::<_, i64>(0)))
            .unwrap(),
        0
    );
}

#[test]
fn anomalies_are_found_by_check_detector_and_time_newest_first() {
    let (_folder, store) = store();
    let anomaly = |detector: &str, check: &str, at| Anomaly {
        detector: detector.into(),
        series: SeriesKey { check: check.into(), metric: "seconds".into(), labels: vec![] },
        at: Timestamp::from_millis(at),
        kind: AnomalyKind::Spike,
        score: 4.5,
        value: Some(1.0),
        expected_low: None,
        expected_high: Some(0.5),
        explanation: "far out".into(),
    };
    let all = [anomaly("z", "web", 10), anomaly("z", "db", 20), anomaly("m", "web", 30)];
    store.commit(&all.clone().map(Change::Anomaly)).unwrap();
    let found = |query: AnomalyQuery, limit| -> Vec<i64> {
        store.anomalies(&query, limit).unwrap().iter().map(|anomaly| anomaly.at.as_millis()).collect()
    };
    let at = |ms| Some(Timestamp::from_millis(ms));
    let any = AnomalyQuery::default;
    let table = [
        (any(), 9, vec![30, 20, 10]),
        (any(), 2, vec![30, 20]),
        (AnomalyQuery { check: Some("web".into()), ..any() }, 9, vec![30, 10]),
        (AnomalyQuery { detector: Some("z".into()), ..any() }, 9, vec![20, 10]),
        (AnomalyQuery { check: Some("web".into()), detector: Some("z".into()), ..any() }, 9, vec![10]),
        (AnomalyQuery { from: at(20), to: at(30), ..any() }, 9, vec![30, 20]),
        (AnomalyQuery { from: at(31), ..any() }, 9, vec![]),
    ];
    for (query, limit, expected) in table {
        assert_eq!(found(query.clone(), limit), expected, "{query:?}");
    }
    assert_eq!(store.anomalies(&any(), 1).unwrap(), [all[2].clone()]);
}

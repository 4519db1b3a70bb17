//! The detector over whole series, a batch a call, the snapshot carried on as the node does.

use tocsin_sdk::Sample;
use tocsin_sdk::detectors::{Anomaly, AnomalyKind, Input, Output, Series};
use tocsin_sdk::entry;

fn call(config: &str, at: i64, values: &[Option<f64>], snapshot: Option<Vec<u8>>) -> Output {
    let samples = (at..).zip(values).map(|(at, value)| Sample { at, value: *value }).collect();
    let (check, metric, unit) = ("web".into(), "response_time".into(), "seconds".into());
    let series = vec![Series { check, metric, unit, labels: Vec::new(), interval: 1_000, samples }];
    let input = Input { detector: "slow".into(), config: String::new(), series, snapshot };
    super::detect(entry::config(config).unwrap(), input).unwrap()
}

fn run(config: &str, values: &[Option<f64>]) -> Vec<Anomaly> {
    call(config, 0, values, None).anomalies
}

/// Values around `mean` that vary by `by` in a fixed order.
fn around(mean: f64, by: f64, count: usize) -> Vec<Option<f64>> {
    [0.0, 1.0, -1.0, 0.5, -0.5].iter().cycle().take(count).map(|share| Some(mean + share * by)).collect()
}

const SHORT: &str = r#"{"window": 30, "warm_up": 10}"#;

#[test]
fn values_are_judged_by_how_far_they_are_from_the_recent_mean() {
    let cases = [
        ("a usual one", 10.5, None),
        ("a spike", 20.0, Some(AnomalyKind::Spike)),
        ("a dip", 2.0, Some(AnomalyKind::Dip)),
        ("no number", f64::NAN, None),
    ];
    for (name, last, kind) in cases {
        let mut values = around(10.0, 1.0, 30);
        values.push(Some(last));
        let anomalies = run(SHORT, &values);
        assert_eq!(anomalies.first().map(|anomaly| (anomaly.kind, anomaly.at)), kind.map(|kind| (kind, 30)), "{name}");
    }
}

#[test]
fn nothing_is_judged_before_the_warm_up() {
    let output = call(SHORT, 0, &[Some(1.0), Some(1.0), Some(900.0)], None);
    assert_eq!((output.anomalies.len(), output.warm), (0, false));
}

#[test]
fn a_change_in_a_constant_series_is_an_anomaly_from_the_floor_on() {
    let cases = [(100.0, 103.0, false), (100.0, 105.0, true), (0.0, 1e-10, false), (0.0, 0.5, true)];
    for (constant, last, expected) in cases {
        let mut values = vec![Some(constant); 20];
        values.push(Some(last));
        let anomalies = run(SHORT, &values);
        assert_eq!(!anomalies.is_empty(), expected, "{constant} then {last}");
        assert!(anomalies.iter().all(|anomaly| anomaly.score.is_finite()));
    }
}

#[test]
fn a_spike_does_not_hide_the_next_one() {
    let mut values = around(10.0, 1.0, 30);
    for _ in 0..4 {
        values.push(Some(1_000.0));
        values.extend(around(10.0, 1.0, 3));
    }
    let anomalies = run(SHORT, &values);
    assert_eq!(anomalies.iter().filter(|anomaly| anomaly.kind == AnomalyKind::Spike).count(), 4);
}

#[test]
fn many_in_a_row_are_a_new_level_and_then_usual() {
    let mut values = around(10.0, 1.0, 30);
    values.extend(around(50.0, 1.0, 60));
    let anomalies = run(SHORT, &values);
    let kinds: Vec<_> = anomalies.iter().map(|anomaly| anomaly.kind).collect();
    assert_eq!(kinds.last(), Some(&AnomalyKind::LevelShift));
    assert!(kinds.len() <= 10, "{kinds:?}");
    assert!(anomalies.iter().all(|anomaly| anomaly.at < 40));
}

#[test]
fn only_the_side_asked_for_is_an_anomaly() {
    for (direction, last, expected) in [("above", 20.0, 1), ("above", 0.0, 0), ("below", 0.0, 1), ("below", 20.0, 0)] {
        let config = format!(r#"{{"window": 30, "warm_up": 10, "direction": "{direction}"}}"#);
        let mut values = around(10.0, 1.0, 30);
        values.push(Some(last));
        assert_eq!(run(&config, &values).len(), expected, "{direction} {last}");
    }
}

#[test]
fn missing_values_are_reported_once_after_as_many_as_asked_for() {
    let mut values = around(10.0, 1.0, 30);
    values.extend([None; 5]);
    assert_eq!(run(SHORT, &values), []);
    let anomalies = run(r#"{"window": 30, "warm_up": 10, "missing_after": 3}"#, &values);
    assert_eq!(
        anomalies.iter().map(|anomaly| (anomaly.kind, anomaly.at)).collect::<Vec<_>>(),
        [(AnomalyKind::Missing, 32)]
    );
    assert_eq!(anomalies[0].explanation, "response_time of web had no value 3 times in a row");
}

#[test]
fn batches_of_one_find_what_one_batch_finds() {
    let mut values = around(10.0, 1.0, 30);
    values.extend([Some(99.0), Some(10.0), None, Some(-50.0)]);
    let mut found = Vec::new();
    let mut snapshot = None;
    for (at, value) in (0..).zip(&values) {
        let output = call(SHORT, at, &[*value], snapshot);
        found.extend(output.anomalies);
        snapshot = Some(output.snapshot);
    }
    assert_eq!(found, run(SHORT, &values));
    assert_eq!(found.len(), 2);
}

#[test]
fn a_warm_up_longer_than_the_window_is_refused() {
    let input = Input { detector: "d".into(), config: String::new(), series: Vec::new(), snapshot: None };
    let config = entry::config(r#"{"window": 10, "warm_up": 20}"#).unwrap();
    let error = super::detect(config, input).unwrap_err().to_string();
    assert!(error.contains("`warm_up` is above `window`"), "{error}");
}

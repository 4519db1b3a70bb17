//! What no order of runs, silences, reloads and wake-ups may break.

use proptest::prelude::*;

use super::*;

const RULES: [&str; 4] = [
    "rules:
  - {name: High, check: disk, when: {metric: m, above: 5, clear: 3}, for: 20s, keep_firing_for: 30s}
  - {name: Odd, when: {anomaly: odd, score_above: 4}}
  - {name: Down, when: {status: critical}, for: 15s}
",
    "rules:
  - {name: High, check: disk, when: {metric: m, above: 7}, for: 60s, labels: {a: b}}
  - {name: Odd, when: {anomaly: odd, score_above: 2, clear: 1}, for: 10s}
",
    "rules:
  - {name: Low, alert: High, check: disk, when: {metric: m, below: 2, clear: 4}, keep_firing_for: 5s}
",
    "builtin_rules: false
",
];

#[derive(Clone, Debug)]
enum Step {
    Status(usize),
    Measure(Vec<(u8, i32)>),
    NothingMeasured,
    Plugin(bool),
    Judge(Option<Vec<i32>>),
    Reload(usize),
    Wait(i64),
    ClockSetBack(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_usize..5).prop_map(Step::Status),
        prop::collection::vec((0_u8..3, 0_i32..10), 0..4).prop_map(Step::Measure),
        Just(Step::NothingMeasured),
        any::<bool>().prop_map(Step::Plugin),
        prop::option::of(prop::collection::vec(0_i32..6, 0..3)).prop_map(Step::Judge),
        (0..RULES.len()).prop_map(Step::Reload),
        (0_i64..40).prop_map(Step::Wait),
        (0_i64..40).prop_map(Step::ClockSetBack),
    ]
}

const STATUSES: [HealthStatus; 5] =
    [HealthStatus::Ok, HealthStatus::Warning, HealthStatus::Critical, HealthStatus::Unknown, HealthStatus::Stale];

fn take(node: &mut Node, step: &Step) -> Vec<String> {
    match step {
        Step::Status(status) => {
            let said = node.status("site", STATUSES[*status]);
            said.into_iter().chain(node.status("disk", STATUSES[*status])).collect()
        }
        Step::Measure(values) => {
            let metrics: Vec<Metric> = values
                .iter()
                .map(|(series, value)| metric("m", &[("series", &series.to_string())], f64::from(*value)))
                .collect();
            node.measure("disk", &metrics)
        }
        Step::NothingMeasured => node.hear("disk", &[Signal::NothingMeasured]),
        Step::Plugin(fails) => node.hear("site", &[Signal::Plugin { failure: fails.then_some("trapped") }]),
        Step::Judge(scores) => {
            let anomalies =
                scores.as_ref().map(|scores| scores.iter().map(|score| anomaly(f64::from(*score))).collect::<Vec<_>>());
            node.judge(anomalies.as_deref())
        }
        Step::Reload(rules) => node.reload(RULES[*rules], Some(HealthStatus::Warning)),
        Step::Wait(seconds) => node.wait_until(node.now.as_millis() / 1_000 + seconds),
        Step::ClockSetBack(seconds) => {
            node.now = at(node.now.as_millis() / 1_000 - seconds);
            Vec::new()
        }
    }
}

/// As a store would give them back.
fn stored(instances: &Instances) -> Instances {
    let rows: Vec<(InstanceKey, Instance)> =
        instances.iter().map(|(key, instance)| (key.clone(), instance.clone())).collect();
    let json = serde_json::to_string(&rows).expect("serializes");
    serde_json::from_str::<Vec<(InstanceKey, Instance)>>(&json).expect("reads").into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn whoever_is_told_that_it_fires_is_told_that_it_does_not(steps in prop::collection::vec(step(), 1..60)) {
        let (mut node, mut again) = (Node::new(RULES[0]), Node::new(RULES[0]));
        for step in &steps {
            let said = take(&mut node, step);
            // The same, from what a restart in between would have kept.
            again.instances = stored(&again.instances);
            prop_assert_eq!(&said, &take(&mut again, step));
            let of_instances: BTreeSet<&Labels> = node
                .instances
                .iter()
                .filter(|(_, instance)| instance.course.fired_at().is_some())
                .map(|(_, instance)| &instance.labels)
                .collect();
            prop_assert_eq!(node.firing.keys().collect::<BTreeSet<_>>(), of_instances);
            let restored = stored(&node.instances);
            prop_assert_eq!(node.instances.iter().collect::<Vec<_>>(), restored.iter().collect::<Vec<_>>());
        }
        node.config.checks.clear();
        let evaluated = configured(&node.config, |_| None, &node.instances, node.now);
        node.take(evaluated);
        prop_assert!(node.firing.is_empty() && node.instances.is_empty());
    }

    #[test]
    fn a_value_between_clear_and_limit_never_flaps(values in prop::collection::vec(0_i32..10, 1..50)) {
        let mut node = Node::new("rules: [{name: High, check: disk, when: {metric: m, above: 6, clear: 3}}]");
        let mut fires = false;
        for value in values {
            let said = node.measure("disk", &[metric("m", &[], f64::from(value))]);
            let expected = if value > 6 { true } else if value <= 3 { false } else { fires };
            prop_assert_eq!(said.is_empty(), expected == fires, "{} {:?}", value, said);
            fires = expected;
        }
    }
}

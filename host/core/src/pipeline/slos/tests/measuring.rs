//! How runs of a check, and time itself, become counts; and what becomes of them when the check does not stay.

use std::sync::Arc;
use std::time::Duration;

use super::node::{DAY, MINUTE, Node, rule, slo};
use crate::observation::{Metric, MetricKind, Status};
use crate::pipeline::Event;
use crate::pipeline::tests::completed;
use crate::run::{RunOutcome, RunRecord};
use crate::slo::{
    CalendarUnit, CounterPart, Counts, Limit, Measure, Method, Op, Period, Slo, Source, StandingState, When,
};
use crate::zone::Zone;

fn of_check(measure: Measure, limit: Option<Limit>) -> Slo {
    let mut slo = slo("shop", Method::Occurrences, MINUTE, 30 * DAY, Vec::new());
    slo.indicator.source = Source::Check("site".into());
    slo.indicator.measure = measure;
    slo.objectives[0].limit = limit;
    slo
}

fn run(node: &Node, status: Status, metrics: &[(&str, f64)]) -> RunRecord {
    let Event::RunFinished(run) = completed("site", status, node.now) else { unreachable!() };
    let mut run = Arc::unwrap_or_clone(run);
    let metric = |(name, value): &(&str, f64)| Metric {
        name: (*name).to_owned(),
        value: *value,
        unit: String::new(),
        kind: MetricKind::Counter,
        labels: Vec::new(),
        warning: None,
        critical: None,
    };
    let observation = run.observation.as_mut().expect("completed");
    observation.metrics = metrics.iter().map(metric).collect();
    run
}

fn total(node: &Node) -> (u64, u64) {
    let budget = node.series().standing(node.now).budget;
    budget.map_or((0, 0), |budget| (budget.counts.good, budget.counts.total))
}

#[test]
fn a_run_is_good_by_its_status_and_one_that_did_not_complete_says_nothing() {
    let good = [Status::Ok, Status::Warning].into();
    let mut node = Node::new([of_check(Measure::Status { good }, None)]);
    for status in [Status::Ok, Status::Warning, Status::Critical, Status::Unknown] {
        let run = run(&node, status, &[]);
        node.tell(&Event::RunFinished(Arc::new(run)));
    }
    assert_eq!(total(&node), (2, 4));
    let failed = RunRecord {
        outcome: RunOutcome::HostError { message: "no".into() },
        observation: None,
        ..run(&node, Status::Ok, &[])
    };
    node.tell(&Event::RunFinished(Arc::new(failed)));
    assert_eq!(total(&node), (2, 4));
}

#[test]
fn every_value_of_a_metric_is_held_against_the_limit() {
    let measure = Measure::Value { metric: Some("seconds".into()) };
    let mut node = Node::new([of_check(measure, Some(Limit { op: Op::Lte, value: 0.5 }))]);
    let run = run(&node, Status::Critical, &[("seconds", 0.5), ("seconds", 0.6), ("bytes", 0.1)]);
    node.tell(&Event::RunFinished(Arc::new(run)));
    assert_eq!(total(&node), (1, 2));
}

#[test]
fn counters_count_what_they_grew_by_also_over_a_reset_and_a_restart() {
    let measure = Measure::Counters { part: CounterPart::Bad("errors".into()), total: "requests".into() };
    let mut node = Node::new([of_check(measure, None)]);
    // errors and requests as read; good and total so far
    let table = [
        ((5.0, 100.0), (0, 0)),
        ((6.0, 150.0), (49, 50)),
        // Began anew.
        ((1.0, 10.0), (58, 60)),
        ((1.0, 10.0), (58, 60)),
        // Read a little later than the total was.
        ((9.0, 12.0), (58, 62)),
    ];
    for (index, ((errors, requests), expected)) in table.into_iter().enumerate() {
        let run = run(&node, Status::Ok, &[("errors", errors), ("requests", requests)]);
        node.tell(&Event::RunFinished(Arc::new(run)));
        assert_eq!(total(&node), expected, "{index}");
        node.restart();
        node.answer();
    }
}

#[test]
fn the_age_of_the_newest_datum_counts_at_the_end_of_each_slot() {
    let mut node = Node::new([of_check(Measure::Age, Some(Limit { op: Op::Lte, value: 150.0 }))]);
    node.pass(5 * MINUTE);
    assert_eq!(total(&node), (0, 0), "nothing is known before the first datum");
    let run = run(&node, Status::Ok, &[]);
    node.tell(&Event::RunFinished(Arc::new(run)));
    node.pass(10 * MINUTE);
    let (good, all) = total(&node);
    assert_eq!((good, all), (2, 10), "fresh at the ends of two slots, 40 s and 100 s later");
}

#[test]
fn a_series_outlives_its_check_and_says_that_nothing_comes() {
    let absent = rule("absent", When::Absent { after: 10 * MINUTE });
    let mut slo = of_check(Measure::Status { good: [Status::Ok].into() }, None);
    slo.objectives[0].alerts = vec![absent];
    let mut node = Node::new([slo]);
    let run = run(&node, Status::Ok, &[]);
    node.tell(&Event::RunFinished(Arc::new(run)));
    node.config = Arc::new(crate::config::Config { checks: Default::default(), ..(*node.config).clone() });
    node.configure();
    node.pass(15 * MINUTE);
    assert_eq!(total(&node), (1, 1));
    assert!(node.firing().contains(&"SLODataAbsent".to_owned()));
    assert_eq!(node.series().standing(node.now).state, StandingState::Insufficient);
}

#[test]
fn a_calendar_period_begins_anew_on_its_zones_wall_clock() {
    let mut daily = slo("shop", Method::Occurrences, MINUTE, DAY, Vec::new());
    daily.period = Period::Calendar { unit: CalendarUnit::Day, zone: Zone::find("Europe/Berlin").expect("known") };
    let mut node = Node::new([daily]);
    // 2023-11-14, 22:13 UTC: 46 minutes before midnight in Berlin, to the second.
    node.count(1, 2);
    node.pass(Duration::from_secs(46 * 60 + 30));
    assert_eq!(total(&node), (1, 2));
    node.pass(Duration::from_secs(60));
    assert_eq!(total(&node), (0, 0), "it is the next day");
    for _ in 0..23 {
        node.count(3, 3);
        node.pass(60 * MINUTE);
    }
    assert_eq!(total(&node), (69, 69), "its beginning was read from where it lies by now");
}

#[test]
fn a_budget_is_gone_when_the_present_rate_has_spent_it_and_never_where_it_is_refunded() {
    let rules = vec![super::node::burn("fast", 60 * MINUTE, 5 * MINUTE, (144, 10))];
    let mut node = Node::new([slo("shop", Method::Occurrences, MINUTE, DAY, rules)]);
    for _ in 0..24 * 60 {
        node.count(10_000, 10_000);
        node.pass(MINUTE);
    }
    assert_eq!(node.series().standing(node.now).exhaustion, None, "nothing is spent");
    for _ in 0..60 {
        node.count(9_900, 10_000);
        node.pass(MINUTE);
    }
    // 14,400 may be bad in a day, 100 a minute are, and 6,000 were: 84 minutes.
    let soonest = node.series().standing(node.now).exhaustion.expect("spent soon").soonest;
    let minutes = soonest.since(node.now).as_secs_f64() / 60.0;
    assert!((minutes - 84.0).abs() < 4.0, "{minutes}");
    for _ in 0..30 * 60 {
        node.count(9_995, 10_000);
        node.pass(MINUTE);
    }
    assert_eq!(node.series().standing(node.now).exhaustion, None, "half as much as may be: it lasts");
    let counts = node.series().standing(node.now).budget.expect("known").counts;
    assert_eq!(counts, Counts { good: 1_439 * 9_995, total: 1_439 * 10_000 }, "and a slot that has just begun");
}

//! When alerts come and go, against the closed forms of the SRE workbook; and what else may happen to an objective.

use std::time::Duration;

use super::node::{DAY, MINUTE, Node, burn, event, rule, slo};
use crate::pipeline::{Event, SloChange};
use crate::slo::{Guard, Method, PostedEvents, Reading, StandingState, When};

const SLOT: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_secs(3_600);

fn fast() -> crate::slo::AlertRule {
    burn("fast", HOUR, 5 * MINUTE, (144, 10))
}

/// Every ten seconds so many of 10,000 are bad, until what fires is as wanted; how long that took.
fn until(node: &mut Node, bad: u64, fires: bool, at_most: Duration) -> Option<Duration> {
    let begun = node.now;
    while node.now.since(begun) <= at_most {
        node.count(10_000 - bad, 10_000);
        if node.firing().is_empty() != fires {
            return Some(node.now.since(begun));
        }
        node.pass(SLOT);
    }
    None
}

#[test]
fn a_constant_error_ratio_is_detected_and_reset_when_the_closed_form_says() {
    // bad of 10,000; with 99.9 %, 14.4 and 1 h, t = 14.4 * 0.001 * 3600 s / e
    for bad in [10_000_u64, 2_000, 500, 200, 145] {
        let ratio = bad as f64 / 10_000.0;
        let mut node = Node::new([slo("shop", Method::Occurrences, SLOT, 30 * DAY, vec![fast()])]);
        assert_eq!(until(&mut node, 0, true, 70 * MINUTE), None, "all is well");
        let expected = 14.4 * 0.001 * 3_600.0 / ratio;
        // Where the short window takes longer to pass the threshold than the long one, it is what counts.
        let detected = until(&mut node, bad, true, 2 * HOUR).expect("fires").as_secs_f64();
        assert!((detected - expected).abs() <= 10.0, "{bad}: {detected} s, not {expected} s");
        until(&mut node, bad, false, 5 * MINUTE);
        let expected = 300.0 * (1.0 - 14.4 * 0.001 / ratio);
        let reset = until(&mut node, 0, false, HOUR).expect("resolves").as_secs_f64();
        assert!((reset - expected).abs() <= 20.0, "{bad}: resolved after {reset} s, not {expected} s");
    }
}

#[test]
fn below_the_threshold_nothing_fires() {
    let mut node = Node::new([slo("shop", Method::Occurrences, SLOT, 30 * DAY, vec![fast()])]);
    assert_eq!(until(&mut node, 144, true, 3 * HOUR), None, "exactly 14.4 times is not more than that");
}

#[test]
fn an_alert_says_what_it_is_about_and_ends_with_its_objective() {
    let tuned = crate::slo::AlertRule { notify: vec!["team".into(), "boss".into()], ..fast() };
    let mut node = Node::new([slo("shop", Method::Occurrences, SLOT, 30 * DAY, vec![tuned])]);
    node.count(0, 10_000);
    let (_, alert) = node.alerts.last().expect("posted").clone();
    assert_eq!(
        alert.labels.to_string(),
        "{alertname=\"SLOBurnRate\", node=\"test\", notify=\"team,boss\", objective=\"good\", service=\"shop\", \
         severity=\"page\", slo=\"shop\", window=\"1h\"}"
    );
    assert!(alert.annotations.get("description").contains("10000 of 10000 events"), "{}", alert.annotations);
    assert_eq!(node.shelf.kept().series.values().next().expect("kept").rules.len(), 1, "a restart forgets no alert");
    node.now = node.now.after(MINUTE);
    node.reconfigure([]);
    let (_, ended) = node.alerts.last().expect("ended").clone();
    assert!(ended.is_resolved(node.now), "the objective is gone");
    assert!(node.state.slos().is_empty());
    assert_eq!(node.state.slos().dormant().count(), 1, "its history is kept for a while");
}

#[test]
fn a_handful_of_bad_events_does_not_page() {
    let mut node = Node::new([slo("shop", Method::Occurrences, SLOT, 30 * DAY, vec![fast()])]);
    // One of 50: 20 times too fast, and expected once in 20 hours of keeping the objective.
    node.count(49, 50);
    assert_eq!(node.firing(), Vec::<String>::new());
    node.count(45, 50);
    assert_eq!(node.firing(), ["SLOBurnRate"], "six of a hundred is no chance");
}

#[test]
fn silence_is_its_own_alert_and_neither_fires_nor_resolves_the_others() {
    let absent = rule("absent", When::Absent { after: 10 * MINUTE });
    let mut node = Node::new([slo("shop", Method::Occurrences, MINUTE, 30 * DAY, vec![fast(), absent])]);
    node.count(0, 10_000);
    node.pass(9 * MINUTE);
    assert_eq!(node.firing(), ["SLOBurnRate"]);
    node.pass(3 * MINUTE);
    assert_eq!(node.firing().len(), 2, "nothing is known to be well again");
    node.count(1_000_000, 1_000_000);
    assert_eq!(node.firing(), Vec::<String>::new());
}

#[test]
fn a_breach_fires_once_the_objective_is_missed_over_its_window() {
    let breach = rule("breach", When::Breach { window: 10 * MINUTE, guard: Guard::default() });
    let mut node = Node::new([slo("shop", Method::Occurrences, SLOT, HOUR, vec![breach])]);
    node.count(99_900, 100_000);
    assert!(node.firing().is_empty(), "just kept is kept");
    node.count(99_999, 100_000);
    node.count(99_000, 100_000);
    assert_eq!(node.firing(), ["SLOBreach"]);
    assert_eq!(node.series().standing(node.now).state, StandingState::Exhausted);
}

#[test]
fn the_same_batch_twice_counts_once_also_after_a_restart() {
    let mut node = Node::new([slo("shop", Method::Occurrences, MINUTE, 30 * DAY, Vec::new())]);
    let batch = PostedEvents { key: Some("b1".into()), source: None, events: vec![event(node.now, 9, 10)] };
    let first = node.post(&batch);
    let key = first.batch().expect("a key");
    let seen = |node: &Node| node.state.slos().batch(&key).map(|seen| seen.ticket);
    assert_eq!(seen(&node), Some(first.ticket), "this one was counted");
    let second = node.post(&batch);
    node.restart();
    node.post(&batch);
    assert_ne!(seen(&node), Some(second.ticket), "this one was not");
    assert_eq!(node.series().standing(node.now).budget.expect("known").counts.total, 10);
    node.pass(11 * MINUTE);
    node.tick();
    assert_eq!(seen(&node), None, "its time is over");
    assert!(node.shelf.kept().batches.is_empty());
}

#[test]
fn what_is_not_counted_is_told_by_its_reason() {
    let mut node = Node::new([slo("shop", Method::Occurrences, MINUTE, 30 * DAY, Vec::new())]);
    node.pass(HOUR);
    let now = node.now;
    let json = |good: &str, total: &str| format!("{{\"good\": {good}, \"total\": {total}}}");
    let lines = [
        json("1", "2"),
        format!("{{\"at\": {}, \"good\": 1, \"total\": 1}}", now.after(2 * MINUTE).as_millis()),
        format!("{{\"at\": {}, \"good\": 1, \"total\": 1}}", now.before(7 * MINUTE).as_millis()),
        json("3", "2"),
        json("-1", "2"),
        json("0.5", "2"),
        json("0", "9223372036854775808"),
        "{\"value\": 3}".to_owned(),
        json("1", "1"),
    ];
    let posted: PostedEvents = serde_json::from_str(&format!("{{\"events\": [{}]}}", lines.join(","))).expect("read");
    let report = node.post(&posted);
    let refused: Vec<(&str, u64, usize)> =
        report.series[0].refused.iter().map(|(reason, it)| (reason.as_str(), it.count, it.first)).collect();
    let expected = [
        ("future", 1, 1),
        ("late", 1, 2),
        ("good-above-total", 1, 3),
        ("negative", 1, 4),
        ("not-a-number", 1, 5),
        ("too-large", 1, 6),
        ("nothing", 1, 7),
    ];
    assert_eq!(refused, expected);
    assert_eq!(report.series[0].taken, 2);
    assert_eq!(node.series().tally().refused.len(), 7);
    assert_eq!(node.series().standing(now).budget.expect("known").counts.total, 3);
}

#[test]
fn another_definition_begins_another_series_and_another_window_does_not() {
    let plain = || slo("shop", Method::Occurrences, MINUTE, 30 * DAY, Vec::new());
    let mut node = Node::new([plain()]);
    node.count(9, 10);
    let renamed = crate::slo::Slo { period: crate::slo::Period::Rolling(7 * DAY), ..plain() };
    node.reconfigure([renamed]);
    assert_eq!(node.series().standing(node.now).budget.expect("known").counts.total, 10);
    node.reconfigure([]);
    node.reconfigure([plain()]);
    assert_eq!(node.series().standing(node.now).budget.expect("known").counts.total, 10, "it was kept meanwhile");
    let wider = crate::slo::Slo { slot: 2 * MINUTE, late: 10 * MINUTE, ..plain() };
    node.reconfigure([wider]);
    assert!(node.series().beginning().renewed);
    assert_eq!(node.series().standing(node.now).state, StandingState::Insufficient);
}

#[test]
fn ten_thousand_series_pass_a_slot_in_one_step_and_write_nothing() {
    let slos = (0..10_000).map(|n| slo(&format!("s{n}"), Method::Occurrences, MINUTE, 30 * DAY, vec![fast()]));
    let mut node = Node::new(slos);
    node.count(9, 10);
    node.now = node.now.after(MINUTE);
    let transition = crate::pipeline::advance(&mut node.state, &Event::Tick, node.now);
    let of_slo = |change: &&crate::pipeline::Change| matches!(change, crate::pipeline::Change::Slo(_));
    assert!(!transition.changes.iter().filter(of_slo).any(crate::pipeline::Change::is_durable));
    let advanced =
        |change: &&crate::pipeline::Change| matches!(change, crate::pipeline::Change::Slo(SloChange::Advanced(..)));
    assert_eq!(transition.changes.iter().filter(advanced).count(), 10_000);
    assert!(node.state.slos().next_wake().expect("the next slot") > node.now);
}

#[test]
fn a_series_takes_at_most_sixteen_kilobytes() {
    let rules = vec![fast(), burn("slow", 6 * HOUR, HOUR / 2, (6, 1)), burn("trickle", 3 * DAY, 6 * HOUR, (1, 1))];
    let mut node = Node::new([slo("shop", Method::Occurrences, MINUTE, 30 * DAY, rules)]);
    for hour in 0..32 * 24 {
        for _ in 0..6 {
            node.count(100, 100);
            node.pass(10 * MINUTE);
        }
        assert!(node.series().bytes() <= 16 << 10, "{} bytes after {hour} hours", node.series().bytes());
    }
    assert!(node.series().marks().count() >= 60, "the period is remembered at its marks");
    assert!(node.shelf.blocks() > 600);
    let windows = node.series().shape().windows.len();
    assert!((0..windows).all(|window| node.series().reading(window) != Reading::CatchingUp), "none lags");
}

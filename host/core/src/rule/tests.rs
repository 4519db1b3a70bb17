//! Rules at work on a small node: what is posted, and what no order of events may break.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::alert::{Alert, Origin};
use crate::anomaly::{Anomaly, AnomalyKind, SeriesKey};
use crate::config::Config;
use crate::config::cases::compiled;
use crate::health::{Health, HealthStatus};
use crate::id::{DetectorName, MetricName};
use crate::label::Labels;
use crate::observation::{Metric, MetricKind};
use crate::pipeline::CheckState;
use crate::run::{RunOutcome, RunRecord};
use crate::time::Timestamp;

mod laws;

const CHECKS: &str = "node: {name: web-1, labels: {dc: vie}}
checks:
  - {name: site, plugin: probe-any, interval: 10s, labels: {team: web}, runbook_url: 'https://wiki.example.org/site'}
  - {name: disk, plugin: probe-any, interval: 10s, builtin_rules: false}
detectors:
  - {name: odd, plugin: detector-any, check: site, metric: total_seconds}
";

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1_000)
}

fn config(rules: &str) -> Config {
    compiled(&format!("{CHECKS}{rules}")).unwrap_or_else(|errors| panic!("{errors}"))
}

fn metric(name: &str, labels: &[(&str, &str)], value: f64) -> Metric {
    Metric {
        name: name.to_owned(),
        value,
        unit: String::new(),
        kind: MetricKind::Gauge,
        labels: labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        warning: None,
        critical: None,
    }
}

fn anomaly(score: f64) -> Anomaly {
    Anomaly {
        detector: "odd".into(),
        series: SeriesKey { check: "site".into(), metric: MetricName::new("total_seconds"), labels: Vec::new() },
        at: at(0),
        kind: AnomalyKind::Spike,
        score,
        value: None,
        expected_low: None,
        expected_high: None,
        explanation: String::new(),
    }
}

pub(super) fn failed(check: &str) -> RunRecord {
    RunRecord {
        id: "1".into(),
        check: check.into(),
        plugin: "probe-any".into(),
        digest: "0".into(),
        cause: crate::run::RunCause::Schedule,
        due_at: at(0),
        started_at: at(0),
        outcome: RunOutcome::Trap { message: "unreachable".to_owned(), frames: Vec::new() },
        cost: crate::run::RunCost::default(),
        observation: None,
        problems: Vec::new(),
        transcript: false,
    }
}

/// A node that keeps what it is told to, and what it has posted.
struct Node {
    config: Config,
    instances: Instances,
    firing: BTreeMap<Labels, Alert>,
    now: Timestamp,
}

impl Node {
    fn new(rules: &str) -> Self {
        Self { config: config(rules), instances: Instances::default(), firing: BTreeMap::new(), now: at(0) }
    }

    fn hear(&mut self, check: &str, signals: &[Signal<'_>]) -> Vec<String> {
        let evaluated = heard(&self.config, &check.into(), signals, &self.instances, self.now);
        self.take(evaluated)
    }

    fn status(&mut self, check: &str, status: HealthStatus) -> Vec<String> {
        self.hear(check, &[Signal::Status { status, summary: Some("found") }])
    }

    fn measure(&mut self, check: &str, metrics: &[Metric]) -> Vec<String> {
        self.hear(check, &[Signal::Measured(metrics)])
    }

    fn judge(&mut self, anomalies: Option<&[Anomaly]>) -> Vec<String> {
        self.hear("site", &[Signal::Judged { detector: &DetectorName::new("odd"), anomalies }])
    }

    fn reload(&mut self, rules: &str, status: Option<HealthStatus>) -> Vec<String> {
        self.config = config(rules);
        let state = status
            .map(|status| CheckState { health: Health::hard(status, self.now), ..CheckState::not_run_yet(self.now) });
        let evaluated = configured(&self.config, |_| state.as_ref(), &self.instances, self.now);
        self.take(evaluated)
    }

    /// Every wake-up that is due, up to this second.
    fn wait_until(&mut self, second: i64) -> Vec<String> {
        let mut said = Vec::new();
        while let Some(wake) = self.instances.next_wake().filter(|wake| *wake <= at(second)) {
            self.now = self.now.max(wake);
            let keys: Vec<InstanceKey> = self.instances.due(self.now).cloned().collect();
            let evaluated: Vec<Evaluated> =
                keys.iter().filter_map(|key| due(&self.config, key, &self.instances, self.now)).collect();
            assert!(!evaluated.is_empty(), "a wake-up that leads to nothing would be given again for ever");
            said.extend(self.take(evaluated));
        }
        self.now = at(second);
        said
    }

    /// Keeps it, and says of each alert its `alertname`, with a minus where it resolves.
    fn take(&mut self, evaluated: Vec<Evaluated>) -> Vec<String> {
        let keys: BTreeSet<&InstanceKey> = evaluated.iter().map(|evaluated| &evaluated.key).collect();
        assert_eq!(keys.len(), evaluated.len(), "an instance is decided upon once");
        let mut said = Vec::new();
        for Evaluated { key, instance, alerts } in evaluated {
            self.instances.put(&key, instance.as_ref());
            for alert in alerts {
                let name = alert.labels.get("alertname").to_owned();
                if alert.is_resolved(self.now) {
                    assert!(self.firing.remove(&alert.labels).is_some(), "{name} resolved and did not fire");
                    said.push(format!("-{name}"));
                } else {
                    said.push(name);
                    self.firing.insert(alert.labels.clone(), alert);
                }
            }
        }
        said
    }
}

#[test]
fn every_check_has_its_rules_unless_it_is_told_otherwise() {
    use HealthStatus::{Critical, Ok, Stale, Warning};
    let mut node = Node::new("");
    assert_eq!(node.status("site", Warning), ["CheckWarning"]);
    assert_eq!(node.status("site", Critical), ["CheckCritical", "-CheckWarning"], "critical is not warning");
    assert_eq!(node.status("site", Stale), ["CheckStale"], "silence resolves nothing");
    assert_eq!(node.status("site", Ok), ["-CheckCritical", "-CheckStale"]);
    assert_eq!(node.hear("site", &[Signal::Plugin { failure: Some("trapped") }]), ["PluginFailing"]);
    assert_eq!(node.hear("site", &[Signal::Plugin { failure: None }]), ["-PluginFailing"]);
    assert_eq!(node.status("disk", Critical), [""; 0]);
    let off = Node::new("builtin_rules: false");
    let names = |check: &str| off.config.rules.of(&check.into()).map(|rule| rule.alert.clone()).collect::<Vec<_>>();
    assert_eq!(names("site"), ["RuleOverflow"]);
}

#[test]
fn an_alert_says_what_it_is_about() {
    let mut node = Node::new("");
    node.status("site", HealthStatus::Critical);
    let alert = node.firing.values().next().expect("one").clone();
    let labels = r#"{alertname="CheckCritical", check="site", dc="vie", node="web-1", plugin="probe-any", severity="P1", team="web"}"#;
    assert_eq!(alert.labels.to_string(), labels);
    assert_eq!(alert.annotations.get("summary"), "site is critical: found");
    assert_eq!(alert.annotations.get("runbook_url"), "https://wiki.example.org/site");
    assert_eq!(alert.origin, Origin::Check { rule: "CheckCritical".to_owned(), check: "site".into() });
    assert_eq!((alert.starts_at, alert.ends_at), (at(0), None));
    node.hear("site", &[Signal::Plugin { failure: Some("the plugin trapped") }]);
    let alert = node.firing.values().find(|alert| alert.labels.get("alertname") == "PluginFailing").expect("fires");
    assert_eq!((alert.labels.get("kind"), alert.labels.get("severity")), ("plugin", "P2"));
    let summary = "the plugin probe-any fails on site: the plugin trapped";
    assert_eq!(alert.annotations.get("summary"), summary);
}

const DISKS: &str = "rules:
  - name: DiskFull
    check: disk
    when: {metric: used_ratio, labels: ['device!=\"loop\"'], above: 0.9, clear: 0.8}
    for: 20s
    severity: P2
    labels: {device: any, place: '{{ $labels.node }}/{{ $labels.exported_device }}'}
    annotations: {summary: 'at {{ humanizePercentage $value }}', description: '{{ $labels.none.more }}'}
";

#[test]
fn each_series_is_an_alert_of_its_own_and_clears_at_its_own_threshold() {
    let mut node = Node::new(DISKS);
    let used = |a: f64, b: f64| {
        ["a", "b", "loop"]
            .into_iter()
            .zip([a, b, 1.0])
            .map(|(device, value)| metric("used_ratio", &[("device", device)], value))
            .collect::<Vec<_>>()
    };
    assert_eq!(node.measure("disk", &used(0.95, 0.5)), [""; 0]);
    assert_eq!(node.wait_until(19), [""; 0]);
    assert_eq!(node.wait_until(20), ["DiskFull"], "the wake-up fires it, without another run");
    let alert = node.firing.values().next().expect("one");
    let labels = r#"{alertname="DiskFull", check="disk", dc="vie", device="any", exported_device="a", node="web-1", place="web-1/a", plugin="probe-any", severity="P2"}"#;
    assert_eq!(alert.labels.to_string(), labels);
    assert_eq!(alert.annotations.get("summary"), "at 95%");
    assert!(alert.annotations.get("description").starts_with("<template: "), "{:?}", alert.annotations);
    assert_eq!(node.measure("disk", &used(0.85, 0.5)), [""; 0], "between the two");
    assert_eq!(node.measure("disk", &used(0.8, 0.85)), ["-DiskFull"]);
    assert_eq!(node.measure("disk", &used(0.85, 0.85)), [""; 0], "between the two, from the other side");
}

#[test]
fn what_was_not_measured_neither_fires_nor_resolves_and_is_shown_as_unknown() {
    let mut node = Node::new(DISKS);
    let full = [metric("used_ratio", &[("device", "a")], 0.95)];
    node.measure("disk", &full);
    node.hear("disk", &[Signal::NothingMeasured]);
    assert_eq!(node.wait_until(60), [""; 0], "it does not ripen while nothing is known");
    assert!(node.instances.iter().all(|(_, instance)| instance.unknown));
    assert_eq!(node.measure("disk", &full), ["DiskFull"]);
    assert_eq!(node.measure("disk", &[metric("other", &[], 1.0)]), [""; 0], "the run did not measure it");
    assert!(node.instances.iter().all(|(_, instance)| instance.unknown));
    assert_eq!(
        node.measure("disk", &[metric("used_ratio", &[("device", "b")], 0.1)]),
        ["-DiskFull"],
        "the disk is gone"
    );
}

#[test]
fn a_score_fires_and_a_detector_that_fails_changes_nothing() {
    let mut node =
        Node::new("rules: [{name: Odd, when: {anomaly: odd, score_above: 4, clear: 3}, keep_firing_for: 60s}]");
    assert_eq!(node.judge(Some(&[anomaly(3.5)])), [""; 0]);
    assert_eq!(node.judge(Some(&[anomaly(1.0), anomaly(4.5)])), ["Odd"]);
    assert_eq!(node.judge(None), [""; 0]);
    assert_eq!(node.judge(Some(&[anomaly(3.5)])), [""; 0]);
    assert_eq!(node.judge(Some(&[])), [""; 0], "kept firing");
    assert_eq!(node.wait_until(59), [""; 0]);
    assert_eq!(node.wait_until(60), ["-Odd"]);
}

#[test]
fn series_beyond_the_bound_are_counted_and_are_an_alert() {
    let mut node = Node::new("rules: [{name: Many, check: disk, when: {metric: m, above: 0}}]");
    let metrics = |count: usize| (0..count).map(|n| metric("m", &[("n", &n.to_string())], 1.0)).collect::<Vec<_>>();
    assert_eq!(node.measure("disk", &metrics(SERIES_MAX)).len(), SERIES_MAX);
    assert_eq!(node.measure("disk", &metrics(SERIES_MAX + 7)), ["RuleOverflow"]);
    let alert = node.firing.values().find(|alert| alert.labels.get("alertname") == "RuleOverflow").expect("fires");
    assert_eq!(alert.annotations.get("summary"), "Many has too many series on disk: 7 are not followed");
    assert_eq!(alert.labels.get("rule"), "Many");
    assert_eq!(node.measure("disk", &metrics(1)).len(), SERIES_MAX, "all but one resolve, and the overflow");
}

#[test]
fn a_reload_resolves_what_is_gone_and_holds_the_rest_against_what_it_says_now() {
    let rule = |name: &str, above: &str, more: &str| {
        format!("rules: [{{name: {name}, check: disk, when: {{metric: m, above: {above}}}, {more} severity: P3}}]")
    };
    let mut node = Node::new(&rule("High", "5", ""));
    assert_eq!(node.measure("disk", &[metric("m", &[], 7.0)]), ["High"]);
    node.now = at(10);
    assert_eq!(node.reload(&rule("High", "6", ""), None), [""; 0]);
    assert_eq!(
        node.reload(&rule("High", "6", "labels: {a: b},"), None),
        ["-High", "High"],
        "another label, another alert"
    );
    let alert = node.firing.values().next().expect("one");
    assert_eq!((alert.labels.get("a"), alert.starts_at), ("b", at(0)));
    assert_eq!(node.reload(&rule("High", "6", "for: 30s,"), None), ["-High"], "back to pending");
    assert_eq!(node.wait_until(30), ["High"]);
    assert_eq!(node.reload(&rule("High", "8", "for: 30s,"), None), ["-High"], "the last value is not above 8");
    node.reload(&rule("High", "5", ""), None);
    node.measure("disk", &[metric("m", &[], 7.0)]);
    assert_eq!(node.reload(&rule("Higher", "5", ""), None), ["-High"], "its rule is gone");
    assert_eq!(
        node.reload("", Some(HealthStatus::Critical)),
        ["CheckCritical"],
        "a new rule sees the status that stands"
    );
    node.config.checks.clear();
    let evaluated = configured(&node.config, |_| None, &node.instances, node.now);
    assert_eq!(node.take(evaluated), ["-CheckCritical"], "its check is gone");
    assert!(node.instances.is_empty() && node.firing.is_empty());
}

#[test]
fn what_only_varies_is_brought_up_to_date_now_and_then() {
    let mut node = Node::new("rules: [{name: High, check: disk, when: {metric: m, above: 5}}]");
    node.measure("disk", &[metric("m", &[], 7.0)]);
    node.now = at(59);
    let config = &node.config;
    let quiet = heard(config, &"disk".into(), &[Signal::Measured(&[metric("m", &[], 8.0)])], &node.instances, node.now);
    assert_eq!(quiet, [], "a run of an alert that fires costs no write");
    node.now = at(60);
    assert_eq!(node.measure("disk", &[metric("m", &[], 9.0)]), ["High"]);
    assert_eq!(node.firing.values().next().expect("one").annotations.get("summary"), "m of disk is 9, above 5");
    node.now = at(120);
    assert_eq!(node.measure("disk", &[metric("m", &[], 9.0)]), [""; 0], "nothing new to say");
}

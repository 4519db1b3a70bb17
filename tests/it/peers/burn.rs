//! Rules exported to Prometheus beside our own judgement: constant error ratios are detected, and over, in the same
//! minute by `promtool test rules`, by ours, and by the closed form `t = F * budget * long / e`.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tocsin_core::config::{Catalog, Defaults, Files, Source, compile};
use tocsin_core::maintenance::Span;
use tocsin_core::slo::history::{History, Recorded};
use tocsin_core::slo::simulate::{Trial, simulate};
use tocsin_core::slo::{Counts, Slo, export};
use tocsin_core::time::Timestamp;
use tocsin_tests::Home;

const MINUTE_MS: i64 = 60_000;
/// Clean minutes before: more than the longest window.
const CLEAN: i64 = 400;
const BAD: i64 = 61;
const AFTER: i64 = 120;
const EVENTS: u64 = 1_000;

const OPENSLO: &str = "
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: fast}
spec:
  conditions:
    - kind: AlertCondition
      metadata: {name: fast, annotations: {tocsin.dev/short-window: 5m}}
      spec: {severity: page, condition: {kind: burnrate, op: gt, threshold: 14.4, lookbackWindow: 1h, alertAfter: 0m}}
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: moderate}
spec:
  conditions:
    - kind: AlertCondition
      metadata: {name: moderate, annotations: {tocsin.dev/short-window: 30m}}
      spec: {severity: page, condition: {kind: burnrate, op: gt, threshold: 6, lookbackWindow: 6h, alertAfter: 0m}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: api, annotations: {tocsin.dev/slot: 1m}}
spec:
  service: shop
  indicator: {spec: {ratioMetric: {good: {metricSource: {type: tocsin}}, total: {metricSource: {type: tocsin}}}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.999}]
  alertPolicies: [{alertPolicyRef: fast}, {alertPolicyRef: moderate}]
";

fn slo() -> Slo {
    let source = |name: &str, text: &str| Source { name: name.into(), folder: PathBuf::new(), text: text.to_owned() };
    let own = vec![source("tocsin.yaml", "slos: {files: [slos.yaml]}\n")];
    let files = Files { own, slos: vec![Ok(source("slos.yaml", OPENSLO))], ..Files::default() };
    let defaults = Defaults { node: "test".into(), data: PathBuf::from("data") };
    let config = compile(&files, &Catalog::absent(), &defaults).unwrap_or_else(|errors| panic!("{errors}"));
    config.slos.into_values().next().expect("one SLO")
}

/// Bad events in a minute.
fn bad(minute: i64, per_thousand: u64) -> u64 {
    if (CLEAN..CLEAN + BAD).contains(&minute) { EVENTS * per_thousand / 1_000 } else { 0 }
}

/// By ours: the rule, and the minutes in which it fires first and no longer.
fn ours(slo: &Slo, per_thousand: u64) -> Vec<(String, i64, i64)> {
    let at = |minute: i64| Timestamp::from_millis(minute * MINUTE_MS);
    let end = CLEAN + BAD + AFTER;
    let recorded = |minute| {
        let counts = Counts { good: EVENTS - bad(minute, per_thousand), total: EVENTS };
        Recorded { start: at(minute), counts }
    };
    let recorded: Vec<Recorded> = (0..end).map(recorded).collect();
    let span = Span { start: at(0), end: at(end) };
    let objective = &slo.objectives[0];
    let history = History::new(&recorded, span, Duration::from_secs(60), objective.method).unwrap();
    let trial = Trial { target: objective.target, alerts: &objective.alerts };
    let fired = simulate(&history, &slo.period, trial).fired;
    let minute = |at: Timestamp| at.as_millis() / MINUTE_MS;
    fired.iter().map(|it| (it.rule.clone(), minute(it.fired_at), it.ended_at.map_or(end, minute))).collect()
}

fn series(name: &str, per_minute: impl Fn(i64) -> u64) -> String {
    let mut values = "0".to_owned();
    let mut sum = 0;
    for minute in 0..CLEAN + BAD + AFTER {
        sum += per_minute(minute);
        write!(values, " {sum}").unwrap();
    }
    let labels = "service=\"shop\",slo=\"api\",objective=\"99.9\"";
    format!("      - series: '{name}{{{labels}}}'\n        values: '{values}'\n")
}

/// What Prometheus is asked: whether the rule with this window fires in this minute.
fn question(window: &str, minute: i64, fires: bool) -> String {
    let expression = format!("count(ALERTS{{alertname=\"SLOBurnRate\",alertstate=\"firing\",window=\"{window}\"}})");
    let expected = if fires { "[{labels: '{}', value: 1}]" } else { "[]" };
    format!("      - {{expr: '{expression}', eval_time: {minute}m, exp_samples: {expected}}}\n")
}

#[test]
fn prometheus_fires_and_ends_exported_rules_when_we_do_and_the_closed_form_says() {
    let (slo, home) = (slo(), Home::new());
    home.write("rules.yml", export::prometheus([&slo]).expect("events are counted"));
    let mut tests = "rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n".to_owned();
    for (per_thousand, closed_forms) in [(1_000, [0.864, 2.16]), (50, [17.28, 43.2]), (20, [43.2, 108.0])] {
        let found = ours(&slo, per_thousand);
        tests += "  - interval: 1m\n    input_series:\n";
        tests += &series(export::GOOD_TOTAL, |minute| EVENTS - bad(minute, per_thousand));
        tests += &series(export::TOTAL, |_| EVENTS);
        tests += "    promql_expr_test:\n";
        for ((rule, window), closed_form) in [("fast", "1h"), ("moderate", "6h")].into_iter().zip(closed_forms) {
            let fired = found.iter().find(|(name, ..)| name == rule);
            assert_eq!(fired.is_some(), closed_form < BAD as f64, "{rule} at {per_thousand} of 1,000: {found:?}");
            let Some((_, fires, ends)) = fired else {
                tests += &question(window, CLEAN + BAD, false);
                continue;
            };
            let late = *fires as f64 - CLEAN as f64 - closed_form;
            assert!((0.0..=1.0).contains(&late), "{rule} fires {late} minutes after the closed form says");
            // Within one evaluation step on either side.
            for (minute, is_firing) in [(fires - 2, false), (fires + 1, true), (ends - 2, true), (ends + 1, false)] {
                tests += &question(window, minute, is_firing);
            }
        }
    }
    home.write("tests.yml", &tests);
    let mut promtool = Command::new("promtool");
    match promtool.args(["test", "rules"]).arg(home.path("tests.yml")).current_dir(home.path("")).output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}");
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("left out: `promtool` is not installed (Debian's package prometheus)");
        }
        Err(error) => panic!("promtool does not start: {error}"),
    }
}

//! Objectives through the real programs: a target that stops burns its budget, which alerts, closes the gate for deploys
//! and opens it again; what applications push is counted once, whatever dies in between.

use serde_json::{Value, json};
use tocsin_tests::{Answer, Home, Node, Server, Sink, plugin, wait_for};

const OPENSLO: &str = r#"
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: fast}
spec:
  alertWhenBreaching: true
  conditions:
    - kind: AlertCondition
      metadata: {name: fast, annotations: {tocsin.dev/short-window: 5s}}
      spec: {severity: page, condition: {kind: burnrate, op: gt, threshold: 2, lookbackWindow: 1m, alertAfter: 0m}}
---
apiVersion: openslo/v1
kind: SLO
metadata:
  name: shop
  displayName: The shop is open
  annotations: {tocsin.dev/slot: 1s, tocsin.dev/late: 5s, tocsin.dev/false-alarm: "off"}
spec:
  service: shop
  indicator:
    spec:
      ratioMetric:
        good: {metricSource: {type: tocsin, spec: {check: shop, status: [ok, warning]}}}
        total: {metricSource: {type: tocsin, spec: {check: shop}}}
  timeWindow: [{duration: 1h, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.9}]
  alertPolicies: [{alertPolicyRef: fast}]
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: orders, annotations: {tocsin.dev/slot: 10s, tocsin.dev/late: 30s}}
spec:
  service: shop
  indicator:
    metadata: {name: orders}
    spec:
      ratioMetric:
        good: {metricSource: {type: tocsin, spec: {events: orders}}}
        total: {metricSource: {type: tocsin, spec: {events: orders}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{targetPercent: 99.9}]
"#;

const POLICIES: &str = "error_budget_policies:
  - name: freeze
    slos: [shop]
    rules:
      - when: {burn_above: 2, window: 10s}
        until: {burn_below: 1, window: 10s}
        respond: [freeze-deploys, raise-check-frequency]
        every: 100ms
";

/// What a node can start with that has no plugins yet.
fn write_configuration(home: &Home, sink: &Sink) {
    home.write(
        "tocsin.yaml",
        "node:\n  name: test\nshutdown_grace: 5s\nretention:\n  reserve: 64KiB\n\
         alerting: {config: alertmanager.yml}\nslos: {files: [slos/*.yaml]}\n",
    );
    let route =
        "route: {receiver: team, group_by: [alertname], group_wait: 100ms, group_interval: 500ms, repeat_interval: 1h}";
    let receiver = format!("receivers:\n  - name: team\n    webhook_configs: [{{url: '{}'}}]\n", sink.url());
    home.write("alertmanager.yml", format!("{route}\n{receiver}"));
}

fn start<'h>(home: &'h Home, shop: &Server) -> Node<'h> {
    let node = home.start();
    let _installed = node.install(&plugin("probe-http"), "all").expect_code(0);
    let url = shop.url();
    home.write_checks(&format!(
        "checks:\n  - {{name: shop, plugin: probe-http, interval: 200ms, timeout: 2s, builtin_rules: false, \
         config: {{url: \"{url}\"}}}}\n"
    ));
    home.write("slos/shop.yaml", OPENSLO);
    home.write("conf.d/policies.yaml", POLICIES);
    let _reloaded = node.pluginctl(&["reload"]).expect_code(0);
    node
}

/// What the webhook heard of an alert, by its name: `firing`, `resolved`.
fn heard(sink: &Sink, alert: &str) -> Vec<String> {
    let about = |asked: &tocsin_tests::Asked| {
        let body: Value = serde_json::from_str(&asked.body).expect("the webhook's body is JSON");
        let is_about = body["groupLabels"]["alertname"] == alert;
        is_about.then(|| body["status"].as_str().unwrap_or_default().to_owned())
    };
    sink.asked().iter().filter_map(about).collect()
}

fn objective(node: &Node<'_>, slo: &str) -> Value {
    node.get(&format!("/api/v1/slos/{slo}"))["objectives"][0].clone()
}

#[test]
fn a_target_that_stops_burns_its_budget_closes_the_gate_and_opens_it_when_it_is_back() {
    let (home, shop, sink) = (Home::new(), Server::start(Answer::new(200, "open")), Sink::start());
    write_configuration(&home, &sink);
    let node = start(&home, &shop);
    node.await_status("shop", "ok");
    wait_for("good runs are counted", || (objective(&node, "shop")["good"].as_u64() > Some(5)).then_some(()));
    assert_eq!(objective(&node, "shop")["state"], "met");
    let _said = node.pluginctl(&["slo", "gate", "shop"]).expect_code(0).expect_text(&["shop: open"]);

    shop.answers(Answer::new(500, "The shop is closed."));
    wait_for("the burn alert reaches the receiver", || (!heard(&sink, "SLOBurnRate").is_empty()).then_some(()));
    let burning = objective(&node, "shop");
    assert!(["burning", "exhausted"].contains(&burning["state"].as_str().unwrap_or_default()), "{burning}");
    assert_eq!(burning["alerts"][0]["state"], "firing", "{burning}");
    wait_for("the policy freezes deploys", || {
        node.get("/api/v1/slos/shop/policy")["frozen"].as_bool().filter(|it| *it)
    });
    let gate = node.pluginctl(&["slo", "gate", "shop"]).expect_code(1);
    let _said = gate.expect_text(&["closed: deploys are frozen", "freeze-deploys", "raise-check-frequency"]);
    let exhausted = wait_for("exhaustion is foreseen, or has come", || {
        let budget = objective(&node, "shop")["budget"].clone();
        (budget["exhausted"].is_object() || budget["remaining_ratio"].as_f64() <= Some(0.0)).then_some(budget)
    });
    assert!(exhausted["consumed"].as_f64() > Some(0.0), "{exhausted}");
    let before = shop.asked();
    wait_for("its check runs more often", || (shop.asked() > before + 8).then_some(()));

    shop.answers(Answer::new(200, "open"));
    wait_for("the end of the burn is told", || {
        heard(&sink, "SLOBurnRate").contains(&"resolved".to_owned()).then_some(())
    });
    wait_for("the gate opens", || (node.get("/api/v1/slos/shop/policy")["frozen"] == false).then_some(()));
    assert_eq!(heard(&sink, "SLOBurnRate"), ["firing", "resolved"], "each once");
    let _said = node.pluginctl(&["slo", "gate", "shop"]).expect_code(0);
    let _said = node.pluginctl(&["slo", "list"]).expect_code(0).expect_text(&["shop", "orders", "BUDGET LEFT"]);
    let _said =
        node.pluginctl(&["slo", "show", "shop"]).expect_code(0).expect_text(&["The shop is open", "burn rates", "1m"]);
    let _said = node.pluginctl(&["slo", "report", "shop", "--period", "day"]).expect_code(0).expect_text(&["90%"]);
    let simulated = node.pluginctl(&["slo", "simulate", "shop", "--target", "99", "--target", "50"]).expect_code(0);
    let _said = simulated.expect_text(&["99%", "50%"]);
    let metrics = node.text("/metrics");
    for family in
        ["slo_objective_ratio", "slo_compliance_ratio", "error_budget_burn_rate", "error_budget_remaining_ratio"]
    {
        assert!(
            metrics.contains(&format!("{family}{{objective=\"90\",service=\"shop\",slo=\"shop\"")),
            "{family} is missing"
        );
    }
    assert!(node.stop().success());
}

fn push(node: &Node<'_>, home: &Home, key: &str, events: &Value) -> Value {
    home.write("events.json", events.to_string());
    let file = home.path("events.json");
    let file = file.to_str().expect("a path");
    node.pluginctl(&["--json", "slo", "push", "orders", "--batch", file, "--key", key]).json()
}

#[test]
fn what_was_counted_is_counted_once_whatever_dies_in_between() {
    let (home, shop, sink) = (Home::new(), Server::start(Answer::new(200, "open")), Sink::start());
    write_configuration(&home, &sink);
    let node = start(&home, &shop);
    node.await_status("shop", "ok");
    let taken = push(&node, &home, "a", &json!([{"good": 9, "total": 10}, {"good": 5, "total": 5}]));
    assert_eq!((&taken["counted"], &taken["repeated"]), (&json!(2), &json!(false)), "{taken}");
    let shop_before = objective(&node, "shop");
    node.kill();

    let node = home.start();
    let orders = objective(&node, "orders");
    assert_eq!((&orders["good"], &orders["total"]), (&json!(14), &json!(15)), "{orders}");
    let shop_after = objective(&node, "shop");
    assert!(shop_after["total"].as_u64() >= shop_before["total"].as_u64(), "{shop_before} then {shop_after}");
    let taken = push(&node, &home, "a", &json!([{"good": 9, "total": 10}, {"good": 5, "total": 5}]));
    assert_eq!((&taken["counted"], &taken["repeated"]), (&json!(0), &json!(true)), "the same key: {taken}");
    let odd = json!([
        {"good": 2, "total": 1}, {"good": -1, "total": 1}, {"good": 1, "total": 9_223_372_036_854_775_808_u64},
        {"at": "2001-01-01T00:00:00Z", "good": 1, "total": 1}, {"at": "2099-01-01T00:00:00Z", "good": 1, "total": 1},
        {"good": 1, "total": 1},
    ]);
    home.write("events.json", odd.to_string());
    let file = home.path("events.json");
    let said = node.pluginctl(&["slo", "push", "orders", "--batch", file.to_str().expect("a path")]).expect_code(1);
    let _said = said.expect_text(&["1 counted", "good-above-total", "too-large", "late", "future"]);
    assert_eq!(objective(&node, "orders")["total"], 16, "what is odd is not counted, the rest is");
    assert!(node.stop().success());
}

#[test]
fn what_cannot_be_meant_is_said_with_its_place() {
    let (home, sink) = (Home::new(), Sink::start());
    write_configuration(&home, &sink);
    home.write("slos/shop.yaml", OPENSLO.replace("targetPercent: 99.9", "targetPercent: 0.999"));
    let said = home.start_refused();
    let _said = said.expect_text(&["slos/shop.yaml", "99.9", "there is no check `shop`"]);
}

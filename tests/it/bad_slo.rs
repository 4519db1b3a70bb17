//! Objectives that cannot be meant, and what happens to an objective while its check, its clock or its crowd changes.

use std::fmt::Write as _;

use serde_json::json;
use tocsin_tests::{Answer, Home, Server, plugin, record, wait_for};

const CONFIG: &str =
    "node:\n  name: test\nshutdown_grace: 5s\nretention:\n  reserve: 64KiB\nslos: {files: [slos/*.yaml]}\n";

/// An objective over pushed events, with lines replaced.
fn slo(changes: &[(&str, &str)]) -> String {
    let good = "apiVersion: openslo/v1
kind: SLO
metadata: {name: orders}
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
";
    changes.iter().fold(good.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} stands in it");
        text.replace(from, to)
    })
}

/// Title, what is changed, what must be said.
type Case = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

const CASES: &[Case] = &[
    ("SLO: a target of 0", &[("targetPercent: 99.9", "target: 0")], &["slos/a.yaml:14", "target"]),
    ("SLO: a target of 100", &[("99.9", "100")], &["slos/a.yaml:14", "targetPercent", "100"]),
    ("SLO: a target above 100", &[("99.9", "101")], &["slos/a.yaml:14", "targetPercent", "101"]),
    ("SLO: three nines typed as 0.999 percent", &[("99.9", "0.999")], &["slos/a.yaml:14", "0.999", "99.9"]),
    ("SLO: a window of zero", &[("30d", "0d")], &["slos/a.yaml:12", "duration"]),
    (
        "SLO: a calendar window without a time zone",
        &[(
            "{duration: 30d, isRolling: true}",
            "{duration: 1M, isRolling: false, calendar: {startTime: 2026-01-01 00:00:00}}",
        )],
        &["slos/a.yaml:12", "timeZone"],
    ),
    (
        "SLO: a reference to nothing",
        &[("objectives:", "alertPolicies: [{alertPolicyRef: fast}]\n  objectives:")],
        &["slos/a.yaml:14", "`fast`"],
    ),
    ("SLO: an unknown kind", &[("kind: SLO", "kind: SLOO")], &["slos/a.yaml:2", "SLOO", "`SLO`"]),
    ("SLO: an unknown version", &[("openslo/v1", "openslo/v9")], &["slos/a.yaml:1", "openslo/v9", "openslo/v1"]),
    (
        "SLO: duplicate names",
        &[(
            "kind: SLO\n",
            "kind: Service\nmetadata: {name: shop}\nspec: {}\n---\napiVersion: openslo/v1\nkind: Service\nmetadata: {name: shop}\nspec: {}\n---\napiVersion: openslo/v1\nkind: SLO\n",
        )],
        &["slos/a.yaml:8", "`shop`"],
    ),
];

#[test]
fn what_cannot_be_meant_by_an_objective_is_said_with_its_place_and_the_way_out() {
    let home = Home::new();
    home.write("tocsin.yaml", CONFIG);
    for (title, changes, parts) in CASES {
        home.write("slos/a.yaml", slo(changes));
        let said = home.pluginctl(&["check-config"]).expect_code(1).expect_text(parts);
        record(title, &[&said]);
    }
    // A year in slots of a minute is what is kept at most.
    home.write(
        "slos/a.yaml",
        slo(&[("30d", "366d"), ("{name: orders}\nspec", "{name: orders, annotations: {tocsin.dev/slot: 1m}}\nspec")]),
    );
    let _said = home.pluginctl(&["check-config"]).expect_code(0);
}

#[test]
fn an_objective_whose_check_goes_is_refused_and_one_whose_check_is_renamed_counts_anew_and_says_so() {
    let (home, shop) = (Home::new(), Server::start(Answer::new(200, "open")));
    home.write("tocsin.yaml", CONFIG);
    let node = home.start();
    let _installed = node.install(&plugin("probe-http"), "all").expect_code(0);
    let check = |name: &str| {
        let config = format!("{{url: \"{}\"}}", shop.url());
        format!("checks:\n  - {{name: {name}, plugin: probe-http, interval: 100ms, timeout: 2s, config: {config}}}\n")
    };
    let of = |check: &str| {
        let good = ("good: {metricSource: {type: tocsin, spec: {events: orders}}}", "status: [ok]");
        let (all, some) = (format!("{{check: {check}}}"), format!("{{check: {check}, {}}}", good.1));
        let good_now = good.0.replace("{events: orders}", &some);
        slo(&[(good.0, &good_now), ("{events: orders}", &all), ("30d", "1d")])
    };
    home.write_checks(&check("shop"));
    home.write("slos/a.yaml", of("shop"));
    let _reloaded = node.pluginctl(&["reload"]).expect_code(0);
    let total = || node.get("/api/v1/slos/orders")["objectives"][0]["total"].as_u64();
    let before = wait_for("runs are counted", || total().filter(|total| *total >= 5));

    home.write_checks(&check("store"));
    let removed = node.pluginctl(&["reload"]).expect_code(3).expect_text(&["slos/a.yaml", "there is no check `shop`"]);
    record("SLO: its check is gone", &[&removed]);
    wait_for("what was in force goes on counting", || (total() > Some(before)).then_some(()));

    // Another check is another definition: what the old one counted is not taken for it, and that is said.
    home.write("slos/a.yaml", of("store"));
    let _reloaded = node.pluginctl(&["reload"]).expect_code(0);
    let standing = || node.get("/api/v1/slos/orders")["objectives"][0].clone();
    let anew = wait_for("it counts anew", || Some(standing()).filter(|it| it["renewed"] == true));
    assert!(anew["total"].as_u64() < Some(before), "{anew}");
    wait_for("the renamed check is counted", || (total() > Some(0)).then_some(()));
    assert!(node.stop().success());
}

#[test]
fn ten_thousand_objectives_start_count_and_are_shown() {
    let home = Home::new();
    home.write("tocsin.yaml", CONFIG);
    let mut text = String::new();
    for number in 0..10_000 {
        let (name, events) = (format!("{{name: slo-{number}}}"), format!("events: events-{number}"));
        let one = slo(&[("{name: orders}\nspec", &format!("{name}\nspec")), ("events: orders", &events)]);
        write!(
            text,
            "---\n{}",
            one.replace("metadata: {name: orders}", &format!("metadata: {{name: events-{number}}}"))
        )
        .expect("a string takes it");
    }
    home.write("slos/a.yaml", text);
    let node = home.start();
    home.write("events.json", json!([{"good": 9, "total": 10}]).to_string());
    let file = home.path("events.json");
    let file = file.to_str().expect("a path");
    let _pushed = node.pluginctl(&["slo", "push", "events-9999", "--batch", file]).expect_code(0);
    let shown = node.get("/api/v1/slos/slo-9999");
    assert_eq!(shown["objectives"][0]["total"], 10, "{shown}");
    let _listed = node.pluginctl(&["slo", "list"]).expect_code(0).expect_text(&["slo-9999"]);
    assert!(node.stop().success());
}

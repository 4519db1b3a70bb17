//! The examples as a user would run them: their own files, the standard plugins, this very machine. Only the ports of the
//! quickstart are other ones, so that several tests can run at once.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tocsin_tests::{Answer, Home, Node, Server, plugin, root, wait_for};

const PLUGINS: [&str; 6] = ["probe-http", "probe-tcp", "probe-dns", "probe-node", "probe-process", "detector-zscore"];

/// The quickstart's checks, with the page at `node` and the shop at `shop`.
fn checks(node: &str, shop: &str) -> String {
    let text = fs::read_to_string(root().join("examples/quickstart/conf.d/quickstart.yaml")).unwrap();
    let port = |url: &str| url.rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
    text.replace("7117", &port(node)).replace("7118", &port(shop))
}

fn install_all(node: &Node<'_>) {
    for name in PLUGINS {
        let component: PathBuf = plugin(name);
        let _installed = node.install(&component, "all").expect_code(0);
    }
}

/// A folder of `examples`, as it would be copied.
fn copy(home: &Home, example: &str, folder: &str) {
    let from = root().join("examples").join(example).join(folder);
    for entry in fs::read_dir(&from).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        let name = Path::new(folder).join(entry.file_name());
        home.write(name.to_str().unwrap(), fs::read(entry.path()).unwrap());
    }
}

fn metric(check: &Value, name: &str) -> Option<f64> {
    let metrics = check["observation"]["metrics"].as_array()?;
    metrics.iter().find(|metric| metric["name"] == name)?["value"].as_f64()
}

#[test]
fn the_quickstart_checks_this_machine_and_a_broken_shop_turns_critical_with_evidence() {
    let (home, shop) = (Home::new(), Server::start(Answer::new(200, "open")));
    let node = home.start();
    install_all(&node);
    home.write_checks(&checks(&node.url, &shop.url()));
    let _reloaded = node.pluginctl(&["reload"]).expect_code(0);

    // Real values of this machine. A busy one may well be in warning: that is no fault of the example.
    let machine =
        wait_for("the machine was measured", || Some(node.check("machine")).filter(|it| it["observation"].is_object()));
    assert!(metric(&machine, "memory_used").is_some_and(|used| used > 0.0 && used <= 1.0), "{machine:#}");
    for check in ["disks", "network", "tocsin-process", "tocsin-health", "shop-port", "shop"] {
        wait_for("every check has run", || {
            let found = node.check(check);
            (found["last_run"]["outcome"] == "completed").then_some(())
        });
    }
    node.await_status("shop", "ok");

    shop.answers(Answer::new(500, "The shop is closed."));
    let critical = node.await_status("shop", "critical");
    let evidence = critical["trouble"]["observation"]["evidence"].to_string();
    assert!(evidence.contains("The shop is closed."), "{critical:#}");

    shop.answers(Answer::new(200, "open"));
    node.await_status("shop", "ok");
    let latency = wait_for("the detector has looked at the shop", || {
        let detectors = node.get("/api/v1/detectors");
        Some(detectors["detectors"][0].clone()).filter(|detector| detector["judged_until"].is_string())
    });
    assert_eq!(latency["last_outcome"], "completed", "{latency:#}");
    assert!(node.stop().success());
}

#[test]
fn the_alerting_example_is_valid_and_says_who_is_told_with_and_without_plugins() {
    let home = Home::new();
    let node = home.start();
    install_all(&node);
    for folder in ["", "conf.d", "templates"] {
        copy(&home, "alerting", folder);
    }
    let valid = home.pluginctl(&["check-config"]).expect_code(0);
    assert!(valid.stdout.starts_with("valid: 3 checks, 0 detectors"), "{}", valid.stdout);

    let routed = home.pluginctl(&["route", "test", "alertname=CheckCritical", "team=shop", "app=shop"]).expect_code(0);
    assert!(routed.stdout.contains("climbs    the policy shop"), "{}", routed.stdout);
    let _covered = home.pluginctl(&["oncall", "gaps", "--weeks", "8"]).expect_code(0);
    let on_call = home.pluginctl(&["oncall", "shop", "--at", "2026-12-25T12:00"]).expect_code(0);
    assert!(on_call.stdout.starts_with("shop: ben (Ben Cole) is on call"), "{}", on_call.stdout);
    let simulated = home.pluginctl(&["escalation", "simulate", "shop", "--for", "30m"]).expect_code(0);
    assert!(simulated.stdout.contains("nobody acknowledged it in time"), "{}", simulated.stdout);
    assert!(node.stop().success());
}

#[test]
fn the_example_of_repairs_is_valid_and_nothing_in_it_is_odd_but_what_it_says_itself() {
    let home = Home::new();
    let node = home.start();
    install_all(&node);
    for name in ["action-run-command", "action-http"] {
        let _installed = node.install(&plugin(name), "all").expect_code(0);
    }
    let file = root().join("examples/self-repair/tocsin.yaml").display().to_string();
    let valid = home.pluginctl(&["check-config", &file]).expect_code(0);
    assert!(valid.stdout.starts_with("valid: 2 checks, 0 detectors"), "{}", valid.stdout);
    assert!(valid.stdout.contains("2 playbooks"), "{}", valid.stdout);
    let linted = home.pluginctl(&["playbook", "lint", &file]).expect_code(0);
    let _linted = linted.expect_text(&["2 playbooks"]);
    assert!(node.stop().success());
}

#[test]
fn the_slo_examples_are_valid_with_the_plugins_that_their_checks_use() {
    let home = Home::new();
    let node = home.start();
    install_all(&node);
    for (example, checks) in [("slo-trading", 2), ("slo-enterprise", 5), ("slo-ml-serving", 0)] {
        let file = root().join("examples").join(example).join("tocsin.yaml");
        let valid = home.pluginctl(&["check-config", &file.display().to_string()]).expect_code(0);
        assert!(valid.stdout.starts_with(&format!("valid: {checks} checks, 0 detectors")), "{}", valid.stdout);
    }
    assert!(node.stop().success());
}

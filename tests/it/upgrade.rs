//! Upgrades of a plugin that serves: one that asks for more than was granted, one that is granted it, and the way back.

use std::fs;

use serde_json::Value;
use tocsin_tests::{Home, Node, guest, record, wait_for};

const CHECK: &str = "checks:\n  - {name: one, plugin: hostile, interval: 100ms, config: {act: count}}\n";
/// The next version asks to know the node's processor as well.
const NEXT: [(&str, &str); 2] =
    [("version = \"0.1.0\"", "version = \"0.2.0\""), ("state = true", "state = true\nnode = [\"cpu\"]")];

fn plugin(node: &Node<'_>) -> Value {
    node.get("/api/v1/plugins")["plugins"][0].clone()
}

/// This component is what runs, when asked and by the schedule, and what it kept before is there.
fn assert_served_by(node: &Node<'_>, digest: &Value) {
    let count = |run: &Value| run["observation"]["metrics"][0]["value"].as_f64().unwrap_or(0.0);
    let run = node.run_check("one");
    assert_eq!((&run["digest"], &run["outcome"]["kind"]), (digest, &"completed".into()), "{run:#}");
    assert!(count(&run) >= 1.0, "{run:#}");
    wait_for("its count goes on", || Some(node.check("one")).filter(|check| count(check) > count(&run) + 1.0));
}

/// The node's own answer to a component offered without a grant.
fn offer(home: &Home, node: &Node<'_>, component: &str) -> Value {
    let token = fs::read_to_string(home.path("data/admin.token")).unwrap();
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = agent.post(format!("{}/api/v1/plugins", node.url)).content_type("application/wasm");
    let request = request.header("authorization", format!("Bearer {}", token.trim()));
    let answer = request.send(fs::read(component).unwrap()).unwrap().body_mut().read_to_string().unwrap();
    serde_json::from_str(&answer).unwrap()
}

#[test]
fn an_upgrade_that_asks_for_more_waits_for_a_new_grant_while_the_old_one_serves_and_can_be_taken_back() {
    let home = Home::new();
    let node = home.start_with(&[guest("hostile")], CHECK);
    let old = plugin(&node);
    wait_for("the check has run", || (node.check("one")["status"] == "ok").then_some(()));
    assert_served_by(&node, &old["digest"]);

    let next = home.remade("hostile", &NEXT).display().to_string();
    let refused = node.pluginctl(&["install", &next, "--yes"]).expect_code(3);
    let refused = refused.expect_text(&["`hostile` 0.2.0 asks for more than it is granted", "cpu", "--grant all"]);
    let problem = offer(&home, &node, &next);
    assert_eq!((&problem["status"], &problem["code"]), (&409.into(), &"grant-required".into()), "{problem:#}");
    let beyond = problem["install"]["beyond"].as_array().unwrap();
    assert_eq!(beyond.len(), 1, "only what is new: {problem:#}");
    assert_eq!((&beyond[0]["capability"], &beyond[0]["target"]), (&"node".into(), &"cpu".into()), "{problem:#}");
    assert_eq!((&plugin(&node)["digest"], &plugin(&node)["version"]), (&old["digest"], &old["version"]));
    assert_served_by(&node, &old["digest"]);

    let granted = node.pluginctl(&["install", &next, "--yes", "--grant", "all"]).expect_code(0);
    let new = plugin(&node);
    assert_eq!((&new["version"], &new["previous"]), (&"0.2.0".into(), &old["digest"]), "{new:#}");
    assert_served_by(&node, &new["digest"]);

    let back = node.pluginctl(&["rollback", "hostile"]).expect_code(0);
    let now = plugin(&node);
    assert_eq!((&now["version"], &now["digest"]), (&old["version"], &old["digest"]), "{now:#}");
    assert_eq!(now["granted"], old["granted"], "with the grant it had: {now:#}");
    assert_served_by(&node, &old["digest"]);
    record("Upgrade that asks for more", &[&refused, &granted, &back]);
}

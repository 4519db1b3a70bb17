//! What survives: an orderly stop, the power going, a damaged database, a taken port, a reload.

use std::process::Command;

use rustix::process::Signal;
use tocsin_tests::{Answer, Home, Node, Said, Server, guest, record, wait_for};

const CHECK: &str = "checks:\n  - {name: one, plugin: hostile, interval: 100ms, config: {act: count}}\n";

/// How often the counting check has run, as it keeps it in its own state.
fn count(node: &Node<'_>) -> f64 {
    node.check("one")["observation"]["metrics"][0]["value"].as_f64().unwrap_or(0.0)
}

fn await_count(node: &Node<'_>, at_least: f64) -> f64 {
    wait_for("the check has counted on", || Some(count(node)).filter(|count| *count >= at_least))
}

#[test]
fn an_orderly_stop_loses_nothing_and_the_next_start_goes_on() {
    let home = Home::new();
    let node = home.start_with(&[guest("hostile")], CHECK);
    await_count(&node, 5.0);
    let status = node.stop();
    assert!(status.success(), "{status}");
    let node = home.start();
    assert!(await_count(&node, 6.0) >= 6.0, "the state was kept over the restart");
}

#[test]
fn a_node_that_was_killed_starts_again_with_its_plugins_and_checks() {
    let home = Home::new();
    let node = home.start_with(&[guest("hostile")], CHECK);
    await_count(&node, 3.0);
    node.kill();
    let node = home.start();
    assert_eq!(node.get("/api/v1/plugins")["plugins"][0]["state"], "loaded");
    await_count(&node, 3.0);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = Server::start(Answer::new(200, ""));
    let home = Home::new();
    let said = home.start_refused_at(&taken.address.to_string());
    assert_ne!(said.code, 0);
    let said = said.expect_text(&[&taken.address.to_string()]);
    record("Port taken", &[&said]);
}

#[test]
fn a_damaged_database_is_set_aside_and_the_node_begins_a_new_one() {
    let home = Home::new();
    let node = home.start_with(&[guest("hostile")], CHECK);
    await_count(&node, 2.0);
    node.stop();
    let data = std::fs::read_dir(home.path("data")).unwrap().map(|entry| entry.unwrap().path());
    let database = data.into_iter().find(|path| path.extension().is_some_and(|end| end == "db" || end == "sqlite"));
    let database = database.expect("the data folder holds a database");
    let bytes = std::fs::read(&database).unwrap();
    let damaged: Vec<u8> = bytes.iter().enumerate().map(|(at, byte)| if at < 4_096 { 0x5a } else { *byte }).collect();
    std::fs::write(&database, damaged).unwrap();
    let node = home.start();
    assert!(node.log().contains("damaged"), "{}", node.log());
    let told = Said::of(
        "grep damaged pluginhost.log".to_owned(),
        Command::new("grep").args(["damaged"]).arg(home.path("pluginhost.log")),
    );
    record("SQLite file damaged", &[&told]);
    await_count(&node, 1.0);
}

#[test]
fn sighup_reads_the_configuration_again() {
    let home = Home::new();
    let node = home.start_with(&[guest("hostile")], CHECK);
    home.write_checks(&format!("{CHECK}  - {{name: two, plugin: hostile, interval: 100ms, config: {{act: ok}}}}\n"));
    node.signal(Signal::HUP);
    wait_for("the second check is in force", || (node.status_of("/api/v1/checks/two") == Some(200)).then_some(()));
    node.await_status("two", "ok");
}

//! Configurations that are wrong: refused whole, every error with its place and the way out, and nothing changes.

use tocsin_tests::{Home, guest, record};

/// A case's title, the checks file, and what must be said of it.
const CASES: &[(&str, &str, &[&str])] = &[
    (
        "Config: unknown key",
        "checks:\n  - {name: a, plugin: hostile, intervall: 10s, config: {act: ok}}\n",
        &["checks.yaml:2", "checks[0].intervall", "unknown key", "`interval`"],
    ),
    (
        "Config: does not fit the plugin's schema",
        "checks:\n  - {name: a, plugin: hostile, interval: 10s, config: {act: dance}}\n",
        &["checks.yaml:2", "checks[0].config.act"],
    ),
    (
        "Config: unknown key of a plugin's config",
        "checks:\n  - {name: a, plugin: hostile, interval: 10s, config: {act: ok, pth: /}}\n",
        &["checks.yaml:2", "unknown key of `hostile`", "`path`"],
    ),
    (
        "Config: two checks of one name",
        "checks:\n  - {name: a, plugin: hostile, interval: 10s, config: {act: ok}}\n  - {name: a, plugin: hostile, \
         interval: 5s, config: {act: ok}}\n",
        &["checks.yaml:3", "`a`"],
    ),
    (
        "Config: interval too short",
        "checks:\n  - {name: a, plugin: hostile, interval: 10ms, config: {act: ok}}\n",
        &["checks.yaml:2", "checks[0].interval", "100"],
    ),
    (
        "Config: invalid cron",
        "checks:\n  - {name: a, plugin: hostile, cron: \"61 * * * *\", config: {act: ok}}\n",
        &["checks.yaml:2", "checks[0].cron"],
    ),
    (
        "Config: unknown plugin",
        "checks:\n  - {name: a, plugin: hostil, interval: 10s, config: {act: ok}}\n",
        &["checks.yaml:2", "`hostile`"],
    ),
    (
        "Config: playbook that refers to nothing",
        "checks:\n  - {name: a, plugin: hostile, interval: 10s, config: {act: ok}}\nplaybooks:\n  - name: fix\n    trigger: \
         {checks: [b]}\n    actions: [{plugin: action-none, config: {}}]\n    mode: automatic\n",
        &["checks.yaml", "playbooks[0].mode", "`auto`", "action-none"],
    ),
    (
        "Config: command that is no whole path",
        "checks:\n  - {name: a, plugin: hostile, interval: 10s, config: {act: ok}}\ncommands:\n  - {name: fix, run: [restart]}\n",
        &["checks.yaml:4", "commands[0].run"],
    ),
    ("Config: not YAML", "checks:\n  - {name: a\n", &["checks.yaml"]),
];

const GOOD: &str = "checks:\n  - {name: good, plugin: hostile, interval: 100ms, config: {act: count}}\n";

#[test]
fn a_wrong_configuration_is_refused_with_its_place_and_changes_nothing() {
    let home = Home::new();
    let node = home.start_with(&[guest("hostile")], GOOD);
    for (title, checks, parts) in CASES {
        home.write_checks(checks);
        let checked = home.pluginctl(&["check-config"]).expect_code(1).expect_text(parts);
        let reloaded = node.pluginctl(&["reload"]).expect_code(3).expect_text(parts);
        record(title, &[&checked, &reloaded]);
        let names: Vec<_> = node.get("/api/v1/checks")["checks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|check| check["name"].clone())
            .collect();
        assert_eq!(names, ["good"], "{title}: the configuration in force stays");
    }
    home.write_checks(GOOD);
    let _valid = home.pluginctl(&["check-config"]).expect_code(0).expect_text(&["valid: 1 checks"]);
}

#[test]
fn every_error_is_reported_at_once() {
    let home = Home::new();
    let node = home.start_with(&[guest("hostile")], GOOD);
    home.write_checks(
        "checks:\n  - {name: a, plugin: nowhere, interval: 10s}\n  - {name: b, plugin: hostile, interval: 1ms, config: \
         {act: ok}}\n  - {name: c, plugin: hostile, colour: red, interval: 1s, config: {act: ok}}\n",
    );
    let said = node.pluginctl(&["reload"]).expect_code(3);
    let _said = said.expect_text(&["checks.yaml:2", "checks.yaml:3", "checks.yaml:4"]);
}

#[test]
fn a_node_with_a_wrong_configuration_does_not_start_and_binds_no_port() {
    let home = Home::new();
    home.write("tocsin.yaml", "lisen: 127.0.0.1:7117\nretention: {runs: never}\n");
    let said = home.start_refused();
    assert_ne!(said.code, 0);
    let said = said.expect_text(&["tocsin.yaml:1", "`listen`", "tocsin.yaml:2"]);
    assert!(!said.all().contains("listening on"), "{}", said.all());
    record("Config: the node does not start", &[&said]);
}

//! The node that is simulated: its configuration, compiled like any other. Knows nothing of what happens to it.

use std::sync::Arc;

use tocsin_core::config::{Catalog, CatalogEntry, Config, Defaults, Files, Source, compile};
use tocsin_core::id::Digest;
use tocsin_core::manifest::Manifest;

use super::dice::Dice;

/// Services with a check and a playbook each.
pub(super) const SERVICES: [&str; 4] = ["web-0", "web-1", "web-2", "web-3"];
/// Behind this, the last two are unreachable.
pub(super) const GATEWAY: &str = "gateway";
pub(super) const INTERVAL_MS: u64 = 20_000;
/// Alerts are held back so long at most while a repair runs.
pub(super) const HOLD_MS: u64 = 120_000;

pub(super) fn configuration(dice: &mut Dice) -> Arc<Config> {
    let mut own = String::from("alerting: {config: alertmanager.yml}\nchecks:\n");
    own.push_str("  - {name: gateway, plugin: probe-any, interval: 20s}\n");
    for (nth, name) in SERVICES.iter().enumerate() {
        let behind = if nth < 2 { "" } else { ", depends_on: [gateway]" };
        let failures = if dice.hits(300) { ", health: {attempts: 2, retry_interval: 5s}" } else { "" };
        own.push_str(&format!(
            "  - {{name: {name}, plugin: probe-any, interval: 20s, labels: {{tier: web}}{behind}{failures}}}\n"
        ));
    }
    // Mostly short, so that much happens in little time.
    if dice.hits(850) {
        own.push_str("incidents: {resolve_after: 20s, reopen_within: 40s}\n");
    }
    own.push_str("playbooks:\n");
    for (nth, name) in SERVICES.iter().enumerate() {
        own.push_str(&playbook(nth, name, dice));
    }
    let alertmanager = "route: {receiver: team, group_by: ['...'], group_wait: 1s, group_interval: 10s, repeat_interval: \
                        4h}\nreceivers:\n  - name: team\n    webhook_configs: [{url: 'http://127.0.0.1/'}]\n";
    let source = |name: &str, text: &str| Source { name: name.into(), folder: "/".into(), text: text.to_owned() };
    let files = Files {
        alertmanager: Some(Ok(source("alertmanager.yml", alertmanager))),
        ..Files::from(vec![source("tocsin.yaml", &own)])
    };
    let defaults = Defaults { node: "simulated".to_owned(), data: "/data".into() };
    match compile(&files, &catalog(), &defaults) {
        Ok(config) => Arc::new(config),
        Err(errors) => fail(&errors),
    }
}

fn playbook(nth: usize, name: &str, dice: &mut Dice) -> String {
    let mode = match dice.between(0, 10) {
        0 => "dry-run",
        1 => "observe",
        2..4 => "approve",
        _ if nth == 3 => "approve",
        _ => "auto",
    };
    let second = if dice.hits(300) {
        format!(", {{name: again, plugin: action-any, config: {{unit: {name}.service}}}}")
    } else {
        String::new()
    };
    let diagnosis =
        if dice.hits(300) { "    diagnosis: [{check: gateway, status: [critical], then: 1}]\n" } else { "" };
    let blast = if dice.hits(300) {
        ", blast_radius: {group: {tier: web}, percent_max: 50, count_max: 2, healthy_min: 1}"
    } else {
        ""
    };
    let (cooldown, attempts) = (dice.between(10, 120), dice.between(2, 6));
    let (rate, breaker) = (dice.between(3, 12), dice.between(2, 6));
    format!(
        "  - name: mend-{name}\n    trigger: {{checks: [{name}]}}\n    mode: {mode}\n{diagnosis}    actions: [{{name: first, \
         plugin: action-any, config: {{unit: {name}.service}}}}{second}]\n    hold_notifications: 2m\n    gates: {{cooldown: \
         {cooldown}s, attempts: {attempts}, healthy_for: 10m, rate: {{count: {rate}, per: 1h}}, node_rate: {{count: 30, per: \
         1h}}, fleet_rate: {{count: 60, per: 1h}}, lease: 5m, storm_alerts: 8, approval_within: 4m, breaker_failures: \
         {breaker}{blast}}}\n    verification: {{settle: 5s, times: 2, within: 2m}}\n"
    )
}

fn catalog() -> Catalog {
    let plugin = |name: &str, kind: &str, capabilities: &str| {
        let text = format!(
            "name = \"{name}\"\nversion = \"1.0.0\"\nkind = \"{kind}\"\ndescription = \"Simulated.\"\nlicense = \
             \"Apache-2.0\"\n[capabilities]\n{capabilities}\n"
        );
        match Manifest::parse(&text) {
            Ok(manifest) => CatalogEntry {
                grant: manifest.capabilities.clone(),
                manifest,
                schema: serde_json::json!(true),
                digest: Digest::new("0".repeat(64)),
            },
            Err(errors) => fail(&format!("{errors:?}")),
        }
    };
    let verbs = "verbs = [\"restart-service {unit}\", \"start-service {unit}\", \"stop-service {unit}\"]";
    [plugin("probe-any", "probe", ""), plugin("action-any", "action", verbs)].into_iter().collect()
}

#[expect(clippy::panic, reason = "the simulated node's own configuration is wrong, which nobody can go on from")]
fn fail(errors: &impl std::fmt::Display) -> ! {
    panic!("{errors}")
}

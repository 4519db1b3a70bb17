//! What an entry says beyond being right or wrong: its defaults, its parts, and what the documentation shows.

use std::time::Duration;

use proptest::prelude::*;

use super::super::cases::{compiled, damaged};
use super::super::{Catalog, Config, Defaults, Files, Source, compile};
use super::*;
use crate::playbook::{Blast, GateLimits, Rate, Verify};

fn valid(text: &str) -> Config {
    compiled(text).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn a_playbook_that_says_little_is_as_safe_as_can_be() {
    let config = valid(
        "checks: [{name: site, plugin: probe-any, interval: 10s}]\n\
         playbooks: [{name: p, trigger: {checks: [site]}, actions: [{plugin: action-any}]}]",
    );
    let playbook = &config.playbooks["p"];
    assert_eq!((playbook.mode, playbook.escalate.as_str()), (Mode::Observe, "P1"));
    assert_eq!(playbook.hold_notifications, Duration::ZERO);
    assert_eq!((&playbook.gates, &playbook.verification), (&GateLimits::default(), &Verify::default()));
    let (minute, hour) = (Duration::from_secs(60), Duration::from_secs(3_600));
    let gates = &playbook.gates;
    assert_eq!((gates.cooldown, gates.attempts, gates.healthy_for), (10 * minute, 3, hour));
    assert_eq!([gates.rate.count, gates.node_rate.count, gates.fleet_rate.count], [3, 10, 20]);
    assert_eq!((gates.lease, gates.storm_alerts, gates.approval_within), (15 * minute, 20, 30 * minute));
    assert_eq!((gates.breaker_failures, gates.repeat_max, gates.repeat_within), (3, 3, 24 * hour));
    let verify = &playbook.verification;
    assert_eq!((verify.settle, verify.times, verify.within), (minute / 2, 3, 10 * minute));
    assert_eq!(playbook.place.to_string(), "tocsin.yaml:2:13");
}

#[test]
fn an_action_has_the_rights_that_its_config_names_and_a_timeout_of_its_own() {
    let config = valid(include_str!("../cases/playbooks-valid.yaml"));
    let playbook = &config.playbooks["most"];
    let rights: Vec<String> = playbook.actions[0].rights.verbs.iter().map(ToString::to_string).collect();
    assert_eq!(rights, ["restart-service web.service"]);
    assert_eq!(playbook.actions[0].limits.deadline, Duration::from_secs(5));
    let chosen: Vec<usize> = playbook.diagnosis.iter().map(|diagnosis| diagnosis.then).collect();
    assert_eq!(chosen, [1, 1]);
    let blast = playbook.gates.blast.as_ref().expect("a limit");
    assert_eq!(blast.members(&config).map(|check| check.name.as_str()).collect::<Vec<_>>(), ["site", "site-b"]);
}

/// The block of the page that holds this key.
fn documented(key: &str) -> &'static str {
    let document = include_str!("../../../../../docs/configuration.md");
    let blocks = document.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.into_iter().find(|block| block.contains(&format!("\n{key}:")) || block.starts_with(key)).expect("a block")
}

#[test]
fn the_documented_playbook_compiles_with_every_key_it_has() {
    let checks = "checks:\n  - {name: shop, plugin: probe-any, interval: 10s, labels: {service: shop}}\n  \
                  - {name: shop-db, plugin: probe-any, interval: 10s}\n  \
                  - {name: shop-b, plugin: probe-any, interval: 10s, labels: {service: shop}}\n";
    let slo = "slos: {files: [slos.yaml]}\n";
    let config = valid(&format!("{checks}{slo}{}#--- slos.yaml\n{SLO}", documented("playbooks")));
    let playbook = &config.playbooks["restart-shop"];
    let (minute, hour) = (Duration::from_secs(60), Duration::from_secs(3_600));
    let expected = GateLimits {
        fresh_within: Some(minute),
        blast: Some(Blast {
            group: vec![crate::matcher::Matcher::equal("service", "shop")],
            percent_max: 50,
            count_max: 1,
            healthy_min: 1,
        }),
        rate: Rate { count: 3, per: hour },
        ..GateLimits::default()
    };
    assert_eq!(playbook.gates, expected);
    assert_eq!(playbook.verification.slo.as_ref().map(|slo| slo.as_str()), Some("shop"));
    assert_eq!((playbook.actions.len(), playbook.diagnosis.len(), playbook.mode), (2, 1, Mode::Approve));
    assert_eq!(config.commands["fail-over"].patterns, ["[a-z0-9-]+"]);
}

const SLO: &str = "\
apiVersion: openslo/v1
kind: SLO
metadata: {name: shop}
spec:
  service: shop
  indicator:
    metadata: {name: shop}
    spec:
      ratioMetric:
        good: {metricSource: {type: tocsin, spec: {check: shop, status: [ok]}}}
        total: {metricSource: {type: tocsin, spec: {check: shop}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
";

#[test]
fn without_plugins_at_hand_nothing_is_said_of_playbooks() {
    let defaults = Defaults { node: "n".to_owned(), data: "/d".into() };
    let text = include_str!("../cases/playbooks-valid.yaml").to_owned();
    let own = vec![Source { name: "tocsin.yaml".to_owned(), folder: "/etc/tocsin".into(), text }];
    let files = Files { own, ..Files::default() };
    let config = compile(&files, &Catalog::absent(), &defaults).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(config.playbooks.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// As for the page's first example: every error names a line, and no text makes the compiler fall over.
    #[test]
    fn a_damaged_playbook_is_another_playbook_or_errors_at_its_lines(
        damages in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..20, "[-:{}\\[\\]\"'&*#!|>%@ \na0~]{0,4}"), 1..6),
    ) {
        let text = damaged(documented("playbooks"), damages);
        if let Err(errors) = compiled(&text) {
            for error in &errors {
                prop_assert!((1..=text.lines().count() + 1).contains(&error.place.line), "{}", error);
                prop_assert!(!error.message.is_empty());
            }
        }
    }
}

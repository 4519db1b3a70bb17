//! Every rule of the files by example: `cases/NAME.yaml` is compiled on a node with a few checks and receivers, and
//! `cases/NAME.expected` is what the compiler says of it: all that is wrong, or each SLO, and the notes.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use crate::config::cases::{compiled, damaged};
use crate::config::{Config, ConfigErrors};
use crate::quantity::show_duration;
use crate::slo::{AlertRule, Measure, Objective, Period, Slo, When};

/// The node around the files.
const NODE: &str = "
alerting: {config: alertmanager.yml}
slos: {files: ['slos/*.yaml']}
checks:
  - {name: api, plugin: probe-any, interval: 10s}
  - {name: database, plugin: probe-any, interval: 5m}
  - {name: backup, plugin: probe-any, cron: '0 3 * * *'}
#--- alertmanager.yml
route: {receiver: ops}
receivers: [{name: ops}, {name: chat}]
#--- slos/case.yaml
";

fn read(text: &str) -> Result<Config, ConfigErrors> {
    compiled(&format!("{NODE}{text}"))
}

#[expect(clippy::disallowed_methods, reason = "a test of core that reads files: its cases")]
fn text_of(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/openslo/cases");
    let mut cases: Vec<PathBuf> =
        folder.read_dir().expect("the cases").map(|entry| entry.expect("a case").path()).collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    cases.sort();
    assert!(!cases.is_empty(), "{} holds no cases", folder.display());
    cases
}

/// What the compiler says.
fn said(text: &str) -> String {
    let said = match read(text) {
        Ok(config) => {
            let slos = config.slos.values().map(shown);
            let notes = config.slo_notes.iter().map(|note| format!("note: {note}\n"));
            format!("valid: {} SLOs\n{}", config.slos.len(), slos.chain(notes).collect::<String>())
        }
        Err(errors) => errors.to_string(),
    };
    said.replace("/etc/tocsin/slos/", "").trim_end().to_owned()
}

#[test]
fn every_case_says_what_stands_beside_it() {
    let mut wrong = String::new();
    for case in cases() {
        let said = said(&text_of(&case).expect("a readable case"));
        if text_of(&case.with_extension("expected")).as_deref().map(str::trim_end) != Some(&said) {
            wrong.push_str(&format!("\n=== {}\n{said}\n", case.display()));
        }
    }
    assert!(wrong.is_empty(), "these cases say something else than their .expected:{wrong}");
}

fn shown(slo: &Slo) -> String {
    let period = match &slo.period {
        Period::Rolling(length) => show_duration(*length),
        Period::Calendar { unit, zone } => format!("each {unit:?} in {zone}"),
    };
    let measure = match &slo.indicator.measure {
        Measure::Status { good } => format!("good {good:?}"),
        measure => format!("{measure:?}"),
    };
    let labels: String = slo.labels.iter().map(|(name, value)| format!(" {name}={value}")).collect();
    let left_out = if slo.exclude_maintenance { " without maintenance" } else { "" };
    format!(
        "{} \"{}\" of {}: {:?} of {:?}, {measure}, {period} in {}, late {}{left_out}{labels}\n{}",
        slo.name,
        slo.title,
        slo.service,
        slo.indicator.kind,
        slo.indicator.source,
        show_duration(slo.slot),
        show_duration(slo.late),
        slo.objectives.iter().map(objective).collect::<String>(),
    )
}

fn objective(objective: &Objective) -> String {
    let limit = objective.limit.map(|limit| format!(" {:?} {}", limit.op, limit.value)).unwrap_or_default();
    let rules: String = objective.alerts.iter().map(rule).collect();
    format!("  {} {} {:?}{limit}\n{rules}", objective.name, objective.target, objective.method)
}

fn rule(rule: &AlertRule) -> String {
    let when = match &rule.when {
        When::Burn { long, short, factor, guard } => {
            let windows = format!("{} {}", show_duration(*long), show_duration(*short));
            format!("burns > {factor} over {windows}, false alarm {} below {}", guard.false_alarm, guard.enough_bad)
        }
        When::Breach { window, .. } => format!("missed over {}", show_duration(*window)),
        When::Absent { after } => format!("nothing for {}", show_duration(*after)),
    };
    let hold = if rule.hold.is_zero() { String::new() } else { format!(" for {}", show_duration(rule.hold)) };
    let notify: String = rule.notify.iter().map(|receiver| format!(" -> {receiver}")).collect();
    format!("    {} {}: {when}{hold}{notify}\n", rule.name, rule.labels.get("severity"))
}

#[test]
fn a_pattern_without_files_is_noted() {
    let config = compiled("slos: {files: ['slos/*.yaml']}").unwrap_or_else(|errors| panic!("{errors}"));
    let notes: Vec<String> = config.slo_notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes, ["tocsin.yaml:1:16: there is no file /etc/tocsin/slos/*.yaml"]);
}

#[test]
fn of_very_many_notes_the_first_are_kept() {
    let policy = |n: usize| {
        format!(
            "---\napiVersion: openslo/v1\nkind: AlertPolicy\nmetadata: {{name: p{n}}}\nspec: {{conditions: [{{spec: \
             {{severity: page, condition: {{threshold: 2, lookbackWindow: 1h}}}}}}]}}\n"
        )
    };
    let config = read(&(0..1_500).map(policy).collect::<String>()).unwrap_or_else(|errors| panic!("{errors}"));
    let last = config.slo_notes.last().expect("notes").message.clone();
    assert_eq!((config.slo_notes.len(), last.as_str()), (1_001, "and 500 more notes from here on"));
}

/// As many SLOs as a large node has.
#[test]
fn ten_thousand_slos_are_read() {
    let slo = |n: usize| {
        format!(
            "---\napiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: s{n}}}\nspec:\n  service: shop\n  indicator:\n    \
             spec: {{thresholdMetric: {{metricSource: {{type: tocsin, spec: {{}}}}}}}}\n  timeWindow: [{{duration: 28d, \
             isRolling: true}}]\n  budgetingMethod: Occurrences\n  objectives:\n    - {{op: lt, value: 0.1, targetPercent: \
             99.9}}\n"
        )
    };
    let config = read(&(0..10_000).map(slo).collect::<String>()).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!((config.slos.len(), config.slo_notes.len()), (10_000, 0));
}

const FULL: &str = include_str!("cases/valid-full.yaml");

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Every error names a line of the text, and no text makes the compiler fall over.
    #[test]
    fn a_damaged_file_is_other_slos_or_errors_at_its_lines(
        damages in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..20, "[-:{}\\[\\]\"'&*#!|>%@ \na0~.MQY]{0,4}"), 1..6),
    ) {
        let text = damaged(FULL, damages);
        if let Err(errors) = read(&text) {
            prop_assert!(errors.count() > 0);
            for error in errors.iter().filter(|error| error.place.file.ends_with("slos/case.yaml")) {
                prop_assert!((1..=text.lines().count() + 1).contains(&error.place.line), "{}", error);
                prop_assert!(error.place.column >= 1 && !error.message.is_empty());
            }
        }
    }
}

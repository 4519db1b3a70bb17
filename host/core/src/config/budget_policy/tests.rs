use std::path::PathBuf;

use super::super::{compile, tree};
use super::*;
use crate::zone::Zone;

fn slo_of(name: &str, source: Source, target: &str, period: Period) -> Slo {
    let mut slo = crate::slo::sample::slo(name, target);
    (slo.indicator.source, slo.period) = (source, period);
    slo
}

fn slos() -> BTreeMap<SloName, Slo> {
    let month = Period::Calendar { unit: CalendarUnit::Month, zone: Zone::utc() };
    let all = [
        slo_of("api-availability", Source::Check("api".into()), "0.999", Period::Rolling(DAY * 28)),
        slo_of("api-latency", Source::Events("api".into()), "0.95", month),
        slo_of("day", Source::Events("day".into()), "0.5", Period::Rolling(DAY)),
    ];
    all.into_iter().map(|slo| (slo.name.clone(), slo)).collect()
}

fn bound(text: &str, slos: &BTreeMap<SloName, Slo>, is_whole: bool) -> Result<BudgetPolicies, String> {
    let source =
        super::super::Source { name: "tocsin.yaml".to_owned(), folder: PathBuf::from("/etc"), text: text.to_owned() };
    let mut errors = ConfigErrors::default();
    let root = compile::tree(&source, &mut errors).unwrap_or_else(|| panic!("no tree: {text}"));
    let _: &tree::Node = &root;
    let at = At { source: &source, path: "error_budget_policies".to_owned(), node: &root };
    let mut entries = Entries::default();
    for at in read::list(&at, &mut errors).unwrap_or_default() {
        entries.read(&at, &mut errors);
    }
    let policies = entries.bind(slos, is_whole, &mut errors);
    errors.into_result().map(|()| policies).map_err(|errors| errors.to_string())
}

#[test]
fn a_policy_is_what_is_written() {
    let text = "
- name: strict
  slos: [api-*, day]
  on_no_data: closed
  rules:
    - when: {remaining_below: 25%}
      until: {remaining_above: 30%}
      for: 5m
      respond: [freeze-deploys, raise-check-frequency]
      every: 5s
      labels: {severity: ticket, team: web}
    - when: {burn_above: 14.4, window: 1h}
      respond: [page-oncall]
- name: mild
  slos: [day]
  rules: [{when: {burn_above: 1, window: 1d}, until: {burn_below: 0.5, window: 6h}, respond: [look]}]
";
    let policies = bound(text, &slos(), true).unwrap_or_else(|errors| panic!("{errors}"));
    let shown: Vec<String> = policies
        .iter()
        .flat_map(|policy| policy.rules.iter().map(move |rule| (policy, rule)))
        .map(|(policy, rule)| {
            let until = rule.until.map(|until| until.to_string());
            let respond: Vec<&str> = rule.respond.iter().map(ResponseName::as_str).collect();
            let (name, hold, every, labels) = (&policy.name, rule.hold, rule.every, &rule.labels);
            format!("{name}: {} {until:?} {hold:?} {respond:?} {every:?} {labels}", rule.when)
        })
        .collect();
    assert_eq!(
        shown,
        [
            r#"mild: burn above 1 over 1d Some("burn below 0.5 over 6h") 0ns ["look"] None {}"#,
            r#"strict: remaining below 25% Some("remaining above 30%") 300s ["freeze-deploys", "raise-check-frequency"] Some(5s) {severity="ticket", team="web"}"#,
            r#"strict: burn above 14.4 over 1h None 0ns ["page-oncall"] None {}"#,
        ]
    );
    let names = |slo: &str| policies.of(&slo.into()).map(|policy| policy.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names("api-latency"), ["strict"]);
    assert_eq!(names("day"), ["mild", "strict"]);
    assert_eq!(policies.iter().last().map(|policy| policy.on_no_data), Some(OnNoData::Closed));
}

#[test]
fn everything_that_is_wrong_is_said_at_once_with_its_place() {
    let text = "
- {name: a, slos: [], rules: []}
- {name: a, slos: [day], rule: []}
- name: b
  slos: [api-availabilty, 'web-*', day]
  on_no_data: shut
  rules:
    - {when: {remaining_below: 25%, burn_above: 6, window: 1h}, respond: [x]}
    - {when: {remaining_above: 25%}, until: {burn_above: 6, window: 1h}, respond: [x]}
    - {when: {remaining_below: 25%, window: 1h}, respond: [x]}
    - {when: {burn_above: 6}, respond: [x]}
    - {when: {burn_above: 0, window: 1h}, respond: [x]}
    - {when: {burn_above: fast, window: 1s}, respond: [x]}
    - {when: {remaining_below: 0.25}, respond: [x]}
    - {when: {remaining_below: 120%}, respond: [x]}
    - {when: {remaining_bellow: 20%}, respond: [x]}
    - {when: {remaining_below: 20%}, until: {remaining_above: 10%}, respond: [x]}
    - {when: {burn_above: 2, window: 1h}, until: {burn_below: 3, window: 1h}, respond: [x]}
    - {when: {remaining_below: 21%}, respond: [x, x, 'Y y']}
    - {when: {remaining_below: 22%}, respond: [raise-check-frequency]}
    - {when: {remaining_below: 23%}, respond: [x], every: 5s}
    - {when: {remaining_below: 24%}, respond: [x], labels: {slo: mine}}
    - {when: {remaining_below: 24%}, respond: [y], for: -1s}
    - {when: {remaining_below: 24%}, respond: []}
    - {respond: [x]}
";
    let said = bound(text, &slos(), true).expect_err("all wrong");
    assert_eq!(said.trim(), EXPECTED.trim(), "\n{said}");
}

const EXPECTED: &str = include_str!("wrong.expected");

#[test]
fn what_can_never_be_is_said_of_the_slos_it_is_about() {
    let text = "
- {name: nothing, slos: [day], rules: [{when: {burn_above: 2, window: 1h}, respond: [x]}]}
- {name: long, slos: ['*'], rules: [{when: {burn_above: 1, window: 2d}, respond: [x]}]}
- {name: odd, slos: [api-*], rules: [{when: {burn_above: 1, window: 90s}, respond: [x]}]}
- {name: nobody, slos: [day], rules: [{when: {remaining_below: 1%}, respond: [raise-check-frequency], every: 1s}]}
- {name: fine, slos: ['*'], rules: [{when: {burn_above: 14.4, window: 1h}, respond: [x]}]}
";
    let said = bound(text, &slos(), true).expect_err("four wrong");
    assert_eq!(
        said.lines().collect::<Vec<_>>(),
        [
            "tocsin.yaml:2:40: error_budget_policies[0].rules[0]: `burn above 2 over 1h` can never hold: it is more than if all were bad; lower `burn_above`",
            "tocsin.yaml:3:37: error_budget_policies[1].rules[0]: a window of 2d is longer than the period of the SLO `day`",
            "tocsin.yaml:4:38: error_budget_policies[2].rules[0]: a window of 1m30s is not a multiple of 1m, the least that the SLO `api-availability` tells apart",
            "tocsin.yaml:5:39: error_budget_policies[3].rules[0]: `raise-check-frequency` raises nothing: no check feeds these SLOs",
        ]
    );
}

#[test]
fn where_an_slo_is_broken_nobody_is_told_that_it_is_not_there() {
    let text = "[{name: a, slos: [broken], rules: [{when: {remaining_below: 1%}, respond: [x]}]}]";
    assert!(bound(text, &slos(), false).is_ok());
    assert_eq!(
        bound(text, &slos(), true).expect_err("unknown"),
        "tocsin.yaml:1:19: error_budget_policies[0].slos[0]: there is no SLO `broken`"
    );
}

#[test]
fn the_documented_policy_is_valid() {
    let document = include_str!("../../../../../docs/slo/mathematics.md");
    let block = document.split("```yaml\nerror_budget_policies:\n").nth(1).and_then(|rest| rest.split("```").next());
    let policies = bound(block.expect("an example"), &slos(), true).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(policies.of(&"api-availability".into()).count(), 1);
}

//! An incident in, a plan or a refusal out.

use tocsin_sdk::{Finding, Observation, entry, mock};

use super::*;

fn decide(config: &str, input: Input) -> Decision {
    plan(entry::config(config).unwrap(), input).unwrap()
}

fn refusal(config: &str, input: Input) -> String {
    match decide(config, input) {
        Decision::Refuse(reason) => reason,
        Decision::Plan(plan) => panic!("planned: {plan:?}"),
    }
}

fn queue_is_stuck(label: &str, value: &str) -> Input {
    let finding = Finding::critical("queue-stuck", "nothing left the queue orders for 10 min").about("orders");
    let observation = Observation::ok("").finding(finding);
    mock::incident("orders are stuck").label(label, value).evidence("queue", observation).input()
}

#[test]
fn the_command_is_planned_with_the_values_of_the_incident() {
    let config = r#"{"command": "requeue", "arguments": ["--queue={finding.subject}", "{incident.labels.site}", "{{x}}"],
        "why": "a stuck message blocks those behind it", "timeout": "5s", "verify": {"settle": "1s", "times": 1}}"#;
    let Decision::Plan(plan) = decide(config, queue_is_stuck("site", "north 1")) else { panic!("refused") };
    assert_eq!(plan.summary, "run requeue --queue=orders 'north 1' {x}");
    assert_eq!(plan.why, "queue is critical: nothing left the queue orders for 10 min");
    let arguments = vec!["--queue=orders".to_owned(), "north 1".to_owned(), "{x}".to_owned()];
    let [step] = plan.steps.as_slice() else { panic!("{:?}", plan.steps) };
    assert_eq!(step.verb, Verb::RunCommand(RunCommand { command: "requeue".into(), arguments }));
    assert_eq!((step.why.as_str(), step.timeout_ms), ("a stuck message blocks those behind it", 5_000));
    assert_eq!(plan.verification.checks, ["queue"]);
}

#[test]
fn a_summary_is_one_line_however_many_arguments_there_are() {
    let config = format!(r#"{{"command": "requeue", "arguments": [{}]}}"#, [r#""0123456789""#; 50].join(", "));
    let Decision::Plan(plan) = decide(&config, queue_is_stuck("a", "b")) else { panic!("refused") };
    assert_eq!((plan.summary.chars().count(), plan.summary.ends_with('…')), (SUMMARY_CHARS_MAX + 1, true));
}

#[test]
fn a_value_that_is_missing_or_an_option_is_refused() {
    let cases = [
        ("site", "north", r#""{incident.labels.rack}""#, "`{incident.labels.rack}` has no value"),
        ("site", " ", r#""{incident.labels.site}""#, "has no value"),
        ("site", "--force", r#""{incident.labels.site}""#, "which is an option"),
        ("site", "a\u{0}b", r#""{incident.labels.site}""#, "a control character"),
        ("site", "north", r#""{incident.site}""#, "names no value"),
        ("site", "north", r#""{""#, "has braces that hold no name"),
        ("site", "north", r#""""#, "an argument is empty"),
    ];
    for (label, value, argument, reason) in cases {
        let config = format!(r#"{{"command": "requeue", "arguments": [{argument}]}}"#);
        let refused = refusal(&config, queue_is_stuck(label, value));
        assert!(refused.contains(reason), "{argument}: {refused}");
    }
}

#[test]
fn a_value_within_an_option_stays_within_it() {
    let config = r#"{"command": "requeue", "arguments": ["--site={incident.labels.site}"]}"#;
    let Decision::Plan(plan) = decide(config, queue_is_stuck("site", "--force")) else { panic!("refused") };
    let Verb::RunCommand(command) = &plan.steps[0].verb else { panic!("{:?}", plan.steps) };
    assert_eq!(command.arguments, ["--site=--force"]);
}

#[test]
fn what_is_no_name_of_a_command_is_refused() {
    for name in ["", "/bin/rm", "../rm", "rm -rf", "rm;ls", "-rm", "Requeue", "*", "$(rm)"] {
        let config = format!(r#"{{"command": "{name}"}}"#);
        assert!(refusal(&config, queue_is_stuck("a", "b")).contains("is no command's name"), "{name}");
    }
}

#[test]
fn nothing_is_run_without_critical_evidence_of_what_the_config_asks_for() {
    let config = r#"{"command": "requeue", "only_if": "queue-stuck"}"#;
    let warned = mock::incident("slow").evidence("queue", Observation::warning("slow")).input();
    assert!(refusal(config, warned).contains("no critical finding"));
    assert!(refusal(config, mock::incident("slow").input()).contains("no check stands behind"));
    assert!(matches!(decide(config, queue_is_stuck("a", "b")), Decision::Plan(_)));
}

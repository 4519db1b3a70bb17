//! An incident in, a plan or a refusal out.

use tocsin_sdk::{Finding, Observation, Status, entry, mock};

use super::*;

fn decide(config: &str, input: Input) -> Decision {
    plan(entry::config(config).unwrap(), input).unwrap()
}

fn web_is_down() -> Input {
    let finding = Finding::critical("too-few-processes", "no process nginx runs (wanted: at least 1)").about("nginx");
    mock::incident("web is down").evidence("web", Observation::ok("").finding(finding)).input()
}

fn refusal(config: &str, input: Input) -> String {
    match decide(config, input) {
        Decision::Refuse(reason) => reason,
        Decision::Plan(plan) => panic!("planned: {plan:?}"),
    }
}

#[test]
fn the_unit_is_restarted_and_proved_by_the_check_that_was_critical() {
    let Decision::Plan(plan) = decide(r#"{"unit": "nginx.service"}"#, web_is_down()) else { panic!("refused") };
    assert_eq!(plan.summary, "restart nginx.service");
    assert_eq!(plan.why, "web is critical: no process nginx runs (wanted: at least 1)");
    let [step] = plan.steps.as_slice() else { panic!("{:?}", plan.steps) };
    assert_eq!(step.verb, Verb::RestartService(Service { unit: "nginx.service".into() }));
    assert_eq!(step.timeout_ms, 30_000);
    assert_eq!((plan.verification.checks, plan.verification.times), (vec!["web".to_owned()], 2));
    assert_eq!((plan.preconditions[0].check.as_str(), &plan.preconditions[0].status), ("web", &vec![Status::Critical]));
}

#[test]
fn the_config_names_other_proofs_and_times() {
    let config = r#"{"unit": "nginx.service", "timeout": "2m",
        "verify": {"checks": ["shop", "login"], "settle": "30s", "times": 3}}"#;
    let Decision::Plan(plan) = decide(config, web_is_down()) else { panic!("refused") };
    assert_eq!(plan.verification.checks, ["shop", "login"]);
    assert_eq!((plan.verification.settle_ms, plan.verification.times, plan.steps[0].timeout_ms), (30_000, 3, 120_000));
}

#[test]
fn the_finding_chooses_among_the_units_that_the_config_lists() {
    let config = r#"{"units": ["php-fpm.service", "nginx.service"]}"#;
    let Decision::Plan(plan) = decide(config, web_is_down()) else { panic!("refused") };
    assert_eq!(plan.steps[0].verb, Verb::RestartService(Service { unit: "nginx.service".into() }));

    let stranger = Observation::ok("").finding(Finding::critical("gone", "sshd is gone").about("sshd"));
    let stranger = mock::incident("sshd").evidence("ssh", stranger).input();
    assert_eq!(
        refusal(config, stranger),
        "the finding is about `sshd`, which is none of `units`: php-fpm.service, nginx.service"
    );
    let nameless = mock::incident("web").evidence("web", Observation::critical("no answer")).input();
    assert_eq!(refusal(config, nameless), "the finding of web is about no unit, so none of `units` is chosen");
}

#[test]
fn nothing_is_restarted_without_critical_evidence() {
    let config = r#"{"unit": "nginx.service", "only_if": "too-few-processes"}"#;
    let warned = Observation::warning("slow");
    let other = Observation::ok("").finding(Finding::critical("memory-resident", "too much"));
    let cases = [
        (mock::incident("web").input(), "no check stands behind this incident"),
        (mock::incident("web").evidence("web", warned).input(), "`too-few-processes` is no critical finding"),
        (mock::incident("web").evidence("web", other).input(), "(there are: memory-resident)"),
    ];
    for (input, reason) in cases {
        let refused = refusal(config, input);
        assert!(refused.contains(reason), "{refused}");
    }
    assert!(matches!(decide(config, web_is_down()), Decision::Plan(_)));
}

#[test]
fn a_unit_that_is_not_one_service_is_refused() {
    let cases = [
        (r#"{"unit": ""}"#, "is no service's unit"),
        (r#"{"unit": ".service"}"#, "is no service's unit"),
        (r#"{"unit": "-.service"}"#, "is no service's unit"),
        (r#"{"unit": "nginx"}"#, "is no service's unit"),
        (r#"{"unit": "multi-user.target"}"#, "is no service's unit"),
        (r#"{"unit": "*.service"}"#, "it holds `*`"),
        (r#"{"unit": "ng?nx.service"}"#, "it holds `?`"),
        (r#"{"unit": "[a-z].service"}"#, "it holds `[`"),
        (r#"{"unit": "a b.service"}"#, "it holds ` `"),
        (r#"{"unit": "../x.service"}"#, "it holds `/`"),
        (r#"{"unit": "worker@.service"}"#, "is a template and no unit"),
        (r#"{"units": ["nginx.service", "*.service"]}"#, "it holds `*`"),
        (r#"{}"#, "name either `unit`, or `units`"),
        (r#"{"unit": "a.service", "units": ["b.service"]}"#, "name either `unit`, or `units`"),
        (r#"{"unit": "nginx.service", "verify": {"times": 0}}"#, "`verify.times` is 0"),
    ];
    for (config, reason) in cases {
        let refused = refusal(config, web_is_down());
        assert!(refused.contains(reason), "{config}: {refused}");
    }
    let long = format!(r#"{{"unit": "{}.service"}}"#, "a".repeat(300));
    assert!(refusal(&long, web_is_down()).contains("longer than 255 bytes"));
}

#[test]
fn an_instance_of_a_template_is_a_unit() {
    let Decision::Plan(plan) = decide(r#"{"unit": "worker@2.service"}"#, web_is_down()) else { panic!("refused") };
    assert_eq!(plan.steps.len(), 1);
}

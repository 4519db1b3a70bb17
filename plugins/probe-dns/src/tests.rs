//! The probe against the mock host.

use tocsin_sdk::dns::{Answer, Failure, FailureKind};
use tocsin_sdk::mock::{self, Host};
use tocsin_sdk::{Observation, Status, entry};

fn run(config: &str, program: impl FnOnce(Host)) -> Observation {
    program(mock::host());
    super::check(entry::config(config).unwrap()).unwrap()
}

#[test]
fn an_answer_is_judged_by_what_was_expected() {
    let cases = [
        (r#"{"name": "a.example"}"#, None),
        (r#"{"name": "a.example", "answers_min": 3}"#, Some("too-few-answers")),
        (r#"{"name": "a.example", "equals": ["192.0.2.2", "192.0.2.1"]}"#, None),
        (r#"{"name": "a.example", "equals": ["192.0.2.1"]}"#, Some("record-unexpected")),
        (r#"{"name": "a.example", "equals": ["192.0.2.1", "192.0.2.2", "192.0.2.3"]}"#, Some("record-missing")),
        (r#"{"name": "a.example", "contains": ["192.0."]}"#, None),
        (r#"{"name": "a.example", "contains": ["198.51."]}"#, Some("text-missing")),
        (r#"{"name": "a.example", "type": "AAAA"}"#, Some("too-few-answers")),
        (r#"{"name": "a.example", "type": "CNAME", "equals": ["B.example"]}"#, None),
        (r#"{"name": "a.example", "code": "NXDOMAIN"}"#, Some("unexpected-code")),
        (r#"{"name": "a.example", "authoritative": true}"#, Some("not-authoritative")),
    ];
    for (config, code) in cases {
        let records = [("CNAME", "b.example."), ("A", "192.0.2.1"), ("A", "192.0.2.2")];
        let observation = run(config, |host| host.dns("a.example", &records));
        assert_eq!(observation.findings.first().map(|finding| finding.code.as_str()), code, "{config}");
        assert_eq!(observation.status, code.map_or(Status::Ok, |_| Status::Critical), "{config}");
    }
}

#[test]
fn a_name_that_must_not_exist_is_ok_where_it_does_not() {
    let gone = Answer { code: "NXDOMAIN".into(), records: vec![], authoritative: true, server: None, duration_us: 900 };
    let config = r#"{"name": "gone.example", "code": "NXDOMAIN"}"#;
    let observation = run(config, |host| host.dns_answer("gone.example", Ok(gone)));
    assert_eq!(
        (observation.status, observation.summary.as_str()),
        (Status::Ok, "gone.example is NXDOMAIN (in 900 µs)")
    );
}

#[test]
fn no_answer_is_critical_and_a_slow_one_is_over_its_limit() {
    let failure = Failure { kind: FailureKind::Timeout, message: "no answer within 5s".into(), duration_us: 5_000_000 };
    let observation = run(r#"{"name": "a.example"}"#, |host| host.dns_answer("a.example", Err(failure)));
    assert_eq!(
        (observation.status, observation.summary.as_str()),
        (Status::Critical, "a.example: no answer within 5s")
    );
    let slow = r#"{"name": "a.example", "latency": {"warning": "1ms"}}"#;
    let observation = run(slow, |host| host.dns("a.example", &[("A", "192.0.2.1")]));
    assert_eq!((observation.status, observation.findings[0].code.as_str()), (Status::Warning, "response-time"));
}

#[test]
fn a_query_that_cannot_be_asked_is_the_probe_s_error_not_the_target_s() {
    let failure = Failure { kind: FailureKind::InvalidRequest, message: "`a..b` is not a name".into(), duration_us: 0 };
    mock::host().dns_answer("a..b", Err(failure));
    let error = super::check(entry::config(r#"{"name": "a..b"}"#).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "`a..b` is not a name");
}

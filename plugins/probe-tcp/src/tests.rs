//! The probe against the mock host.

use tocsin_sdk::mock::{self, TcpScript};
use tocsin_sdk::tcp::FailureKind;
use tocsin_sdk::{Observation, Status, entry};

const YEAR_2030_MS: i64 = 1_893_456_000_000;

fn run(config: &str, program: impl FnOnce(TcpScript) -> TcpScript) -> Observation {
    let host = mock::host();
    program(host.tcp("mail.example.org", 25));
    super::check(entry::config(config).unwrap()).unwrap()
}

#[test]
fn a_port_that_opens_is_ok_and_its_phases_are_metrics() {
    let observation = run(r#"{"host": "mail.example.org", "port": 25}"#, |tcp| tcp.opens());
    assert_eq!(observation.status, Status::Ok);
    let metrics: Vec<_> = observation.metrics.iter().map(|metric| (metric.name.as_str(), metric.value)).collect();
    assert_eq!(metrics, [("lookup", 0.001), ("connect", 0.002), ("response_time", 0.0)]);
}

#[test]
fn what_goes_wrong_is_critical_and_has_a_code() {
    let plain = r#"{"host": "mail.example.org", "port": 25}"#;
    let greeting = r#"{"host": "mail.example.org", "port": 25, "talk": [{"expect": "220 "}]}"#;
    type Program = fn(TcpScript) -> TcpScript;
    let cases: [(&str, Program, &str); 5] = [
        (plain, |tcp| tcp.fails(FailureKind::Connect, "connection refused"), "connect-failed"),
        (plain, |tcp| tcp.fails(FailureKind::Lookup, "no such name"), "lookup-failed"),
        (greeting, |tcp| tcp.opens().says("554 go away\r\n").closes(), "unexpected-answer"),
        (greeting, |tcp| tcp.opens().breaks(FailureKind::Timeout, "nothing came within 5s"), "timeout"),
        (greeting, |tcp| tcp.opens().closes(), "unexpected-answer"),
    ];
    for (config, program, code) in cases {
        let observation = run(config, program);
        assert_eq!((observation.status, observation.findings[0].code.as_str()), (Status::Critical, code));
        assert_eq!(observation.summary, observation.findings[0].message);
    }
}

#[test]
fn an_unexpected_answer_is_kept_as_evidence() {
    let config = r#"{"host": "mail.example.org", "port": 25, "talk": [{"expect": "220 "}]}"#;
    let observation = run(config, |tcp| tcp.opens().says("554 go away\r\n").closes());
    assert_eq!(observation.evidence[0].body, b"554 go away\r\n");
}

#[test]
fn tls_starts_where_the_talk_says_and_its_certificate_is_judged() {
    let config = r#"{"host": "mail.example.org", "port": 25, "tls": {}, "talk": [
        {"expect": "220 "}, {"send": "STARTTLS\r\n"}, {"expect": "220 "}, "start_tls"
    ]}"#;
    let days_5_ms = 1_767_225_600_000 + 5 * 86_400_000;
    for (not_after, status) in [(YEAR_2030_MS, Status::Ok), (days_5_ms, Status::Warning)] {
        let observation = run(config, |tcp| {
            tcp.opens()
                .says("220 hi\r\n")
                .expects("STARTTLS\r\n")
                .says("220 go\r\n")
                .starts_tls(mock::tls_session(not_after))
        });
        assert_eq!(observation.status, status, "{}", observation.summary);
    }
}

#[test]
fn a_key_that_is_not_known_is_an_error_that_names_it() {
    let error = entry::config::<super::Config>(r#"{"host": "x", "port": 1, "timout": "1s"}"#).unwrap_err();
    assert!(error.contains("`timout`") && error.contains("`timeout`"), "{error}");
}

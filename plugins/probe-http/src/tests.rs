//! The probe against the mock host.

use tocsin_sdk::http::{FailureKind, HeaderValue};
use tocsin_sdk::mock::{self, Host};
use tocsin_sdk::{Observation, Status, entry};

const URL: &str = "https://shop.example/health";

fn run(more: &str, program: impl FnOnce(Host)) -> Observation {
    program(mock::host());
    super::check(entry::config(&format!(r#"{{"url": "{URL}"{more}}}"#)).unwrap()).unwrap()
}

fn codes(observation: &Observation) -> Vec<&str> {
    observation.findings.iter().map(|finding| finding.code.as_str()).collect()
}

#[test]
fn an_answer_is_judged_by_what_was_expected() {
    let cases = [
        ("", None),
        (r#", "expect": {"status": ["200"]}"#, None),
        (r#", "expect": {"status": ["2xx"]}"#, None),
        (r#", "expect": {"status": ["301", "400-599"]}"#, Some("unexpected-status")),
        (r#", "expect": {"body_contains": ["\"ok\""]}"#, None),
        (r#", "expect": {"body_contains": ["maintenance"]}"#, Some("text-missing")),
        (r#", "expect": {"body_lacks": ["\"ok\""]}"#, Some("text-unwanted")),
        (r#", "expect": {"headers": [{"name": "X-Version", "contains": "1."}]}"#, None),
        (r#", "expect": {"headers": [{"name": "X-Version", "equals": "2"}]}"#, Some("unexpected-header")),
        (r#", "expect": {"headers": [{"name": "X-Other"}]}"#, Some("unexpected-header")),
        (r#", "expect": {"headers": [{"name": "X-Version", "absent": true}]}"#, Some("unexpected-header")),
        (r#", "expect": {"json": [{"path": "$.state", "equals": "ok"}]}"#, None),
        (r#", "expect": {"json": [{"path": "$.queues[0].length", "equals": 7, "max": 7}]}"#, None),
        (r#", "expect": {"json": [{"path": "$.queues[0].length", "max": 6.5}]}"#, Some("unexpected-json")),
        (r#", "expect": {"json": [{"path": "$.queues[0].length", "min": 8}]}"#, Some("unexpected-json")),
        (r#", "expect": {"json": [{"path": "$.queues[1]"}]}"#, Some("unexpected-json")),
        (r#", "latency": {"warning": "500ms"}"#, None),
    ];
    for (more, code) in cases {
        let body = r#"{"state": "ok", "queues": [{"length": 7.0}]}"#;
        let observation = run(more, |host| drop(host.http(URL).responds(200, body).header("x-version", "1.4")));
        assert_eq!(codes(&observation), Vec::from_iter(code), "{more}");
        assert_eq!(observation.status, code.map_or(Status::Ok, |_| Status::Critical), "{more}");
        assert_eq!(observation.evidence.is_empty(), code.is_none(), "{more}");
    }
}

#[test]
fn a_body_that_is_not_json_is_a_finding_of_its_own() {
    let observation =
        run(r#", "expect": {"json": [{"path": "$.a"}]}"#, |host| drop(host.http(URL).responds(200, "<html>")));
    assert_eq!(codes(&observation), ["not-json"]);
    assert_eq!(observation.evidence[0].body, b"<html>");
}

#[test]
fn a_slow_answer_is_over_its_limit() {
    let more = r#", "latency": {"warning": "100ms", "critical": "1s"}"#;
    for (milliseconds, status) in [(100, Status::Ok), (101, Status::Warning), (1_001, Status::Critical)] {
        let observation = run(more, |host| drop(host.http(URL).responds(200, "").after_ms(milliseconds)));
        assert_eq!(observation.status, status, "{milliseconds}");
    }
}

#[test]
fn no_answer_is_critical_and_has_a_code() {
    let cases = [
        (FailureKind::Lookup, "lookup-failed"),
        (FailureKind::Connect, "connect-failed"),
        (FailureKind::Tls, "tls-failed"),
        (FailureKind::Timeout, "timeout"),
        (FailureKind::Protocol, "not-http"),
    ];
    for (kind, code) in cases {
        let observation = run("", |host| drop(host.http(URL).fails(kind, "it did not work")));
        assert_eq!((observation.status, codes(&observation)), (Status::Critical, vec![code]));
        assert_eq!(observation.summary, "it did not work");
    }
}

#[test]
fn the_certificate_is_judged_with_the_answer() {
    let soon = 1_767_225_600_000 + 86_400_000;
    let observation = run("", |host| drop(host.http(URL).responds(200, "").under_tls(mock::tls_session(soon))));
    assert_eq!(
        (codes(&observation), observation.summary.as_str()),
        (vec!["certificate-expires-soon"], "the certificate expires in 1 d")
    );
}

#[test]
fn redirects_are_followed_as_far_as_the_config_says() {
    let elsewhere = "https://www.shop.example/";
    let program = |host: Host| {
        drop(host.http(URL).responds(302, "").header("location", "/login"));
        drop(host.http("https://shop.example/login").responds(301, "").header("location", elsewhere));
        drop(host.http(elsewhere).responds(200, "hello"));
    };
    let cases = [
        ("", 302.0, vec![]),
        (r#", "redirects_max": 1"#, 301.0, vec![]),
        (r#", "redirects_max": 5"#, 301.0, vec!["redirect-elsewhere"]),
        (r#", "redirects_max": 2, "redirect_origins": ["https://www.shop.example"]"#, 200.0, vec![]),
    ];
    for (more, status, expected) in cases {
        let observation = run(more, program);
        let found = observation.metrics.iter().find(|metric| metric.name == "status_code").unwrap();
        assert_eq!((found.value, codes(&observation)), (status, expected), "{more}");
    }
}

#[test]
fn secrets_go_to_their_own_origin_alone() {
    let more = r#", "redirects_max": 1, "redirect_origins": ["https://b.example"],
        "auth": {"user": "me", "password": "pw"}, "secret_headers": [{"name": "x-key", "secret": "key"}]"#;
    run(more, |host| {
        drop(host.http(URL).responds(302, "").header("location", "https://b.example/"));
        drop(host.http("https://b.example/").responds(200, ""));
    });
    let sent: Vec<_> = mock::requests().into_iter().map(|request| request.headers).collect();
    let expected = [
        ("x-key".to_owned(), HeaderValue::Secret("key".into())),
        ("authorization".to_owned(), HeaderValue::Basic(("me".into(), "pw".into()))),
    ];
    assert_eq!(sent, [expected.to_vec(), vec![]]);
}

#[test]
fn a_config_that_cannot_be_followed_is_the_probe_s_error() {
    let cases = [
        (r#", "auth": {"user": "me"}"#, "`auth` wants either"),
        (r#", "expect": {"status": ["ok"]}"#, "is none of `200`, `200-299`, `2xx`"),
        (r#", "expect": {"json": [{"path": "state"}]}"#, "is no path such as"),
    ];
    for (more, expected) in cases {
        drop(mock::host().http(URL).responds(200, "{}"));
        let config = entry::config(&format!(r#"{{"url": "{URL}"{more}}}"#)).unwrap();
        let error = super::check(config).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

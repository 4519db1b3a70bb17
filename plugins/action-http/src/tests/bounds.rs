//! What no config and no answer may bring about.

use tocsin_sdk::mock;

use super::*;

const READ: &str = "https://a.example/state";

/// A config that reads `state.value` first.
fn with(request: &str) -> String {
    format!(
        r#"{{"reads": [{{"name": "state", "url": "{READ}", "values": {{"value": "/value"}}}}], "request": {request}}}"#
    )
}

fn answers(value: &str) {
    drop(mock::host().http(READ).responds(200, format!(r#"{{"value": {value}}}"#)));
}

#[test]
fn values_are_put_where_they_belong_and_as_they_are() {
    answers(r#""a b/../ä""#);
    let config = with(
        r#"{"method": "PATCH", "url": "https://b.example/x/{state.value}?app={incident.labels.app}",
            "json": {"{x}": ["{state.value}", "at {state.value}", 7, null, true]}, "expected_status": [202]}"#,
    );
    let plan = planned(&config, incident("slow"));
    let (call, compensate) = request(&plan);
    assert_eq!(call.url, "https://b.example/x/a%20b%2F..%2F%C3%A4?app=checkout");
    assert_eq!(body(call).to_string(), r#"{"{x}":["a b/../ä","at a b/../ä",7,null,true]}"#);
    assert_eq!((call.method.as_str(), &call.expected_status), ("PATCH", &vec![202]));
    assert!(compensate.is_none());
    assert_eq!(plan.summary, format!("PATCH {}", call.url));

    answers("7");
    let plan =
        planned(&with(r#"{"url": "https://b.example/", "text": "to {state.value} of {{10}}"}"#), incident("slow"));
    assert_eq!(request(&plan).0.body, b"to 7 of {10}");
}

#[test]
fn a_value_that_is_missing_empty_or_leads_elsewhere_is_refused() {
    let path = r#"{"url": "https://b.example/{state.value}/x"}"#;
    let cases = [
        (r#""..""#, path, "would climb out of its path"),
        (r#"".""#, path, "would climb out of its path"),
        (r#""*""#, path, "holds a wildcard"),
        (r#""""#, path, "is empty"),
        (r#""a\nb""#, path, "holds a control character"),
        ("[1]", path, "is no text, number or truth"),
        (r#""x""#, r#"{"url": "https://b.example/{incident.labels.rack}"}"#, "has no value in this incident"),
        (r#""x""#, r#"{"url": "https://b.example/{state.other}"}"#, "is none of the `values` of its read"),
        (r#""x""#, r#"{"url": "https://b.example/", "json": "{nothing}"}"#, "names no value"),
        (r#""x""#, r#"{"url": "https://b.example/", "json": {"a": "{"}}"#, "braces that hold no name"),
        (r#""x""#, r#"{"url": "https://{state.value}/"}"#, "leaves its host to a value"),
        (r#""x""#, r#"{"url": "https://b.{state.value}"}"#, "leaves its host to a value"),
        (r#""x""#, r#"{"url": "{state.value}"}"#, "does not begin with `http://`"),
        (r#""x""#, r#"{"url": "https://*.example/"}"#, "a wildcard"),
        (r#""x""#, r#"{"url": "https://b.example/", "json": 1, "text": "x"}"#, "either `json` or `text`"),
        (r#""x""#, r#"{"url": "https://b.example/", "expected_status": []}"#, "`expected_status` is empty"),
    ];
    for (value, request, reason) in cases {
        answers(value);
        let refused = refusal(&with(request), incident("slow"));
        assert!(refused.contains(reason), "{value} {request}: {refused}");
    }
}

#[test]
fn what_takes_a_request_back_is_sent_where_it_was() {
    let config = r#"{"request": {"url": "https://b.example/x"}, "compensate": {"url": "https://c.example/x"}}"#;
    assert!(refusal(config, incident("slow")).contains("leads elsewhere than `request.url`"));
}

#[test]
fn reads_have_names_of_their_own() {
    let read = |name: &str| format!(r#"{{"name": "{name}", "url": "{READ}"}}"#);
    for (reads, reason) in [
        (read("incident"), "cannot be called `incident`"),
        (read("a.b"), "cannot be called `a.b`"),
        (read(""), "cannot be called ``"),
        (format!("{}, {}", read("a"), read("a")), "two reads are called `a`"),
    ] {
        answers("1");
        let config = format!(r#"{{"reads": [{reads}], "request": {{"url": "https://b.example/"}}}}"#);
        let refused = refusal(&config, incident("slow"));
        assert!(refused.contains(reason), "{refused}");
    }
}

#[test]
fn an_answer_is_held_against_its_bounds() {
    let cases = [
        ("7", r#""equals": 7.0"#, true),
        ("7", r#""min": 7, "max": 7"#, true),
        ("7", r#""min": 7.5"#, false),
        ("7", r#""max": 6"#, false),
        (r#""7""#, r#""min": 1"#, false),
        (r#""checkout""#, r#""equals": "{incident.labels.app}""#, true),
        (r#""other""#, r#""equals": "{incident.labels.app}""#, false),
    ];
    for (value, condition, expected) in cases {
        answers(value);
        let config = format!(
            r#"{{"reads": [{{"name": "state", "url": "{READ}", "expect": {{"json": [{{"pointer": "/value", {condition}}}]}}}}],
                "request": {{"url": "https://b.example/"}}}}"#
        );
        let is_planned = matches!(decide_on(&config, incident("slow")), Decision::Plan(_));
        assert_eq!(is_planned, expected, "{value} {condition}");
    }
}

#[test]
fn nothing_is_asked_or_sent_without_critical_evidence() {
    answers("1");
    let refused = refusal(&with(r#"{"url": "https://b.example/"}"#), mock::incident("quiet").input());
    assert!(refused.contains("no check stands behind this incident"), "{refused}");
    assert!(mock::requests().is_empty());
}

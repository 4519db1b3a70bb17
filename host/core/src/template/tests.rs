//! The language by example, the defaults as they look, and templates that mean harm.

use super::*;
use crate::label::{Fingerprint, Labels};

/// 2026-01-02 15:04:05 UTC.
pub(crate) const NOON: Timestamp = Timestamp::from_millis(1_767_366_245_000);

fn labels(pairs: &[(&str, &str)]) -> Labels {
    Labels::new(pairs.iter().copied()).expect("no name twice")
}

/// Two alerts of a group, one of them resolved.
pub(crate) fn sample() -> Data {
    let alert = |status, instance, starts, ends| {
        let labels =
            labels(&[("alertname", "Disk<Full>"), ("instance", instance), ("job", "node"), ("severity", "critical")]);
        Alert {
            status,
            annotations: super::tests::labels(&[
                ("summary", "disk of & <b>left</b>"),
                ("runbook_url", "https://example.com/r?a=1&b=2"),
            ]),
            starts_at: Timestamp::from_millis(starts),
            ends_at: ends,
            generator_url: "http://prom.example/graph?g0.expr=up%3D%3D0&g0.tab=1".to_owned(),
            fingerprint: Fingerprint(labels.fingerprint().0),
            labels,
        }
    };
    let start = NOON.as_millis() - 3_723_000;
    let alerts = vec![
        alert(Status::Firing, "web-1:9100", start, None),
        alert(Status::Resolved, "web-2:9100", start - 1_500, Some(NOON)),
    ];
    Data::new("team.x", labels(&[("alertname", "Disk<Full>"), ("job", "node")]), alerts, "http://tocsin.example:7117")
}

/// `####` and a name begin a case; in it, `--` parts the template from what it gives.
fn cases(text: &str) -> Vec<(&str, &str, &str)> {
    let case = |case| {
        let (name, rest) = str::split_once(case, '\n').expect("a name");
        let (template, expected) = rest.split_once("\n--\n").expect("a template and what it gives");
        (name.trim(), template, expected.strip_suffix('\n').unwrap_or(expected))
    };
    text.split("#### ").skip(1).map(case).collect()
}

fn check(file: &str, form: Form) {
    let templates = Templates::parse([]).expect("the defaults");
    let data = Value::from(sample());
    let mut wrong = Vec::new();
    for (name, template, expected) in cases(file) {
        let result = match form {
            Form::Text => templates.text(template, &data, NOON),
            Form::Html => templates.html(template, &data, NOON),
        };
        let given = result.unwrap_or_else(|error| format!("error: {error}"));
        if given != expected {
            wrong.push(format!("{name}\n  expected {expected:?}\n  given    {given:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_language_gives_what_go_gives() {
    check(include_str!("cases/language.txt"), Form::Text);
}

#[test]
fn html_escapes_each_value_for_where_it_stands() {
    check(include_str!("cases/html.txt"), Form::Html);
}

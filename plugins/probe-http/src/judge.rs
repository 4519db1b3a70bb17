//! Whether an answer is what was expected: status, headers, body, JSON. Every condition that fails is a finding.

use tocsin_sdk::http::Response;
use tocsin_sdk::serde_json::{self, Value};
use tocsin_sdk::{Error, Finding};

use crate::config::{Expect, HeaderCondition, JsonCondition};
use crate::json_path;

pub(crate) fn findings(expect: &Expect, response: &Response) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    if !is_good(&expect.status, response.status)? {
        let message = format!("status {} instead of {}", response.status, expect.status.join(", "));
        findings.push(Finding::critical("unexpected-status", message));
    }
    findings.extend(expect.headers.iter().filter_map(|condition| header(condition, response)));
    let body = response.text();
    let looked_at = if response.body_truncated { " (of which only the beginning was looked at)" } else { "" };
    for text in expect.body_contains.iter().filter(|text| !body.contains(text.as_str())) {
        findings.push(Finding::critical("text-missing", format!("the body{looked_at} does not contain {text:?}")));
    }
    for text in expect.body_lacks.iter().filter(|text| body.contains(text.as_str())) {
        findings.push(Finding::critical("text-unwanted", format!("the body contains {text:?}")));
    }
    if expect.json.is_empty() {
        return Ok(findings);
    }
    match serde_json::from_slice::<Value>(&response.body) {
        Ok(body) => {
            for condition in &expect.json {
                findings.extend(json(condition, &body)?);
            }
        }
        Err(error) => {
            findings.push(Finding::critical("not-json", format!("the body{looked_at} is not JSON: {error}")));
        }
    }
    Ok(findings)
}

/// `200`, `200-299`, `2xx`.
fn is_good(patterns: &[String], status: u16) -> Result<bool, Error> {
    let mut good = false;
    for pattern in patterns {
        let range = match (pattern.split_once('-'), pattern.strip_suffix("xx")) {
            (Some((low, high)), _) => low.trim().parse::<u16>().ok().zip(high.trim().parse::<u16>().ok()),
            (None, Some(hundred)) => hundred.parse::<u16>().ok().filter(|h| *h < 10).map(|h| (h * 100, h * 100 + 99)),
            (None, None) => pattern.parse::<u16>().ok().map(|one| (one, one)),
        };
        let Some((low, high)) = range else {
            return Err(Error::new(format!("config: `expect.status`: {pattern:?} is none of `200`, `200-299`, `2xx`")));
        };
        good |= (low..=high).contains(&status);
    }
    Ok(good)
}

fn header(condition: &HeaderCondition, response: &Response) -> Option<Finding> {
    let HeaderCondition { name, equals, contains, absent } = condition;
    let message = match response.header(name) {
        Some(value) if *absent => format!("the header {name} is there: {value:?}"),
        None if *absent => return None,
        None => format!("the header {name} is missing"),
        Some(value) if equals.as_ref().is_some_and(|wanted| wanted != value) => {
            format!("the header {name} is {value:?} instead of {:?}", equals.as_deref().unwrap_or_default())
        }
        Some(value) if contains.as_ref().is_some_and(|wanted| !value.contains(wanted.as_str())) => {
            format!("the header {name} is {value:?} and does not contain {:?}", contains.as_deref().unwrap_or_default())
        }
        Some(_) => return None,
    };
    Some(Finding::critical("unexpected-header", message).about(name))
}

fn json(condition: &JsonCondition, body: &Value) -> Result<Option<Finding>, Error> {
    let path = &condition.path;
    let Some(found) = json_path::find(body, path) else {
        return Err(Error::new(format!("config: {path:?} is no path such as `$.queues[0].length`")));
    };
    let finding = |message: String| Ok(Some(Finding::critical("unexpected-json", message).about(path)));
    let Some(value) = found else { return finding(format!("{path} is missing")) };
    if let Some(wanted) = condition.equals.as_ref().filter(|wanted| !same(value, wanted)) {
        return finding(format!("{path} is {} instead of {}", short(value), short(wanted)));
    }
    if condition.min.is_none() && condition.max.is_none() {
        return Ok(None);
    }
    match value.as_f64() {
        None => finding(format!("{path} is {}, not a number", short(value))),
        Some(number) if condition.min.is_some_and(|min| number < min) => {
            finding(format!("{path} is {} (too low)", short(value)))
        }
        Some(number) if condition.max.is_some_and(|max| number > max) => {
            finding(format!("{path} is {} (too high)", short(value)))
        }
        Some(_) => Ok(None),
    }
}

/// `1` and `1.0` are one number.
#[expect(clippy::float_cmp, reason = "equality is what was asked for")]
fn same(found: &Value, wanted: &Value) -> bool {
    found == wanted || found.as_f64().zip(wanted.as_f64()).is_some_and(|(found, wanted)| found == wanted)
}

fn short(value: &Value) -> String {
    const SHOWN_MAX: usize = 80;
    let text = value.to_string();
    if text.chars().count() > SHOWN_MAX { text.chars().take(SHOWN_MAX).chain("...".chars()).collect() } else { text }
}

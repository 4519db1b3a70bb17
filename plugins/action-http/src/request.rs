//! The request of a plan, with every value in its place.

use tocsin_sdk::actions::{HeaderValue, HttpCall, NoPlan};

use crate::config::{Call, Config};
use crate::values::Values;

pub(crate) fn call(config: &Config, call: &Call, values: &Values<'_>) -> Result<HttpCall, NoPlan> {
    let (body, is_json) = match (&call.json, &call.text) {
        (Some(json), None) => (values.json(json)?.to_string().into_bytes(), true),
        (None, Some(text)) => (values.text(text)?.into_bytes(), false),
        (None, None) => (Vec::new(), false),
        (Some(_), Some(_)) => return Err(NoPlan::because("config: a request has either `json` or `text`")),
    };
    if call.expected_status.is_empty() {
        return Err(NoPlan::because("config: `expected_status` is empty: nothing would say that the request was done"));
    }
    let mut headers = Vec::new();
    for header in &config.headers {
        headers.push((named(&header.name)?, HeaderValue::Text(values.text(&header.value)?)));
    }
    for header in &config.secret_headers {
        headers.push((named(&header.name)?, HeaderValue::Secret(header.secret.clone())));
    }
    if let Some(secret) = &config.bearer {
        headers.push(("authorization".to_owned(), HeaderValue::Bearer(secret.clone())));
    }
    if is_json && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        headers.push(("content-type".to_owned(), HeaderValue::Text("application/json".to_owned())));
    }
    let (method, url) = (call.method.as_str().to_owned(), values.url(&call.url)?);
    Ok(HttpCall { method, url, headers, body, expected_status: call.expected_status.clone() })
}

fn named(name: &str) -> Result<String, NoPlan> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) {
        return Err(NoPlan::because(format!("config: `{name}` is no header's name")));
    }
    Ok(name.to_owned())
}

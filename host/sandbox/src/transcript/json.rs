//! A transcript for people.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::Transcript;

pub(super) fn show(transcript: &Transcript) -> Value {
    let value = transcript.question.as_ref().zip(transcript.returned.as_ref()).and_then(|(question, returned)| {
        Some(match question.read(returned)? {
            Ok(output) => json!({ "ok": output.to_json() }),
            Err(message) => json!({ "error": message }),
        })
    });
    let state: Map<String, Value> = transcript.state.iter().map(|(key, value)| (key.clone(), bytes(value))).collect();
    let exchanges = transcript.exchanges.iter().map(|exchange| serde_json::to_value(exchange).unwrap_or_default());
    json!({
        "run": &transcript.head,
        "input": transcript.question.as_ref().map(|question| readable(serde_json::to_value(question).unwrap_or_default())),
        "state": state,
        "calls": exchanges.map(readable).collect::<Vec<_>>(),
        "returned": value.map(readable),
    })
}

/// Lists of bytes as text or base64, everywhere below.
fn readable(value: Value) -> Value {
    match value {
        Value::Array(items) => match as_bytes(&items) {
            Some(found) => bytes(&found),
            None => Value::Array(items.into_iter().map(readable).collect()),
        },
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, readable(value))).collect())
        }
        other => other,
    }
}

/// A list of numbers that all fit a byte. A short list of small numbers could be meant; then its text is as good.
fn as_bytes(items: &[Value]) -> Option<Vec<u8>> {
    if items.is_empty() {
        return None;
    }
    items.iter().map(|item| item.as_u64().and_then(|number| u8::try_from(number).ok())).collect()
}

fn bytes(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::from(text),
        Err(_) => json!({ "base64": BASE64_STANDARD.encode(bytes) }),
    }
}

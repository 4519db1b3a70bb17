//! Values as JSON, as Go's encoder writes it: safe within HTML.

use serde_json::Value as Json;

use super::value::Value;

/// # Errors
/// That the value is none that JSON has.
pub(super) fn of(value: &Value) -> Result<String, String> {
    Ok(safe_in_html(&tree(value)?.to_string()))
}

fn tree(value: &Value) -> Result<Json, String> {
    let written = |result: Result<Json, serde_json::Error>| result.map_err(|error| error.to_string());
    Ok(match value {
        Value::Nil => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) | Value::Duration(value) => Json::from(*value),
        Value::Float(value) => match serde_json::Number::from_f64(*value) {
            #[expect(clippy::cast_possible_truncation, reason = "whole, and small enough to be exact")]
            Some(_) if value.fract() == 0.0 && value.abs() < 1e15 => Json::from(*value as i64),
            Some(number) => Json::Number(number),
            None => return Err("JSON has no such number".to_owned()),
        },
        Value::Text(text) | Value::Markup(text) | Value::Address(text) => Json::String(text.to_string()),
        Value::Time(moment) => Json::String(super::layout::format(moment, "2006-01-02T15:04:05.999999999Z07:00")),
        Value::List(list) => Json::Array(list.iter().map(tree).collect::<Result<_, _>>()?),
        Value::Map(map) => Json::Object(
            map.iter().map(|(name, value)| Ok((name.clone(), tree(value)?))).collect::<Result<_, String>>()?,
        ),
        Value::Labels(labels) => written(serde_json::to_value(labels))?,
        Value::Pair(pair) => serde_json::json!({"Name": &*pair.name, "Value": &*pair.value}),
        Value::Pairs(pairs) => {
            Json::Array(pairs.iter().map(|pair| tree(&Value::Pair(pair.clone()))).collect::<Result<_, _>>()?)
        }
        Value::Alerts(alerts) => written(serde_json::to_value(alerts))?,
        Value::Alert(alert) => written(serde_json::to_value(alert))?,
        Value::Data(data) => written(serde_json::to_value(data))?,
        Value::Finding(_) => return Err("the data of a rule has no JSON".to_owned()),
    })
}

/// What HTML would read as its own is written by its number.
pub(crate) fn safe_in_html(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => safe.push_str(&format!("\\u{:04x}", u32::from(character))),
            other => safe.push(other),
        }
    }
    safe
}

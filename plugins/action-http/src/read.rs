//! Asking, and holding the answer against what was expected. What does not answer as expected is a reason not to act.

use tocsin_sdk::actions::NoPlan;
use tocsin_sdk::http::{self, Request, Response};
use tocsin_sdk::serde_json::{self, Value};
use tocsin_sdk::{CallError, Error};

use crate::config::{JsonCondition, Read};
use crate::list::same;
use crate::values::Values;

/// No answer that a plan depends on is longer.
const ANSWER_BYTES_MAX: u32 = 256 * 1024;

/// Asks, and keeps the answer and its values.
pub(crate) fn read(read: &Read, values: &mut Values<'_>) -> Result<(), NoPlan> {
    let name = &read.name;
    let response = match request(read, values)?.send() {
        Ok(response) => response,
        Err(CallError::Failed(failure)) => return Err(NoPlan::because(format!("{name} did not answer: {failure}"))),
        Err(denied) => return Err(Error::from(denied).into()),
    };
    if !read.expect.status.contains(&response.status) {
        let wanted = read.expect.status.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
        return Err(NoPlan::because(format!("{name} answered {}, not {wanted}", response.status)));
    }
    values.answered(name, json(&response))?;
    for condition in &read.expect.json {
        if let Some(problem) = unmet(condition, values.answer(name)?, values)? {
            return Err(NoPlan::because(format!("{name} answered otherwise than expected: {problem}")));
        }
    }
    for (value, pointer) in &read.values {
        let Some(found) = values.answer(name)?.pointer(pointer).filter(|found| !found.is_null()).cloned() else {
            return Err(NoPlan::because(format!("the answer of {name} has nothing at `{pointer}`")));
        };
        values.know(format!("{name}.{value}"), found);
    }
    Ok(())
}

fn request(read: &Read, values: &Values<'_>) -> Result<Request, NoPlan> {
    let mut request = http::get(values.url(&read.url)?).timeout(read.timeout).body_max(ANSWER_BYTES_MAX);
    for header in &read.headers {
        request = request.header(&header.name, values.text(&header.value)?);
    }
    for header in &read.secret_headers {
        request = request.secret_header(&header.name, &header.secret);
    }
    Ok(match &read.bearer {
        Some(secret) => request.bearer(secret),
        None => request,
    })
}

/// The whole body, or none: half a list is not the list.
fn json(response: &Response) -> Option<Value> {
    if response.body_truncated { None } else { serde_json::from_slice(&response.body).ok() }
}

/// What a condition misses.
fn unmet(condition: &JsonCondition, answer: &Value, values: &Values<'_>) -> Result<Option<String>, NoPlan> {
    let JsonCondition { pointer, equals, min, max } = condition;
    let Some(found) = answer.pointer(pointer) else { return Ok(Some(format!("there is nothing at `{pointer}`"))) };
    if let Some(equals) = equals {
        let wanted = values.json(equals)?;
        if !same(found, &wanted) {
            return Ok(Some(format!("`{pointer}` is {found}, not {wanted}")));
        }
    }
    let number = found.as_f64();
    let below = min.is_some_and(|min| number.is_none_or(|number| number < min));
    let above = max.is_some_and(|max| number.is_none_or(|number| number > max));
    Ok((below || above).then(|| format!("`{pointer}` is {found}, out of its bounds")))
}

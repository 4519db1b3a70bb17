//! Bodies: read within bounds of size and time, and taken apart where a whole cannot be read as one.

use std::error::Error as _;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, StatusCode};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;

use super::Failure;
use crate::alerts::Alerts;

/// Some 50,000 alerts.
const BYTES_MAX: usize = 32 * 1_024 * 1_024;
const TIME_MAX: Duration = Duration::from_secs(30);

/// The whole body, and the room it takes until the permit is dropped.
pub(super) async fn read(
    alerts: &Alerts,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Bytes, OwnedSemaphorePermit), Failure> {
    let told = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|length| length > BYTES_MAX) {
        return Err(too_large());
    }
    let room = alerts.room_for(told.unwrap_or(BYTES_MAX)).await?;
    let read = tokio::time::timeout(TIME_MAX, to_bytes(body, BYTES_MAX)).await;
    let late =
        |_| Failure::new(StatusCode::REQUEST_TIMEOUT, format!("the body took longer than {} s", TIME_MAX.as_secs()));
    let bytes = read.map_err(late)?.map_err(|error| {
        let is_too_large = error.source().is_some_and(|source| source.is::<LengthLimitError>());
        if is_too_large { too_large() } else { Failure::bad("the body ended before it was complete") }
    })?;
    Ok((bytes, room))
}

/// The whole body as a value.
pub(super) async fn parse<T: DeserializeOwned>(alerts: &Alerts, headers: &HeaderMap, body: Body) -> Result<T, Failure> {
    let (bytes, _room) = read(alerts, headers, body).await?;
    serde_json::from_slice(&bytes).map_err(|error| Failure::bad(format!("the body cannot be read: {error}")))
}

fn too_large() -> Failure {
    let text = format!("a body may have {BYTES_MAX} bytes at most; send it in parts");
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, text)
}

/// The elements of an array, each as it was written. `None` where it is no array, or no JSON.
pub(super) fn elements(array: &[u8]) -> Option<Vec<&[u8]>> {
    // From here on every bracket and quote has its other side.
    let _valid: Vec<serde::de::IgnoredAny> = serde_json::from_slice(array).ok()?;
    let inside = array.trim_ascii().strip_prefix(b"[")?.strip_suffix(b"]")?;
    let (mut depth, mut in_text, mut is_escaped) = (0_usize, false, false);
    let split = |byte: &u8| {
        if in_text {
            (in_text, is_escaped) = (is_escaped || *byte != b'"', !is_escaped && *byte == b'\\');
            return false;
        }
        match byte {
            b'"' => in_text = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            _ => {}
        }
        *byte == b',' && depth == 0
    };
    Some(inside.split(split).filter(|element| !element.trim_ascii().is_empty()).collect())
}

#[cfg(test)]
mod tests {
    use super::elements;

    #[test]
    fn an_array_is_taken_apart_where_its_own_commas_are() {
        let table = [
            ("[]", vec![]),
            (" [ 1 , 2 ] ", vec!["1", "2"]),
            (r#"[{"a":[1,2]},{"b":"x,]\"\\"},"c"]"#, vec![r#"{"a":[1,2]}"#, r#"{"b":"x,]\"\\"}"#, r#""c""#]),
        ];
        for (array, expected) in table {
            let found = elements(array.as_bytes()).expect("an array");
            let found: Vec<&str> = found.iter().map(|part| std::str::from_utf8(part).expect("text").trim()).collect();
            assert_eq!(found, expected, "{array}");
        }
        for no_array in ["{}", "[1", "[1,]", ""] {
            assert_eq!(elements(no_array.as_bytes()), None, "{no_array}");
        }
    }
}

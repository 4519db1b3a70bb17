//! The door for alerts from outside: what Alertmanager's API takes, what it refuses, and what is filled in. Each
//! refusal names the label. Knows nothing of HTTP.

use std::time::Duration;

use serde::Deserialize;
use thiserror::Error;

use super::{Alert, Origin};
use crate::label::Labels;
use crate::time::Timestamp;

/// What one alert may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub labels: usize,
    /// Of the name and of the value of a label, each.
    pub label_bytes: usize,
    /// Of an annotation's value.
    pub annotation_bytes: usize,
    /// All labels and annotations together.
    pub bytes: usize,
    /// How far ahead of this node's clock a start may lie.
    pub future: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            labels: 64,
            label_bytes: 2_048,
            annotation_bytes: 16_384,
            bytes: 65_536,
            future: Duration::from_secs(10 * 60),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AlertError {
    #[error("an alert needs at least one label; `alertname` is the usual first")]
    NoLabels,
    #[error("an alert has {count} {what}, more than the {most} that are taken")]
    TooMany { what: &'static str, count: usize, most: usize },
    #[error("a label of an alert has an empty name")]
    EmptyName,
    #[error("the {what} of the label `{name}` is {bytes} bytes long, more than the {most} that are taken")]
    TooLong { what: &'static str, name: String, bytes: usize, most: usize },
    #[error("an alert's labels and annotations are {bytes} bytes, more than the {most} that are taken")]
    TooLarge { bytes: usize, most: usize },
    #[error("the alert {labels} ends ({ends_at}) before it starts ({starts_at})")]
    EndsBeforeItStarts { labels: Labels, starts_at: Timestamp, ends_at: Timestamp },
    #[error(
        "the alert {labels} starts at {starts_at}, {ahead_seconds} s ahead of this node's clock: is one of the two clocks wrong?"
    )]
    FromTheFuture { labels: Labels, starts_at: Timestamp, ahead_seconds: u64 },
}

/// An alert as Alertmanager's API takes it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostedAlert {
    pub labels: Labels,
    #[serde(default)]
    pub annotations: Labels,
    #[serde(default)]
    pub starts_at: Option<jiff::Timestamp>,
    #[serde(default)]
    pub ends_at: Option<jiff::Timestamp>,
    #[serde(default, rename = "generatorURL")]
    pub generator_url: String,
}

impl PostedAlert {
    /// The alert, with what was left out filled in: without a start it starts now (or when it ended), without an end
    /// it ends `resolve_timeout` from now.
    ///
    /// # Errors
    /// The first thing about it that is not taken.
    pub fn accept(self, limits: &Limits, resolve_timeout: Duration, now: Timestamp) -> Result<Alert, AlertError> {
        accept_labels(&self.labels, limits.label_bytes, limits)?;
        accept_labels(&self.annotations, limits.annotation_bytes, limits)?;
        if self.labels.is_empty() {
            return Err(AlertError::NoLabels);
        }
        let bytes = self.labels.bytes() + self.annotations.bytes() + self.generator_url.len();
        if bytes > limits.bytes {
            return Err(AlertError::TooLarge { bytes, most: limits.bytes });
        }
        // Go's zero time means none.
        let given = |at: Option<jiff::Timestamp>| {
            at.map(|at| Timestamp::from_millis(at.as_millisecond())).filter(|at| at.as_millis() > 0)
        };
        let ends_at = given(self.ends_at);
        let starts_at = given(self.starts_at).unwrap_or_else(|| ends_at.map_or(now, |end| end.min(now)));
        if let Some(ends_at) = ends_at.filter(|ends_at| *ends_at < starts_at) {
            return Err(AlertError::EndsBeforeItStarts { labels: self.labels, starts_at, ends_at });
        }
        if starts_at > now.after(limits.future) {
            let ahead_seconds = starts_at.since(now).as_secs();
            return Err(AlertError::FromTheFuture { labels: self.labels, starts_at, ahead_seconds });
        }
        Ok(Alert {
            labels: self.labels,
            annotations: self.annotations,
            starts_at,
            timeout: ends_at.is_none(),
            ends_at: Some(ends_at.unwrap_or_else(|| now.after(resolve_timeout))),
            updated_at: now,
            generator_url: self.generator_url,
            origin: Origin::Posted,
        })
    }
}

fn accept_labels(labels: &Labels, value_bytes: usize, limits: &Limits) -> Result<(), AlertError> {
    if labels.len() > limits.labels {
        return Err(AlertError::TooMany { what: "labels or annotations", count: labels.len(), most: limits.labels });
    }
    for (name, value) in labels.iter() {
        if name.is_empty() {
            return Err(AlertError::EmptyName);
        }
        for (what, text, most) in [("name", name, limits.label_bytes), ("value", value, value_bytes)] {
            if text.len() > most {
                // The culprit itself must not make the message long.
                let name = name.chars().take(60).collect();
                return Err(AlertError::TooLong { what, name, bytes: text.len(), most });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn post(json: &str) -> Result<Alert, String> {
        let posted: PostedAlert = serde_json::from_str(json).map_err(|error| error.to_string())?;
        posted.accept(&Limits::default(), Duration::from_secs(300), NOW).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_left_out_is_filled_in() {
        let alert = post(r#"{"labels":{"alertname":"Down","empty":""}}"#).expect("taken");
        assert_eq!(
            (alert.starts_at, alert.ends_at, alert.timeout),
            (NOW, Some(NOW.after(Duration::from_secs(300))), true)
        );
        assert_eq!(alert.labels.len(), 1, "an empty label is none");
        let ended = post(r#"{"labels":{"a":"b"},"endsAt":"2023-11-14T22:00:00Z","startsAt":"0001-01-01T00:00:00Z"}"#);
        let ended = ended.expect("taken");
        assert_eq!((Some(ended.starts_at), ended.timeout, ended.is_resolved(NOW)), (ended.ends_at, false, true));
        let lasting = post(r#"{"labels":{"a":"b"},"endsAt":"2099-01-01T00:00:00Z"}"#).expect("taken");
        assert_eq!((lasting.starts_at, lasting.timeout), (NOW, false), "it fires from now on, not from its end");
    }

    #[test]
    fn what_cannot_be_is_refused_and_named() {
        let many: Vec<String> = (0..10_000).map(|n| format!("\"l{n}\":\"v\"")).collect();
        let table = [
            (r#"{"labels":{}}"#.to_owned(), "at least one label"),
            (r#"{"labels":{"a":"1","a":"2"}}"#.to_owned(), "the label `a` is given twice"),
            (format!("{{\"labels\":{{{}}}}}", many.join(",")), "10000 labels or annotations, more than the 64"),
            (format!("{{\"labels\":{{\"a\":\"{}\"}}}}", "x".repeat(3_000)), "value of the label `a` is 3000 bytes"),
            (r#"{"labels":{"":"1"}}"#.to_owned(), "empty name"),
            (
                r#"{"labels":{"a":"1"},"startsAt":"2023-11-14T22:00:00Z","endsAt":"2023-11-14T21:00:00Z"}"#.to_owned(),
                "ends (2023-11-14T21:00:00.000Z) before it starts",
            ),
            (r#"{"labels":{"a":"1"},"startsAt":"2033-11-14T22:00:00Z"}"#.to_owned(), "ahead of this node's clock"),
            (r#"{"labels":{"a":"1"},"startsAt":"yesterday"}"#.to_owned(), "invalid digit"),
        ];
        for (json, expected) in table {
            let error = post(&json).expect_err("refused");
            assert!(error.contains(expected), "{error}");
        }
    }
}

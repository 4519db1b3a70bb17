//! What an answer of the other side means: it has it, it may take it later, or never will. For HTTP in the dialects of
//! those we know, for SMTP, for plugins. Knows nothing of connections.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use serde_json::Value as Json;

use super::Outcome;
use crate::delivery::Delivery;
use crate::time::Timestamp;

/// Bytes of an answer that a reason quotes.
const QUOTED_MAX: usize = 200;

/// How an attempt ended, and what failed, under Alertmanager's names for metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub outcome: Outcome,
    pub cause: Option<Cause>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// What was sent was wrong, or too much.
    Client,
    Server,
    Deadline,
    /// No answer at all, or nothing that could be sent.
    Other,
}

impl Cause {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "clientError",
            Self::Server => "serverError",
            Self::Deadline => "contextDeadlineExceeded",
            Self::Other => "other",
        }
    }
}

/// Whose HTTP it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Plain,
    /// Says `ok`, or `{"ok": false}` with status 200.
    Slack,
    /// Says 403 where it means 429.
    PagerDuty,
    /// Names the message it took.
    Sms,
}

/// An HTTP answer.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    pub status: u16,
    pub retry_after: Option<&'a str>,
    pub body: &'a str,
}

impl Ended {
    #[must_use]
    pub const fn delivered(name: Option<String>) -> Self {
        Self { outcome: Outcome::Delivered(name), cause: None }
    }

    #[must_use]
    pub const fn failed(cause: Cause, reason: String, after: Option<Duration>) -> Self {
        Self { outcome: Outcome::Failed { reason, after }, cause: Some(cause) }
    }

    #[must_use]
    pub const fn rejected(reason: String) -> Self {
        Self { outcome: Outcome::Rejected { reason }, cause: Some(Cause::Client) }
    }

    /// 2xx is taken; 408, 429 and 5xx are worth another try; everything else never will be.
    #[must_use]
    pub fn of_http(dialect: Dialect, answer: Answer<'_>, now: Timestamp) -> Self {
        let Answer { status, body, .. } = answer;
        let after = answer.retry_after.and_then(|written| retry_after(written, now));
        match status {
            200..=299 => of_success(dialect, body, after),
            403 if dialect == Dialect::PagerDuty => Self::failed(Cause::Client, said(status, body), after),
            408 | 429 => Self::failed(Cause::Client, said(status, body), after),
            500..=599 => Self::failed(Cause::Server, said(status, body), after),
            _ => Self::rejected(said(status, body)),
        }
    }

    /// The reply that ended an SMTP session: 4yz is transient (greylisting, a full box), 5yz is for good.
    #[must_use]
    pub fn of_smtp(code: u16, text: &str) -> Self {
        let reason = format!("the mail server said {code} {}", quoted(text));
        match code {
            200..=299 => Self::delivered(None),
            500..=599 => Self::rejected(reason),
            _ => Self::failed(Cause::Server, reason, None),
        }
    }

    #[must_use]
    pub fn of_plugin(delivery: Delivery) -> Self {
        match delivery {
            Delivery::Delivered(name) => Self::delivered(name),
            Delivery::RetryAfter { after_seconds, reason } => {
                let after = (after_seconds > 0).then(|| Duration::from_secs(after_seconds.into()));
                Self::failed(Cause::Server, quoted(&reason), after)
            }
            Delivery::Rejected(reason) => Self::rejected(quoted(&reason)),
        }
    }
}

fn of_success(dialect: Dialect, body: &str, after: Option<Duration>) -> Ended {
    let json: Option<Json> = serde_json::from_str(body).ok();
    let text = |key: &str| json.as_ref().and_then(|json| json.get(key)).and_then(Json::as_str).map(quoted);
    match dialect {
        Dialect::Plain => Ended::delivered(None),
        Dialect::PagerDuty => Ended::delivered(text("dedup_key")),
        Dialect::Sms => Ended::delivered(text("sid")),
        Dialect::Slack => match json.as_ref().and_then(|json| json.get("ok")).and_then(Json::as_bool) {
            Some(false) => slack_refused(&text("error").unwrap_or_default(), after),
            Some(true) => Ended::delivered(text("ts")),
            None if json.is_none() && body.trim() != "ok" => Ended::rejected(format!("Slack said {}", quoted(body))),
            None => Ended::delivered(None),
        },
    }
}

fn slack_refused(error: &str, after: Option<Duration>) -> Ended {
    let reason = format!("Slack said {error}");
    match error {
        "ratelimited" | "rate_limited" => Ended::failed(Cause::Client, reason, after),
        "internal_error" | "fatal_error" | "request_timeout" | "service_unavailable" => {
            Ended::failed(Cause::Server, reason, after)
        }
        _ => Ended::rejected(reason),
    }
}

/// Seconds, or a date.
fn retry_after(written: &str, now: Timestamp) -> Option<Duration> {
    let written = written.trim();
    if let Ok(seconds) = written.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTimeParser::new().parse_timestamp(written.replace("GMT", "+0000")).ok()?;
    Some(Timestamp::from_millis(at.as_millisecond()).since(now))
}

fn said(status: u16, body: &str) -> String {
    if body.trim().is_empty() { format!("status {status}") } else { format!("status {status}: {}", quoted(body)) }
}

/// As one bounded line.
fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = line.char_indices().map(|(at, _)| at).take_while(|at| *at <= QUOTED_MAX).last().unwrap_or(0);
    if line.len() <= QUOTED_MAX { line } else { format!("{}...", line.get(..end).unwrap_or_default()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(784_111_770_000);

    fn shown(ended: &Ended) -> String {
        let cause = ended.cause.map_or("", Cause::as_str);
        match &ended.outcome {
            Outcome::Delivered(name) => format!("delivered {}", name.as_deref().unwrap_or("-")),
            Outcome::Failed { reason, after } => format!("{cause} {:?} {reason}", after.map(|after| after.as_secs())),
            Outcome::Rejected { reason } => format!("rejected {cause} {reason}"),
        }
    }

    #[test]
    fn an_answer_means_taken_later_or_never() {
        use Dialect::{PagerDuty, Plain, Slack, Sms};
        // dialect, status, Retry-After, body, expected
        let table = [
            (Plain, 204, None, "", "delivered -"),
            (Plain, 301, None, "", "rejected clientError status 301"),
            (Plain, 404, None, "not\n here", "rejected clientError status 404: not here"),
            (Plain, 429, Some("7"), "", "clientError Some(7) status 429"),
            (Plain, 429, Some("soon"), "", "clientError None status 429"),
            (Plain, 408, None, "", "clientError None status 408"),
            (Plain, 503, Some("Sun, 06 Nov 1994 08:50:00 GMT"), "x", "serverError Some(30) status 503: x"),
            (Plain, 503, Some("Sun, 06 Nov 1994 08:00:00 GMT"), "", "serverError Some(0) status 503"),
            (PagerDuty, 202, None, r#"{"status":"success","dedup_key":"k"}"#, "delivered k"),
            (PagerDuty, 400, None, "bad", "rejected clientError status 400: bad"),
            (PagerDuty, 403, None, "", "clientError None status 403"),
            (Plain, 403, None, "", "rejected clientError status 403"),
            (Slack, 200, None, "ok", "delivered -"),
            (Slack, 200, None, r#"{"ok":true,"ts":"1.2"}"#, "delivered 1.2"),
            (
                Slack,
                200,
                None,
                r#"{"ok":false,"error":"channel_not_found"}"#,
                "rejected clientError Slack said channel_not_found",
            ),
            (
                Slack,
                200,
                Some("3"),
                r#"{"ok":false,"error":"ratelimited"}"#,
                "clientError Some(3) Slack said ratelimited",
            ),
            (
                Slack,
                200,
                None,
                r#"{"ok":false,"error":"internal_error"}"#,
                "serverError None Slack said internal_error",
            ),
            (Slack, 200, None, "no_text", "rejected clientError Slack said no_text"),
            (Sms, 201, None, r#"{"sid":"SM1"}"#, "delivered SM1"),
        ];
        for (dialect, status, retry_after, body, expected) in table {
            let ended = Ended::of_http(dialect, Answer { status, retry_after, body }, NOW);
            assert_eq!(shown(&ended), expected, "{dialect:?} {status} {body}");
        }
    }

    #[test]
    fn mail_that_is_greylisted_is_tried_again_and_mail_that_is_refused_is_not() {
        let table = [
            (250, "", "delivered -"),
            (451, "greylisted", "serverError None the mail server said 451 greylisted"),
            (550, "no such user", "rejected clientError the mail server said 550 no such user"),
        ];
        for (code, text, expected) in table {
            assert_eq!(shown(&Ended::of_smtp(code, text)), expected);
        }
    }

    #[test]
    fn a_plugins_word_counts() {
        let retry = Delivery::RetryAfter { after_seconds: 5, reason: "busy".to_owned() };
        assert_eq!(shown(&Ended::of_plugin(retry)), "serverError Some(5) busy");
        assert_eq!(shown(&Ended::of_plugin(Delivery::Rejected("no".to_owned()))), "rejected clientError no");
        assert_eq!(shown(&Ended::of_plugin(Delivery::Delivered(Some("7".to_owned())))), "delivered 7");
    }

    #[test]
    fn a_long_answer_is_quoted_in_part() {
        let reason = shown(&Ended::of_smtp(550, &"ä".repeat(1_000)));
        assert!(reason.len() < 300 && reason.ends_with("..."), "{reason}");
    }
}

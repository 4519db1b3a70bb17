//! `http-request`: one request, the status that it must be answered with, and a compensating request that takes it back. How
//! a request reaches the network, and by which policy, is for the [`HttpSender`] to know.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tocsin_core::capability::Rights;
use tocsin_core::plan::{HeaderValue, HttpCall};
use tocsin_core::verb::{Done, Undo, VerbFailure};
use url::Url;

use crate::failure::{Outcome, bytes, failed, refused, unclear};
use crate::found::{Found, Look};

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const BODY_BYTES_MAX: usize = 1 << 20;
const HEADERS_MAX: usize = 64;
const HEADER_BYTES_MAX: usize = 8_192;
const URL_BYTES_MAX: usize = 8_192;
/// Of an answer's body.
const OUTPUT_BYTES_MAX: usize = 16 << 10;

/// Sends one request, within rights, with secrets filled in. It follows no redirect.
pub trait HttpSender: Debug + Send + Sync {
    fn send<'a>(&'a self, call: &'a HttpCall, rights: &'a Rights, timeout: Duration) -> Sending<'a>;
}

/// A request under way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<HttpAnswer, HttpError>> + Send + 'a>>;

/// What came back, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    pub status: u16,
    /// As much of it as the sender cared to read.
    pub body: Vec<u8>,
}

/// Why no answer came back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// Nothing has left this node that the other side could act upon: refused, no such name, no connection, no TLS.
    #[error("{0}")]
    NotSent(String),
    /// At least a part has left.
    #[error("{0}")]
    NoAnswer(String),
}

/// One request of a plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) call: &'a HttpCall,
    pub(crate) rights: &'a Rights,
}

impl Request<'_> {
    pub(crate) fn look(self, compensate: Option<&HttpCall>) -> Outcome<Look> {
        self.fits()?;
        let mut says = format!("would send {}", self.words());
        let undo = match compensate {
            Some(compensate) => {
                let compensate = Request { call: compensate, rights: self.rights };
                compensate.fits()?;
                says.push_str(&format!("; taken back by {}", compensate.words()));
                Some(Undo::HttpRequest { request: compensate.call.clone() })
            }
            None => None,
        };
        Ok(Look { undo, ..Look::of(says, Found::Nothing) })
    }

    pub(crate) async fn carry(self, sender: &dyn HttpSender, timeout: Duration) -> Outcome<Done> {
        self.fits()?;
        let HttpCall { method, url, expected_status, .. } = self.call;
        let answer = match sender.send(self.call, self.rights, timeout).await {
            Ok(answer) => answer,
            Err(HttpError::NotSent(reason)) => {
                return Err(refused(format!("{method} {url} was not sent: {reason}")));
            }
            Err(HttpError::NoAnswer(reason)) => {
                return Err(unclear(format!("{method} {url} was sent, and no answer came: {reason}")));
            }
        };
        let mut output = String::from_utf8_lossy(&answer.body).into_owned();
        output.truncate(output.floor_char_boundary(OUTPUT_BYTES_MAX));
        if expected_status.contains(&answer.status) {
            return Ok(Done { says: format!("{method} {url} was answered with {}", answer.status), output });
        }
        let reason = format!("{method} {url} was answered with {}, not {}", answer.status, self.statuses());
        Err(VerbFailure { output, ..failed(reason) })
    }

    fn words(self) -> String {
        let HttpCall { method, url, body, .. } = self.call;
        let size = u64::try_from(body.len()).unwrap_or(u64::MAX);
        let body = if size == 0 { String::new() } else { format!(" with a body of {}", bytes(size)) };
        format!("{method} {url}{body}, to be answered with {}", self.statuses())
    }

    fn statuses(self) -> String {
        let statuses: Vec<String> = self.call.expected_status.iter().map(u16::to_string).collect();
        statuses.join(" or ")
    }

    fn fits(self) -> Outcome<()> {
        let HttpCall { method, url, headers, body, expected_status } = self.call;
        if !METHODS.contains(&method.as_str()) {
            return Err(refused(format!("`{method}` is no method of a repair: {}", METHODS.join(", "))));
        }
        // Only what was approved is quoted, not what is too long to be read.
        let parsed = Url::parse(url).ok().filter(|_| url.len() <= URL_BYTES_MAX);
        let Some(parsed) = parsed.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) else {
            return Err(refused("the request's URL is none of http or https".to_owned()));
        };
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(refused("the request's URL holds a user or a password: name a secret in a header instead"));
        }
        if expected_status.is_empty() || expected_status.iter().any(|status| !(100..600).contains(status)) {
            return Err(refused(format!("{method} {url} does not say which status (100 to 599) is to be expected")));
        }
        if body.len() > BODY_BYTES_MAX {
            return Err(refused(format!("the body for {url} is larger than 1 MiB")));
        }
        if headers.len() > HEADERS_MAX {
            return Err(refused(format!("the request to {url} has more than {HEADERS_MAX} headers")));
        }
        headers.iter().try_for_each(|(name, value)| self.header_fits(name, value))
    }

    fn header_fits(self, name: &str, value: &HeaderValue) -> Outcome<()> {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || !name.chars().all(is_token) {
            return Err(refused(format!("{name:?} is no name of a header")));
        }
        match value {
            HeaderValue::Text(text) if text.len() > HEADER_BYTES_MAX || text.chars().any(char::is_control) => {
                Err(refused(format!("the header `{name}` is longer than 8192 bytes or more than one line")))
            }
            HeaderValue::Text(_) => Ok(()),
            HeaderValue::Secret(secret) | HeaderValue::Bearer(secret) => {
                self.rights.permits_secret(secret).map_err(|error| refused(error.to_string()))
            }
        }
    }
}

#[cfg(test)]
mod tests;

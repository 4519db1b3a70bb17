//! What goes over the wire: a notice and its integration's configuration as the request or the mail that is sent. Pure,
//! so a retry sends what the first attempt sent. A template that fails does not stop a notification: its text says so
//! instead, and the failure is reported beside.
//!
//! Knows nothing of connections: the shell fills in the secrets it is asked for, and sends.

mod check;
mod email;
mod pagerduty;
mod request;
mod slack;
mod texts;
mod webhook;

use std::collections::BTreeMap;

use serde::Serialize;
use thiserror::Error;

use crate::alertmanager::SecretSource;
use crate::delivery::Notification;
use crate::notify::Notice;
use crate::receiver::Kind;
use crate::template::{Data, TemplateError, Templates, json};
use texts::Texts;

pub use check::check;

/// What is sent, and which texts had to be replaced because their template failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub payload: Payload,
    pub failed: Vec<TemplateError>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    Http(Request),
    Email(Mail),
    Plugin(Notification),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// May hold a secret: not for logs.
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// One address.
    pub from: String,
    /// One or more, separated by commas.
    pub to: String,
    /// By canonical name, with `Subject`, `From`, `To`, and what threads the mails of a group.
    pub headers: BTreeMap<String, String>,
    pub text: Option<String>,
    pub html: Option<String>,
}

/// A notice that cannot be sent as it is configured; another attempt would not help.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unsendable {
    #[error("{0}")]
    Template(#[from] TemplateError),
    #[error("`{0}` is empty")]
    Empty(&'static str),
}

/// The secret that [`write`] needs: an address or a key.
#[must_use]
pub fn secret(kind: &Kind) -> Option<&SecretSource> {
    match kind {
        Kind::Webhook(config) => Some(&config.url),
        Kind::Slack(config) => Some(&config.api_url),
        Kind::PagerDuty(config) => Some(&config.routing_key),
        Kind::Email(_) | Kind::Sms(_) | Kind::Ticket(_) | Kind::Notifier(_) => None,
    }
}

/// `secret` is what [`secret`] asked for, or empty. `None` where there is nothing to send: a ticket that nothing closes.
///
/// # Errors
/// That where it goes, or as whom, could not be made out.
pub fn write(
    notice: &Notice,
    kind: &Kind,
    templates: &Templates,
    external_url: &str,
    secret: &str,
) -> Result<Option<Written>, Unsendable> {
    let data = Data::of(notice, external_url);
    let mut texts = Texts::new(notice, templates, data);
    let payload = match kind {
        Kind::Webhook(config) => Some(Payload::Http(webhook::write(&texts, config, secret)?)),
        Kind::Slack(config) => Some(Payload::Http(slack::write(&mut texts, config, secret)?)),
        Kind::PagerDuty(config) => Some(Payload::Http(pagerduty::write(&mut texts, config, secret)?)),
        Kind::Email(config) => Some(Payload::Email(email::write(&mut texts, config)?)),
        Kind::Sms(config) => Some(Payload::Http(request::sms(&mut texts, config))),
        Kind::Ticket(config) => request::ticket(&texts, config)?.map(Payload::Http),
        Kind::Notifier(_) => Some(Payload::Plugin(webhook::for_plugin(&mut texts))),
    };
    Ok(payload.map(|payload| Written { payload, failed: texts.failed }))
}

impl Request {
    /// As Go's encoder writes it, with its line's end.
    fn json(url: String, body: &impl Serialize) -> Self {
        let text = serde_json::to_string(body).unwrap_or_default();
        let body = (json::safe_in_html(&text) + "\n").into_bytes();
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        Self { method: "POST".to_owned(), url, headers, body }
    }
}

/// So many characters at most, the last an ellipsis where something is left out.
fn truncated(text: String, most: usize) -> String {
    if text.chars().count() <= most {
        return text;
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests;

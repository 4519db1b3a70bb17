//! Requests whose form is the configuration's: a short message, a ticket.

use url::form_urlencoded::Serializer;

use super::texts::Texts;
use super::{Request, Unsendable, truncated};
use crate::alert::AlertStatus;
use crate::receiver::{SmsConfig, TicketConfig};

/// Twilio takes no longer message.
const SMS: usize = 1_600;

pub(super) fn sms(texts: &mut Texts<'_>, config: &SmsConfig) -> Request {
    let text = texts.telling("text", &config.text);
    let parts = texts.notice.remark.iter().chain([&text]).map(String::as_str);
    let text = truncated(parts.collect::<Vec<_>>().join("\n"), SMS);
    let mut form = Serializer::new(String::new());
    form.append_pair("From", &config.from).append_pair("To", &config.to).append_pair("Body", &text);
    let headers = vec![("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    Request { method: "POST".to_owned(), url: config.url.clone(), headers, body: form.finish().into_bytes() }
}

/// The other side's own form: a body that is not what it expects is no use to it, so a template that fails is an error.
pub(super) fn ticket(texts: &Texts<'_>, config: &TicketConfig) -> Result<Option<Request>, Unsendable> {
    let wanted = if texts.data.status == AlertStatus::Firing { Some(&config.open) } else { config.resolve.as_ref() };
    let Some(request) = wanted else { return Ok(None) };
    let url = texts.strict("url", &request.url)?;
    let mut headers = Vec::new();
    for (name, value) in &request.headers {
        headers.push((name.clone(), texts.strict(name, value)?.replace(['\r', '\n'], " ")));
    }
    let body = texts.strict("body", &request.body)?.into_bytes();
    Ok(Some(Request { method: request.method.clone(), url, headers, body }))
}

//! Tickets: the requests that open one and close it again, with templates for their texts.

use super::super::error::ConfigErrors;
use super::super::read::{self, At, Fields};
use super::common;
use crate::alertmanager;
use crate::receiver::{Integration, Kind, TicketConfig, TicketRequest};

const METHODS: [(&str, &str); 5] =
    [("POST", "POST"), ("PUT", "PUT"), ("PATCH", "PATCH"), ("GET", "GET"), ("DELETE", "DELETE")];

/// An entry of a receiver's `tickets`.
pub(super) fn read(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Integration> {
    let mut fields = Fields::of(at, errors)?;
    let open = fields.required("open", errors, request);
    let resolve = fields.optional("resolve", errors, request);
    let http = fields.optional("http_config", errors, alertmanager::http_config);
    let (send_resolved, timeout) = common(&mut fields, errors);
    fields.finish(errors);
    let send_resolved = send_resolved.unwrap_or(resolve.is_some());
    if send_resolved && resolve.is_none() {
        let error = at.error("missing-key", "the key `resolve` is missing: with `send_resolved` it says how to close");
        errors.push(error);
    }
    let config = TicketConfig { open: open?, resolve, http: http.unwrap_or_default() };
    Some(Integration { kind: Kind::Ticket(config), send_resolved, timeout })
}

/// `{method, url, headers, body}`
fn request(at: &At<'_>, errors: &mut ConfigErrors) -> Option<TicketRequest> {
    let mut fields = Fields::of(at, errors)?;
    let method = fields.optional("method", errors, |at, errors| read::word(at, &METHODS, errors));
    let url = fields.required("url", errors, |at, errors| {
        let url = read::text(at, errors)?;
        // With a template in it only sending can tell.
        if !url.contains("{{") {
            read::web_url(at, errors)?;
        }
        Some(url.to_owned())
    });
    let headers = fields.optional("headers", errors, headers);
    let body = fields.optional("body", errors, |at, errors| read::text(at, errors).map(str::to_owned));
    fields.finish(errors);
    Some(TicketRequest {
        method: method.unwrap_or("POST").to_owned(),
        url: url?,
        headers: headers.unwrap_or_default(),
        body: body.unwrap_or_default(),
    })
}

fn headers(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Vec<(String, String)>> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    };
    let mut headers = Vec::new();
    for (key, node) in read::map(at, errors)? {
        if !is_name(&key.name) {
            errors.push(at.error_at_key(key, "header", format!("`{}` is not a header's name", key.name)));
        } else if let Some(value) = read::text(&at.of_key(&key.name, node), errors) {
            headers.push((key.name.clone(), value.to_owned()));
        }
    }
    Some(headers)
}

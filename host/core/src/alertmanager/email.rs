//! `email_configs`, with what `global` says of SMTP filled in.

use std::collections::BTreeMap;

use super::global::Defaults;
use super::read::{At, Fields, full, map, needed, or, refuse, secret, text, truth};
use super::{EmailConfig, IntegrationKind, Smarthost, http};
use crate::config::ConfigErrors;

/// Where connections are encrypted from their start.
const SMTPS_PORT: u16 = 465;

const HTML: &str = r#"{{ template "email.default.html" . }}"#;

/// With all that `global` says, and to nobody yet.
pub(super) fn silent(defaults: &Defaults) -> Option<EmailConfig> {
    let smtp = &defaults.smtp;
    let smarthost = smtp.smarthost.clone()?;
    Some(EmailConfig {
        to: String::new(),
        from: smtp.from.clone()?,
        hello: smtp.hello.clone(),
        auth_username: smtp.auth_username.clone(),
        auth_password: smtp.auth_password.clone(),
        auth_secret: smtp.auth_secret.clone(),
        auth_identity: smtp.auth_identity.clone(),
        headers: BTreeMap::new(),
        html: HTML.to_owned(),
        text: String::new(),
        require_tls: smtp.require_tls,
        implicit_tls: smtp.implicit_tls.unwrap_or(smarthost.port == SMTPS_PORT),
        smarthost,
        tls: smtp.tls.clone(),
    })
}

pub(super) fn read(fields: &mut Fields<'_>, defaults: &Defaults, errors: &mut ConfigErrors) -> Option<IntegrationKind> {
    let smtp = &defaults.smtp;
    let to = needed(fields, "to", errors);
    let from = full(fields, "from", errors).or_else(|| smtp.from.clone());
    let given = fields.get("smarthost");
    let smarthost = match &given {
        Some(at) => smarthost(at, errors),
        None => smtp.smarthost.clone(),
    };
    for (is_there, key) in [(from.is_some(), "from"), (smarthost.is_some() || given.is_some(), "smarthost")] {
        if !is_there {
            let error = fields.at.error("missing-key", format!("the key `{key}` is missing"));
            errors.push(error.help(format!("or set `smtp_{key}` under `global`")));
        }
    }
    let hello = full(fields, "hello", errors).unwrap_or_else(|| smtp.hello.clone());
    let auth_username = full(fields, "auth_username", errors).unwrap_or_else(|| smtp.auth_username.clone());
    let auth_password = secret(fields, ["auth_password", "auth_password_file"], errors);
    let auth_secret = secret(fields, ["auth_secret", "auth_secret_file"], errors);
    let auth_identity = full(fields, "auth_identity", errors).unwrap_or_else(|| smtp.auth_identity.clone());
    let headers = fields.optional("headers", errors, headers).unwrap_or_default();
    let html = or(fields, "html", HTML, errors);
    let text = or(fields, "text", "", errors);
    let require_tls = fields.optional("require_tls", errors, truth).unwrap_or(smtp.require_tls);
    let implicit_tls = fields.optional("force_implicit_tls", errors, truth).or(smtp.implicit_tls);
    let tls = fields.optional("tls_config", errors, http::tls).unwrap_or_else(|| smtp.tls.clone());
    refuse(fields, "threading", "remove it: mails are not threaded", errors);
    let smarthost = smarthost?;
    Some(IntegrationKind::Email(EmailConfig {
        to: to?,
        from: from?,
        hello,
        auth_username,
        auth_password: auth_password.or_else(|| smtp.auth_password.clone()),
        auth_secret: auth_secret.or_else(|| smtp.auth_secret.clone()),
        auth_identity,
        headers,
        html,
        text,
        require_tls,
        implicit_tls: implicit_tls.unwrap_or(smarthost.port == SMTPS_PORT),
        smarthost,
        tls,
    }))
}

/// `host:port`
pub(super) fn smarthost(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Smarthost> {
    let written = text(at, errors)?;
    let parsed = written.rsplit_once(':').and_then(|(host, port)| {
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let port = port.parse().ok().filter(|port| *port > 0)?;
        (!host.is_empty()).then(|| Smarthost { host: host.to_owned(), port })
    });
    if parsed.is_none() {
        let error = at.error("smarthost", format!("`{written}` is not a host with a port"));
        errors.push(error.help("write it as `mail.example.org:587`"));
    }
    parsed
}

/// By their canonical names: `Reply-To`.
fn headers(at: &At<'_>, errors: &mut ConfigErrors) -> Option<BTreeMap<String, String>> {
    let mut headers = BTreeMap::new();
    for (key, node) in map(at, errors)? {
        let Some(value) = text(&at.of_key(&key.name, node), errors) else { continue };
        let name = canonical(&key.name);
        if headers.contains_key(&name) {
            errors.push(at.error_at_key(key, "duplicate-name", format!("the header `{name}` is given twice")));
        }
        headers.insert(name, value);
    }
    Some(headers)
}

fn canonical(name: &str) -> String {
    let mut is_first = true;
    let letters = name.chars().map(|letter| {
        let letter = if is_first { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
        is_first = letter == '-';
        letter
    });
    letters.collect()
}

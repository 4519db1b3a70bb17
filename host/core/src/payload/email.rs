//! A mail: headers, and its two parts. The mails of a group hang on one thread.

use std::collections::BTreeMap;

use url::Url;

use super::texts::Texts;
use super::{Mail, Unsendable};
use crate::alertmanager::EmailConfig;

const SUBJECT: &str = r#"{{ template "email.default.subject" . }}"#;
const TEXT: &str = r#"{{ template "email.default.text" . }}"#;

pub(super) fn write(texts: &mut Texts<'_>, config: &EmailConfig) -> Result<Mail, Unsendable> {
    let from = texts.strict("from", &config.from)?;
    let to = texts.strict("to", &config.to)?;
    let mut headers = threading(texts);
    headers.insert("From".to_owned(), one_line(&from));
    headers.insert("To".to_owned(), one_line(&to));
    headers.insert("Subject".to_owned(), one_line(&texts.telling("Subject", SUBJECT)));
    for (name, template) in &config.headers {
        let value = if name == "Subject" { texts.telling(name, template) } else { texts.detail(name, template) };
        headers.insert(name.clone(), one_line(&value));
    }
    let remark = texts.notice.remark.clone();
    let mut html = if config.html.is_empty() { None } else { texts.html("html", &config.html) };
    let html_failed = html.is_none() && !config.html.is_empty();
    let mut text = match config.text.as_str() {
        "" if html_failed => Some(texts.telling("text", TEXT)),
        "" => None,
        template => Some(texts.telling("text", template)),
    };
    if html_failed && let (Some(text), Some(error)) = (&mut text, texts.failed.last()) {
        text.insert_str(0, &format!("The template of this mail failed: {error}\n\n"));
    }
    if let Some(remark) = remark {
        html = html.map(|html| with_remark(&html, &remark));
        text = text.map(|text| format!("{remark}\n\n{text}"));
    }
    Ok(Mail { from, to, headers, text, html })
}

/// Each mail has a name of its own, the same in each attempt, and refers to one that stands for its group.
fn threading(texts: &Texts<'_>) -> BTreeMap<String, String> {
    let url = Url::parse(&texts.data.external_url).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or("tocsin.invalid");
    let group = format!("<{}@{host}>", texts.group_hash());
    BTreeMap::from([
        ("Message-Id".to_owned(), format!("<{}@{host}>", texts.notice.id)),
        ("In-Reply-To".to_owned(), group.clone()),
        ("References".to_owned(), group),
    ])
}

/// A header that held a line's end would be two headers.
fn one_line(text: &str) -> String {
    text.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// At the top of what is shown.
fn with_remark(html: &str, remark: &str) -> String {
    let shown = remark.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let paragraph = format!("<p><strong>{shown}</strong></p>");
    let body = html.to_ascii_lowercase().find("<body").and_then(|at| Some(at + html.get(at..)?.find('>')? + 1));
    match html.split_at_checked(body.unwrap_or(0)) {
        Some((before, after)) => format!("{before}{paragraph}{after}"),
        None => format!("{paragraph}{html}"),
    }
}

//! Texts: cases, patterns, escapes.

use std::net::IpAddr;

use super::text_of;
use crate::template::context::{self, Context};
use crate::template::escape;
use crate::template::json;
use crate::template::print;
use crate::template::value::{VALUE_BYTES, Value};

type Answer = Result<Value, String>;

pub(super) fn print(_: &mut Context, arguments: &[Value]) -> Answer {
    Ok(printed(arguments)?.into())
}

pub(super) fn println(_: &mut Context, arguments: &[Value]) -> Answer {
    let mut text = String::new();
    for (at, value) in arguments.iter().enumerate() {
        text.push_str(if at == 0 { "" } else { " " });
        text.push_str(&nil_as_go_prints(value));
        bounded(text.len(), "println")?;
    }
    Ok((text + "\n").into())
}

fn bounded(bytes: usize, function: &str) -> Result<(), String> {
    if bytes > VALUE_BYTES { Err(format!("`{function}` makes more than {VALUE_BYTES} bytes")) } else { Ok(()) }
}

pub(super) fn printf(_: &mut Context, arguments: &[Value]) -> Answer {
    let format = text_of(arguments, 0, "printf")?;
    Ok(print::printf(format, arguments.get(1..).unwrap_or_default())?.into())
}

/// A space between two of which neither is a text.
fn printed(arguments: &[Value]) -> Result<String, String> {
    let mut text = String::new();
    let mut after_text = true;
    for value in arguments {
        let is_text = value.text().is_some();
        if !after_text && !is_text {
            text.push(' ');
        }
        text.push_str(&nil_as_go_prints(value));
        bounded(text.len(), "print")?;
        after_text = is_text;
    }
    Ok(text)
}

fn nil_as_go_prints(value: &Value) -> String {
    match value {
        Value::Nil => "<nil>".to_owned(),
        other => print::display(other),
    }
}

pub(super) fn html(_: &mut Context, arguments: &[Value]) -> Answer {
    Ok(Value::Markup(escape::plain_html(&printed(arguments)?).into()))
}

pub(super) fn js(_: &mut Context, arguments: &[Value]) -> Answer {
    Ok(escape::js(&printed(arguments)?).into())
}

pub(super) fn urlquery(_: &mut Context, arguments: &[Value]) -> Answer {
    // Escaped already, so that an attribute of HTML does not do it again.
    Ok(Value::Address(escape::query(&printed(arguments)?).into()))
}

pub(super) fn safe_html(_: &mut Context, arguments: &[Value]) -> Answer {
    Ok(Value::Markup(text_of(arguments, 0, "safeHtml")?.into()))
}

pub(super) fn safe_url(_: &mut Context, arguments: &[Value]) -> Answer {
    Ok(Value::Address(text_of(arguments, 0, "safeUrl")?.into()))
}

pub(super) fn url_unescape(_: &mut Context, arguments: &[Value]) -> Answer {
    Ok(escape::query_undone(text_of(arguments, 0, "urlUnescape")?)?.into())
}

pub(super) fn to_upper(_: &mut Context, arguments: &[Value]) -> Answer {
    Ok(text_of(arguments, 0, "toUpper")?.to_uppercase().into())
}

pub(super) fn to_lower(_: &mut Context, arguments: &[Value]) -> Answer {
    Ok(text_of(arguments, 0, "toLower")?.to_lowercase().into())
}

pub(super) fn trim_space(_: &mut Context, arguments: &[Value]) -> Answer {
    Ok(text_of(arguments, 0, "trimSpace")?.trim().into())
}

/// Each word's first letter large, all others small.
pub(super) fn title(_: &mut Context, arguments: &[Value]) -> Answer {
    let text = text_of(arguments, 0, "title")?;
    let mut shown = String::new();
    let mut within = false;
    let mut chars = text.chars().peekable();
    while let Some(character) = chars.next() {
        if !within && character.is_alphabetic() {
            shown.extend(character.to_uppercase());
        } else {
            shown.extend(character.to_lowercase());
        }
        // As Unicode parts words: `don't` and `web.example` are one each.
        let joins =
            matches!(character, '\'' | '’' | '.' | ':') && chars.peek().is_some_and(|next| next.is_alphabetic());
        within = character.is_alphanumeric() || character == '_' || (within && joins);
    }
    Ok(shown.into())
}

/// Each word's first letter large, the others as they are.
pub(super) fn title_first(_: &mut Context, arguments: &[Value]) -> Answer {
    let mut shown = String::new();
    let mut before = ' ';
    for character in text_of(arguments, 0, "title")?.chars() {
        let parts =
            if before.is_ascii() { !before.is_ascii_alphanumeric() && before != '_' } else { before.is_whitespace() };
        if parts {
            shown.extend(character.to_uppercase())
        } else {
            shown.push(character)
        }
        before = character;
    }
    Ok(shown.into())
}

pub(super) fn check_pattern(pattern: &str) -> Result<(), String> {
    context::compile(pattern).map(drop)
}

pub(super) fn matches(context: &mut Context, arguments: &[Value]) -> Answer {
    let (pattern, text) = (text_of(arguments, 0, "match")?, text_of(arguments, 1, "match")?);
    context.pay_bytes(text.len().saturating_mul(8))?;
    Ok(Value::Bool(context.pattern(pattern)?.is_match(text)))
}

pub(super) fn replace(context: &mut Context, arguments: &[Value]) -> Answer {
    let argument = |at| text_of(arguments, at, "reReplaceAll");
    let (pattern, with, text) = (argument(0)?, argument(1)?, argument(2)?);
    context.pay_bytes(text.len().saturating_mul(8))?;
    let expression = context.pattern(pattern)?;
    let mut shown = String::new();
    let mut end = 0;
    for found in expression.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        shown.push_str(text.get(end..whole.start()).unwrap_or_default());
        // No group is longer than the whole, so this is the most that the next step can make.
        let most = with.len().saturating_add(with.matches('$').count().saturating_mul(whole.len()));
        bounded(shown.len().saturating_add(most), "reReplaceAll")?;
        found.expand(with, &mut shown);
        end = whole.end();
    }
    shown.push_str(text.get(end..).unwrap_or_default());
    Ok(shown.into())
}

pub(super) fn to_json(_: &mut Context, arguments: &[Value]) -> Answer {
    let value = arguments.first().unwrap_or(&Value::Nil);
    Ok(json::of(value)?.into())
}

/// Host and port, where the text is both.
fn host_and_port(text: &str) -> Option<(&str, &str)> {
    let (host, port) = text.rsplit_once(':')?;
    match host.strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']').map(|host| (host, port)),
        None if host.contains([':', '[', ']']) => None,
        None => Some((host, port)),
    }
}

pub(super) fn strip_port(_: &mut Context, arguments: &[Value]) -> Answer {
    let text = text_of(arguments, 0, "stripPort")?;
    Ok(host_and_port(text).map_or(text, |(host, _)| host).into())
}

pub(super) fn strip_domain(_: &mut Context, arguments: &[Value]) -> Answer {
    let text = text_of(arguments, 0, "stripDomain")?;
    let (host, port) = host_and_port(text).map_or((text, None), |(host, port)| (host, Some(port)));
    if host.parse::<IpAddr>().is_ok() {
        return Ok(text.into());
    }
    let short = host.split('.').next().unwrap_or(host);
    Ok(port.map_or_else(|| short.to_owned(), |port| format!("{short}:{port}")).into())
}

pub(super) fn external_url(context: &mut Context, _: &[Value]) -> Answer {
    match &context.data {
        Value::Finding(finding) => Ok(finding.external_url.as_str().into()),
        _ => Ok("".into()),
    }
}

pub(super) fn path_prefix(context: &mut Context, arguments: &[Value]) -> Answer {
    let address = external_url(context, arguments)?;
    let path = url::Url::parse(address.text().unwrap_or_default()).map(|url| url.path().to_owned());
    Ok(path.unwrap_or_default().trim_end_matches('/').into())
}

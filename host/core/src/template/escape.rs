//! Texts made safe for where they go: HTML, attributes, addresses, scripts' texts. Knows nothing of where that is.

use std::fmt::Write as _;

/// As the function `html` of text templates.
pub(super) fn plain_html(text: &str) -> String {
    replaced(text, |character| match character {
        '\0' => Some("\u{fffd}"),
        '"' => Some("&#34;"),
        '\'' => Some("&#39;"),
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    })
}

/// Within an element, or an attribute in quotes.
pub(super) fn html(text: &str) -> String {
    replaced(text, |character| if character == '+' { Some("&#43;") } else { entity(character) })
}

/// What is markup already, for where markup has no place: its own entities stay, its brackets do not.
pub(super) fn html_again(text: &str) -> String {
    replaced(text, |character| match character {
        '&' => None,
        '+' => Some("&#43;"),
        other => entity(other),
    })
}

/// An attribute without quotes.
pub(super) fn unquoted(text: &str) -> String {
    if text.is_empty() {
        return REFUSED.to_owned();
    }
    replaced(text, |character| match character {
        '\t' => Some("&#9;"),
        '\n' => Some("&#10;"),
        '\u{b}' => Some("&#11;"),
        '\u{c}' => Some("&#12;"),
        '\r' => Some("&#13;"),
        ' ' => Some("&#32;"),
        '=' => Some("&#61;"),
        '`' => Some("&#96;"),
        '+' => Some("&#43;"),
        other => entity(other),
    })
}

fn entity(character: char) -> Option<&'static str> {
    match character {
        '\0' => Some("\u{fffd}"),
        '"' => Some("&#34;"),
        '\'' => Some("&#39;"),
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}

fn replaced(text: &str, with: impl Fn(char) -> Option<&'static str>) -> String {
    let mut safe = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match with(character) {
            Some(entity) => safe.push_str(entity),
            None => safe.push(character),
        }
    }
    safe
}

/// The text of markup without its tags.
pub(super) fn without_tags(markup: &str) -> String {
    let mut text = String::new();
    let mut within = false;
    for character in markup.chars() {
        match character {
            '<' => within = true,
            '>' if within => within = false,
            other if !within => text.push(other),
            _ => {}
        }
    }
    text
}

/// Whether an address leads where a click may: `http`, `https`, `mailto`, or within the site.
pub(super) fn is_safe_address(address: &str) -> bool {
    match address.split_once(':') {
        Some((scheme, _)) if !scheme.contains('/') => {
            ["http", "https", "mailto"].iter().any(|safe| scheme.eq_ignore_ascii_case(safe))
        }
        _ => true,
    }
}

/// An address whose own signs stay, and whose odd ones are written by their bytes.
pub(super) fn address(text: &str) -> String {
    let bytes = text.as_bytes();
    encoded(text, |at, byte| match byte {
        b'!' | b'#' | b'$' | b'&' | b'*' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'?' | b'@' | b'[' | b']' => true,
        b'%' => bytes.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)),
        other => is_unreserved(other),
    })
}

/// A part of an address behind its question mark.
pub(super) fn address_part(text: &str) -> String {
    encoded(text, |_, byte| is_unreserved(byte))
}

/// A part of a query: a space is a plus.
pub(super) fn query(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => safe.push('+'),
            plain if is_unreserved(plain) => safe.push(char::from(plain)),
            other => {
                let _infallible = write!(safe, "%{other:02X}");
            }
        }
    }
    safe
}

pub(super) fn query_undone(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
                let value = digit().zip(digit()).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
                value.ok_or_else(|| format!("\"{text}\" holds a `%` that two hex digits do not follow"))?
            }
            other => other,
        });
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn encoded(text: &str, keep: impl Fn(usize, u8) -> bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for (at, byte) in text.bytes().enumerate() {
        if keep(at, byte) {
            safe.push(char::from(byte));
        } else {
            let _infallible = write!(safe, "%{byte:02x}");
        }
    }
    safe
}

/// A value in a style: what could end it, or mean more than a value, is not let in.
pub(super) fn style(text: &str) -> &str {
    let lower = text.to_lowercase();
    let odd = |character: char| {
        matches!(
            character,
            '\0' | '"'
                | '\''
                | '('
                | ')'
                | '/'
                | ';'
                | '@'
                | '['
                | '\\'
                | ']'
                | '`'
                | '{'
                | '}'
                | '<'
                | '>'
                | '&'
                | ':'
        )
    };
    if text.contains(odd) || text.contains("--") || lower.contains("expression") || lower.contains("mozbinding") {
        return REFUSED;
    }
    text
}

/// Stands where a value was not safe, so that it is found.
pub(super) const REFUSED: &str = "ZgotmplZ";

/// As the function `js`.
pub(super) fn js(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => safe.push_str("\\\\"),
            '\'' => safe.push_str("\\'"),
            '"' => safe.push_str("\\\""),
            '<' | '>' | '&' | '=' => {
                let _infallible = write!(safe, "\\u{:04X}", u32::from(character));
            }
            control if control.is_control() => {
                let _infallible = write!(safe, "\\u{:04X}", u32::from(control));
            }
            other => safe.push(other),
        }
    }
    safe
}

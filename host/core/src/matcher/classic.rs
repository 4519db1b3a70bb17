//! The classic grammar: a name of ASCII letters, an operator, and whatever follows, in quotes or not. It is tolerant: a
//! value may be empty or hold blanks, and a backslash before an ordinary letter is a backslash.

use super::MatchOp;
use super::parse::Raw;

/// Longer ones first.
const OPS: [(&str, MatchOp); 4] =
    [("=~", MatchOp::Regex), ("!=", MatchOp::NotEqual), ("!~", MatchOp::NotRegex), ("=", MatchOp::Equal)];

/// Matchers separated by commas outside of quotes; a brace at either end is dropped.
pub(super) fn list(text: &str) -> Option<Vec<Raw>> {
    let inner = text.strip_prefix('{').unwrap_or(text);
    let inner = inner.strip_suffix('}').unwrap_or(inner);
    let (mut is_quoted, mut is_escaped) = (false, false);
    let mut parts = vec![String::new()];
    for letter in inner.chars() {
        match letter {
            ',' if !is_quoted => {
                parts.push(String::new());
                continue;
            }
            '"' if !is_escaped => is_quoted = !is_quoted,
            _ => {}
        }
        // A comma keeps the escape, as it does in Alertmanager.
        is_escaped = match letter {
            '\\' => !is_escaped,
            ',' => is_escaped,
            _ => false,
        };
        parts.last_mut()?.push(letter);
    }
    if parts.last().is_some_and(|last| last.trim().is_empty()) {
        parts.pop();
    }
    let mut column = text.chars().count() - inner.chars().count() + 1;
    parts
        .iter()
        .map(|part| {
            let start = column;
            column += part.chars().count() + 1;
            one(start, part)
        })
        .collect()
}

/// `name op value`
pub(super) fn one(column: usize, text: &str) -> Option<Raw> {
    let text = text.trim_matches(is_blank);
    let is_first = |letter: char| letter.is_ascii_alphabetic() || letter == '_' || letter == ':';
    let end = text.find(|letter: char| !is_first(letter) && !letter.is_ascii_digit()).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    if !name.starts_with(is_first) {
        return None;
    }
    let rest = rest.trim_start_matches(is_blank);
    let (op, value) = OPS.iter().find_map(|(written, op)| Some((*op, rest.strip_prefix(written)?)))?;
    Some(Raw { column, name: name.to_owned(), op, value: unescaped(value.trim_matches(is_blank))? })
}

/// What a regular expression's `\s` holds in Go.
fn is_blank(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\x0c' | '\r' | ' ')
}

/// A quote that is not escaped may stand at both ends only.
fn unescaped(raw: &str) -> Option<String> {
    let inner = match raw.strip_prefix('"') {
        Some(rest) if ends_in_quote(rest) => rest.strip_suffix('"')?,
        Some(_) => return None,
        None => raw,
    };
    let mut value = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return None,
            '\\' => match letters.next() {
                Some('n') => value.push('\n'),
                Some(letter @ ('"' | '\\')) => value.push(letter),
                Some(letter) => value.extend(['\\', letter]),
                None => value.push('\\'),
            },
            letter => value.push(letter),
        }
    }
    Some(value)
}

/// Whether the last quote is not escaped: an even number of backslashes stands before it.
fn ends_in_quote(text: &str) -> bool {
    let Some(before) = text.strip_suffix('"') else { return false };
    (before.len() - before.trim_end_matches('\\').len()).is_multiple_of(2)
}

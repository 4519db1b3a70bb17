//! A template's text as tokens, with Go's trim markers applied. Knows words, not what they mean together.

use std::sync::Arc;

use super::ast::Place;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// Between actions.
    Literal(Arc<str>),
    /// `{{`.
    Open,
    /// `}}`.
    Close,
    /// White space within an action: it parts arguments.
    Space,
    /// `.Name`.
    Field(Arc<str>),
    Dot,
    /// With its dollar.
    Variable(Arc<str>),
    /// A keyword, a function, `true`, `false` or `nil`.
    Word(Arc<str>),
    Text(Arc<str>),
    Int(i64),
    Float(f64),
    Pipe,
    LeftParen,
    RightParen,
    Comma,
    Assign,
    Declare,
}

pub(super) type Placed<T> = (Place, T);

/// The tokens of the whole text, or where and why it is none.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed<Token>>, Placed<String>> {
    let mut lexer = Lexer { rest: text, place: Place { line: 1, column: 1 }, tokens: Vec::new() };
    lexer.run()?;
    Ok(lexer.tokens)
}

struct Lexer<'t> {
    rest: &'t str,
    place: Place,
    tokens: Vec<Placed<Token>>,
}

impl<'t> Lexer<'t> {
    fn run(&mut self) -> Result<(), Placed<String>> {
        let mut trim = false;
        loop {
            let (literal, found) = match self.rest.find("{{") {
                Some(end) => (self.rest.get(..end).unwrap_or_default(), true),
                None => (self.rest, false),
            };
            let after_open = self.rest.get(literal.len() + 2..).unwrap_or_default();
            let trims_left = found && after_open.starts_with('-') && after_open.get(1..).is_some_and(starts_with_space);
            let mut kept = literal;
            if trims_left {
                kept = kept.trim_end_matches(is_space);
            }
            if trim {
                kept = kept.trim_start_matches(is_space);
            }
            if !kept.is_empty() {
                self.tokens.push((self.place, Token::Literal(kept.into())));
            }
            self.advance(literal.len());
            if !found {
                return Ok(());
            }
            let open = self.place;
            self.advance(if trims_left { 3 } else { 2 });
            trim = match self.comment(open)? {
                Some(trims_right) => trims_right,
                None => self.action(open)?,
            };
        }
    }

    /// The comment that stands here, if one does, and whether its close trims what follows.
    fn comment(&mut self, open: Place) -> Result<Option<bool>, Placed<String>> {
        let spaces = self.rest.len() - self.rest.trim_start_matches(is_space).len();
        // A comment may stand off only from a trim marker.
        let lead = if self.rest.get(spaces..).is_some_and(|rest| rest.starts_with("/*")) { spaces } else { 0 };
        let Some(inside) = self.rest.get(lead..).and_then(|rest| rest.strip_prefix("/*")) else { return Ok(None) };
        let Some(length) = inside.find("*/") else { return Err((open, "the comment is not closed".to_owned())) };
        let after = inside.get(length + 2..).unwrap_or_default();
        let trimmed = after.trim_start_matches(is_space);
        let (trims, close) = if trimmed.len() < after.len() && trimmed.starts_with("-}}") {
            (true, after.len() - trimmed.len() + 3)
        } else if after.starts_with("}}") {
            (false, 2)
        } else {
            return Err((open, "a comment ends with `*/}}` or `*/ -}}`".to_owned()));
        };
        self.advance(lead + 2 + length + 2 + close);
        Ok(Some(trims))
    }

    /// Up to and with the close; whether it trims what follows.
    fn action(&mut self, open: Place) -> Result<bool, Placed<String>> {
        self.tokens.push((open, Token::Open));
        loop {
            let blank = self.rest.len() - self.rest.trim_start_matches(is_space).len();
            let after = self.rest.get(blank..).unwrap_or_default();
            let trims = blank > 0 && after.starts_with("-}}");
            if trims || self.rest.starts_with("}}") {
                self.tokens.push((self.place, Token::Close));
                self.advance(if trims { blank + 3 } else { 2 });
                return Ok(trims);
            }
            let place = self.place;
            if blank > 0 {
                self.advance(blank);
                self.tokens.push((place, Token::Space));
                continue;
            }
            let Some(first) = self.rest.chars().next() else {
                return Err((open, "the action is not closed: `}}` is missing".to_owned()));
            };
            let (token, length) = self.token(first).map_err(|message| (place, message))?;
            self.tokens.push((place, token));
            self.advance(length);
        }
    }

    fn token(&self, first: char) -> Result<(Token, usize), String> {
        let rest = self.rest;
        let second = rest.chars().nth(1).unwrap_or(' ');
        let simple = |token| Ok((token, 1));
        match first {
            '|' => simple(Token::Pipe),
            '(' => simple(Token::LeftParen),
            ')' => simple(Token::RightParen),
            ',' => simple(Token::Comma),
            '=' => simple(Token::Assign),
            ':' if second == '=' => Ok((Token::Declare, 2)),
            '"' => interpreted(rest),
            '`' => {
                let inside = rest.get(1..).unwrap_or_default();
                let end = inside.find('`').ok_or("the raw text is not closed")?;
                Ok((Token::Text(inside.get(..end).unwrap_or_default().into()), end + 2))
            }
            '\'' => character(rest),
            '$' => {
                let name = word(rest.get(1..).unwrap_or_default());
                Ok((Token::Variable(format!("${name}").into()), name.len() + 1))
            }
            '.' if second.is_ascii_digit() => number(rest),
            '.' => match word(rest.get(1..).unwrap_or_default()) {
                "" => simple(Token::Dot),
                name => Ok((Token::Field(name.into()), name.len() + 1)),
            },
            '+' | '-' | '0'..='9' => number(rest),
            _ if is_word(first) => {
                let name = word(rest);
                Ok((Token::Word(name.into()), name.len()))
            }
            other => Err(format!("`{other}` has no meaning in an action")),
        }
    }

    fn advance(&mut self, bytes: usize) {
        let (passed, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        for character in passed.chars() {
            if character == '\n' {
                self.place = Place { line: self.place.line.saturating_add(1), column: 1 };
            } else {
                self.place.column = self.place.column.saturating_add(1);
            }
        }
        self.rest = rest;
    }
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

fn starts_with_space(text: &str) -> bool {
    text.starts_with(is_space)
}

fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

fn word(text: &str) -> &str {
    let end = text.find(|character| !is_word(character)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn number(rest: &str) -> Result<(Token, usize), String> {
    let sign = usize::from(rest.starts_with(['+', '-']));
    let end = rest
        .char_indices()
        .skip(sign)
        .find(|(at, character)| {
            let exponent = matches!(character, '+' | '-')
                && rest.get(..*at).is_some_and(|before| before.ends_with(['e', 'E']) && !before.contains(['x', 'X']));
            !(is_word(*character) || *character == '.' || exponent)
        })
        .map_or(rest.len(), |(at, _)| at);
    let written = rest.get(..end).unwrap_or_default();
    let bad = || format!("`{written}` is not a number");
    let digits = written.replace('_', "");
    let unsigned = digits.trim_start_matches(['+', '-']);
    let lower = unsigned.to_lowercase();
    let radix = [("0x", 16), ("0b", 2), ("0o", 8)].into_iter().find(|(prefix, _)| lower.starts_with(prefix));
    if let Some((prefix, radix)) = radix {
        let value = i64::from_str_radix(lower.trim_start_matches(prefix), radix).map_err(|_| bad())?;
        return Ok((Token::Int(if digits.starts_with('-') { -value } else { value }), end));
    }
    if unsigned.contains(['.', 'e', 'E']) {
        return Ok((Token::Float(digits.parse().map_err(|_| bad())?), end));
    }
    if unsigned.len() > 1 && unsigned.starts_with('0') {
        return Err(format!("`{written}` is octal in Go: write it with `0o`, or without the `0`"));
    }
    Ok((Token::Int(digits.parse().map_err(|_| bad())?), end))
}

/// A text in double quotes, with Go's escapes.
fn interpreted(rest: &str) -> Result<(Token, usize), String> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, character)) = chars.next() {
        match character {
            '"' => return Ok((Token::Text(text.into()), at + 1)),
            '\n' => break,
            '\\' => text.push(escape(&mut chars, '"')?),
            other => text.push(other),
        }
    }
    Err("the text in quotes is not closed on its line".to_owned())
}

/// `'x'`, which is the number of the character.
fn character(rest: &str) -> Result<(Token, usize), String> {
    let mut chars = rest.char_indices().skip(1).peekable();
    let value = match chars.next() {
        Some((_, '\\')) => Some(escape(&mut chars, '\'')?),
        Some((_, '\'')) | None => None,
        Some((_, plain)) => Some(plain),
    };
    match (value, chars.next()) {
        (Some(value), Some((end, '\''))) => Ok((Token::Int(i64::from(u32::from(value))), end + 1)),
        _ => Err("a character in single quotes is exactly one; a text stands in double quotes".to_owned()),
    }
}

fn escape(chars: &mut impl Iterator<Item = (usize, char)>, quote: char) -> Result<char, String> {
    let (_, kind) = chars.next().ok_or("a lone `\\` ends the template")?;
    let mut digits = |count: usize, radix: u32, first: Option<char>| {
        let written: String = first.into_iter().chain(chars.take(count).map(|(_, digit)| digit)).collect();
        let value = u32::from_str_radix(&written, radix).ok().and_then(char::from_u32);
        value.ok_or_else(|| format!("`\\{kind}{written}` is not a character"))
    };
    match kind {
        'a' => Ok('\u{7}'),
        'b' => Ok('\u{8}'),
        'f' => Ok('\u{c}'),
        'n' => Ok('\n'),
        'r' => Ok('\r'),
        't' => Ok('\t'),
        'v' => Ok('\u{b}'),
        '\\' => Ok('\\'),
        'x' => digits(2, 16, None),
        'u' => digits(4, 16, None),
        'U' => digits(8, 16, None),
        '0'..='7' => digits(2, 8, Some(kind)),
        other if other == quote => Ok(other),
        other => Err(format!("`\\{other}` is not an escape; a backslash is written `\\\\`")),
    }
}

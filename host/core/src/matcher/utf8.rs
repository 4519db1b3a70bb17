//! The newer grammar: names and values of any letters but blanks and ``{}!=~,\"'` ``, or texts in double quotes with Go's
//! escapes.

use std::str::Chars;

use super::MatchOp;
use super::parse::{MatcherError, MatcherProblem, Raw};

const OPERATOR: &str = "an operator (`=`, `!=`, `=~`, `!~`)";
const NAME: &str = "a label name";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Open,
    Close,
    Comma,
    Op(MatchOp),
    Quoted,
    Plain,
    End,
    /// What no token starts with.
    Other,
}

#[derive(Clone, Copy, Debug)]
struct Token<'t> {
    kind: Kind,
    text: &'t str,
    /// Of its first letter, from 1.
    column: usize,
}

/// All matchers, with or without braces around them.
pub(super) fn list(text: &str) -> Result<Vec<Raw>, MatcherError> {
    let mut lexer = Lexer { rest: text.chars(), column: 1 };
    let mut all = Vec::new();
    let mut token = lexer.next()?;
    let is_open = token.kind == Kind::Open;
    if is_open {
        token = lexer.next()?;
    }
    while !matches!(token.kind, Kind::Close | Kind::End) {
        all.push(matcher(token, &mut lexer)?);
        token = lexer.next()?;
        match token.kind {
            Kind::Comma => token = lexer.next()?,
            Kind::Close | Kind::End => break,
            _ => return Err(token.unexpected("a comma or a closing brace")),
        }
        if !matches!(token.kind, Kind::Close | Kind::End | Kind::Plain | Kind::Quoted) {
            return Err(token.unexpected("a matcher or a closing brace"));
        }
    }
    match (is_open, token.kind) {
        (true, Kind::Close) => token = lexer.next()?,
        (true, _) => return Err(token.unexpected("a closing brace")),
        (false, _) => {}
    }
    if token.kind == Kind::End { Ok(all) } else { Err(token.unexpected("the end of the text")) }
}

fn matcher(name: Token<'_>, lexer: &mut Lexer<'_>) -> Result<Raw, MatcherError> {
    let column = name.column;
    let name = match name.kind {
        Kind::Quoted | Kind::Plain if name.text != "\"\"" => name.value()?,
        _ => return Err(name.unexpected(NAME)),
    };
    let token = lexer.next()?;
    let Kind::Op(op) = token.kind else { return Err(token.unexpected(OPERATOR)) };
    let token = lexer.next()?;
    match token.kind {
        Kind::Quoted | Kind::Plain => Ok(Raw { column, name, op, value: token.value()? }),
        _ => Err(token.unexpected("a label value")),
    }
}

impl Token<'_> {
    fn unexpected(&self, expected: &'static str) -> MatcherError {
        let problem = match self.kind {
            Kind::End => MatcherProblem::End { expected },
            _ => MatcherProblem::Unexpected { found: self.text.to_owned(), expected },
        };
        MatcherError { column: self.column, problem }
    }

    fn value(&self) -> Result<String, MatcherError> {
        if self.kind != Kind::Quoted {
            return Ok(self.text.to_owned());
        }
        let inner = self.text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let value = inner.and_then(unescaped);
        value.ok_or_else(|| MatcherError { column: self.column, problem: MatcherProblem::Escape(self.text.to_owned()) })
    }
}

#[derive(Debug)]
struct Lexer<'t> {
    rest: Chars<'t>,
    column: usize,
}

impl<'t> Lexer<'t> {
    fn next(&mut self) -> Result<Token<'t>, MatcherError> {
        self.skip(|letter| letter.is_whitespace());
        let (start, column) = (self.rest.as_str(), self.column);
        let kind = match self.letter() {
            None => Kind::End,
            Some('{') => Kind::Open,
            Some('}') => Kind::Close,
            Some(',') => Kind::Comma,
            Some('=') => Kind::Op(if self.take('~') { MatchOp::Regex } else { MatchOp::Equal }),
            Some('!') if self.take('=') => Kind::Op(MatchOp::NotEqual),
            Some('!') if self.take('~') => Kind::Op(MatchOp::NotRegex),
            Some('!') => return Err(self.next_is_not("`=` or `~` after `!`")),
            Some('"') => self.quoted(column)?,
            Some(letter) if is_reserved(letter) => Kind::Other,
            Some(_) => {
                self.skip(|letter| !is_reserved(letter));
                Kind::Plain
            }
        };
        let length = start.len() - self.rest.as_str().len();
        Ok(Token { kind, text: start.get(..length).unwrap_or_default(), column })
    }

    /// To the end of a text whose first quote is read.
    fn quoted(&mut self, column: usize) -> Result<Kind, MatcherError> {
        let mut is_escaped = false;
        while let Some(letter) = self.letter() {
            if letter == '"' && !is_escaped {
                return Ok(Kind::Quoted);
            }
            is_escaped = letter == '\\' && !is_escaped;
        }
        Err(MatcherError { column, problem: MatcherProblem::OpenQuote })
    }

    fn next_is_not(&mut self, expected: &'static str) -> MatcherError {
        let column = self.column;
        let problem = match self.letter() {
            Some(found) => MatcherProblem::Unexpected { found: found.into(), expected },
            None => MatcherProblem::End { expected },
        };
        MatcherError { column, problem }
    }

    fn letter(&mut self) -> Option<char> {
        let letter = self.rest.next()?;
        self.column += 1;
        Some(letter)
    }

    fn take(&mut self, wanted: char) -> bool {
        let is_there = self.rest.as_str().starts_with(wanted);
        if is_there {
            self.letter();
        }
        is_there
    }

    fn skip(&mut self, is_wanted: impl Fn(char) -> bool) {
        while self.rest.as_str().starts_with(&is_wanted) {
            self.letter();
        }
    }
}

/// What a plain name or value cannot hold.
pub(super) fn is_reserved(letter: char) -> bool {
    letter.is_whitespace() || "{}!=~,\\\"'`".contains(letter)
}

/// Go's rules for what stands between double quotes.
fn unescaped(inner: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\n' | '"' => return None,
            '\\' => bytes.extend(escape(&mut letters)?),
            letter => push(&mut bytes, letter),
        }
    }
    String::from_utf8(bytes).ok()
}

/// One escape, as bytes: those of `\x` may be parts of a letter.
fn escape(letters: &mut Chars<'_>) -> Option<Vec<u8>> {
    let plain = |byte: u8| Some(vec![byte]);
    match letters.next()? {
        'a' => plain(0x07),
        'b' => plain(0x08),
        'f' => plain(0x0c),
        'n' => plain(b'\n'),
        'r' => plain(b'\r'),
        't' => plain(b'\t'),
        'v' => plain(0x0b),
        '\\' => plain(b'\\'),
        '"' => plain(b'"'),
        'x' => plain(u8::try_from(number(letters, 2, 16, 0)?).ok()?),
        'u' => letter(number(letters, 4, 16, 0)?),
        'U' => letter(number(letters, 8, 16, 0)?),
        first => plain(u8::try_from(number(letters, 2, 8, first.to_digit(8)?)?).ok()?),
    }
}

fn letter(code: u32) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    push(&mut bytes, char::from_u32(code)?);
    Some(bytes)
}

fn number(letters: &mut Chars<'_>, digits: usize, base: u32, start: u32) -> Option<u32> {
    (0..digits).try_fold(start, |number, _| number.checked_mul(base)?.checked_add(letters.next()?.to_digit(base)?))
}

fn push(bytes: &mut Vec<u8>, letter: char) {
    bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
}

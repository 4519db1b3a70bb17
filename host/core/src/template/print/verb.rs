//! `printf`: Go's verbs with their flags, width and precision. What does not fit is shown in the text, as Go does, and is
//! no error.

use super::display;
use super::number::{exponential, fixed, shortest, significant};
use crate::template::value::{VALUE_BYTES, Value};

/// Of a width or a precision.
const MOST: usize = 10_000;

#[derive(Default)]
struct Verb {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// # Errors
/// More than any value may hold.
pub(crate) fn printf(format: &str, arguments: &[Value]) -> Result<String, String> {
    let mut text = String::new();
    let mut arguments = arguments.iter();
    let mut chars = format.chars().peekable();
    while let Some(character) = chars.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        bounded(&text)?;
        let mut verb = Verb::default();
        while let Some(flag) = chars.next_if(|next| matches!(next, '-' | '+' | '#' | ' ' | '0')) {
            match flag {
                '-' => verb.minus = true,
                '+' => verb.plus = true,
                '#' => verb.sharp = true,
                ' ' => verb.space = true,
                _ => verb.zero = true,
            }
        }
        verb.width = size(&mut chars);
        if chars.next_if_eq(&'.').is_some() {
            verb.precision = Some(size(&mut chars).unwrap_or(0));
        }
        match chars.next() {
            None => text.push_str("%!(NOVERB)"),
            Some('%') => text.push('%'),
            Some(letter) => match arguments.next() {
                None => text.push_str(&format!("%!{letter}(MISSING)")),
                Some(value) => text.push_str(&verb.apply(letter, value)),
            },
        }
    }
    let mut lead = "%!(EXTRA ";
    for value in arguments.by_ref() {
        text.push_str(&format!("{lead}{}={}", value.kind(), display(value)));
        bounded(&text)?;
        lead = ", ";
    }
    text.push_str(if lead == ", " { ")" } else { "" });
    Ok(text)
}

fn bounded(text: &str) -> Result<(), String> {
    if text.len() > VALUE_BYTES { Err(format!("`printf` makes more than {VALUE_BYTES} bytes")) } else { Ok(()) }
}

fn size(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<usize> {
    let mut size = None;
    while let Some(digit) = chars.peek().and_then(|next| next.to_digit(10)) {
        chars.next();
        size = Some((size.unwrap_or(0_usize).saturating_mul(10) + digit as usize).min(MOST));
    }
    size
}

impl Verb {
    fn apply(&self, letter: char, value: &Value) -> String {
        let shown = match (letter, value) {
            ('T', _) => value.kind().to_owned(),
            ('d', Value::List(list)) => return self.each(letter, list),
            ('d', Value::Int(number) | Value::Duration(number)) => {
                self.signed(*number < 0, number.unsigned_abs().to_string())
            }
            ('x' | 'X' | 'o' | 'b', Value::Int(number) | Value::Duration(number)) => self.based(letter, *number),
            ('c', Value::Int(number)) => code_point(*number).to_string(),
            ('q', Value::Int(number)) => format!("{:?}", code_point(*number)),
            ('U', Value::Int(number)) => format!("U+{number:04X}"),
            ('f' | 'F' | 'e' | 'E' | 'g' | 'G', Value::Float(number)) => self.float(letter, *number),
            ('v', Value::Float(number)) => self.float('g', *number),
            ('v', Value::Int(number)) => self.signed(*number < 0, number.unsigned_abs().to_string()),
            ('t', Value::Bool(_)) => display(value),
            ('q', Value::List(list)) => return self.each(letter, list),
            ('v', Value::Text(text)) if self.sharp => quoted(text),
            ('v' | 's', Value::Nil) => {
                return self.padded(if letter == 'v' { "<nil>" } else { "%!s(<nil>)" }.to_owned(), false);
            }
            ('s', Value::Bool(_) | Value::Int(_) | Value::Float(_)) => return bad(letter, value),
            ('v', _) => display(value),
            ('s' | 'q' | 'x' | 'X', _) => match self.text(letter, value) {
                Some(text) => text,
                None => return bad(letter, value),
            },
            _ => return bad(letter, value),
        };
        let numeric =
            matches!(value, Value::Int(_) | Value::Float(_) | Value::Duration(_)) && !matches!(letter, 's' | 'q' | 'c');
        self.padded(shown, numeric)
    }

    fn text(&self, letter: char, value: &Value) -> Option<String> {
        if matches!(value, Value::Nil | Value::Bool(_) | Value::Float(_)) {
            return None;
        }
        let whole = display(value);
        let text: String = match self.precision {
            Some(most) => whole.chars().take(most).collect(),
            None => whole,
        };
        Some(match letter {
            'q' if self.sharp && !text.contains('`') => format!("`{text}`"),
            'q' => quoted(&text),
            'x' => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
            'X' => text.bytes().map(|byte| format!("{byte:02X}")).collect(),
            _ => text,
        })
    }

    fn each(&self, letter: char, list: &[Value]) -> String {
        let shown: Vec<String> = list.iter().map(|value| self.apply(letter, value)).collect();
        format!("[{}]", shown.join(" "))
    }

    fn signed(&self, negative: bool, mut digits: String) -> String {
        if let Some(least) = self.precision {
            digits = format!("{digits:0>least$}");
        }
        format!("{}{digits}", self.sign(negative))
    }

    fn sign(&self, negative: bool) -> &'static str {
        match negative {
            true => "-",
            false if self.plus => "+",
            false if self.space => " ",
            false => "",
        }
    }

    fn based(&self, letter: char, number: i64) -> String {
        let ahead = number.unsigned_abs();
        let (prefix, digits) = match letter {
            'x' => ("0x", format!("{ahead:x}")),
            'X' => ("0X", format!("{ahead:X}")),
            'o' => ("0", format!("{ahead:o}")),
            _ => ("0b", format!("{ahead:b}")),
        };
        self.signed(number < 0, format!("{}{digits}", if self.sharp { prefix } else { "" }))
    }

    fn float(&self, letter: char, number: f64) -> String {
        let shown = match (letter, self.precision) {
            ('f' | 'F', places) => fixed(number, places.unwrap_or(6)),
            ('e' | 'E', places) => exponential(number, places.unwrap_or(6), letter),
            (_, Some(places)) => significant(number, places),
            (_, None) => shortest(number),
        };
        let shown = if letter == 'G' { shown.to_uppercase() } else { shown };
        match (shown.strip_prefix('-'), shown.strip_prefix('+')) {
            (Some(rest), _) => format!("-{rest}"),
            (None, Some(infinite)) => format!("+{infinite}"),
            (None, None) => format!("{}{shown}", self.sign(false)),
        }
    }

    fn padded(&self, shown: String, numeric: bool) -> String {
        let missing = self.width.unwrap_or(0).saturating_sub(shown.chars().count());
        if missing == 0 {
            shown
        } else if self.minus {
            format!("{shown}{}", " ".repeat(missing))
        } else if self.zero && (!numeric || shown.ends_with(|last: char| last.is_ascii_hexdigit())) {
            let unsigned = shown.trim_start_matches(['-', '+', ' ']);
            let sign = shown.strip_suffix(unsigned).filter(|_| numeric).unwrap_or("");
            format!("{sign}{}{}", "0".repeat(missing), shown.strip_prefix(sign).unwrap_or(&shown))
        } else {
            format!("{}{shown}", " ".repeat(missing))
        }
    }
}

fn bad(letter: char, value: &Value) -> String {
    match value {
        Value::Nil => format!("%!{letter}(<nil>)"),
        _ => format!("%!{letter}({}={})", value.kind(), display(value)),
    }
}

fn code_point(number: i64) -> char {
    u32::try_from(number).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// In double quotes, with Go's escapes.
fn quoted(text: &str) -> String {
    let mut shown = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => shown.push_str("\\\""),
            '\\' => shown.push_str("\\\\"),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            '\u{7}' => shown.push_str("\\a"),
            '\u{8}' => shown.push_str("\\b"),
            '\u{b}' => shown.push_str("\\v"),
            '\u{c}' => shown.push_str("\\f"),
            control if control.is_control() => shown.push_str(&format!("\\x{:02x}", u32::from(control))),
            other => shown.push(other),
        }
    }
    shown.push('"');
    shown
}

//! From Go's RE2 to Rust's `regex`: the two are built alike, and where they read an expression differently this rewrites
//! it, so that an expression means here what it means in Alertmanager and Prometheus.

use std::iter::Peekable;
use std::str::Chars;

/// What stands for one of RE2's classes of ASCII letters: within a class of the expression's own, and alone.
const CLASSES: [(char, &str); 3] = [('d', "0-9"), ('w', "0-9A-Za-z_"), ('s', r"\t\n\f\r ")];

/// The same expression in the words of `regex`. What neither knows is left for `regex` to refuse.
pub(super) fn translated(expression: &str) -> String {
    let mut out = String::with_capacity(expression.len());
    let mut letters = expression.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => escape(&mut letters, false, &mut out),
            '[' => class(&mut letters, &mut out),
            '{' if !is_repetition(letters.clone()) => out.push_str(r"\{"),
            letter => out.push(letter),
        }
    }
    out
}

/// What follows a backslash.
fn escape(letters: &mut Peekable<Chars<'_>>, is_in_class: bool, out: &mut String) {
    let Some(letter) = letters.next() else { return out.push('\\') };
    let class = CLASSES.iter().find(|(name, _)| *name == letter.to_ascii_lowercase()).map(|(_, members)| *members);
    match (letter, class) {
        ('Q', _) if !is_in_class => literal(letters, out),
        // Letters of ASCII make a word, no others.
        ('b', _) if !is_in_class => out.push_str(r"(?-u:\b)"),
        (_, Some(members)) if letter.is_ascii_uppercase() => out.push_str(&format!("[^{members}]")),
        (_, Some(members)) if is_in_class => out.push_str(members),
        (_, Some(members)) => out.push_str(&format!("[{members}]")),
        _ => out.extend(['\\', letter]),
    }
}

/// From `\Q` to `\E`, or to the end, every letter stands for itself.
fn literal(letters: &mut Peekable<Chars<'_>>, out: &mut String) {
    while let Some(letter) = letters.next() {
        if letter == '\\' && letters.peek() == Some(&'E') {
            letters.next();
            return;
        }
        out.push_str(&regex::escape(letter.encode_utf8(&mut [0; 4])));
    }
}

/// What follows an opening bracket: here no class stands within another, and none is subtracted.
fn class(letters: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push('[');
    if letters.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    // Right after the start a closing bracket is an ordinary letter.
    let is_bracket = letters.next_if_eq(&']').is_some();
    if is_bracket {
        out.push_str(r"\]");
    }
    let mut is_start = !is_bracket;
    while let Some(letter) = letters.next() {
        let was_start = std::mem::replace(&mut is_start, false);
        match letter {
            ']' => return out.push(']'),
            '\\' => escape(letters, true, out),
            // A named one, `[:alpha:]`, is the same in both.
            '[' if letters.peek() == Some(&':') => {
                out.push('[');
                for letter in letters.by_ref() {
                    out.push(letter);
                    if letter == ']' {
                        break;
                    }
                }
            }
            '[' | '&' | '~' => out.extend(['\\', letter]),
            // Of two the first is a letter at the start, and else says that the second ends a range.
            '-' if was_start => out.push_str(r"\-"),
            '-' if letters.next_if_eq(&'-').is_some() => out.push_str(r"-\-"),
            letter => out.push(letter),
        }
    }
}

/// Whether what follows a brace makes it a repetition: `2}`, `2,}`, `2,3}`. Any other brace stands for itself.
fn is_repetition(letters: Peekable<Chars<'_>>) -> bool {
    let inner: String =
        letters.take_while(|letter| *letter == ',' || letter.is_ascii_digit() || *letter == '}').collect();
    let Some((inner, _)) = inner.split_once('}') else { return false };
    let (min, max) = inner.split_once(',').unwrap_or((inner, ""));
    !min.is_empty() && !max.contains(',')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each verdict is Go's, by `amtool config routes test`.
    #[test]
    fn an_expression_means_what_it_means_in_go() {
        let table = [
            (r"\d+", "12", true),
            (r"\d+", "١٢", false),
            (r"\D+", "١٢", true),
            (r"\w+", "a_1", true),
            (r"\w+", "é", false),
            (r"[\w-]+", "a-b", true),
            (r"[^\d]", "١", true),
            (r"[\D]", "1", false),
            (r"a\sb", "a b", true),
            (r"a\sb", "a\u{a0}b", false),
            (r"\bé", "é", false),
            (r"/x/{id}", "/x/{id}", true),
            (r"a{2}", "aa", true),
            (r"a{2,}", "aaa", true),
            (r"a{1,2}", "aa", true),
            (r"a{,2}", "a{,2}", true),
            (r"[[a]", "[", true),
            (r"[a&&b]", "&", true),
            (r"[a~~b]", "~", true),
            (r"[]a]+", "]a", true),
            (r"[^]]", "]", false),
            (r"[[:alpha:]1]+", "a1", true),
            (r"[+--]", ",", true),
            (r"[--a]", "0", true),
            (r"[a-]", "-", true),
            (r"\Qa.b\E.", "a.bc", true),
            (r"a\.b|c", "c", true),
            (r"(?i)ABC", "abc", true),
        ];
        for (expression, value, expected) in table {
            let regex = regex::Regex::new(&format!("^(?:{})$", translated(expression)));
            let matches = regex.map(|regex| regex.is_match(value)).map_err(|error| error.to_string());
            assert_eq!(matches, Ok(expected), "{expression} {value}");
        }
    }
}

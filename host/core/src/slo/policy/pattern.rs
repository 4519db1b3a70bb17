//! Names with `*` for any letters, none too, and `?` for one. Knows nothing of what is named.

use std::str::Chars;

pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Goes back to the last `*` only, so that no pattern takes longer than its length times the text's.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (mut asked, mut given) = (pattern.chars(), text.chars());
    // The pattern behind the last `*`, and the text behind what that took.
    let mut star: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let here = given.clone();
        match (asked.next(), given.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                star = Some((asked.clone(), here.clone()));
                given = here;
            }
            (Some(one), Some(other)) if one == '?' || one == other => {}
            _ => {
                let Some((behind, rest)) = &mut star else { return false };
                if rest.next().is_none() {
                    return false;
                }
                (asked, given) = (behind.clone(), rest.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_are_any_letters_and_question_marks_are_one() {
        let table = [
            ("api", "api", true),
            ("api", "api-2", false),
            ("*", "", true),
            ("*", "anything", true),
            ("api-*", "api-", true),
            ("api-*", "ap", false),
            ("*-latency", "api-latency", true),
            ("*-latency", "api-latency-2", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("api-?", "api-1", true),
            ("api-?", "api-", false),
            ("?", "é", true),
            ("", "", true),
            ("", "a", false),
            ("**a", "ba", true),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn no_pattern_takes_for_ever() {
        let text = "a".repeat(2_000);
        assert!(!matches(&format!("{}b", "a*".repeat(500)), &text));
    }
}

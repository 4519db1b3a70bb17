//! Whether a text has the form of an SPDX licence expression. Does not know which licences exist: a new one is no error.

/// `Apache-2.0`, `MIT OR Apache-2.0`, `(GPL-2.0-only WITH Classpath-exception-2.0) AND LicenseRef-house`.
pub(super) fn is_expression(text: &str) -> bool {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut expects_operand = true;
    let mut depth = 0_u32;
    for word in spaced.split_whitespace() {
        match (word, expects_operand) {
            ("(", true) => depth += 1,
            (")", false) if depth > 0 => depth -= 1,
            ("AND" | "OR" | "WITH", false) => expects_operand = true,
            (id, true) if is_id(id) => expects_operand = false,
            _ => return false,
        }
    }
    depth == 0 && !expects_operand
}

fn is_id(word: &str) -> bool {
    let id = word.strip_suffix('+').unwrap_or(word);
    !matches!(word, "AND" | "OR" | "WITH")
        && id.starts_with(|first: char| first.is_ascii_alphanumeric())
        && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_have_ids_between_operators() {
        for good in ["Apache-2.0", "MIT OR Apache-2.0", "GPL-2.0+", "(MIT AND BSD-3-Clause) OR LicenseRef-x", "0BSD"] {
            assert!(is_expression(good), "{good}");
        }
        for bad in ["", "MIT Apache-2.0", "MIT OR", "AND MIT", "(MIT", "MIT)", "MIT/Apache-2.0", "see LICENSE"] {
            assert!(!is_expression(bad), "{bad}");
        }
    }
}

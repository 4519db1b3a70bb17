//! Names of files with `*` and `?`. Nothing else is a wildcard, so that what is counted here is what the host deletes.

/// What is wrong with a pattern; reads after it.
pub(crate) fn wrong(pattern: &str) -> Option<&'static str> {
    if pattern.contains(['/', '[', ']', '{', '}', '\\']) || pattern.chars().any(char::is_control) {
        Some("is more than a file's name with `*` and `?`")
    } else if !pattern.chars().any(char::is_alphanumeric) {
        Some("fits every file: write what the names have in common, such as `*.log.gz`")
    } else {
        None
    }
}

/// Whether a name fits, one with a leading dot as any other.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut here) = (0, 0);
    // Where the last star stands, and how far the name had come: that star may take one more.
    let mut star: Option<(usize, usize)> = None;
    while let Some(letter) = name.get(here) {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, here));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == letter => {
                at += 1;
                here += 1;
            }
            _ => {
                let Some((stars, taken)) = star else { return false };
                star = Some((stars, taken + 1));
                at = stars + 1;
                here = taken + 1;
            }
        }
    }
    pattern.iter().skip(at).all(|left| *left == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_from_end_to_end() {
        let cases = [
            ("*.log", "app.log", true),
            ("*.log", "app.log.1", false),
            ("*.log*", "app.log.1", true),
            ("*.log", ".log", true),
            (".*.log", ".a.log", true),
            ("app-??.gz", "app-07.gz", true),
            ("app-??.gz", "app-7.gz", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("core", "core", true),
            ("core", "core.1", false),
            ("*ä?", "bäh", true),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_that_fits_everything_or_climbs_is_wrong() {
        for pattern in ["", "*", "**", "?*", "*.*", ".*", "**/*", "*/a", "../a", "[a-z]*", "{a,b}*", "a\n*"] {
            assert!(wrong(pattern).is_some(), "{pattern}");
        }
        for pattern in ["*.log", "core.*", "a*", "2026-??-??.gz"] {
            assert!(wrong(pattern).is_none(), "{pattern}");
        }
    }
}

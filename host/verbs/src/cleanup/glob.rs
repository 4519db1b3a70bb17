//! Patterns of paths below a folder: `*` within a name, `?` for one character, `**` for any number of folders. Nothing else
//! has a meaning, and what has one elsewhere is refused, so that no pattern matches more than its author thought.

const PARTS_MAX: usize = 16;
const PATTERN_BYTES_MAX: usize = 512;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glob {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// `**`
    Folders,
    Name(Vec<char>),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pattern `{pattern}` {problem}")]
pub(super) struct GlobError {
    pattern: String,
    problem: &'static str,
}

impl Glob {
    pub(super) fn parse(pattern: &str) -> Result<Self, GlobError> {
        let wrong = |problem| Err(GlobError { pattern: pattern.to_owned(), problem });
        if !pattern.chars().any(char::is_alphanumeric) {
            return wrong("has no letter and no digit: it would match everything");
        }
        if pattern.len() > PATTERN_BYTES_MAX || pattern.split('/').count() > PARTS_MAX {
            return wrong("is longer than 512 bytes or has more than 16 parts");
        }
        if pattern.contains(['[', ']', '{', '}', '!', '\\', '\0']) {
            return wrong("has more than `*`, `?` and `**` in it");
        }
        let mut parts = Vec::new();
        for part in pattern.split('/') {
            match part {
                "" | "." | ".." => {
                    return wrong("has an empty part, `.` or `..`: it starts at the folder and stays in it");
                }
                "**" => parts.push(Part::Folders),
                part if part.contains("**") => {
                    return wrong("has `**` beside something else: it stands alone for folders");
                }
                part => parts.push(Part::Name(part.chars().collect())),
            }
        }
        if parts.last() == Some(&Part::Folders) {
            return wrong("ends in `**`: say which files");
        }
        Ok(Self { parts })
    }

    pub(super) fn matches(&self, path: &str) -> bool {
        let names: Vec<&str> = path.split('/').collect();
        matches(&self.parts, &names)
    }

    /// So many folders lie at most between the folder and a file.
    pub(super) fn depth_max(&self) -> Option<usize> {
        if self.parts.contains(&Part::Folders) { None } else { Some(self.parts.len().saturating_sub(1)) }
    }
}

/// Part by part, remembering only the last `**`: cost is the product of the lengths, whatever the pattern.
fn matches(parts: &[Part], names: &[&str]) -> bool {
    align(
        parts,
        names,
        |part| *part == Part::Folders,
        |part, name| match part {
            Part::Folders => false,
            Part::Name(pattern) => {
                let name: Vec<char> = name.chars().collect();
                align(pattern, &name, |c| *c == '*', |c, found| *c == '?' || c == found)
            }
        },
    )
}

/// Whether `pattern` matches all of `text`, where a wild element matches any run, also none.
fn align<P, T>(pattern: &[P], text: &[T], is_wild: impl Fn(&P) -> bool, is_one: impl Fn(&P, &T) -> bool) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut wild: Option<(usize, usize)> = None;
    while let Some(here) = text.get(t) {
        match pattern.get(p) {
            Some(element) if is_wild(element) => {
                wild = Some((p, t));
                p += 1;
            }
            Some(element) if is_one(element, here) => {
                p += 1;
                t += 1;
            }
            // The last wild element takes one more.
            _ => match wild {
                Some((at, taken)) => {
                    wild = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(is_wild))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_whole_paths() {
        for (pattern, path, expected) in [
            ("*.log", "app.log", true),
            ("*.log", "app.log.1", false),
            ("*.log", "sub/app.log", false),
            ("*.log", ".log", true),
            ("app.log.?", "app.log.1", true),
            ("app.log.?", "app.log.10", false),
            ("app.log.?*", "app.log.10", true),
            ("**/*.log", "app.log", true),
            ("**/*.log", "a/b/app.log", true),
            ("**/old/*.log", "a/old/app.log", true),
            ("**/old/*.log", "a/old/b/app.log", false),
            ("a/**/b/*.gz", "a/b/x.gz", true),
            ("a/**/b/*.gz", "a/c/b/d/b/x.gz", true),
            ("a/**/b/*.gz", "c/b/x.gz", false),
            ("sub/*.log", "sub/app.log", true),
            ("App.log", "app.log", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
            ("grün*", "grün.txt", true),
        ] {
            assert_eq!(Glob::parse(pattern).unwrap().matches(path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_longer_than_any() {
        let pattern = format!("{}b", "*a".repeat(200));
        assert!(!Glob::parse(&pattern).unwrap().matches(&"a".repeat(250)));
    }

    #[test]
    fn what_would_match_everything_or_leave_the_folder_is_refused() {
        for pattern in [
            "",
            "*",
            "**",
            "?",
            "**/*",
            "*/*",
            ".*",
            "/a.log",
            "../a.log",
            "a/../b.log",
            "./a.log",
            "a//b.log",
            "a/",
            "a/**",
            "a**",
            "[ab].log",
            "{a,b}.log",
            "a\\*.log",
            "!a.log",
            "a\0b",
        ] {
            assert!(Glob::parse(pattern).is_err(), "{pattern:?}");
        }
        assert!(Glob::parse(&"a/".repeat(20)).is_err());
        let error = Glob::parse("**/*").unwrap_err().to_string();
        assert_eq!(error, "the pattern `**/*` has no letter and no digit: it would match everything");
    }
}

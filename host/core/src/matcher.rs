//! Matchers: one condition on one label, as in Prometheus and Alertmanager. What is written in which grammar is read in
//! `matcher/`; here is what a matcher means.

use std::fmt;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::label::Labels;

mod classic;
mod parse;
mod re2;
mod utf8;

pub(crate) use parse::reason;
pub use parse::{MatcherError, MatcherProblem, parse_list, parse_one};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MatchOp {
    Equal,
    NotEqual,
    /// The whole value matches the expression.
    Regex,
    NotRegex,
}

impl MatchOp {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Regex => "=~",
            Self::NotRegex => "!~",
        }
    }
}

/// Absent equals empty: `a=""` matches a set without `a`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Matcher {
    name: String,
    op: MatchOp,
    value: String,
    /// Anchored at both ends; only of the two operators that need it.
    regex: Option<Regex>,
}

impl Matcher {
    /// # Errors
    /// What is wrong with the regular expression.
    pub fn new(name: impl Into<String>, op: MatchOp, value: impl Into<String>) -> Result<Self, regex::Error> {
        let value = value.into();
        let regex = match op {
            MatchOp::Equal | MatchOp::NotEqual => None,
            MatchOp::Regex | MatchOp::NotRegex => Some(Regex::new(&format!("^(?:{})$", re2::translated(&value)))?),
        };
        Ok(Self { name: name.into(), op, value, regex })
    }

    #[must_use]
    pub fn equal(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), op: MatchOp::Equal, value: value.into(), regex: None }
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub const fn op(&self) -> MatchOp {
        self.op
    }

    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        self.accepts(labels.get(&self.name))
    }

    /// Whether a label with this value would match.
    #[must_use]
    pub fn accepts(&self, value: &str) -> bool {
        let is_match = self.regex.as_ref().map_or_else(|| self.value == value, |regex| regex.is_match(value));
        is_match == matches!(self.op, MatchOp::Equal | MatchOp::Regex)
    }
}

/// Whether every one of them matches.
#[must_use]
pub fn all_match(matchers: &[Matcher], labels: &Labels) -> bool {
    matchers.iter().all(|matcher| matcher.matches(labels))
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.op, &self.value) == (&other.name, other.op, &other.value)
    }
}

impl Eq for Matcher {}

/// As Alertmanager writes it, so that both its grammars read it back: `job=~"web|db"`, and a name in quotes where it
/// must be.
impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() || self.name.contains(utf8::is_reserved) {
            write!(f, "{}", Quoted(&self.name))?;
        } else {
            f.write_str(&self.name)?;
        }
        write!(f, "{}{}", self.op.as_str(), Quoted(&self.value))
    }
}

/// In double quotes, with the three escapes that both grammars know.
struct Quoted<'t>(&'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = self.0.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n");
        write!(f, "\"{escaped}\"")
    }
}

/// A matcher as Alertmanager's API has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    name: String,
    value: String,
    is_regex: bool,
    #[serde(default = "yes")]
    is_equal: bool,
}

const fn yes() -> bool {
    true
}

impl TryFrom<Written> for Matcher {
    type Error = regex::Error;

    fn try_from(written: Written) -> Result<Self, regex::Error> {
        let op = match (written.is_regex, written.is_equal) {
            (false, true) => MatchOp::Equal,
            (false, false) => MatchOp::NotEqual,
            (true, true) => MatchOp::Regex,
            (true, false) => MatchOp::NotRegex,
        };
        Self::new(written.name, op, written.value)
    }
}

impl From<Matcher> for Written {
    fn from(matcher: Matcher) -> Self {
        Self {
            is_regex: matches!(matcher.op, MatchOp::Regex | MatchOp::NotRegex),
            is_equal: matches!(matcher.op, MatchOp::Equal | MatchOp::Regex),
            name: matcher.name,
            value: matcher.value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_equals_empty_and_expressions_are_anchored() {
        let labels = Labels::new([("job", "web-1"), ("lines", "a\nb")]).expect("no name twice");
        let table = [
            ("job", MatchOp::Equal, "web-1", true),
            ("job", MatchOp::Equal, "web", false),
            ("job", MatchOp::NotEqual, "db", true),
            ("job", MatchOp::Regex, "web", false),
            ("job", MatchOp::Regex, "web|web-.", true),
            ("job", MatchOp::NotRegex, "web.*", false),
            ("none", MatchOp::Equal, "", true),
            ("none", MatchOp::NotEqual, "", false),
            ("none", MatchOp::Regex, ".*", true),
            ("none", MatchOp::Regex, ".+", false),
            // The dot stops at a line's end, as in Alertmanager.
            ("lines", MatchOp::Regex, "a.b", false),
        ];
        for (name, op, value, expected) in table {
            let matcher = Matcher::new(name, op, value).expect("a valid expression");
            assert_eq!(matcher.matches(&labels), expected, "{matcher}");
        }
    }

    #[test]
    fn a_broken_expression_is_refused() {
        assert!(Matcher::new("job", MatchOp::Regex, "(").is_err());
    }

    #[test]
    fn json_is_that_of_alertmanager() {
        let matcher = Matcher::new("job", MatchOp::NotRegex, "web.*").expect("valid");
        let json = serde_json::to_string(&matcher).expect("serializes");
        assert_eq!(json, r#"{"name":"job","value":"web.*","isRegex":true,"isEqual":false}"#);
        assert_eq!(serde_json::from_str::<Matcher>(&json).expect("reads"), matcher);
        let old = r#"{"name":"a","value":"1","isRegex":false}"#;
        assert_eq!(serde_json::from_str::<Matcher>(old).expect("reads"), Matcher::equal("a", "1"));
    }
}

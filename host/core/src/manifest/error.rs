//! What can be wrong with a manifest, and the sentence for it.

use std::fmt;

use super::Kind;
use crate::capability::EntryError;

/// One thing wrong with a `plugin.toml`, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ManifestError {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// The key it is about, `limits.memory`; empty for the file as a whole.
    pub key: String,
    pub problem: ManifestProblem,
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plugin.toml:{}:{}: ", self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}", self.problem)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestProblem {
    #[error("not TOML: {0}")]
    Syntax(String),
    #[error("unknown key{}", way_out(.nearest, .known))]
    UnknownKey { nearest: Option<String>, known: Vec<String> },
    #[error("missing; write {example}")]
    Missing { example: &'static str },
    #[error("is {found}, but must be {expected}")]
    WrongType { expected: &'static str, found: &'static str },
    #[error("`{value}` is none of the words that fit here{}", way_out(.nearest, .known))]
    UnknownWord { value: String, nearest: Option<String>, known: Vec<String> },
    #[error("`{value}` is {rule}")]
    Rule { value: String, rule: &'static str },
    #[error("`{value}` is above the ceiling of {ceiling}")]
    AboveCeiling { value: String, ceiling: String },
    #[error("named twice: `{0}`")]
    Twice(String),
    #[error(
        "`{value}` is asked by a {kind} plugin, and only an action's plans hold verbs: drop it, or write `kind = \"action\"`"
    )]
    VerbOfNoAction { value: String, kind: Kind },
    #[error(transparent)]
    Entry(#[from] EntryError),
}

/// `; did you mean `x`?`, or the words there are.
fn way_out(nearest: &Option<String>, known: &[String]) -> String {
    match nearest {
        Some(nearest) => format!("; did you mean `{nearest}`?"),
        None => format!("; known here: {}", known.join(", ")),
    }
}

//! What is wrong with a configuration: every error at once, each with its place, its path and, where one is known, the
//! way out. The codes are stable: scripts and the API's problem documents carry them.

use std::fmt;

use serde::Serialize;

use super::Place;

/// Kept of one configuration; the rest is counted. A file that is wrong in more places is wrong in its shape.
const ERRORS_MAX: usize = 1_000;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ConfigError {
    pub place: Place,
    /// `checks[3].interval`; empty for a file as a whole.
    pub path: String,
    /// Stable: `unknown-key`.
    pub code: &'static str,
    pub message: String,
    /// The way out.
    pub help: Option<String>,
}

/// `tocsin.yaml:12:5: checks[3].intervall: unknown key; did you mean `interval`?`
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}

impl std::error::Error for ConfigError {}

/// Everything that is wrong, in the order of the files' names and lines; never empty when it leaves this room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ConfigErrors {
    errors: Vec<ConfigError>,
    /// How many more there are than are kept.
    omitted: usize,
}

impl ConfigErrors {
    pub fn iter(&self) -> std::slice::Iter<'_, ConfigError> {
        self.errors.iter()
    }

    /// All of them, those that are not kept too.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.errors.len() + self.omitted
    }

    pub(crate) fn push(&mut self, error: ConfigError) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(error);
        } else {
            self.omitted += 1;
        }
    }

    pub(crate) fn extend(&mut self, errors: impl IntoIterator<Item = ConfigError>) {
        errors.into_iter().for_each(|error| self.push(error));
    }

    /// `Ok` if nothing is wrong.
    pub(crate) fn into_result(mut self) -> Result<(), Self> {
        self.errors.sort();
        if self.errors.is_empty() { Ok(()) } else { Err(self) }
    }
}

/// Those that are kept.
impl IntoIterator for ConfigErrors {
    type Item = ConfigError;
    type IntoIter = std::vec::IntoIter<ConfigError>;

    fn into_iter(self) -> Self::IntoIter {
        self.errors.into_iter()
    }
}

impl<'e> IntoIterator for &'e ConfigErrors {
    type Item = &'e ConfigError;
    type IntoIter = std::slice::Iter<'e, ConfigError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One error a line.
impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.errors.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{error}")?;
        }
        if self.omitted > 0 { write!(f, "\nand {} more", self.omitted) } else { Ok(()) }
    }
}

impl std::error::Error for ConfigErrors {}

/// `tocsin.yaml:12:5`
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

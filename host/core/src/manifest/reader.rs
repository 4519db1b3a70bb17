//! Takes a TOML table apart key by key and collects what is wrong with it, each with its place.
//! Knows TOML's types; does not know which keys a manifest has.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ManifestError, ManifestProblem};
use crate::nearest::nearest;

/// The text, and the errors found in it so far.
#[derive(Debug)]
pub(super) struct Reader<'t> {
    text: &'t str,
    pub(super) errors: Vec<ManifestError>,
}

/// One table of the text and how its keys are called in messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'a, 't> {
    pub(super) entries: &'a DeTable<'t>,
    /// Empty at the top, `limits.` within limits.
    pub(super) prefix: &'static str,
    /// Where a missing key is reported.
    pub(super) start: usize,
}

/// One value and its place.
#[derive(Clone, Debug)]
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) key: String,
    pub(super) at: usize,
}

impl<'t> Reader<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, errors: Vec::new() }
    }

    /// The top table, as far as it could be read; syntax errors are noted.
    pub(super) fn top(&mut self) -> DeTable<'t> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let at = error.span().map_or(0, |span: Range<usize>| span.start);
            self.note(at, "", ManifestProblem::Syntax(error.message().to_owned()));
        }
        table.into_inner()
    }
}

impl Reader<'_> {
    pub(super) fn note(&mut self, at: usize, key: &str, problem: ManifestProblem) {
        let before = self.text.get(..at.min(self.text.len())).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
        self.errors.push(ManifestError { line, column, key: key.to_owned(), problem });
    }

    /// Notes each key of the table that is not known, with the nearest that is.
    pub(super) fn only(&mut self, table: Table<'_, '_>, known: &[&str]) {
        for key in table.entries.keys() {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let known_words = known.iter().map(|word| (*word).to_owned()).collect();
                let problem = ManifestProblem::UnknownKey {
                    nearest: nearest(name, known.iter().copied()).map(str::to_owned),
                    known: known_words,
                };
                self.note(key.span().start, &format!("{}{name}", table.prefix), problem);
            }
        }
    }

    pub(super) fn table<'a>(&mut self, table: Table<'a, 'a>, key: &str, prefix: &'static str) -> Option<Table<'a, 'a>> {
        let value = table.entries.get(key)?;
        match value.get_ref() {
            DeValue::Table(entries) => Some(Table { entries, prefix, start: value.span().start }),
            other => self.wrong(value, &format!("{}{key}", table.prefix), "a table", other),
        }
    }

    pub(super) fn string<'a>(&mut self, table: Table<'a, 'a>, key: &str) -> Option<Found<&'a str>> {
        let value = table.entries.get(key)?;
        self.as_string(value, format!("{}{key}", table.prefix))
    }

    /// A string that has to be there.
    pub(super) fn required<'a>(
        &mut self,
        table: Table<'a, 'a>,
        key: &str,
        example: &'static str,
    ) -> Option<Found<&'a str>> {
        if table.entries.get(key).is_none() {
            self.note(table.start, &format!("{}{key}", table.prefix), ManifestProblem::Missing { example });
        }
        self.string(table, key)
    }

    pub(super) fn boolean(&mut self, table: Table<'_, '_>, key: &str) -> bool {
        let Some(value) = table.entries.get(key) else { return false };
        match value.get_ref() {
            DeValue::Boolean(yes) => *yes,
            other => self.wrong(value, &format!("{}{key}", table.prefix), "true or false", other).unwrap_or(false),
        }
    }

    pub(super) fn integer(&mut self, table: Table<'_, '_>, key: &str) -> Option<Found<u64>> {
        let value = table.entries.get(key)?;
        let name = format!("{}{key}", table.prefix);
        if let DeValue::Integer(integer) = value.get_ref()
            && let Ok(number) = u64::from_str_radix(integer.as_str(), integer.radix())
        {
            return Some(Found { value: number, key: name, at: value.span().start });
        }
        self.wrong(value, &name, "a whole number from 0 up", value.get_ref())
    }

    /// The strings of a list; a string named twice is an error.
    pub(super) fn strings<'a>(&mut self, table: Table<'a, 'a>, key: &str) -> Vec<Found<&'a str>> {
        let Some(list) = table.entries.get(key) else { return Vec::new() };
        let name = format!("{}{key}", table.prefix);
        let DeValue::Array(items) = list.get_ref() else {
            return self.wrong(list, &name, "a list of strings", list.get_ref()).unwrap_or_default();
        };
        let mut found: Vec<Found<&str>> = Vec::new();
        for item in items.iter() {
            let Some(string) = self.as_string(item, name.clone()) else { continue };
            if found.iter().any(|earlier| earlier.value == string.value) {
                self.note(string.at, &name, ManifestProblem::Twice(string.value.to_owned()));
            } else {
                found.push(string);
            }
        }
        found
    }

    fn as_string<'a>(&mut self, value: &'a Spanned<DeValue<'a>>, key: String) -> Option<Found<&'a str>> {
        match value.get_ref() {
            DeValue::String(string) => Some(Found { value: string.as_ref(), key, at: value.span().start }),
            other => self.wrong(value, &key, "a string", other),
        }
    }

    fn wrong<T>(
        &mut self,
        at: &Spanned<DeValue<'_>>,
        key: &str,
        expected: &'static str,
        found: &DeValue<'_>,
    ) -> Option<T> {
        self.note(at.span().start, key, ManifestProblem::WrongType { expected, found: kind_of(found) });
        None
    }

    /// The one of `words` that was written.
    pub(super) fn word<T: Copy>(&mut self, found: &Found<&str>, words: &[(&str, T)]) -> Option<T> {
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == found.value) {
            return Some(*value);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let problem = ManifestProblem::UnknownWord {
            value: found.value.to_owned(),
            nearest: nearest(found.value, known.iter().copied()).map(str::to_owned),
            known: known.iter().map(|word| (*word).to_owned()).collect(),
        };
        self.note(found.at, &found.key, problem);
        None
    }
}

const fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

//! Names across files: each given once, and everything that is referred to given somewhere. Knows nothing of what it
//! names.

use std::collections::{BTreeMap, BTreeSet};

use super::Place;
use super::error::{ConfigError, ConfigErrors};
use super::read::At;

/// Things by name. A name is taken even where the thing turned out wrong, so that one mistake is one error.
#[derive(Debug)]
pub(crate) struct Named<T> {
    entries: BTreeMap<String, (Place, Option<T>)>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self { entries: BTreeMap::new() }
    }
}

impl<T> Named<T> {
    /// Takes a name; where it is taken already, both places are named.
    pub(crate) fn claim(&mut self, what: &str, name: &str, at: &At<'_>, errors: &mut ConfigErrors) {
        if let Some((first, _)) = self.entries.get(name) {
            let message = format!("there is already a {what} `{name}` at {first}");
            errors.push(at.error("duplicate-name", message).help("give one of them another name"));
        } else {
            self.entries.insert(name.to_owned(), (at.place(), None));
        }
    }

    pub(crate) fn define(&mut self, name: &str, thing: T) {
        if let Some((_, entry)) = self.entries.get_mut(name) {
            *entry = Some(thing);
        }
    }

    /// The thing of this name, if there is one and it turned out right.
    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.entries.get(name).and_then(|(_, thing)| thing.as_ref())
    }

    /// Whether the name is taken, by a thing that turned out wrong too.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// Those too that turned out wrong.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    pub(crate) fn count(&self) -> usize {
        self.entries.len()
    }

    /// Those that turned out right, in the order of their names.
    pub(crate) fn things(&self) -> impl Iterator<Item = &T> {
        self.entries.values().filter_map(|(_, thing)| thing.as_ref())
    }

    pub(crate) fn into_things(self) -> impl Iterator<Item = (String, T)> {
        self.entries.into_iter().filter_map(|(name, (_, thing))| Some((name, thing?)))
    }
}

/// Names that must be given somewhere, each with the error it is if it is not.
#[derive(Debug, Default)]
pub(crate) struct References {
    wanted: Vec<(String, ConfigError)>,
}

impl References {
    pub(crate) fn want(&mut self, name: &str, otherwise: ConfigError) {
        self.wanted.push((name.to_owned(), otherwise));
    }

    pub(crate) fn resolve<T>(self, named: &Named<T>, errors: &mut ConfigErrors) {
        self.resolve_among(&named.names().collect(), errors);
    }

    pub(crate) fn resolve_among(self, known: &BTreeSet<&str>, errors: &mut ConfigErrors) {
        for (name, otherwise) in self.wanted {
            if !known.contains(name.as_str()) {
                errors.push(otherwise.did_you_mean(&name, known.iter().copied()));
            }
        }
    }
}

//! A map read key by key. What is asked for is what is known: at the end every other key is an error that names the
//! nearest of those.

use super::super::error::ConfigErrors;
use super::super::tree::{Key, Node, Value};
use super::{At, map};

#[derive(Debug)]
pub(crate) struct Fields<'n> {
    pub(crate) at: At<'n>,
    entries: &'n [(Key, Node)],
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    pub(crate) fn of(at: &At<'n>, errors: &mut ConfigErrors) -> Option<Self> {
        Some(Self { at: at.clone(), entries: map(at, errors)?, known: Vec::new() })
    }

    /// The value of a key. An empty one (`labels:` with nothing below) counts as absent.
    pub(crate) fn get(&mut self, key: &'static str) -> Option<At<'n>> {
        self.known.push(key);
        let (_, node) = self.entries.iter().find(|(entry, node)| entry.name == key && node.value != Value::Null)?;
        Some(self.at.of_key(key, node))
    }

    pub(crate) fn optional<T>(
        &mut self,
        key: &'static str,
        errors: &mut ConfigErrors,
        read: impl FnOnce(&At<'n>, &mut ConfigErrors) -> Option<T>,
    ) -> Option<T> {
        read(&self.get(key)?, errors)
    }

    pub(crate) fn required<T>(
        &mut self,
        key: &'static str,
        errors: &mut ConfigErrors,
        read: impl FnOnce(&At<'n>, &mut ConfigErrors) -> Option<T>,
    ) -> Option<T> {
        let Some(at) = self.get(key) else {
            errors.push(self.at.error("missing-key", format!("the key `{key}` is missing")));
            return None;
        };
        read(&at, errors)
    }

    /// Ends the reading: what was not asked for is unknown.
    pub(crate) fn finish(self, errors: &mut ConfigErrors) {
        for (key, _) in self.entries {
            if !self.known.contains(&key.name.as_str()) {
                let error = self.at.error_at_key(key, "unknown-key", "unknown key");
                errors.push(error.did_you_mean(&key.name, self.known.iter().copied()));
            }
        }
    }
}

//! The objects of all files by kind and name, and the documents they stand in: each kind is read once those are that it
//! refers to.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::indicator::Draft;
use super::policy::{Condition, Policy, Target};
use super::read::At;
use super::{Note, Surroundings};
use crate::config::ConfigErrors;
use crate::config::names::Named;
use crate::id::CheckName;
use crate::slo::Slo;

/// In the order in which they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Service,
    DataSource,
    AlertNotificationTarget,
    AlertCondition,
    AlertPolicy,
    Sli,
    Slo,
}

pub(super) const KINDS: [(&str, Kind); 7] = [
    ("Service", Kind::Service),
    ("DataSource", Kind::DataSource),
    ("AlertNotificationTarget", Kind::AlertNotificationTarget),
    ("AlertCondition", Kind::AlertCondition),
    ("AlertPolicy", Kind::AlertPolicy),
    ("SLI", Kind::Sli),
    ("SLO", Kind::Slo),
];

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("object", |(word, _)| word)
    }
}

/// What was read so far, of all files.
#[derive(Debug)]
pub(super) struct Objects<'c> {
    pub(super) around: &'c Surroundings<'c>,
    pub(super) services: Kept<()>,
    /// Each with its type.
    pub(super) data_sources: Kept<String>,
    pub(super) targets: Kept<Target>,
    pub(super) conditions: Kept<Condition>,
    pub(super) policies: Kept<Policy>,
    pub(super) indicators: Kept<Draft>,
    pub(super) slos: Named<Slo>,
    pub(super) notes: Vec<Note>,
    /// Policies that some SLO names.
    pub(super) used: BTreeSet<String>,
    /// The longest that a check's source is silent while all is well, where that was asked.
    pub(super) gaps: BTreeMap<CheckName, Option<Duration>>,
}

impl<'c> Objects<'c> {
    pub(super) fn new(around: &'c Surroundings<'c>) -> Self {
        Self {
            around,
            services: Kept::default(),
            data_sources: Kept::default(),
            targets: Kept::default(),
            conditions: Kept::default(),
            policies: Kept::default(),
            indicators: Kept::default(),
            slos: Named::default(),
            notes: Vec::new(),
            used: BTreeSet::new(),
            gaps: BTreeMap::new(),
        }
    }
}

/// Things that others refer to by name.
#[derive(Debug)]
pub(super) struct Kept<T>(Named<T>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Named::default())
    }
}

impl<T> Kept<T> {
    /// Takes a name; where it is taken already, both places are named.
    pub(super) fn claim(&mut self, what: Kind, name: &str, at: &At<'_>, errors: &mut ConfigErrors) {
        self.0.claim(what.as_str(), name, at, errors);
    }

    pub(super) fn define(&mut self, name: &str, thing: T) {
        self.0.define(name, thing);
    }

    /// What a reference means. One to nothing is an error; one to a thing that turned out wrong is not one more.
    pub(super) fn find(&self, what: &str, name: &str, at: &At<'_>, errors: &mut ConfigErrors) -> Option<&T> {
        if !self.0.contains(name) {
            let error = at.error("unknown-reference", format!("there is no {what} `{name}`"));
            errors.push(error.did_you_mean(name, self.0.names()));
        }
        self.0.get(name)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.count() == 0
    }

    pub(super) fn things(&self) -> impl Iterator<Item = &T> {
        self.0.things()
    }
}

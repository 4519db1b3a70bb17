//! What a rule holds against one check, or one series of it: the rows that are kept, and when to look at them again.
//! Knows nothing of how conditions are read.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Course;
use crate::id::{CheckName, RuleName};
use crate::label::Labels;
use crate::time::Timestamp;

/// In the order of checks, so that what one observation touches lies together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InstanceKey {
    pub check: CheckName,
    pub rule: RuleName,
    /// The series' own labels; `None` where the rule asks after the check as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<Labels>,
}

/// One that is pending or firing; an inactive one is not kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    #[serde(flatten)]
    pub course: Course,
    /// Nothing is known at present: the course is that of the last time something was.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
    /// The last that was kept of a metric or a score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Of its alert, as they were when the condition began to hold: a resolve must name the alert that fired.
    pub labels: Labels,
    pub annotations: Labels,
    /// When value and annotations were last brought up to date.
    pub updated_at: Timestamp,
    /// When to look again, if no signal comes before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look_at: Option<Timestamp>,
}

/// All of them, by check and rule, with a queue of those to look at again.
#[derive(Clone, Debug, Default)]
pub struct Instances {
    all: BTreeMap<InstanceKey, Instance>,
    looks: BTreeSet<(Timestamp, InstanceKey)>,
}

impl Instances {
    /// Keeps the instance, or forgets it.
    pub fn put(&mut self, key: &InstanceKey, instance: Option<&Instance>) {
        let before = match instance {
            Some(instance) => self.all.insert(key.clone(), instance.clone()),
            None => self.all.remove(key),
        };
        if let Some(at) = before.and_then(|before| before.look_at) {
            self.looks.remove(&(at, key.clone()));
        }
        if let Some(at) = instance.and_then(|instance| instance.look_at) {
            self.looks.insert((at, key.clone()));
        }
    }

    #[must_use]
    pub fn get(&self, key: &InstanceKey) -> Option<&Instance> {
        self.all.get(key)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// In the order of their checks.
    pub fn iter(&self) -> impl Iterator<Item = (&InstanceKey, &Instance)> {
        self.all.iter()
    }

    /// Of one check.
    pub fn of_check(&self, check: &CheckName) -> impl Iterator<Item = (&InstanceKey, &Instance)> {
        let first = InstanceKey { check: check.clone(), rule: RuleName::new(""), series: None };
        self.all.range(first..).take_while(move |(key, _)| key.check == *check)
    }

    /// Of one rule on one check.
    pub fn of_rule(&self, check: &CheckName, rule: &RuleName) -> impl Iterator<Item = (&InstanceKey, &Instance)> {
        let first = InstanceKey { check: check.clone(), rule: rule.clone(), series: None };
        self.all.range(first..).take_while(move |(key, _)| key.check == *check && key.rule == *rule)
    }

    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.looks.first().map(|(at, _)| *at)
    }

    /// Those whose time to look has come.
    pub fn due(&self, now: Timestamp) -> impl Iterator<Item = &InstanceKey> {
        self.looks.iter().take_while(move |(at, _)| *at <= now).map(|(_, key)| key)
    }
}

impl FromIterator<(InstanceKey, Instance)> for Instances {
    fn from_iter<I: IntoIterator<Item = (InstanceKey, Instance)>>(rows: I) -> Self {
        let mut instances = Self::default();
        for (key, instance) in rows {
            instances.put(&key, Some(&instance));
        }
        instances
    }
}

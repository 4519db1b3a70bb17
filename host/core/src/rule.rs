//! Rules: conditions over what is known of a check, and the alerts they make of it. Each rule has, for each check it is
//! about and each series of a metric, an instance that is inactive, pending or firing, as in Prometheus.
//!
//! From signal to alert: `signal` (what an event says of a check) -> `condition` (does it hold) -> `course` (for how
//! long) -> `evaluate` (what to keep, and which alert to post), with `text` for labels and annotations. Knows nothing of
//! who is told, nor of how rules are written in a file.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::{Check, Place};
use crate::id::{CheckName, RuleName};

mod builtin;
mod condition;
mod course;
mod evaluate;
mod instance;
mod signal;
mod text;

pub use builtin::NAMES as BUILTIN_NAMES;
pub use condition::{Condition, Reading, Side, Threshold};
pub use course::{Course, Timing};
pub use evaluate::{Evaluated, configured, due, heard};
pub use instance::{Instance, InstanceKey, Instances};
pub use signal::{Signal, signal_of, signals_of};
pub use text::{GIVEN_LABELS, Text};

/// Series of one rule on one check that are followed at once; what is more is counted, and is an alert of its own.
pub const SERIES_MAX: usize = 1_000;
/// A value or an annotation that changes while its alert fires is brought up to date this often.
pub const REFRESH: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Unique on a node.
    pub name: RuleName,
    /// The label `alertname`: the name, unless several rules are one alert at several severities.
    pub alert: String,
    pub condition: Condition,
    pub timing: Timing,
    /// Laid over those of the node, the check and the series.
    pub labels: Vec<(String, Text)>,
    pub annotations: Vec<(String, Text)>,
    /// `None`: built in.
    pub place: Option<Place>,
}

/// The rules of a configuration, and which are about which check.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// In the order of their names.
    rules: Vec<Rule>,
    of_check: BTreeMap<CheckName, Box<[usize]>>,
}

impl Rules {
    /// The configured rules, each with the checks it is about, and the built-in ones of every check that wants them.
    #[must_use]
    pub fn new<'c>(
        configured: Vec<(Rule, Vec<CheckName>)>,
        checks: impl IntoIterator<Item = &'c Check>,
        builtin: bool,
    ) -> Self {
        let mut all = configured;
        let checks: Vec<&Check> = checks.into_iter().collect();
        let wanting: Vec<CheckName> = checks
            .iter()
            .filter(|check| check.builtin_rules.unwrap_or(builtin))
            .map(|check| check.name.clone())
            .collect();
        all.extend(builtin::rules().map(|rule| (rule, wanting.clone())));
        // Not to be switched off: what is not followed must not go unnoticed.
        all.push((builtin::overflow(), checks.iter().map(|check| check.name.clone()).collect()));
        all.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        let mut of_check: BTreeMap<CheckName, Vec<usize>> = BTreeMap::new();
        let mut rules = Vec::with_capacity(all.len());
        for (rule, checks) in all {
            for check in checks {
                of_check.entry(check).or_default().push(rules.len());
            }
            rules.push(rule);
        }
        let of_check = of_check.into_iter().map(|(check, rules)| (check, rules.into_boxed_slice())).collect();
        Self { rules, of_check }
    }

    #[must_use]
    pub fn get(&self, name: &RuleName) -> Option<&Rule> {
        let index = self.rules.binary_search_by(|rule| rule.name.cmp(name)).ok()?;
        self.rules.get(index)
    }

    /// In the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// Those about a check, in the order of their names.
    pub fn of(&self, check: &CheckName) -> impl Iterator<Item = &Rule> {
        let of_check = self.of_check.get(check).map_or(&[][..], |rules| rules);
        of_check.iter().filter_map(|index| self.rules.get(*index))
    }

    /// The rule, if there is one of this name and it is about this check.
    #[must_use]
    pub fn about(&self, check: &CheckName, rule: &RuleName) -> Option<&Rule> {
        let index = self.rules.binary_search_by(|known| known.name.cmp(rule)).ok()?;
        self.of_check.get(check)?.binary_search(&index).ok()?;
        self.rules.get(index)
    }
}

#[cfg(test)]
mod tests;

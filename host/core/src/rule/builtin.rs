//! The rules that every check has unless it is told otherwise. A failing plugin has its own alert, with a label to route
//! it apart: it says nothing of the target.

use super::{Condition, Rule, Text, Timing};
use crate::health::HealthStatus;
use crate::id::RuleName;

pub const NAMES: [&str; 6] =
    ["CheckCritical", "CheckWarning", "CheckStale", "CheckFlapping", "PluginFailing", OVERFLOW];

/// The rule about rules that have too many series.
pub(super) const OVERFLOW: &str = "RuleOverflow";

pub(super) fn rules() -> impl Iterator<Item = Rule> {
    let none: &[(&str, &str)] = &[];
    [
        ("CheckCritical", Condition::Status(HealthStatus::Critical), "P1", none),
        ("CheckWarning", Condition::Status(HealthStatus::Warning), "P3", none),
        ("CheckStale", Condition::Status(HealthStatus::Stale), "P2", none),
        ("CheckFlapping", Condition::Flapping, "P3", none),
        ("PluginFailing", Condition::PluginFailing, "P2", &[("kind", "plugin")]),
    ]
    .into_iter()
    .map(|(name, condition, severity, labels)| rule(name, condition, severity, labels))
}

pub(super) fn overflow() -> Rule {
    rule(OVERFLOW, Condition::Overflow, "P2", &[("kind", "rule")])
}

fn rule(name: &str, condition: Condition, severity: &str, labels: &[(&str, &str)]) -> Rule {
    let labels = labels.iter().copied().chain([("severity", severity)]);
    Rule {
        name: RuleName::new(name),
        alert: name.to_owned(),
        condition,
        timing: Timing::default(),
        labels: labels.map(|(name, value)| (name.to_owned(), Text::plain(value))).collect(),
        annotations: Vec::new(),
        place: None,
    }
}

//! Which playbook answers which incident, for which checks, and what the repair is of. Knows nothing of what is under way.

use std::collections::BTreeSet;

use super::{Blast, Playbook, Trigger};
use crate::config::{Check, Config};
use crate::id::CheckName;
use crate::incident::{Incident, Member, Severity};
use crate::label::Labels;
use crate::matcher::{MatchOp, Matcher, all_match};
use crate::slo::policy::matches_pattern;

impl Playbook {
    /// The triggering checks, in the order of their names: those of the incident's alerts that fire now, match the trigger,
    /// and are about a check. `None` where there is none, for then there is nothing to look at again before a repair.
    #[must_use]
    pub fn answers(&self, incident: &Incident) -> Option<Vec<CheckName>> {
        if !incident.is_open() || !self.trigger.takes(incident.severity, &incident.labels) {
            return None;
        }
        let checks: BTreeSet<&CheckName> =
            self.triggering(incident).filter_map(|member| member.check.as_ref()).collect();
        (!checks.is_empty()).then(|| checks.into_iter().cloned().collect())
    }

    /// Whether it would answer an incident of this severity that this alert alone opens.
    #[must_use]
    pub fn answers_alert(&self, check: Option<&CheckName>, labels: &Labels, severity: Severity) -> bool {
        self.trigger.takes(severity, labels) && check.is_some_and(|check| self.trigger.is_about(check, labels))
    }

    /// What lease, cooldown and attempts are about. `None` where the playbook names a label for it and neither the incident
    /// nor, with one voice, its triggering alerts have it: what is not known is not repaired.
    #[must_use]
    pub fn target(&self, incident: &Incident) -> Option<String> {
        let Some(label) = &self.target_label else {
            let checks = self.answers(incident)?;
            let origin = incident.origin.as_ref().filter(|origin| checks.contains(origin));
            return origin.or_else(|| checks.first()).map(ToString::to_string);
        };
        let shared = incident.labels.get(label);
        if !shared.is_empty() {
            return Some(shared.to_owned());
        }
        let mut named = self.triggering(incident).map(|member| member.labels.get(label));
        let first = named.next().filter(|value| !value.is_empty())?;
        named.all(|value| value == first).then(|| first.to_owned())
    }

    fn triggering<'i>(&'i self, incident: &'i Incident) -> impl Iterator<Item = &'i Member> {
        let fires = incident.alerts.values().filter(|member| member.ended_at.is_none());
        fires.filter(|member| member.check.as_ref().is_some_and(|check| self.trigger.is_about(check, &member.labels)))
    }
}

impl Trigger {
    fn takes(&self, severity: Severity, labels: &Labels) -> bool {
        self.severity.is_none_or(|least| severity <= least) && all_match(&self.incident, labels)
    }

    fn is_about(&self, check: &CheckName, labels: &Labels) -> bool {
        self.names(check) && all_match(&self.alert, labels)
    }

    /// Whether alerts about this check may trigger it, going by the name.
    #[must_use]
    pub fn names(&self, check: &CheckName) -> bool {
        self.checks.is_empty() || self.checks.iter().any(|pattern| matches_pattern(pattern, check.as_str()))
    }
}

/// A label that must equal what another matcher on it refuses: then they never hold together.
pub(crate) fn contradiction<'m>(matchers: impl Iterator<Item = &'m Matcher> + Clone) -> Option<&'m str> {
    let refused =
        |fixed: &&Matcher| matchers.clone().any(|other| other.name() == fixed.name() && !other.accepts(fixed.value()));
    matchers.clone().filter(|matcher| matcher.op() == MatchOp::Equal).find(refused).map(Matcher::name)
}

impl Blast {
    /// The group: every check of this node whose labels match.
    pub fn members<'c>(&self, config: &'c Config) -> impl Iterator<Item = &'c Check> {
        config.checks.values().filter(|check| all_match(&self.group, &config.labels_of(check)))
    }
}

#[cfg(test)]
mod tests;

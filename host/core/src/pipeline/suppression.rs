//! What suppresses alerts at one moment: gathered once, asked for each alert. Silences lie by a label that they compare
//! with a value, so that most are passed over without a look. Knows nothing of what is done about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alert::{Alert, Origin};
use crate::id::{RemediationId, RuleName};
use crate::label::Fingerprint;
use crate::maintenance::Window;
use crate::matcher::{MatchOp, Matcher};
use crate::pipeline::{State, remediations};
use crate::rule::Condition;
use crate::suppress::Suppressor;
use crate::suppress::silence::Silence;
use crate::time::Timestamp;

/// All that is active now.
#[derive(Debug)]
pub struct Suppression<'s> {
    state: &'s State,
    now: Timestamp,
    /// By the name and the value of a label.
    silences: BTreeMap<&'s str, BTreeMap<&'s str, Vec<&'s Arc<Silence>>>>,
    /// Silences that compare no label with a value.
    other_silences: Vec<&'s Arc<Silence>>,
    windows: Vec<&'s Window>,
    /// By a repair of their incident.
    held: BTreeMap<Fingerprint, (RemediationId, Timestamp)>,
}

impl<'s> Suppression<'s> {
    #[must_use]
    pub fn at(state: &'s State, now: Timestamp) -> Self {
        let mut silences: BTreeMap<_, BTreeMap<_, Vec<_>>> = BTreeMap::new();
        let mut other_silences = Vec::new();
        for silence in state.book.silences().filter(|silence| silence.holds(now)) {
            let compares = |matcher: &&Matcher| matcher.op() == MatchOp::Equal && !matcher.value().is_empty();
            match silence.matchers.iter().find(compares) {
                Some(by) => silences.entry(by.name()).or_default().entry(by.value()).or_default().push(silence),
                None => other_silences.push(silence),
            }
        }
        let windows = state.windows().filter(|window| window.is_active(now, state.book.progress(&window.name)));
        let held = remediations::held(state, now);
        Self { state, now, silences, other_silences, windows: windows.collect(), held }
    }

    #[must_use]
    pub fn is_suppressed(&self, alert: &Alert) -> bool {
        self.by_people(alert).next().is_some() || self.by_others(alert).next().is_some()
    }

    /// Everything that suppresses this alert.
    #[must_use]
    pub fn of(&self, alert: &Alert) -> Vec<Suppressor> {
        self.by_people(alert).chain(self.by_others(alert)).collect()
    }

    /// Silences and maintenance.
    fn by_people(&self, alert: &Alert) -> impl Iterator<Item = Suppressor> {
        let labels = alert.labels.iter().filter(|_| !self.silences.is_empty());
        let silences = labels.filter_map(|(name, value)| self.silences.get(name)?.get(value)).flatten();
        let silences = silences.chain(&self.other_silences);
        let silences = silences.filter(|silence| silence.silences(&alert.labels, self.now));
        let silences = silences.map(|silence| Suppressor::Silence { id: silence.id.clone() });
        let windows = self.windows.iter().filter(|window| window.covers(alert.origin.check(), &alert.labels));
        silences.chain(windows.map(|window| Suppressor::Maintenance { window: window.name.to_string() }))
    }

    /// Other alerts, the state of the check it is about, and a repair that is under way.
    fn by_others(&self, alert: &Alert) -> impl Iterator<Item = Suppressor> {
        let inhibition = self.state.book.inhibition(alert, self.now);
        let inhibition = inhibition.map(|by| Suppressor::Inhibition { rule: by.rule, source: by.source });
        let condition = self.condition(alert);
        let health = alert.origin.check().and_then(|check| Some((check, &self.state.check(check)?.health)));
        // What is about the plugin or about silence holds whatever hides the target.
        let hidden = health.filter(|_| condition.is_some_and(Condition::is_about_target));
        let behind = hidden.and_then(|(check, health)| {
            let behind = health.behind.as_ref()?.parent.clone();
            Some(Suppressor::Unreachable { check: check.clone(), behind })
        });
        let doubtful = health.filter(|_| condition.is_some_and(Condition::is_in_doubt_while_flapping));
        let flapping = doubtful.filter(|(_, health)| health.is_flapping());
        let flapping = flapping.map(|(check, _)| Suppressor::Flapping { check: check.clone() });
        let held = (!self.held.is_empty()).then(|| self.held.get(&alert.fingerprint())).flatten();
        let held = held.map(|(id, until)| Suppressor::Repair { remediation: id.clone(), until: *until });
        inhibition.into_iter().chain(behind).chain(flapping).chain(held)
    }

    /// Of the rule that the alert is from.
    fn condition(&self, alert: &Alert) -> Option<&'s Condition> {
        let Origin::Check { rule, check } = &alert.origin else { return None };
        let rule = self.state.config()?.rules.about(check, &RuleName::new(rule))?;
        Some(&rule.condition)
    }
}

//! Where the rules of policies stand, what changed, and the alerts that say so. Knows nothing of how states are kept.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    ALERT, BudgetPolicies, BudgetPolicy, FREEZE_DEPLOYS, Over, PolicyKey, PolicyRule, PolicyState,
    RAISE_CHECK_FREQUENCY, words,
};
use crate::alert::Alert;
use crate::id::{BudgetPolicyName, ObjectiveName, ResponseName};
use crate::label::Labels;
use crate::rule::{Course, Timing};
use crate::slo::{Counts, Objective, Slo};
use crate::time::Timestamp;

/// A rule that stands elsewhere than before.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyChange {
    pub key: PolicyKey,
    pub state: Option<PolicyState>,
    /// What begins, and what ends. Empty where a rule only starts to wait.
    pub alerts: Vec<Alert>,
    /// Why, for people.
    pub reason: String,
}

/// One response that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveResponse {
    pub response: ResponseName,
    pub policy: BudgetPolicyName,
    pub objective: ObjectiveName,
    /// The rule's `when`.
    pub condition: String,
    pub since: Timestamp,
    /// Why, with the figures of now.
    pub reason: String,
    /// What would end it.
    pub until: String,
    /// How often the SLO's check is to run meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_ms: Option<u64>,
}

impl ActiveResponse {
    #[must_use]
    pub fn is_frozen(all: &[Self]) -> bool {
        all.iter().any(|active| active.response.as_str() == FREEZE_DEPLOYS)
    }

    /// How often the SLO's check is to run: the shortest that is asked for.
    #[must_use]
    pub fn raised(all: &[Self]) -> Option<Duration> {
        let raising = all.iter().filter(|active| active.response.as_str() == RAISE_CHECK_FREQUENCY);
        raising.filter_map(|active| active.every_ms).min().map(Duration::from_millis)
    }
}

impl BudgetPolicies {
    /// What changed for one objective. `look` gives the counts of a window, or `None` where they are not known or not
    /// whole yet.
    pub fn judge(
        &self,
        slo: &Slo,
        objective: &Objective,
        states: &BTreeMap<PolicyKey, PolicyState>,
        look: impl Fn(Over) -> Option<Counts>,
        now: Timestamp,
    ) -> Vec<PolicyChange> {
        let changed = self.rules(&slo.name).filter_map(|(policy, rule, condition)| {
            let key = policy.key(slo, &objective.name, condition);
            let before = states.get(&key);
            let course = next(rule, before.map(|state| state.course), objective, &look, now);
            let wanted = match course {
                Some(Course::Firing { .. }) => alert_labels(policy, rule, slo, &key),
                Some(Course::Pending { .. }) | None => Vec::new(),
            };
            let state = course.map(|course| PolicyState { course, told: wanted });
            if before == state.as_ref() {
                return None;
            }
            let counts = look(rule.when.over());
            let reason = words::finding(rule.when, counts, objective.target);
            let alerts = alerts(before, state.as_ref(), (policy, rule, &reason), now);
            Some(PolicyChange { key, state, alerts, reason })
        });
        changed.collect()
    }

    /// The end of what is kept for rules, policies, objectives or SLOs that are gone from the configuration.
    pub fn forgotten<'s>(
        &self,
        slos: impl Fn(&PolicyKey) -> bool,
        states: impl IntoIterator<Item = (&'s PolicyKey, &'s PolicyState)>,
        now: Timestamp,
    ) -> Vec<PolicyChange> {
        let gone = states.into_iter().filter(|(key, _)| !slos(key) || self.rule(key).is_none());
        let ended = gone.map(|(key, state)| {
            let reason = "the configuration no longer asks for it".to_owned();
            let alerts = state.told.iter().map(|labels| ended(labels, state, &reason, now)).collect();
            PolicyChange { key: key.clone(), state: None, alerts, reason }
        });
        ended.collect()
    }

    /// The responses that are asked for about an SLO, of all its objectives.
    pub fn active(
        &self,
        slo: &Slo,
        states: &BTreeMap<PolicyKey, PolicyState>,
        look: impl Fn(&Objective, Over) -> Option<Counts>,
    ) -> Vec<ActiveResponse> {
        let mut all = Vec::new();
        for objective in &slo.objectives {
            for (policy, rule, condition) in self.rules(&slo.name) {
                let key = policy.key(slo, &objective.name, condition);
                let Some(since) = states.get(&key).and_then(|state| state.course.fired_at()) else { continue };
                let reason = words::finding(rule.when, look(objective, rule.when.over()), objective.target);
                all.extend(rule.respond.iter().map(|response| {
                    ActiveResponse {
                        response: response.clone(),
                        policy: policy.name.clone(),
                        objective: objective.name.clone(),
                        condition: key.condition.to_string(),
                        since,
                        reason: reason.clone(),
                        until: words::end(rule),
                        every_ms: (response.as_str() == RAISE_CHECK_FREQUENCY)
                            .then(|| rule.every.map(|every| u64::try_from(every.as_millis()).unwrap_or(u64::MAX)))
                            .flatten(),
                    }
                }));
            }
        }
        all
    }
}

/// Once it holds, only the other threshold ends it.
fn next(
    rule: &PolicyRule,
    before: Option<Course>,
    objective: &Objective,
    look: &impl Fn(Over) -> Option<Counts>,
    now: Timestamp,
) -> Option<Course> {
    let holds = |threshold: super::Threshold| threshold.holds(look(threshold.over()), objective.target);
    let holds = match (before, rule.until) {
        (Some(Course::Firing { .. }), Some(until)) => holds(until).map(|is_over| !is_over),
        (Some(Course::Firing { .. } | Course::Pending { .. }) | None, _) => holds(rule.when),
    };
    let timing = Timing { hold: rule.hold, keep_firing_for: Duration::ZERO };
    Course::next(before, holds, timing, now)
}

/// One label set for each response.
fn alert_labels(policy: &BudgetPolicy, rule: &PolicyRule, slo: &Slo, key: &PolicyKey) -> Vec<Labels> {
    let of = |response: &ResponseName| {
        let given = [
            ("alertname", ALERT),
            ("service", slo.service.as_str()),
            ("slo", slo.name.as_str()),
            ("objective", key.objective.as_str()),
            ("policy", policy.name.as_str()),
            ("response", response.as_str()),
            ("condition", &key.condition),
        ];
        Labels::overlay(slo.labels.iter().chain(rule.labels.iter()).chain(given))
    };
    rule.respond.iter().map(of).collect()
}

/// What begins and what ends between two states.
fn alerts(
    before: Option<&PolicyState>,
    after: Option<&PolicyState>,
    (policy, rule, reason): (&BudgetPolicy, &PolicyRule, &str),
    now: Timestamp,
) -> Vec<Alert> {
    let told = |state: Option<&PolicyState>| state.map(|state| state.told.clone()).unwrap_or_default();
    let (old, new) = (told(before), told(after));
    let gone = old.iter().filter(|labels| !new.contains(labels));
    let gone = gone.filter_map(|labels| Some(ended(labels, before?, reason, now)));
    let begun = new.iter().filter(|labels| !old.contains(labels)).map(|labels| {
        let summary = format!("{}: {reason}", labels.get("response"));
        let description = format!("The policy {} asks for it until {}.", policy.name, words::end(rule));
        let annotations = Labels::overlay([("summary", summary.as_str()), ("description", description.as_str())]);
        Alert::of_node(labels.clone(), annotations, now, None, now)
    });
    gone.chain(begun).collect()
}

fn ended(labels: &Labels, state: &PolicyState, reason: &str, now: Timestamp) -> Alert {
    let summary = format!("{} is over: {reason}", labels.get("response"));
    let since = state.course.fired_at().unwrap_or(now).min(now);
    Alert::of_node(labels.clone(), Labels::overlay([("summary", summary.as_str())]), since, Some(now), now)
}

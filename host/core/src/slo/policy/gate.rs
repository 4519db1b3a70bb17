//! Whether deployments may go on, said with its reason. Knows nothing of who asks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ActiveResponse, BudgetPolicies, FREEZE_DEPLOYS, OnNoData, Over, PolicyKey, PolicyState};
use crate::id::{BudgetPolicyName, ObjectiveName};
use crate::slo::{Counts, Objective, Slo};

/// The verdict on one SLO.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    pub open: bool,
    /// In words: open or closed, by what, since when, and what would open it.
    pub reason: String,
    /// The responses that close it.
    pub closed_by: Vec<ActiveResponse>,
    /// What could not be looked at.
    pub unknown: Vec<Unknown>,
}

/// A rule that would freeze deployments, and of whose objective nothing is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unknown {
    pub policy: BudgetPolicyName,
    pub objective: ObjectiveName,
    pub condition: String,
    pub on_no_data: OnNoData,
}

impl BudgetPolicies {
    pub fn gate(
        &self,
        slo: &Slo,
        states: &BTreeMap<PolicyKey, PolicyState>,
        look: impl Fn(&Objective, Over) -> Option<Counts>,
    ) -> Gate {
        let mut closed_by = self.active(slo, states, &look);
        closed_by.retain(|active| active.response.as_str() == FREEZE_DEPLOYS);
        let mut unknown = Vec::new();
        let mut is_watched = false;
        for policy in self.of(&slo.name) {
            for rule in policy.rules.iter().filter(|rule| rule.respond.contains(FREEZE_DEPLOYS)) {
                is_watched = true;
                for objective in &slo.objectives {
                    if rule.when.holds(look(objective, rule.when.over()), objective.target).is_none() {
                        unknown.push(Unknown {
                            policy: policy.name.clone(),
                            objective: objective.name.clone(),
                            condition: rule.when.to_string(),
                            on_no_data: policy.on_no_data,
                        });
                    }
                }
            }
        }
        let is_closed_blind = unknown.iter().any(|it| it.on_no_data == OnNoData::Closed);
        let open = closed_by.is_empty() && !is_closed_blind;
        let reason = reason(slo, &closed_by, &unknown, is_watched);
        Gate { open, reason, closed_by, unknown }
    }
}

fn reason(slo: &Slo, closed_by: &[ActiveResponse], unknown: &[Unknown], is_watched: bool) -> String {
    if !closed_by.is_empty() {
        let each = closed_by.iter().map(|it| {
            let ActiveResponse { policy, objective, since, reason, until, .. } = it;
            format!("by the policy `{policy}` since {since}: of `{objective}`, {reason}; it opens when {until}")
        });
        return format!("closed {}", each.collect::<Vec<_>>().join(", and "));
    }
    let told = |on_no_data: OnNoData| {
        let of = unknown.iter().filter(move |it| it.on_no_data == on_no_data);
        let each = of.map(|it| format!("`{}` of `{}` (policy `{}`)", it.condition, it.objective, it.policy));
        each.collect::<Vec<_>>().join(", ")
    };
    let (closed, open) = (told(OnNoData::Closed), told(OnNoData::Open));
    if !closed.is_empty() {
        return format!(
            "closed: there is not enough data to judge {closed}, and without data it is closed; it opens when there is"
        );
    }
    if !open.is_empty() {
        return format!("open, but blind: there is not enough data to judge {open}, and without data it is open");
    }
    if is_watched {
        return "open: every rule was looked at, and none asks for a freeze".to_owned();
    }
    format!("open: no policy freezes deployments for `{}`", slo.name)
}

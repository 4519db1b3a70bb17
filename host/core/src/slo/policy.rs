//! Error budget policies: what an organisation does when a budget runs low or burns fast. Which responses are asked for,
//! since when, and why. Knows nothing of how counts are kept, and carries nothing out.
//!
//! Every threshold is one comparison of burn rates: `remaining < r` is `burn(period) > 1 - r`. A rule that holds goes on
//! holding until its other threshold is crossed; what is not known changes nothing.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::burn::compare_burn;
use super::{Counts, Factor, Ratio, Slo};
use crate::config::Place;
use crate::id::{BudgetPolicyName, ObjectiveName, ResponseName, SloName};
use crate::label::Labels;
use crate::quantity::show_duration;
use crate::rule::{Course, Side};

mod gate;
mod judge;
mod pattern;
mod words;

pub use gate::{Gate, Unknown};
pub use judge::{ActiveResponse, PolicyChange};
pub(crate) use pattern::{is_pattern, matches as matches_pattern};

/// Closes the gate for deployments.
pub const FREEZE_DEPLOYS: &str = "freeze-deploys";
/// Has the SLO's check run more often; its rule says how often.
pub const RAISE_CHECK_FREQUENCY: &str = "raise-check-frequency";
/// The name of the alert that says that a response is asked for.
pub const ALERT: &str = "ErrorBudgetPolicy";
/// Labels that every such alert is given, and no rule can change.
pub const GIVEN_LABELS: [&str; 7] = ["alertname", "service", "slo", "objective", "policy", "response", "condition"];

#[derive(Clone, Debug, PartialEq)]
pub struct BudgetPolicy {
    pub name: BudgetPolicyName,
    /// Names of SLOs, or patterns of them with `*` and `?`.
    pub slos: Vec<String>,
    /// No two with the same `when`.
    pub rules: Vec<PolicyRule>,
    /// What the gate says where nothing is known.
    pub on_no_data: OnNoData,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub struct PolicyRule {
    pub when: Threshold,
    /// What ends it; `None` is that `when` holds no longer.
    pub until: Option<Threshold>,
    /// How long `when` must hold.
    pub hold: Duration,
    /// At least one.
    pub respond: BTreeSet<ResponseName>,
    /// With `raise-check-frequency`, and only with it.
    pub every: Option<Duration>,
    /// Go onto its alerts.
    pub labels: Labels,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// What is left of the period's budget, strictly above or below this share of it.
    Remaining { side: Side, share: Ratio },
    /// Strictly faster or slower than this.
    Burn { side: Side, factor: Factor, window: Duration },
}

/// What counts are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Over {
    /// The SLO's whole period: `total` is what the allowance is a share of.
    Period,
    /// The last so much time.
    Last(Duration),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnNoData {
    #[default]
    Open,
    Closed,
}

/// One rule on one objective: what its state is kept under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PolicyKey {
    pub policy: BudgetPolicyName,
    pub slo: SloName,
    pub objective: ObjectiveName,
    /// The rule's `when` in words, which names the rule through every reordering.
    pub condition: Arc<str>,
}

/// Where a rule stands; one that does not hold has no state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyState {
    pub course: Course,
    /// Labels of the alerts that say so, for their end, whatever the configuration says by then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Labels>,
}

/// All policies of a configuration, and which are about which SLO.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BudgetPolicies {
    /// In the order of their names.
    all: Vec<BudgetPolicy>,
    /// The `when` of each rule in words, made once: every evaluation asks for them.
    conditions: Vec<Vec<Arc<str>>>,
    of_slo: BTreeMap<SloName, Box<[usize]>>,
}

impl BudgetPolicies {
    #[must_use]
    pub fn new<'s>(mut all: Vec<BudgetPolicy>, slos: impl IntoIterator<Item = &'s SloName>) -> Self {
        all.sort_by(|a, b| a.name.cmp(&b.name));
        let mut of_slo = BTreeMap::new();
        for slo in slos {
            let about = all.iter().enumerate().filter(|(_, policy)| policy.is_about(slo));
            let about: Box<[usize]> = about.map(|(index, _)| index).collect();
            if !about.is_empty() {
                of_slo.insert(slo.clone(), about);
            }
        }
        let condition = |rule: &PolicyRule| Arc::from(rule.when.to_string());
        let conditions = all.iter().map(|policy| policy.rules.iter().map(condition).collect()).collect();
        Self { all, conditions, of_slo }
    }

    /// In the order of their names.
    pub fn iter(&self) -> std::slice::Iter<'_, BudgetPolicy> {
        self.all.iter()
    }

    /// Those about an SLO, in the order of their names.
    pub fn of(&self, slo: &SloName) -> impl Iterator<Item = &BudgetPolicy> {
        let about = self.of_slo.get(slo).map_or(&[][..], |about| about);
        about.iter().filter_map(|index| self.all.get(*index))
    }

    /// Every rule about an SLO, with its `when` in words.
    fn rules(&self, slo: &SloName) -> impl Iterator<Item = (&BudgetPolicy, &PolicyRule, &Arc<str>)> {
        let about = self.of_slo.get(slo).map_or(&[][..], |about| about);
        let both = about.iter().filter_map(|index| Some((self.all.get(*index)?, self.conditions.get(*index)?)));
        both.flat_map(|(policy, words)| policy.rules.iter().zip(words).map(move |(rule, words)| (policy, rule, words)))
    }

    /// The windows that its policies ask about, besides the period.
    #[must_use]
    pub fn windows(&self, slo: &SloName) -> BTreeSet<Duration> {
        let thresholds = self.rules(slo).flat_map(|(_, rule, _)| [Some(rule.when), rule.until]).flatten();
        thresholds.filter_map(Threshold::window).collect()
    }

    /// The rule a state is kept for, if there still is one.
    #[must_use]
    pub fn rule(&self, key: &PolicyKey) -> Option<(&BudgetPolicy, &PolicyRule)> {
        let mut rules = self.rules(&key.slo);
        let found = rules.find(|(policy, _, words)| policy.name == key.policy && **words == key.condition);
        found.map(|(policy, rule, _)| (policy, rule))
    }
}

impl<'p> IntoIterator for &'p BudgetPolicies {
    type Item = &'p BudgetPolicy;
    type IntoIter = std::slice::Iter<'p, BudgetPolicy>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl BudgetPolicy {
    #[must_use]
    pub fn is_about(&self, slo: &SloName) -> bool {
        self.slos.iter().any(|pattern| pattern::matches(pattern, slo.as_str()))
    }

    fn key(&self, slo: &Slo, objective: &ObjectiveName, condition: &Arc<str>) -> PolicyKey {
        PolicyKey {
            policy: self.name.clone(),
            slo: slo.name.clone(),
            objective: objective.clone(),
            condition: Arc::clone(condition),
        }
    }
}

impl Threshold {
    /// The counts that it is decided from.
    #[must_use]
    pub const fn over(self) -> Over {
        match self {
            Self::Remaining { .. } => Over::Period,
            Self::Burn { window, .. } => Over::Last(window),
        }
    }

    #[must_use]
    pub const fn window(self) -> Option<Duration> {
        match self {
            Self::Remaining { .. } => None,
            Self::Burn { window, .. } => Some(window),
        }
    }

    /// `None` where nothing was counted.
    #[must_use]
    pub fn holds(self, counts: Option<Counts>, target: Ratio) -> Option<bool> {
        let counts = counts.filter(|counts| counts.total > 0)?;
        let (factor, crossed) = match self {
            Self::Remaining { side, share } => (Factor::of(share.rest()), side.opposite()),
            Self::Burn { side, factor, .. } => (factor, side),
        };
        let order = compare_burn(counts, target, factor);
        Some(order == if crossed == Side::Above { Ordering::Greater } else { Ordering::Less })
    }
}

impl Side {
    const fn opposite(self) -> Self {
        match self {
            Self::Above => Self::Below,
            Self::Below => Self::Above,
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
        }
    }
}

impl Factor {
    const fn of(share: Ratio) -> Self {
        Self { numerator: share.billionths() as u64, denominator: Ratio::BILLION as u64 }
    }
}

/// `remaining below 25%`, `burn above 14.4 over 1h`.
impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remaining { side, share } => write!(f, "remaining {} {share}", side.word()),
            Self::Burn { side, factor, window } => {
                write!(f, "burn {} {factor} over {}", side.word(), show_duration(*window))
            }
        }
    }
}

#[cfg(test)]
mod tests;

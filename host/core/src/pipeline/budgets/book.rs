//! What the node knows of error budget policies at a moment: which rules hold, which checks run more often for it, and
//! what people said of downtimes. Knows nothing of why anything changes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::config::Config;
use crate::id::{CheckName, DowntimeId, SloName};
use crate::slo::Source;
use crate::slo::downtime::DowntimeNote;
use crate::slo::policy::{PolicyKey, PolicyState, RAISE_CHECK_FREQUENCY};

/// One thing that is different from now on; all of it is durable.
#[derive(Clone, Debug, PartialEq)]
pub enum BudgetChange {
    Policy(PolicyKey, Option<PolicyState>),
    Note(DowntimeId, Option<Arc<DowntimeNote>>),
}

/// All that a store kept of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeptBudgets {
    pub policies: Vec<(PolicyKey, PolicyState)>,
    pub notes: Vec<(DowntimeId, DowntimeNote)>,
}

#[derive(Clone, Debug, Default)]
pub struct Budgets {
    policies: BTreeMap<PolicyKey, PolicyState>,
    notes: BTreeMap<DowntimeId, Arc<DowntimeNote>>,
    /// How often checks are to run because of rules that hold now.
    raised: BTreeMap<CheckName, Duration>,
}

impl Budgets {
    pub(crate) fn restore(KeptBudgets { policies, notes }: KeptBudgets) -> Self {
        let notes = notes.into_iter().map(|(id, note)| (id, Arc::new(note))).collect();
        Self { policies: policies.into_iter().collect(), notes, raised: BTreeMap::new() }
    }

    /// How the rules of policies stand that wait or hold.
    #[must_use]
    pub const fn policies(&self) -> &BTreeMap<PolicyKey, PolicyState> {
        &self.policies
    }

    /// In the order in which they were written down.
    pub fn notes(&self) -> impl ExactSizeIterator<Item = (&DowntimeId, &Arc<DowntimeNote>)> {
        self.notes.iter()
    }

    #[must_use]
    pub fn note(&self, id: &DowntimeId) -> Option<&Arc<DowntimeNote>> {
        self.notes.get(id)
    }

    /// How often a check is to run instead of as it is configured.
    #[must_use]
    pub fn raised(&self, check: &CheckName) -> Option<Duration> {
        self.raised.get(check).copied()
    }

    pub(crate) fn apply(&mut self, change: &BudgetChange, config: Option<&Arc<Config>>) {
        match change {
            BudgetChange::Policy(key, state) => {
                crate::pipeline::state::put(&mut self.policies, key, state.as_ref());
                if let Some(config) = config {
                    self.raise(config, &key.slo);
                }
            }
            BudgetChange::Note(id, note) => crate::pipeline::state::put(&mut self.notes, id, note.as_ref()),
        }
    }

    pub(crate) fn configure(&mut self, config: &Config) {
        self.raised.clear();
        let slos: Vec<SloName> = self.policies.keys().map(|key| key.slo.clone()).collect();
        slos.iter().for_each(|slo| self.raise(config, slo));
    }

    /// Finds anew how often the check of an SLO is to run: the shortest that any SLO of this check asks for.
    fn raise(&mut self, config: &Config, slo: &SloName) {
        let Some(Source::Check(check)) = config.slos.get(slo).map(|slo| &slo.indicator.source) else { return };
        let of_check = |key: &PolicyKey| {
            config.slos.get(&key.slo).is_some_and(|slo| slo.indicator.source == Source::Check(check.clone()))
        };
        let holding = self.policies.iter().filter(|(key, state)| state.course.fired_at().is_some() && of_check(key));
        let rules = holding.filter_map(|(key, _)| config.budget_policies.rule(key));
        let raising = rules.filter(|(_, rule)| rule.respond.contains(RAISE_CHECK_FREQUENCY));
        match raising.filter_map(|(_, rule)| rule.every).min() {
            Some(every) => drop(self.raised.insert(check.clone(), every)),
            None => drop(self.raised.remove(check)),
        }
    }
}

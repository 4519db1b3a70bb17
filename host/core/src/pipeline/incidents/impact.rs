//! What an incident costs the error budgets of the SLOs that it is about: what their series counted while it was open.
//! Exact, for series are sums. Knows nothing of how series are kept.

use std::collections::BTreeSet;

use crate::id::{ObjectiveName, SloName};
use crate::incident::{Impact, Incident};
use crate::pipeline::State;
use crate::slo::policy::Over;
use crate::slo::{Counts, SeriesKey, Source, budget_share_ppm};

/// Objectives of one incident.
const OBJECTIVES_MAX: usize = 50;

/// Objectives that its alerts are about, or whose check one of them is about, are counted from now on.
pub(super) fn include(state: &State, next: &mut Incident) {
    let Some(config) = state.config() else { return };
    let checks = next.checks();
    let named: BTreeSet<&str> = next.alerts.values().map(|member| member.labels.get("slo")).collect();
    let concerned = config.slos.values().filter(|slo| {
        let fed = matches!(&slo.indicator.source, Source::Check(check) if checks.contains(check));
        fed || named.contains(slo.name.as_str())
    });
    let objectives = concerned.flat_map(|slo| slo.objectives.iter().map(move |it| (&slo.name, &it.name)));
    let known = |slo: &SloName, objective: &ObjectiveName| {
        next.impact.iter().any(|impact| impact.slo == *slo && impact.objective == *objective)
    };
    let new: Vec<Impact> = objectives
        .filter(|(slo, objective)| !known(slo, objective))
        .filter_map(|(slo, objective)| {
            let key = SeriesKey { slo: slo.clone(), objective: objective.clone() };
            let series = state.slos.get(&key)?;
            let (before, era) = (series.sum(), series.beginning().era);
            let SeriesKey { slo, objective } = key;
            Some(Impact { slo, objective, before, era, counts: Counts::default(), spent_ppm: None })
        })
        .collect();
    let room = OBJECTIVES_MAX.saturating_sub(next.impact.len());
    next.impact.extend(new.into_iter().take(room));
}

/// Brings what was spent up to date.
pub(super) fn measure(state: &State, next: &mut Incident) {
    for impact in &mut next.impact {
        if let Some(fresh) = measured(state, impact) {
            *impact = fresh;
        }
    }
}

/// What an incident cost until now: of one that is open, as its series stand at this moment.
#[must_use]
pub fn impact_of(state: &State, incident: &Incident) -> Vec<Impact> {
    let fresh = |impact: &Impact| measured(state, impact).filter(|_| incident.is_open());
    incident.impact.iter().map(|impact| fresh(impact).unwrap_or_else(|| impact.clone())).collect()
}

/// With what was counted until now. `None` where its series is gone, or begins anew: then what was last known stands.
fn measured(state: &State, impact: &Impact) -> Option<Impact> {
    let key = SeriesKey { slo: impact.slo.clone(), objective: impact.objective.clone() };
    let series = state.slos.get(&key).filter(|series| series.beginning().era == impact.era)?;
    let counts = series.sum().minus(impact.before);
    let slo = state.config()?.slos.get(&impact.slo)?;
    let objective = slo.objectives.iter().find(|objective| objective.name == impact.objective)?;
    let period = state.budget_counts(slo, objective, Over::Period);
    let spent_ppm = period.and_then(|period| budget_share_ppm(counts.bad(), period.total, objective.target));
    Some(Impact { counts, spent_ppm, ..impact.clone() })
}

/// It is open again: what was counted while it was resolved is not its.
pub(super) fn resume(state: &State, next: &mut Incident) {
    for impact in &mut next.impact {
        let key = SeriesKey { slo: impact.slo.clone(), objective: impact.objective.clone() };
        if let Some(series) = state.slos.get(&key) {
            (impact.before, impact.era) = (series.sum().minus(impact.counts), series.beginning().era);
        }
    }
}

//! Whether an SLO burns less than before: what it counted since verification began against its shortest window as it was
//! before the first verb. Nothing counted proves nothing. Knows nothing of checks.

use super::draft::{Draft, Way};
use crate::id::ObjectiveName;
use crate::pipeline::State;
use crate::remediation::Burn;
use crate::slo::{Counts, Series, SeriesKey, Slo};

/// Before anything is changed.
pub(super) fn look_before(draft: &mut Draft<'_>, way: Way<'_>) {
    let Some(slo) = named(draft, way).filter(|_| draft.it.course.begun_at.is_none()) else { return };
    let objectives = slo.objectives.iter().map(|objective| &objective.name);
    let burns = objectives.filter_map(|objective| {
        let before = series(draft.state, slo, objective)?.reading(0).counts().unwrap_or_default();
        Some(Burn { objective: objective.clone(), before, from: None })
    });
    draft.it.course.burns = burns.collect();
}

/// What is counted from here on was counted after the repair.
pub(super) fn look_from(draft: &mut Draft<'_>, way: Way<'_>) {
    let Some(slo) = named(draft, way) else { return };
    for burn in &mut draft.it.course.burns {
        burn.from = series(draft.state, slo, &burn.objective).map(Series::sum);
    }
}

/// Whether each objective fares better than before; false where nothing was counted yet.
///
/// # Errors
/// The objective that does not, in a sentence.
pub(super) fn improved(draft: &Draft<'_>, way: Way<'_>) -> Result<bool, String> {
    let Some(slo) = named(draft, way) else { return Ok(true) };
    let mut is_all = true;
    for burn in &draft.it.course.burns {
        let now = series(draft.state, slo, &burn.objective).map(Series::sum);
        let (Some(now), Some(from)) = (now, burn.from) else {
            is_all = false;
            continue;
        };
        let since = now.minus(from);
        if since.total == 0 {
            is_all = false;
        } else if !is_better(since, burn.before) {
            let (bad, total) = (since.bad(), since.total);
            let name = &slo.name;
            return Err(format!("the SLO `{name}` does not burn less: since the repair {bad} of {total} were bad"));
        }
    }
    Ok(is_all)
}

fn named<'s>(draft: &Draft<'s>, way: Way<'_>) -> Option<&'s Slo> {
    draft.config.slos.get(way.playbook.verification.slo.as_ref()?)
}

fn series<'s>(state: &'s State, slo: &Slo, objective: &ObjectiveName) -> Option<&'s Series> {
    state.slos.get(&SeriesKey { slo: slo.name.clone(), objective: objective.clone() })
}

/// A smaller share of it is bad, or none is.
fn is_better(after: Counts, before: Counts) -> bool {
    let (after_bad, before_bad) = (u128::from(after.bad()), u128::from(before.bad()));
    after.bad() == 0 || after_bad * u128::from(before.total) < before_bad * u128::from(after.total)
}

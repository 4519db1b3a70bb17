//! What policies say to people. Decides nothing.

use super::{PolicyRule, Threshold};
use crate::quantity::show_duration;
use crate::slo::{Counts, Ratio, budget_left_ppm, burn_rate, figures};

/// What is left of a budget in tenths of a percent, rounded down: `12.3%`, `-4.1%`.
pub(super) fn remaining(counts: Counts, target: Ratio) -> String {
    let Some(ppm) = budget_left_ppm(counts, target) else { return "none".to_owned() };
    figures::left(ppm)
}

/// What is the case, as far as it is known: `12.3% of the budget is left, which is below 25%`.
pub(super) fn finding(threshold: Threshold, counts: Option<Counts>, target: Ratio) -> String {
    let known = counts.filter(|counts| counts.total > 0);
    match (threshold, known) {
        (Threshold::Remaining { side, share }, Some(counts)) => {
            let relation = if threshold.holds(known, target) == Some(true) { "which is" } else { "after it was" };
            format!("{} of the budget is left, {relation} {} {share}", remaining(counts, target), side.word())
        }
        (Threshold::Burn { side, factor, window }, Some(counts)) => {
            let relation = if threshold.holds(known, target) == Some(true) { "which is" } else { "after it was" };
            let rate = burn_rate(counts, target).unwrap_or_default();
            let window = show_duration(window);
            format!("the budget burns at {rate:.1} over {window}, {relation} {} {factor}", side.word())
        }
        (threshold, None) => format!("{threshold} held when something was last known"),
    }
}

/// `remaining above 30%`, or the end of the condition itself.
pub(super) fn end(rule: &PolicyRule) -> String {
    rule.until.map_or_else(|| format!("`{}` is over", rule.when), |until| format!("`{until}` is reached"))
}

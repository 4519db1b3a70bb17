//! How fast a budget burns, and whether that is too fast: exact, in integers. Knows nothing of where counts come from, of
//! time, or of what follows.
//!
//! `burn(W) = (bad(W) / total(W)) / budget`, so that one is spent evenly over the period (SRE workbook, chapter 5).

use std::cmp::Ordering;
use std::fmt;

use super::{Counts, Factor, Guard, Method, Ratio};

impl Factor {
    /// The objective is missed exactly where the budget burns faster than this.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// For people and for metrics; never to decide.
    #[expect(clippy::cast_precision_loss, reason = "only shown")]
    #[must_use]
    pub fn as_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

/// As a decimal where it is one of at most nine digits behind the point, else as the fraction: `14.4`, `14/3`.
impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let billion = u128::from(Ratio::BILLION);
        let (numerator, denominator) = (u128::from(self.numerator) * billion, u128::from(self.denominator));
        if denominator == 0 || !numerator.is_multiple_of(denominator) {
            return write!(f, "{}/{}", self.numerator, self.denominator);
        }
        let billionths = numerator / denominator;
        write!(f, "{}", billionths / billion)?;
        match format!("{:09}", billionths % billion).trim_end_matches('0') {
            "" => Ok(()),
            decimals => write!(f, ".{decimals}"),
        }
    }
}

/// Whether the budget burns faster than `factor`, strictly: `bad / total > factor * budget`. Never where nothing was
/// counted.
#[must_use]
#[inline]
pub fn burn_exceeds(counts: Counts, target: Ratio, factor: Factor) -> bool {
    compare_burn(counts, target, factor) == Ordering::Greater
}

/// The burn rate against `factor`; nothing of nothing is [`Ordering::Equal`].
#[inline]
pub(super) fn compare_burn(counts: Counts, target: Ratio, factor: Factor) -> Ordering {
    let (budget, billion) = (u64::from(target.rest().billionths()), u64::from(Ratio::BILLION));
    // Nearly always it fits, and takes one multiplication a side.
    if let (Some(weight), Some(limit)) = (factor.denominator.checked_mul(billion), factor.numerator.checked_mul(budget))
    {
        let (spent, allowed) =
            (u128::from(counts.bad()) * u128::from(weight), u128::from(counts.total) * u128::from(limit));
        return spent.cmp(&allowed);
    }
    let spent = u128::from(counts.bad()) * u128::from(billion);
    let allowed = u128::from(factor.numerator) * u128::from(budget);
    product(spent, factor.denominator).cmp(&product(allowed, counts.total))
}

/// Whether a [`super::When::Burn`] holds; `None` where nothing was counted in one of the windows.
#[must_use]
#[inline]
pub fn burns(long: Counts, short: Counts, target: Ratio, method: Method, factor: Factor, guard: Guard) -> Option<bool> {
    if long.total == 0 || short.total == 0 {
        return None;
    }
    Some(
        burn_exceeds(short, target, factor)
            && burn_exceeds(long, target, factor)
            && guard.admits(guard.evidence(long, method), target, factor),
    )
}

/// Whether a [`super::When::Breach`] holds; `None` where nothing was counted in the window.
#[must_use]
pub fn breaches(window: Counts, target: Ratio, method: Method, guard: Guard) -> Option<bool> {
    if window.total == 0 {
        return None;
    }
    Some(burn_exceeds(window, target, Factor::ONE) && guard.admits(guard.evidence(window, method), target, Factor::ONE))
}

/// What is left of the budget in millionths of it, rounded down; below zero where more than all is spent. `None` where
/// nothing was counted, or there is no budget.
#[must_use]
pub fn budget_left_ppm(counts: Counts, target: Ratio) -> Option<i64> {
    // At most 10^15: no more than all is bad, and no budget is less than a billionth.
    budget_share_ppm(counts.bad(), counts.total, target).map(|spent| 1_000_000 - spent)
}

/// The share of the budget of `total` that so many bad events are, in millionths of it, rounded up.
#[must_use]
pub fn budget_share_ppm(bad: u64, total: u64, target: Ratio) -> Option<i64> {
    let allowed = u128::from(total) * u128::from(target.rest().billionths());
    if allowed == 0 {
        return None;
    }
    let spent = u128::from(bad) * u128::from(Ratio::BILLION) * 1_000_000;
    Some(i64::try_from(spent.div_ceil(allowed)).unwrap_or(i64::MAX))
}

/// The burn rate, for people and for metrics; never to decide.
#[expect(clippy::cast_precision_loss, reason = "only shown")]
#[must_use]
pub fn burn_rate(counts: Counts, target: Ratio) -> Option<f64> {
    let budget = target.rest().as_f64();
    (counts.total > 0 && budget > 0.0).then(|| counts.bad() as f64 / counts.total as f64 / budget)
}

/// Wide enough for any two numbers of 128 and 64 bits: the upper part, and the lower 64 bits.
pub(super) fn product(a: u128, b: u64) -> (u128, u64) {
    let (high, low) = (a >> 64, a & u128::from(u64::MAX));
    let low = low * u128::from(b);
    // At most (2^64 - 1)^2 + 2^64 - 1, which fits.
    let high = high * u128::from(b) + (low >> 64);
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is what is meant")]
    let low = low as u64;
    (high, low)
}

#[cfg(test)]
mod tests;

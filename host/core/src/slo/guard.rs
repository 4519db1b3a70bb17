//! The guard of low traffic: whether so few bad events are more than chance. Knows nothing of windows or of alerts.
//!
//! For a service that just keeps its objective, each event is bad with the probability `budget`; so many bad ones of `n`,
//! or more, come up with the probability `P(Bin(n, budget) >= bad)`. A page is due where that is rarer than the stated
//! false alarm. The terms are Loader's ("Fast and Accurate Computation of Binomial Probabilities", 2000), whose relative
//! error is some 1e-14; the sum is Chernoff's bound where that says enough.

use super::burn::product;
use super::{Counts, Factor, Guard, Method, Ratio};

impl Guard {
    /// Whether what was seen is enough to believe that the budget burns faster than `factor`. Traffic for which the
    /// threshold itself takes `enough_bad` bad events needs no guard, and pays for none.
    #[must_use]
    pub fn admits(&self, counts: Counts, target: Ratio, factor: Factor) -> bool {
        let budget = target.rest();
        // More than `floor(factor * budget * total)` bad events cross it: are those `enough_bad` at least?
        let crossing = product(u128::from(factor.numerator) * u128::from(budget.billionths()), counts.total);
        let enough = u128::from(self.enough_bad.saturating_sub(1)) * u128::from(Ratio::BILLION);
        crossing >= product(enough, factor.denominator)
            || is_rarer(counts.total, counts.bad(), budget.as_f64(), self.false_alarm)
    }

    /// What of a window's counts is independent enough to be evidence: events and slices are; of slices with shares,
    /// which are counted in billionths, it is the slices (a mean of shares varies less than one of yes and no).
    #[must_use]
    pub fn evidence(&self, counts: Counts, method: Method) -> Counts {
        match method {
            Method::Occurrences | Method::Timeslices { .. } => counts,
            Method::RatioTimeslices { .. } => {
                let total = counts.total / u64::from(Ratio::BILLION);
                Counts { good: total.saturating_sub(counts.bad() / u64::from(Ratio::BILLION)), total }
            }
        }
    }
}

/// Whether `P(Bin(n, p) >= k) < limit`.
fn is_rarer(n: u64, k: u64, p: f64, limit: f64) -> bool {
    chernoff(n, k, p) < limit || tail(n, k, p) < limit
}

/// Never less than the tail: `exp(-n * D(k/n || p))` above the mean, with `D` the divergence of Kullback and Leibler.
#[expect(clippy::cast_precision_loss, reason = "a bound; the counts of a window with little traffic are small")]
fn chernoff(n: u64, k: u64, p: f64) -> f64 {
    let (events, bad) = (n as f64, k as f64);
    if bad <= events * p || k > n {
        return 1.0;
    }
    (-deviance(bad, events * p) - deviance(events - bad, events * (1.0 - p))).exp()
}

/// `P(Bin(n, p) >= k)`, summed from its largest term on.
#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 events there is no little traffic")]
pub(super) fn tail(n: u64, k: u64, p: f64) -> f64 {
    if k == 0 || p >= 1.0 {
        return if k <= n { 1.0 } else { 0.0 };
    }
    if k > n || p <= 0.0 {
        return 0.0;
    }
    let odds = p / (1.0 - p);
    let (mut sum, mut term) = (0.0_f64, 1.0_f64);
    if k as f64 > n as f64 * p {
        let mut at = k;
        while term > sum * f64::EPSILON / 4.0 {
            sum += term;
            term *= (n - at) as f64 / (at + 1) as f64 * odds;
            at += 1;
        }
        return (sum * probability(n, k, p)).min(1.0);
    }
    // Below the mean the other side is the smaller one.
    let mut at = k - 1;
    while term > sum * f64::EPSILON / 4.0 {
        sum += term;
        term *= at as f64 / (n - at + 1) as f64 / odds;
        at = at.saturating_sub(1);
    }
    (1.0 - sum * probability(n, k - 1, p)).max(0.0)
}

/// `P(Bin(n, p) = k)` for `0 < p < 1` and `k <= n`.
#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 events there is no little traffic")]
fn probability(n: u64, k: u64, p: f64) -> f64 {
    let (events, bad) = (n as f64, k as f64);
    if k == 0 {
        return (events * (-p).ln_1p()).exp();
    }
    if k == n {
        return (events * p.ln()).exp();
    }
    let good = events - bad;
    let exponent = stirling_error(n)
        - stirling_error(k)
        - stirling_error(n - k)
        - deviance(bad, events * p)
        - deviance(good, events * (1.0 - p));
    exponent.exp() * (events / (std::f64::consts::TAU * bad * good)).sqrt()
}

/// `x ln(x / m) + m - x`, without cancellation where `x` is near `m`.
fn deviance(x: f64, m: f64) -> f64 {
    if x <= 0.0 {
        return m;
    }
    let off = (x - m) / (x + m);
    if off.abs() >= 0.1 {
        return x * (x / m).ln() + m - x;
    }
    // ln(x / m) = 2 artanh(off).
    let (mut sum, mut power, mut odd) = ((x - m) * off, 2.0 * x * off, 3.0);
    loop {
        power *= off * off;
        let next = sum + power / odd;
        if next == sum {
            return sum;
        }
        (sum, odd) = (next, odd + 2.0);
    }
}

/// `ln n! - ln(sqrt(2 pi n) (n / e)^n)`.
#[expect(clippy::cast_precision_loss, reason = "the larger, the smaller the error it stands for")]
fn stirling_error(n: u64) -> f64 {
    let x = n as f64;
    if n < 16 {
        let factorial: f64 = (2..=n).map(|factor| factor as f64).product();
        let stirling = (x + 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln();
        return factorial.ln() - stirling;
    }
    let square = x * x;
    let series = 1.0 / 360.0 - (1.0 / 1_260.0 - (1.0 / 1_680.0 - 1.0 / 1_188.0 / square) / square) / square;
    (1.0 / 12.0 - series / square) / x
}

#[cfg(test)]
mod tests;

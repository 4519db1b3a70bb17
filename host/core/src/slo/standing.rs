//! How one objective stands: what each window says, and what is left of the error budget. For people, pages and metrics:
//! what decides is exact, what is shown is a float. Knows nothing of how it is shown.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::project::Exhaustion;
use super::{Beginning, Counts, Method, Ratio, Reading, RuleState, Series, Span, Tally, burn_rate};
use crate::time::Timestamp;

/// How one objective stands at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub state: StandingState,
    /// From short to long; the period is the last one.
    pub windows: Vec<WindowStanding>,
    /// Nothing while the period is not known.
    pub budget: Option<Budget>,
    /// When the budget will be gone, if it goes on as in the windows that burn rules look at.
    pub exhaustion: Option<Exhaustion>,
    /// The alert rules that pend or fire, by name.
    pub rules: Vec<(String, RuleState)>,
    pub beginning: Beginning,
    pub tally: Tally,
    /// The end of the last slot in which there was anything to count.
    pub heard_until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StandingState {
    Ok,
    /// All is well as far as is known; the series is younger than its period.
    Provisional,
    /// Nothing was counted in the period, or history is still being read.
    Insufficient,
    /// A burn rule fires.
    Burning,
    /// Nothing is left of the budget.
    Exhausted,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowStanding {
    /// `None`: the period.
    pub length: Option<Duration>,
    pub reading: Reading,
    pub burn: Option<f64>,
}

/// The error budget of the period, so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    pub counts: Counts,
    /// Good of all, as the method has it.
    pub achieved: f64,
    /// In events or slices.
    pub allowed: f64,
    pub consumed: f64,
    /// Below zero where more was consumed than allowed.
    pub remaining: f64,
    /// Of what is allowed; below zero where the objective is missed.
    pub remaining_share: f64,
    /// Of the period, if all of it were bad: what the objective allows, and what is left of that.
    pub allowed_minutes: f64,
    pub remaining_minutes: f64,
    pub provisional: bool,
}

impl Series {
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        let shape = self.shape();
        let windows: Vec<WindowStanding> = shape
            .windows
            .iter()
            .zip(self.readings())
            .map(|(window, reading)| WindowStanding {
                length: window.length,
                reading,
                burn: reading.burn(shape.target),
            })
            .collect();
        let period = windows.last().map_or(Reading::Insufficient, |window| window.reading);
        let rules = self.rules().iter().map(|(name, state)| (name.clone(), state.clone())).collect();
        let heard = self.heard_in();
        Standing {
            state: self.state(period),
            budget: self.budget(period),
            exhaustion: self.exhaustion(now),
            windows,
            rules,
            beginning: self.beginning().clone(),
            tally: self.tally().clone(),
            heard_until: (heard >= self.beginning().since).then(|| shape.width.end(heard)),
        }
    }

    /// What share of the period's budget is left, for people.
    pub(super) fn budget_left(&self) -> Option<f64> {
        self.budget(self.period()).map(|budget| budget.remaining_share)
    }

    pub(super) fn period(&self) -> Reading {
        self.reading(self.shape().windows.len().saturating_sub(1))
    }

    /// `12 of 3400`, in events or slices.
    pub(super) fn share(&self, counts: Counts) -> String {
        match self.shape().method {
            Method::Occurrences => format!("{} of {} events", counts.bad(), counts.total),
            Method::Timeslices { .. } => format!("{} of {} slices", counts.bad(), counts.total),
            Method::RatioTimeslices { .. } => {
                format!("{:.2} of {:.0} slices", self.units(counts.bad()), self.units(counts.total))
            }
        }
    }

    /// Whole events or slices.
    #[expect(clippy::cast_precision_loss, reason = "only shown")]
    pub(super) fn units(&self, count: u64) -> f64 {
        match self.shape().method {
            Method::RatioTimeslices { .. } => count as f64 / f64::from(Ratio::BILLION),
            Method::Occurrences | Method::Timeslices { .. } => count as f64,
        }
    }

    fn state(&self, period: Reading) -> StandingState {
        let target = self.shape().target;
        let burns = |name: &str| {
            let known = self.shape().rules.iter().find(|shape| shape.rule.name == name);
            known.is_some_and(|shape| !matches!(shape.looks_at, super::LooksAt::Absent { .. }))
        };
        let fires = self.rules().iter().any(|(name, state)| state.course.fired_at().is_some() && burns(name));
        let is_absent = self.rules().iter().any(|(name, state)| state.course.fired_at().is_some() && !burns(name));
        match period {
            Reading::Known { counts, .. } if is_gone(counts, target) => StandingState::Exhausted,
            _ if fires => StandingState::Burning,
            _ if is_absent => StandingState::Insufficient,
            Reading::CatchingUp | Reading::Insufficient => StandingState::Insufficient,
            Reading::Known { .. } if period.is_provisional() => StandingState::Provisional,
            Reading::Known { .. } => StandingState::Ok,
        }
    }

    fn budget(&self, period: Reading) -> Option<Budget> {
        let counts = period.counts()?;
        let share = self.shape().target.rest().as_f64();
        let (total, consumed) = (self.units(counts.total), self.units(counts.bad()));
        let allowed = share * total;
        let spent = burn_rate(counts, self.shape().target).unwrap_or_default();
        let allowed_minutes = share * self.period_minutes();
        Some(Budget {
            counts,
            achieved: 1.0 - consumed / total,
            allowed,
            consumed,
            remaining: allowed - consumed,
            remaining_share: 1.0 - spent,
            allowed_minutes,
            remaining_minutes: allowed_minutes * (1.0 - spent),
            provisional: period.is_provisional(),
        })
    }

    /// Of the whole period, as long as it is this time.
    fn period_minutes(&self) -> f64 {
        const MINUTE_MS: f64 = 60_000.0;
        #[expect(clippy::cast_precision_loss, reason = "only shown")]
        {
            self.period_slots() as f64 * self.shape().width.as_millis() as f64 / MINUTE_MS
        }
    }

    pub(super) fn period_slots(&self) -> i64 {
        match self.shape().windows.last().map(|window| &window.span) {
            Some(Span::Rolling(slots)) => *slots,
            _ => self.calendar().map_or(0, |(begin, end)| end.since(begin)),
        }
    }
}

/// As much is bad as may be, or more.
fn is_gone(counts: Counts, target: Ratio) -> bool {
    let spent = u128::from(counts.bad()) * u128::from(Ratio::BILLION);
    let allowed = u128::from(target.rest().billionths()) * u128::from(counts.total);
    counts.bad() > 0 && spent >= allowed
}

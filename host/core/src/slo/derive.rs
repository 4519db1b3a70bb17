//! What follows from a period and a target where nobody says otherwise: the width of a slot, how late events may come,
//! the pairs of windows that alert. Knows nothing of files.
//!
//! A pair spends a share of the budget until it fires: over a long window L of a period P, a share s is spent when the
//! budget burns s * P / L times too fast. The four pairs are those of the SRE workbook for 30 days; for other periods their
//! windows are scaled, and rounded to what people would choose.

use std::time::Duration;

use super::{AlertRule, CalendarUnit, Factor, Guard, Period, Ratio, Slo, When};
use crate::label::Labels;
use crate::quantity::show_duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// A period may have this many slots: those of a year of minutes.
pub(crate) const SLOTS_MAX: u64 = 366 * 1_440;
/// Events may be this many slots late.
pub(crate) const LATE_SLOTS_MAX: u32 = 60;
const LATE: Duration = Duration::from_secs(300);
/// A window of fewer slots says too little.
pub(crate) const WINDOW_SLOTS_MIN: u64 = 5;
/// Of a window that is watched for a breach, if slots can be that fine.
const BREACH_SLOTS: u32 = 60;

/// Widths of slots that are chosen, in seconds, finest first.
const SLOTS_S: [u64; 6] = [1, 5, 10, 15, 30, 60];
/// The finest that is chosen for pairs of windows: alerts within seconds are asked for by who wants them.
const PAIR_SLOT_MIN: Duration = Duration::from_secs(10);

/// What windows are rounded to, in seconds.
const ROUND_S: [u64; 33] = [
    10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1_200, 1_800, 2_700, 3_600, 5_400, 7_200, 10_800, 14_400, 21_600,
    28_800, 43_200, 64_800, 86_400, 129_600, 172_800, 259_200, 432_000, 604_800, 777_600, 1_036_800, 1_555_200,
    2_592_000, 3_110_400,
];

/// One of the four, as it is for a period of 30 days.
struct Pair {
    name: &'static str,
    severity: &'static str,
    /// Of the budget that is spent when it fires.
    percent: u64,
    long: Duration,
    short: Duration,
}

const PAIRS: [Pair; 4] = [
    Pair { name: "fast", severity: "page", percent: 2, long: HOUR, short: Duration::from_secs(300) },
    Pair {
        name: "moderate",
        severity: "page",
        percent: 5,
        long: Duration::from_secs(21_600),
        short: Duration::from_secs(1_800),
    },
    Pair { name: "slow", severity: "ticket", percent: 10, long: DAY, short: Duration::from_secs(7_200) },
    Pair {
        name: "trickle",
        severity: "ticket",
        percent: 10,
        long: Duration::from_secs(259_200),
        short: Duration::from_secs(21_600),
    },
];

/// What rules are derived from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Basis {
    /// As long as it is on average.
    pub(crate) period: Duration,
    pub(crate) slot: Duration,
    pub(crate) target: Ratio,
    pub(crate) guard: Guard,
    /// When nothing being counted is worth an alert.
    pub(crate) absent_after: Duration,
}

/// The rules of an objective, and what is other than one may expect: a sentence each.
#[derive(Debug, Default)]
pub(crate) struct Derived {
    pub(crate) rules: Vec<AlertRule>,
    pub(crate) notes: Vec<String>,
}

/// The rules of an objective that names none.
/// The alerts that an SLO would be given for another target.
#[must_use]
pub fn derived_alerts(slo: &Slo, target: Ratio) -> Vec<AlertRule> {
    let (period, slot) = (length(&slo.period), slo.slot);
    let absent_after = absent_after(period, slot, None);
    rules(&Basis { period, slot, target, guard: Guard::default(), absent_after }).rules
}

pub(crate) fn rules(basis: &Basis) -> Derived {
    let mut derived = Derived::default();
    if basis.period <= DAY {
        derived.rules.push(breach(basis));
    } else {
        for pair in &PAIRS {
            pair.derive(basis, &mut derived);
        }
    }
    derived.rules.push(absent(basis, "absent", "ticket"));
    derived
}

/// The rule that says that nothing was counted.
pub(crate) fn absent(basis: &Basis, name: &str, severity: &str) -> AlertRule {
    let after = basis.absent_after;
    let summary = format!("Nothing was counted for {}.", show_duration(after));
    rule(name, When::Absent { after }, Duration::ZERO, severity, summary)
}

fn breach(basis: &Basis) -> AlertRule {
    let (window, slot) = (basis.period, basis.slot);
    let hold = (3 * slot).min(floor(window / 10, slot));
    let summary = format!("Less than {} was good over {}.", basis.target, show_duration(window));
    rule("breach", When::Breach { window, guard: basis.guard }, hold, "page", summary)
}

impl Pair {
    fn derive(&self, basis: &Basis, derived: &mut Derived) {
        let scaled = |window: Duration| round(times(window, basis.period, 30 * DAY));
        let (long, short) = (whole(scaled(self.long), basis.slot), whole(scaled(self.short), basis.slot));
        let slots = slots(short, basis.slot);
        if slots < WINDOW_SLOTS_MIN {
            let (long, short, slot) = (show_duration(long), show_duration(short), show_duration(basis.slot));
            let enough =
                show_duration(times(basis.slot, Duration::from_secs(WINDOW_SLOTS_MIN), Duration::from_secs(1)));
            derived.notes.push(format!(
                "the alert `{}` over {long} and {short} is left out: with slots of {slot} its short window must be at least \
                 {enough}",
                self.name
            ));
            return;
        }
        let wanted = factor(self.percent.saturating_mul(basis.period.as_secs()), long.as_secs().saturating_mul(100));
        let Some(mut factor) = wanted else { return };
        if !can_fire(factor, basis.target) {
            let before = derived.rules.iter().any(|rule| rule.labels.get("severity") == self.severity);
            let (name, asked, target) = (self.name, factor, basis.target);
            if before {
                derived.notes.push(format!(
                    "the alert `{name}` is left out: {asked} times the budget of a target of {target} is more than everything"
                ));
                return;
            }
            factor = highest(basis.target);
            derived.notes.push(format!(
                "the alert `{name}` fires at {factor} instead of {asked} times the budget, when nine of ten are bad: a target \
                 of {target} leaves no more to burn"
            ));
        }
        let summary = format!(
            "The error budget burns more than {factor} times too fast over {} and {}.",
            show_duration(long),
            show_duration(short)
        );
        let when = When::Burn { long, short, factor, guard: basis.guard };
        derived.rules.push(rule(self.name, when, Duration::ZERO, self.severity, summary));
    }
}

fn rule(name: &str, when: When, hold: Duration, severity: &str, summary: String) -> AlertRule {
    AlertRule {
        name: name.to_owned(),
        when,
        hold,
        labels: Labels::overlay([("severity", severity)]),
        annotations: Labels::overlay([("summary", summary.as_str())]),
        notify: Vec::new(),
    }
}

/// A fraction in lowest terms; none where it is none.
pub(crate) fn factor(numerator: u64, denominator: u64) -> Option<Factor> {
    let common = common(numerator, denominator);
    Some(Factor { numerator: numerator.checked_div(common)?, denominator: denominator.checked_div(common)? })
        .filter(|factor| factor.denominator > 0)
}

fn common(a: u64, b: u64) -> u64 {
    a.checked_rem(b).map_or(a, |rest| common(b, rest))
}

/// Whether it burns that fast when everything is bad.
pub(crate) fn can_fire(factor: Factor, target: Ratio) -> bool {
    let budget = u128::from(target.rest().billionths());
    u128::from(factor.numerator) * budget < u128::from(factor.denominator) * u128::from(Ratio::BILLION)
}

/// What burns when nine of ten are bad.
fn highest(target: Ratio) -> Factor {
    let nine_tenths = u64::from(Ratio::BILLION / 10 * 9);
    factor(nine_tenths, u64::from(target.rest().billionths())).unwrap_or(Factor { numerator: 1, denominator: 1 })
}

/// How long a period is on average.
pub(crate) fn length(period: &Period) -> Duration {
    match period {
        Period::Rolling(length) => *length,
        Period::Calendar { unit, .. } => match unit {
            CalendarUnit::Day => DAY,
            CalendarUnit::Week => 7 * DAY,
            CalendarUnit::Month => 30 * DAY,
            CalendarUnit::Quarter => 90 * DAY,
            CalendarUnit::Year => 365 * DAY,
        },
    }
}

/// The slot of an SLO: so fine that its shortest window has a few of them, or its evaluation window has many.
pub(crate) fn slot(period: Duration, shorts: &[Duration]) -> Duration {
    let (window, count, finest) = match shorts.iter().min() {
        Some(short) => (*short, 5, Duration::from_secs(1)),
        None if period <= DAY => (period, BREACH_SLOTS, Duration::from_secs(1)),
        None => (round(times(Duration::from_secs(300), period, 30 * DAY)), 5, PAIR_SLOT_MIN),
    };
    let fits = |slot: &Duration| *slot >= finest && slots(period, *slot) <= SLOTS_MAX;
    let all = SLOTS_S.iter().copied().map(Duration::from_secs).filter(fits);
    let fine = all.clone().filter(|slot| *slot * count <= window).max();
    fine.or_else(|| all.min()).unwrap_or(MINUTE)
}

/// How late events may come where nobody says: whole slots.
pub(crate) fn late(slot: Duration) -> Duration {
    whole(LATE.min(slot * LATE_SLOTS_MAX), slot)
}

/// When silence is worth an alert: well beyond the gaps that a source has.
pub(crate) fn absent_after(period: Duration, slot: Duration, gap: Option<Duration>) -> Duration {
    let usual = if period > DAY { 10 * MINUTE } else { (period / 5).min(10 * MINUTE) };
    whole(usual.max(slot * 5).max(gap.unwrap_or_default() * 3), slot)
}

/// The short window of a long one: a twelfth, as the pairs have it.
pub(crate) fn short_of(long: Duration) -> Duration {
    round(long / 12).max(MINUTE).min(long)
}

/// How many slots a span has, the last one counted whole.
pub(crate) fn slots(span: Duration, slot: Duration) -> u64 {
    let (span, slot) = (span.as_secs(), slot.as_secs().max(1));
    span.div_ceil(slot)
}

/// Rounded up to whole slots.
pub(crate) fn whole(span: Duration, slot: Duration) -> Duration {
    Duration::from_secs(slots(span, slot).saturating_mul(slot.as_secs().max(1)))
}

fn floor(span: Duration, slot: Duration) -> Duration {
    let slot = slot.as_secs().max(1);
    Duration::from_secs(span.as_secs() - span.as_secs().checked_rem(slot).unwrap_or_default())
}

/// The nearest that people would choose.
fn round(span: Duration) -> Duration {
    let nearest = ROUND_S.iter().min_by_key(|round| round.abs_diff(span.as_secs()));
    nearest.map_or(span, |round| Duration::from_secs(*round))
}

/// `span * of / per`
fn times(span: Duration, of: Duration, per: Duration) -> Duration {
    let seconds = u128::from(span.as_secs()) * u128::from(of.as_secs());
    let scaled = seconds.checked_div(u128::from(per.as_secs())).unwrap_or_default();
    Duration::from_secs(u64::try_from(scaled).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;

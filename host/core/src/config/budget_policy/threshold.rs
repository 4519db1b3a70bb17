//! What begins a rule and what ends it: a share of the budget that is left, or a burn rate over a window.

use std::time::Duration;

use super::super::error::ConfigErrors;
use super::super::read::{self, At, Fields};
use super::super::tree::Value;
use crate::rule::Side;
use crate::slo::policy::Threshold;
use crate::slo::{Counts, Factor, Ratio, burn_exceeds};

const WINDOW_MIN: Duration = Duration::from_secs(1);
const KEYS: [(&str, Kind, Side); 4] = [
    ("remaining_below", Kind::Remaining, Side::Below),
    ("burn_above", Kind::Burn, Side::Above),
    ("remaining_above", Kind::Remaining, Side::Above),
    ("burn_below", Kind::Burn, Side::Below),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Remaining,
    Burn,
}

pub(super) fn when(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Threshold> {
    read(at, "`remaining_below` or `burn_above`", "`when: {remaining_below: 25%}`", true, errors)
}

/// With where it stands.
pub(super) fn until<'n>(at: &At<'n>, errors: &mut ConfigErrors) -> Option<(Threshold, At<'n>)> {
    let read = read(at, "`remaining_above` or `burn_below`", "`until: {remaining_above: 30%}`", false, errors)?;
    Some((read, at.clone()))
}

/// Exactly one of two keys; the two of the other end are known by name, for a better answer.
fn read(at: &At<'_>, keys: &str, example: &str, is_begin: bool, errors: &mut ConfigErrors) -> Option<Threshold> {
    let mut fields = Fields::of(at, errors)?;
    let given: Vec<_> =
        KEYS.iter().filter_map(|(key, kind, side)| Some((*key, *kind, *side, fields.get(key)?))).collect();
    let window = fields.get("window");
    let before = errors.count();
    fields.finish(errors);
    let [(key, kind, side, value)] = &given[..] else {
        if errors.count() == before {
            errors.push(
                at.error("one-of", format!("exactly one of {keys} is expected")).help(format!("write {example}")),
            );
        }
        return None;
    };
    let begins = matches!((kind, side), (Kind::Remaining, Side::Below) | (Kind::Burn, Side::Above));
    if begins != is_begin {
        let (here, there) = if is_begin { ("when", "until") } else { ("until", "when") };
        let error = value.error("one-of", format!("`{key}` is no `{here}`: {keys} is expected"));
        errors.push(error.help(format!("`{key}` stands in `{there}`")));
        return None;
    }
    match (kind, window) {
        (Kind::Remaining, Some(window)) => {
            let error = window.error("window", "the budget is always that of the whole period");
            errors.push(error.help("leave `window` out, or write `burn_above` for a window of its own"));
            None
        }
        (Kind::Remaining, None) => share(value, errors).map(|share| Threshold::Remaining { side: *side, share }),
        (Kind::Burn, None) => {
            errors.push(at.error("missing-key", "the key `window` is missing").help("add `window: 1h`, for example"));
            None
        }
        (Kind::Burn, Some(window)) => {
            let factor = factor(value, errors);
            let window = read::duration(&window, WINDOW_MIN, super::DURATION_MAX, errors);
            Some(Threshold::Burn { side: *side, factor: factor?, window: window? })
        }
    }
}

/// What ends a rule must lie on the good side of what begins it, or it would begin and end in turns.
pub(super) fn agree(when: Threshold, until: Threshold, at: &At<'_>, errors: &mut ConfigErrors) {
    let error = match (when, until) {
        (Threshold::Remaining { share: low, .. }, Threshold::Remaining { share: high, .. }) if high < low => {
            at.error("threshold", format!("{high} is itself below {low}: the rule would begin and end in turns"))
        }
        (Threshold::Burn { factor: high, window: one, .. }, Threshold::Burn { factor: low, window: other, .. })
            if one == other && is_less(high, low) =>
        {
            at.error("threshold", format!("{low} is itself above {high}: the rule would begin and end in turns"))
        }
        _ => return,
    };
    errors.push(error.help("`until` is on the good side of `when`"));
}

/// Whether nothing could make it hold.
pub(super) fn is_never(when: Threshold, target: Ratio) -> bool {
    match when {
        Threshold::Remaining { .. } => false,
        Threshold::Burn { factor, .. } => !burn_exceeds(Counts { good: 0, total: 1 }, target, factor),
    }
}

fn is_less(a: Factor, b: Factor) -> bool {
    u128::from(a.numerator) * u128::from(b.denominator) < u128::from(b.numerator) * u128::from(a.denominator)
}

/// `25%`
fn share(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Ratio> {
    let written = match &at.node.value {
        Value::Integer(_) | Value::Float(_) => at.node.written.clone(),
        _ => read::text(at, errors)?.to_owned(),
    };
    let read = match written.strip_suffix('%') {
        Some(percent) => Ratio::percent(percent).map_err(|_| format!("`{written}` is no share in percent")),
        None => Err(format!("`{written}` is no share in percent")),
    };
    read.map_err(|message| errors.push(at.error("share", message).help("write it as `25%`, from `0%` to `100%`"))).ok()
}

/// `14.4`, to the last digit.
fn factor(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Factor> {
    let written = match &at.node.value {
        Value::Integer(_) | Value::Float(_) => at.node.written.clone(),
        _ => read::text(at, errors)?.to_owned(),
    };
    let factor = decimal(&written);
    if factor.is_none() {
        let error = at.error("factor", format!("`{written}` is no burn rate"));
        errors.push(error.help("a number above 0 and up to 1000000, with at most six decimals: `14.4`"));
    }
    factor
}

fn decimal(written: &str) -> Option<Factor> {
    const DENOMINATOR: u64 = 1_000_000;
    let (whole, decimals) = written.split_once('.').unwrap_or((written, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(decimals) || whole.len() > 7 || decimals.len() > 6 {
        return None;
    }
    let (whole, decimals) = (whole.parse::<u64>().ok()?, format!("{decimals:0<6}").parse::<u64>().ok()?);
    let numerator = whole * DENOMINATOR + decimals;
    (1..=DENOMINATOR * DENOMINATOR).contains(&numerator).then_some(Factor { numerator, denominator: DENOMINATOR })
}

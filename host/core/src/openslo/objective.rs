//! One objective: its target, what a good value is, its slices.

use std::time::Duration;

use super::indicator::Draft;
use super::read::{At, Fields, MINUTE, Span, refuse, span, text, written};
use crate::config::read::{NAME_RULE, is_name, number, word};
use crate::config::tree::Value;
use crate::config::{ConfigError, ConfigErrors};
use crate::id::ObjectiveName;
use crate::slo::{Limit, Measure, Op, Ratio, RatioError};

const OPS: [(&str, Op); 4] = [("lt", Op::Lt), ("lte", Op::Lte), ("gt", Op::Gt), ("gte", Op::Gte)];

/// OpenSLO's three ways to spend a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Budgeting {
    Occurrences,
    Timeslices,
    RatioTimeslices,
}

pub(super) const BUDGETINGS: [(&str, Budgeting); 3] = [
    ("Occurrences", Budgeting::Occurrences),
    ("Timeslices", Budgeting::Timeslices),
    ("RatioTimeslices", Budgeting::RatioTimeslices),
];

/// An objective before its alerts are known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Aim {
    pub(super) name: ObjectiveName,
    pub(super) target: Ratio,
    pub(super) limit: Option<Limit>,
    /// Where slices are what is counted.
    pub(super) slice: Option<Duration>,
    pub(super) slice_target: Option<Ratio>,
}

/// Reads an entry of `objectives`.
pub(super) fn read(
    at: &At<'_>,
    budgeting: Budgeting,
    indicator: Option<&Draft>,
    errors: &mut ConfigErrors,
) -> Option<Aim> {
    let before = errors.count();
    let mut fields = Fields::of(at, errors)?;
    let own = "each objective's indicator is the SLO's; write another SLO for another indicator";
    for key in ["indicator", "indicatorRef"] {
        refuse(&mut fields, key, own, errors);
    }
    refuse(&mut fields, "compositeWeight", "write an SLO for each part", errors);
    let title = fields.get("displayName");
    let target = target(&mut fields, errors);
    let limit = limit(&mut fields, indicator, errors);
    let (slice, slice_target) = slices(&mut fields, budgeting, errors);
    fields.finish(errors);
    let target = target?;
    let name = name(title.as_ref(), target, errors)?;
    (errors.count() == before).then_some(Aim { name, target, limit, slice, slice_target })
}

/// The `displayName` as a label's value can be read and typed; the target where there is none.
fn name(title: Option<&At<'_>>, target: Ratio, errors: &mut ConfigErrors) -> Option<ObjectiveName> {
    let Some(at) = title else {
        return Some(ObjectiveName::new(target.to_string().trim_end_matches('%')));
    };
    let mut name = String::new();
    for character in text(at, errors)?.to_lowercase().chars() {
        let kept = if character.is_ascii_alphanumeric() || "._".contains(character) { character } else { '-' };
        if kept != '-' || !(name.is_empty() || name.ends_with('-')) {
            name.push(kept);
        }
    }
    let name = name.trim_end_matches('-').trim_start_matches(['.', '_']);
    if !is_name(name) {
        let error = at.error("name", "no name can be made of this: letters and digits make it, `-` the rest");
        errors.push(error.help(NAME_RULE));
        return None;
    }
    Some(ObjectiveName::new(name))
}

/// Exactly one of `target` and `targetPercent`, above zero and below everything.
fn target(fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Option<Ratio> {
    match (fields.get("target"), fields.get("targetPercent")) {
        (Some(at), None) => promise(&at, Ratio::share(written(&at, errors)?), errors),
        (None, Some(at)) => {
            let written = written(&at, errors)?;
            let target = promise(&at, Ratio::percent(written), errors)?;
            // Below one percent: nobody promises so little, but many write 0.999 for three nines.
            if target.billionths() < Ratio::BILLION / 100 {
                let error = at.error("target", format!("this promises {target}, less than one in a hundred"));
                errors.push(match Ratio::share(written) {
                    Ok(meant) => error.help(format!(
                        "did you mean `targetPercent: {}`, or `target: {written}`?",
                        meant.to_string().trim_end_matches('%')
                    )),
                    Err(_) => error,
                });
                return None;
            }
            Some(target)
        }
        (Some(_), Some(at)) => {
            errors.push(at.error("one-of", "`target` and `targetPercent` are both given").help("keep one of them"));
            None
        }
        (None, None) => {
            let error = fields.at.error("missing-key", "the objective has no target");
            errors.push(error.help("add `targetPercent: 99.9`, or `target: 0.999`"));
            None
        }
    }
}

fn promise(at: &At<'_>, target: Result<Ratio, RatioError>, errors: &mut ConfigErrors) -> Option<Ratio> {
    let error = match target {
        Ok(Ratio::ZERO) => at.error("target", "a target of 0% promises nothing").help("write how much must be good"),
        Ok(Ratio::ONE) => {
            let error = at.error("target", "a target of 100% leaves no error budget: the first bad event breaks it");
            error.help("write `targetPercent: 99.99`, for example")
        }
        Ok(target) => return Some(target),
        Err(error) => not_a_share(at, &error),
    };
    errors.push(error);
    None
}

/// A share that is none; one between one and a hundred is most likely a percentage.
fn not_a_share(at: &At<'_>, error: &RatioError) -> ConfigError {
    let written = at.node.written.as_str();
    let said = at.error("target", error.to_string());
    match Ratio::percent(written) {
        Ok(percent) if at.path.ends_with(".target") => {
            said.help(format!("did you mean `targetPercent: {written}`, or `target: {}`?", percent.as_f64()))
        }
        Ok(percent) => said.help(format!("did you mean `{}`?", percent.as_f64())),
        Err(_) if at.path.ends_with(".targetPercent") && *error == RatioError::OutOfRange(written.to_owned()) => {
            at.error("target", format!("{written} is not a percentage: from 0 to 100"))
        }
        Err(_) if matches!(error, RatioError::NotADecimal(_)) => said.help("write it as `99.9` or `0.999`"),
        Err(_) => said,
    }
}

/// `op` and `value`, where the indicator yields values.
fn limit(fields: &mut Fields<'_>, indicator: Option<&Draft>, errors: &mut ConfigErrors) -> Option<Limit> {
    let (op_at, value_at) = (fields.get("op"), fields.get("value"));
    let op = op_at.as_ref().and_then(|at| word(at, &OPS, errors));
    let value = value_at.as_ref().and_then(|at| number(at, errors));
    let indicator = indicator?;
    if !indicator.yields_values() {
        for at in op_at.iter().chain(&value_at) {
            let error = at.error("one-of", "this indicator says itself which events are good");
            errors.push(error.help("remove `op` and `value`"));
        }
        return None;
    }
    let example = match indicator.measure {
        Measure::Age => "`op: lte` and `value: 60`, in seconds",
        Measure::Rate => "`op: gte` and `value: 100`, in events a second",
        _ => "`op: lt` and `value: 0.1`, in the values' own unit",
    };
    for (key, is_missing) in [("op", op_at.is_none()), ("value", value_at.is_none())] {
        if is_missing {
            let message =
                format!("the key `{key}` is missing: the indicator yields values, and which are good is not said");
            errors.push(fields.at.error("missing-key", message).help(format!("add {example}")));
        }
    }
    Some(Limit { op: op?, value: value? })
}

/// `timeSliceWindow` and `timeSliceTarget`, where slices are what is counted.
fn slices(
    fields: &mut Fields<'_>,
    budgeting: Budgeting,
    errors: &mut ConfigErrors,
) -> (Option<Duration>, Option<Ratio>) {
    let (window_at, target_at) = (fields.get("timeSliceWindow"), fields.get("timeSliceTarget"));
    let (needs_window, needs_target) = match budgeting {
        Budgeting::Occurrences => (false, false),
        Budgeting::Timeslices => (true, true),
        Budgeting::RatioTimeslices => (true, false),
    };
    let asked = [
        ("timeSliceWindow", needs_window, &window_at, "add `timeSliceWindow: 1m`, for example"),
        ("timeSliceTarget", needs_target, &target_at, "add `timeSliceTarget: 0.99`: the share that makes a slice good"),
    ];
    for (key, is_needed, at, help) in asked {
        match at {
            None if is_needed => {
                errors.push(fields.at.error("missing-key", format!("the key `{key}` is missing")).help(help));
            }
            Some(at) if !is_needed => {
                let word = BUDGETINGS.iter().find(|(_, known)| *known == budgeting).map_or("", |(word, _)| word);
                let error = at.error("one-of", format!("`{key}` says nothing where the method is `{word}`"));
                errors.push(error.help("remove it, or choose `budgetingMethod: Timeslices`"));
            }
            _ => {}
        }
    }
    let slice = window_at.filter(|_| needs_window).and_then(|at| slice(&at, errors));
    let target = target_at.filter(|_| needs_target).and_then(|at| {
        let target = Ratio::share(written(&at, errors)?);
        match target {
            Ok(Ratio::ZERO) => {
                errors.push(at.error("target", "a slice with nothing good in it would be good").help("write `0.99`"));
                None
            }
            Ok(target) => Some(target),
            Err(error) => {
                errors.push(not_a_share(&at, &error));
                None
            }
        }
    });
    (slice, target)
}

/// A duration; a bare number is minutes.
fn slice(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Duration> {
    match at.node.value {
        Value::Integer(minutes) if minutes > 0 => {
            let minutes = u32::try_from(minutes).ok().and_then(|minutes| MINUTE.checked_mul(minutes));
            if minutes.is_none() {
                errors.push(at.error("too-long", "this is longer than a year"));
            }
            minutes
        }
        Value::Integer(_) => {
            errors.push(at.error("too-short", "this is no time at all").help("write at least `1m`"));
            None
        }
        _ => span(at, errors).map(Span::length),
    }
}

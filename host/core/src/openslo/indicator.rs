//! `SLI`: what is counted. A threshold metric yields values, of which an objective says which are good; a ratio metric
//! says itself what is good.

use std::collections::BTreeSet;

use super::metadata::Metadata;
use super::objects::Objects;
use super::read::{At, Fields, description, refuse};
use super::source::{self, From, STATUSES, Spec, Wanted};
use crate::config::ConfigErrors;
use crate::config::read::{truth, word};
use crate::id::SliName;
use crate::observation::Status;
use crate::slo::{CounterPart, IndicatorKind, Measure, Source};

pub(super) const KINDS: [(&str, IndicatorKind); 6] = [
    ("availability", IndicatorKind::Availability),
    ("latency", IndicatorKind::Latency),
    ("throughput", IndicatorKind::Throughput),
    ("error-rate", IndicatorKind::ErrorRate),
    ("freshness", IndicatorKind::Freshness),
    ("quality", IndicatorKind::Quality),
];

/// An indicator as far as its own object says what it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Draft {
    pub(super) name: SliName,
    /// Where it is said; else it follows from what is measured.
    pub(super) kind: Option<IndicatorKind>,
    pub(super) source: Source,
    pub(super) measure: Measure,
    /// What a ratio counts are bad events.
    pub(super) counts_bad: bool,
}

impl Draft {
    /// Whether an objective must say which values are good.
    pub(super) const fn yields_values(&self) -> bool {
        matches!(self.measure, Measure::Value { .. } | Measure::Age | Measure::Rate)
    }
}

/// Reads the `spec` of an SLI that is known by `name`.
pub(super) fn read(
    at: &At<'_>,
    name: &str,
    metadata: Option<&Metadata<'_>>,
    objects: &Objects<'_>,
    errors: &mut ConfigErrors,
) -> Option<Draft> {
    let mut fields = Fields::of(at, errors)?;
    let _description = description(&mut fields, errors);
    let (threshold, ratio) = (fields.get("thresholdMetric"), fields.get("ratioMetric"));
    fields.finish(errors);
    let kind = metadata.and_then(|it| it.read("kind", errors, |at, errors| word(at, &KINDS, errors)));
    let (from, measure, counts_bad) = match (threshold, ratio) {
        (Some(at), None) => {
            let (from, measure) = threshold_metric(&at, objects, errors)?;
            (from, measure, false)
        }
        (None, Some(at)) => ratio_metric(&at, objects, errors)?,
        (Some(_), Some(ratio)) => {
            let error = ratio.error("one-of", "`thresholdMetric` and `ratioMetric` are both given");
            errors.push(error.help("keep one of them; the other is another SLI"));
            return None;
        }
        (None, None) => {
            let error = at.error("missing-key", "the indicator has neither `thresholdMetric` nor `ratioMetric`");
            errors.push(error.help("`ratioMetric` counts good events, `thresholdMetric` compares values"));
            return None;
        }
    };
    let source = match from {
        From::Check(check) => Source::Check(check),
        From::Events(events) => Source::Events(SliName::new(events.as_deref().unwrap_or(name))),
    };
    Some(Draft { name: SliName::new(name), kind, source, measure, counts_bad })
}

fn threshold_metric(at: &At<'_>, objects: &Objects<'_>, errors: &mut ConfigErrors) -> Option<(From, Measure)> {
    let spec = source::read(at, objects, errors)?;
    if let Some(at) = &spec.status_at {
        let error = at.error("one-of", "a status is no value that could be compared");
        errors.push(error.help("count runs by status with `ratioMetric`"));
        return None;
    }
    let measure = match spec.measure.unwrap_or(Wanted::Value) {
        Wanted::Value => Measure::Value { metric: spec.metric.clone() },
        Wanted::Age => Measure::Age,
        Wanted::Rate => Measure::Rate,
    };
    let is_value = matches!(measure, Measure::Value { .. });
    match (&spec.from, &spec.metric_at) {
        (From::Check(check), None) if is_value => {
            let error = spec.at.error("missing-key", format!("it is not said which metric of `{check}` is meant"));
            errors.push(error.help("add `metric: NAME`, or `measure: age` for how old the newest run is"));
            None
        }
        (_, Some(at)) if !is_value => {
            let error = at.error("one-of", "age and rate are of the source as a whole, not of a metric");
            errors.push(error.help("remove `metric`"));
            None
        }
        _ => Some((spec.from, measure)),
    }
}

fn ratio_metric(at: &At<'_>, objects: &Objects<'_>, errors: &mut ConfigErrors) -> Option<(From, Measure, bool)> {
    let mut fields = Fields::of(at, errors)?;
    let counter = fields.optional("counter", errors, truth).unwrap_or(false);
    let counter_at = fields.get("counter").unwrap_or_else(|| at.clone());
    let is_raw = at.child("raw").is_some();
    let help = "give `good` (or `bad`) and `total`: a ratio of ratios is not exact";
    refuse(&mut fields, "raw", help, errors);
    refuse(&mut fields, "rawType", "it belongs to `raw`, which is not supported", errors);
    let (good_at, bad_at, total_at) = (fields.get("good"), fields.get("bad"), fields.get("total"));
    fields.finish(errors);
    if is_raw {
        return None;
    }
    let (part_at, is_bad) = match (good_at, bad_at) {
        (Some(good), None) => (good, false),
        (None, Some(bad)) => (bad, true),
        (Some(_), Some(bad)) => {
            errors.push(bad.error("one-of", "`good` and `bad` are both given").help("keep one of them"));
            return None;
        }
        (None, None) => {
            let error = at.error("missing-key", "the ratio has neither `good` nor `bad`");
            errors.push(error.help("add one of them beside `total`"));
            return None;
        }
    };
    let Some(total_at) = total_at else {
        errors.push(at.error("missing-key", "the key `total` is missing"));
        return None;
    };
    let (part, total) = (source::read(&part_at, objects, errors), source::read(&total_at, objects, errors));
    let (part, total) = (part?, total?);
    for at in part.measure_at.iter().chain(&total.measure_at) {
        let error = at.error("one-of", "`measure` is of values, and a ratio counts");
        errors.push(error.help("move it to a `thresholdMetric`"));
    }
    let from = same_source(&part, &total, errors)?;
    let measure = counted(&from, &part, &total, is_bad, (counter, &counter_at), errors)?;
    Some((from, measure, is_bad))
}

/// Both sides must come from one source: two would not be of the same moment.
fn same_source(part: &Spec<'_>, total: &Spec<'_>, errors: &mut ConfigErrors) -> Option<From> {
    if part.from == total.from {
        return Some(total.from.clone());
    }
    let error = total.at.error("source", "both sides of a ratio must come from the same source");
    errors.push(error.help("name the same `check`, or the same `events`, in both"));
    None
}

fn counted(
    from: &From,
    part: &Spec<'_>,
    total: &Spec<'_>,
    is_bad: bool,
    (counter, counter_at): (bool, &At<'_>),
    errors: &mut ConfigErrors,
) -> Option<Measure> {
    let From::Check(check) = from else {
        if counter {
            let error = counter_at.error("counter", "events that are pushed are counts, not counters that grow");
            errors.push(error.help("write `counter: false`"));
            return None;
        }
        return Some(Measure::Counted);
    };
    if let Some(at) = &total.status_at {
        let error = at.error("one-of", "`total` counts every completed run, whatever its status");
        errors.push(error.help("remove `status` here"));
        return None;
    }
    match (part.status.clone(), part.metric.clone(), total.metric.clone()) {
        (Some(status), None, None) if !counter => Some(Measure::Status { good: good(status, is_bad) }),
        (None, Some(metric), Some(total)) if counter => {
            let part = if is_bad { CounterPart::Bad(metric) } else { CounterPart::Good(metric) };
            Some(Measure::Counters { part, total })
        }
        (None, Some(_), Some(_)) => {
            let error = counter_at.error("counter", "two metrics make a ratio only as counters that grow");
            errors.push(error.help("write `counter: true`, or compare one metric in a `thresholdMetric`"));
            None
        }
        (Some(_), None, None) => {
            let error = counter_at.error("counter", "runs by status are counted here, and are no counters that grow");
            errors.push(error.help("write `counter: false`"));
            None
        }
        (None, None, None) => {
            let which = if is_bad { "bad" } else { "good" };
            let error = part.at.error("missing-key", format!("it is not said which runs of `{check}` are {which}"));
            errors.push(error.help(if is_bad { "add `status: [critical]`" } else { "add `status: [ok, warning]`" }));
            None
        }
        _ => {
            let error = part.at.error("one-of", "runs by status or two metrics: both sides must be of one kind");
            errors.push(error.help("`status` on one side and nothing on the other, or `metric` on both"));
            None
        }
    }
}

/// What is unknown is good only where it is said to be.
fn good(status: BTreeSet<Status>, is_bad: bool) -> BTreeSet<Status> {
    if !is_bad {
        return status;
    }
    let all = STATUSES.iter().map(|(_, status)| *status);
    all.filter(|one| *one != Status::Unknown && !status.contains(one)).collect()
}

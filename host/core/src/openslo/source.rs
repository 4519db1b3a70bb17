//! `metricSource`: where data come from. This node reads its own checks and what applications push to it; every other
//! type of source is refused by name.

use std::collections::BTreeSet;

use super::objects::Objects;
use super::read::{At, Fields, list, name, object_name, text};
use crate::config::ConfigErrors;
use crate::config::read::word;
use crate::id::{CheckName, MetricName};
use crate::nearest::nearest;
use crate::observation::{Status, is_metric_name};

/// The type of our own sources.
const TYPE: &str = "tocsin";

pub(super) const STATUSES: [(&str, Status); 4] =
    [("ok", Status::Ok), ("warning", Status::Warning), ("critical", Status::Critical), ("unknown", Status::Unknown)];

const MEASURES: [(&str, Wanted); 3] = [("value", Wanted::Value), ("age", Wanted::Age), ("rate", Wanted::Rate)];

/// What `measure` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Value,
    Age,
    Rate,
}

/// What a `spec` says.
#[derive(Debug)]
pub(super) struct Spec<'n> {
    pub(super) at: At<'n>,
    /// Where `status`, `metric` and `measure` stand.
    pub(super) status_at: Option<At<'n>>,
    pub(super) metric_at: Option<At<'n>>,
    pub(super) measure_at: Option<At<'n>>,
    pub(super) from: From,
    pub(super) status: Option<BTreeSet<Status>>,
    pub(super) metric: Option<MetricName>,
    pub(super) measure: Option<Wanted>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum From {
    Check(CheckName),
    /// What is pushed for an indicator; for the one it stands in, where none is named.
    Events(Option<String>),
}

/// Reads a metric: a map with nothing but `metricSource`.
pub(super) fn read<'n>(at: &At<'n>, objects: &Objects<'_>, errors: &mut ConfigErrors) -> Option<Spec<'n>> {
    let mut fields = Fields::of(at, errors)?;
    let source = fields.required("metricSource", errors, |at, errors| metric_source(at, objects, errors));
    fields.finish(errors);
    source
}

fn metric_source<'n>(at: &At<'n>, objects: &Objects<'_>, errors: &mut ConfigErrors) -> Option<Spec<'n>> {
    let mut fields = Fields::of(at, errors)?;
    let named = fields.optional("metricSourceRef", errors, |at, errors| reference(at, objects, errors));
    let has_reference = at.child("metricSourceRef").is_some();
    let own = fields.get("type");
    let is_ours = match (&own, &named) {
        (Some(at), _) => is_ours(text(at, errors)?, at, errors),
        (None, Some((kind, at))) => is_ours(kind, at, errors),
        // What is wrong with the reference was said.
        (None, None) if has_reference => false,
        (None, None) => {
            let error = at.error("missing-key", "the key `type` is missing");
            errors.push(error.help("write `type: tocsin`, or name a DataSource in `metricSourceRef`"));
            false
        }
    };
    if !is_ours {
        return None;
    }
    let spec_at = fields.get("spec");
    fields.finish(errors);
    match spec_at {
        Some(at) => spec(&at, objects, errors),
        None => Some(Spec {
            at: at.clone(),
            status_at: None,
            metric_at: None,
            measure_at: None,
            from: From::Events(None),
            status: None,
            metric: None,
            measure: None,
        }),
    }
}

/// The type of a DataSource, and where it was named.
fn reference<'n>(at: &At<'n>, objects: &Objects<'_>, errors: &mut ConfigErrors) -> Option<(String, At<'n>)> {
    let name = object_name(at, errors)?;
    let kind = objects.data_sources.find("DataSource", name, at, errors)?;
    Some((kind.clone(), at.clone()))
}

fn is_ours(kind: &str, at: &At<'_>, errors: &mut ConfigErrors) -> bool {
    if kind == TYPE {
        return true;
    }
    let error = at.error("source-type", format!("data of the type `{kind}` cannot be read here"));
    errors.push(error.help(match nearest(kind, [TYPE]) {
        Some(word) => format!("did you mean `{word}`?"),
        None => "measure it with a check, or push events, and write `type: tocsin`".to_owned(),
    }));
    false
}

fn spec<'n>(at: &At<'n>, objects: &Objects<'_>, errors: &mut ConfigErrors) -> Option<Spec<'n>> {
    let before = errors.count();
    let mut fields = Fields::of(at, errors)?;
    let (check_at, events_at) = (fields.get("check"), fields.get("events"));
    let (status_at, metric_at, measure_at) = (fields.get("status"), fields.get("metric"), fields.get("measure"));
    fields.finish(errors);
    let from = match (&check_at, &events_at) {
        (Some(_), Some(events)) => {
            let error = events.error("one-of", "`check` and `events` are both given");
            errors.push(error.help("an indicator has one source: keep one of them"));
            None
        }
        (Some(at), None) => check(at, objects, errors).map(From::Check),
        (None, Some(at)) => name(at, errors).map(|name| From::Events(Some(name.to_owned()))),
        (None, None) => Some(From::Events(None)),
    };
    if check_at.is_none() {
        for (at, what) in [(&status_at, "status"), (&metric_at, "metric")] {
            if let Some(at) = at {
                let error = at.error("one-of", format!("`{what}` is of a check, and none is named"));
                errors.push(error.help("add `check: NAME`; what is pushed is counted, or is a value, by itself"));
            }
        }
    }
    let status = status_at.as_ref().and_then(|at| statuses(at, errors));
    let metric = metric_at.as_ref().and_then(|at| metric(at, errors));
    let measure = measure_at.as_ref().and_then(|at| word(at, &MEASURES, errors));
    let at = at.clone();
    let spec = Spec { at, status_at, metric_at, measure_at, from: from?, status, metric, measure };
    (errors.count() == before).then_some(spec)
}

fn check(at: &At<'_>, objects: &Objects<'_>, errors: &mut ConfigErrors) -> Option<CheckName> {
    let name = text(at, errors)?;
    if !objects.around.check_names.contains(name) {
        let error = at.error("unknown-check", format!("there is no check `{name}`"));
        errors.push(error.did_you_mean(name, objects.around.check_names.iter().copied()));
        return None;
    }
    Some(CheckName::new(name))
}

fn statuses(at: &At<'_>, errors: &mut ConfigErrors) -> Option<BTreeSet<Status>> {
    let words = list(at, errors)?;
    if words.is_empty() {
        errors.push(at.error("empty", "no status is named").help("write `status: [ok]`, for example"));
        return None;
    }
    words.iter().map(|at| word(at, &STATUSES, errors)).collect()
}

fn metric(at: &At<'_>, errors: &mut ConfigErrors) -> Option<MetricName> {
    let name = text(at, errors)?;
    if !is_metric_name(name) {
        errors.push(at.error("name", format!("`{name}` is not a metric's name")));
        return None;
    }
    Some(MetricName::new(name))
}

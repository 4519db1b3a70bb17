//! What a rule asks: exactly one kind of condition, with the keys of its kind.

use super::super::error::ConfigErrors;
use super::super::names::References;
use super::super::read::{self, At, Fields};
use super::super::tree::Value;
use crate::health::HealthStatus;
use crate::id::{DetectorName, MetricName};
use crate::matcher::{self, Matcher};
use crate::observation;
use crate::rule::{Condition, Side, Threshold};

const STATUSES: [(&str, HealthStatus); 4] = [
    ("critical", HealthStatus::Critical),
    ("warning", HealthStatus::Warning),
    ("unknown", HealthStatus::Unknown),
    ("stale", HealthStatus::Stale),
];
const KINDS: [&str; 4] = ["status", "metric", "anomaly", "plugin_failing"];

pub(super) fn read(at: &At<'_>, detectors: &mut References, errors: &mut ConfigErrors) -> Option<Condition> {
    let mut fields = Fields::of(at, errors)?;
    let mut given = KINDS.map(|kind| fields.get(kind).map(|at| (kind, at))).into_iter().flatten();
    let Some((kind, kind_at)) = given.next() else {
        let error = at.error(
            "condition",
            "the rule asks for nothing: one of `status`, `metric`, `anomaly`, `plugin_failing` is needed",
        );
        errors.push(error.help("write `when: {status: critical}`, for example"));
        return None;
    };
    if let Some((_, at)) = given.next() {
        errors.push(
            at.error("condition", format!("a rule has one condition, and `{kind}` is one already"))
                .help("write two rules"),
        );
        return None;
    }
    let condition = match kind {
        "status" => read::word(&kind_at, &STATUSES, errors).map(Condition::Status),
        "metric" => metric(&kind_at, &mut fields, errors),
        "anomaly" => anomaly(&kind_at, &mut fields, detectors, errors),
        _ => plugin_failing(&kind_at, errors),
    };
    fields.finish(errors);
    condition
}

fn plugin_failing(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Condition> {
    if at.node.value == Value::Bool(true) {
        return Some(Condition::PluginFailing);
    }
    let error = at.error("never-fires", "this rule can never fire: only `plugin_failing: true` asks for something");
    errors.push(error.help("`builtin_rules: false` switches off the rule that every check has"));
    None
}

fn metric(at: &At<'_>, fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Option<Condition> {
    let name = metric_name(at, errors);
    let labels = fields.optional("labels", errors, matchers).unwrap_or_default();
    let (above, below) = (fields.get("above"), fields.get("below"));
    let limit = match (&above, &below) {
        (Some(at), None) => Some((Side::Above, at)),
        (None, Some(at)) => Some((Side::Below, at)),
        (Some(_), Some(at)) => {
            errors.push(at.error("threshold", "a rule has either `above` or `below`").help("write two rules"));
            None
        }
        (None, None) => {
            let error = at.error("threshold", "the metric is held against nothing: `above` or `below` is needed");
            errors.push(error.help("add `above: 90`, for example"));
            None
        }
    };
    let threshold = limit.and_then(|(side, at)| threshold(side, at, fields, errors));
    Some(Condition::Metric { name: name?, labels, threshold: threshold? })
}

fn metric_name(at: &At<'_>, errors: &mut ConfigErrors) -> Option<MetricName> {
    let name = read::text(at, errors)?;
    if observation::is_metric_name(name) {
        return Some(MetricName::new(name));
    }
    let message = format!("`{name}` is not a metric's name: [a-zA-Z_][a-zA-Z0-9_]* of at most 128 bytes");
    let error = at.error("metric", message);
    errors.push(if name.contains('{') { error.help("labels stand in `labels`") } else { error });
    None
}

fn anomaly(
    at: &At<'_>,
    fields: &mut Fields<'_>,
    detectors: &mut References,
    errors: &mut ConfigErrors,
) -> Option<Condition> {
    let detector = read::text(at, errors);
    if let Some(detector) = detector {
        detectors.want(detector, at.error("unknown-detector", format!("there is no detector `{detector}`")));
    }
    let Some(limit) = fields.get("score_above") else {
        let error = at.error("threshold", "the score is held against nothing: `score_above` is needed");
        errors.push(error.help("add `score_above: 4`, for example"));
        return None;
    };
    let threshold = threshold(Side::Above, &limit, fields, errors);
    Some(Condition::Anomaly { detector: DetectorName::new(detector?), threshold: threshold? })
}

/// The limit with `clear`, which is on the good side of it.
fn threshold(side: Side, at: &At<'_>, fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Option<Threshold> {
    let clear_at = fields.get("clear");
    let limit = read::number(at, errors)?;
    let Some(clear_at) = clear_at else { return Some(Threshold { side, limit, clear: limit }) };
    let clear = read::number(&clear_at, errors)?;
    let (is_good, word) = match side {
        Side::Above => (clear <= limit, "above"),
        Side::Below => (clear >= limit, "below"),
    };
    if !is_good {
        let message = format!("{clear} is itself {word} {limit}: what fires would never clear between the two");
        let other = if side == Side::Above { "lower" } else { "higher" };
        errors.push(clear_at.error("threshold", message).help(format!("`clear` is {other} than `{word}`")));
        return None;
    }
    Some(Threshold { side, limit, clear })
}

/// A map of labels that must be equal, or a list of matchers as Alertmanager writes them.
pub(in super::super) fn matchers(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Vec<Matcher>> {
    if let Value::Map(_) = at.node.value {
        let labels = read::labels(at, errors)?;
        return Some(labels.into_iter().map(|(name, value)| Matcher::equal(name, value)).collect());
    }
    let mut matchers = Vec::new();
    for at in read::list(at, errors)? {
        let Some(text) = read::text(&at, errors) else { continue };
        match matcher::parse_one(text) {
            Ok(matcher) => matchers.push(matcher),
            Err(error) => errors.push(at.error("matcher", format!("`{text}` is not a matcher: {error}"))),
        }
    }
    Some(matchers)
}

//! `AlertPolicy`, `AlertCondition` and `AlertNotificationTarget`: when people are told, and who is asked for.

use std::time::Duration;

use super::Note;
use super::metadata::{self, Form, Metadata};
use super::objects::{Kind, Objects};
use super::read::{At, Fields, description, list, span, span_or_zero, text, written};
use crate::config::read::{duration, truth, word};
use crate::config::{ConfigErrors, Place};
use crate::id::ReceiverName;
use crate::slo::{Factor, derive};

pub(super) const CONDITION: Form = Form { strict: false, alerts: false, annotations: &["short-window"] };
pub(super) const PLAIN: Form = Form { strict: false, alerts: false, annotations: &[] };

/// Of a threshold, after the point.
const DECIMALS_MAX: usize = 6;
const THRESHOLD_MAX: u64 = 1_000_000;
const SHORTEST: Duration = Duration::from_secs(1);
const YEAR: Duration = Duration::from_secs(366 * 86_400);

const OPS: [(&str, bool); 4] = [("gt", true), ("gte", true), ("lt", false), ("lte", false)];

/// The only kind of condition there is.
const BURN_RATE: [(&str, ()); 1] = [("burnrate", ())];

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Policy {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) condition: Condition,
    pub(super) when_breaching: bool,
    pub(super) when_no_data: bool,
    pub(super) notify: Vec<ReceiverName>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    pub(super) severity: String,
    pub(super) description: String,
    pub(super) factor: Factor,
    pub(super) long: Duration,
    pub(super) short: Option<Duration>,
    pub(super) hold: Duration,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target {
    /// None where the receivers could not be read.
    pub(super) receiver: Option<ReceiverName>,
}

/// Reads a policy's `spec`.
pub(super) fn read(at: &At<'_>, name: &str, objects: &mut Objects<'_>, errors: &mut ConfigErrors) -> Option<Policy> {
    let mut fields = Fields::of(at, errors)?;
    let _description = description(&mut fields, errors);
    let when_breaching = fields.optional("alertWhenBreaching", errors, truth).unwrap_or(true);
    let when_no_data = fields.optional("alertWhenNoData", errors, truth).unwrap_or(false);
    if fields.optional("alertWhenResolved", errors, truth) == Some(false)
        && let Some(at) = at.child("alertWhenResolved")
    {
        let note = at.error("when-resolved", "whether the end is told is up to each receiver");
        objects.notes.push(Note::from(note.help("set `send_resolved: false` there")));
    }
    let condition = fields.required("conditions", errors, |at, errors| {
        let conditions = list(at, errors)?;
        let [condition] = conditions.as_slice() else {
            let message = format!("{} conditions; exactly one is expected", conditions.len());
            errors.push(at.error("one-of", message).help("another condition is another AlertPolicy"));
            return None;
        };
        one_condition(condition, objects, errors)
    });
    let mut notify = Vec::new();
    for at in fields.optional("notificationTargets", errors, list).unwrap_or_default() {
        notify.extend(one_target(&at, objects, errors).and_then(|target| target.receiver));
    }
    fields.finish(errors);
    if !(when_breaching || when_no_data) {
        let error = at.error("never-fires", "this policy alerts neither on a breach nor without data");
        errors.push(error.help("write `alertWhenBreaching: true`"));
    }
    let (name, place) = (name.to_owned(), at.place());
    Some(Policy { name, place, condition: condition?, when_breaching, when_no_data, notify })
}

/// A condition that is referred to or stands inline.
fn one_condition(at: &At<'_>, objects: &mut Objects<'_>, errors: &mut ConfigErrors) -> Option<Condition> {
    if let Some(reference) = at.child("conditionRef") {
        let name = only("conditionRef", at, &reference, errors)?;
        return objects.conditions.find(Kind::AlertCondition.as_str(), name, &reference, errors).cloned();
    }
    let (metadata, spec) = inline(at, Kind::AlertCondition, CONDITION, errors)?;
    read_condition(&spec, metadata.as_ref(), &mut objects.notes, errors)
}

/// A target that is referred to or stands inline.
fn one_target(at: &At<'_>, objects: &Objects<'_>, errors: &mut ConfigErrors) -> Option<Target> {
    if let Some(reference) = at.child("targetRef") {
        let name = only("targetRef", at, &reference, errors)?;
        return objects.targets.find(Kind::AlertNotificationTarget.as_str(), name, &reference, errors).cloned();
    }
    let (_, spec) = inline(at, Kind::AlertNotificationTarget, PLAIN, errors)?;
    read_target(&spec, objects, errors)
}

/// The name in a reference, which stands alone.
pub(super) fn only<'n>(
    key: &'static str,
    at: &At<'_>,
    reference: &At<'n>,
    errors: &mut ConfigErrors,
) -> Option<&'n str> {
    let mut fields = Fields::of(at, errors)?;
    let _known = fields.get(key);
    fields.finish(errors);
    text(reference, errors)
}

/// An object that stands inline: the same keys as a document, of which only `spec` must be there.
pub(super) fn inline<'n>(
    at: &At<'n>,
    kind: Kind,
    form: Form,
    errors: &mut ConfigErrors,
) -> Option<(Option<Metadata<'n>>, At<'n>)> {
    let mut fields = Fields::of(at, errors)?;
    let _ = fields.optional("apiVersion", errors, |at, errors| word(at, &[(super::VERSION, ())], errors));
    let _ = fields.optional("kind", errors, |at, errors| word(at, &[(kind.as_str(), ())], errors));
    let metadata = fields.optional("metadata", errors, |at, errors| metadata::read_inline(at, form, errors));
    let spec = fields.required("spec", errors, |at, _| Some(at.clone()));
    fields.finish(errors);
    Some((metadata, spec?))
}

/// Reads a condition's `spec`.
pub(super) fn read_condition(
    at: &At<'_>,
    metadata: Option<&Metadata<'_>>,
    notes: &mut Vec<Note>,
    errors: &mut ConfigErrors,
) -> Option<Condition> {
    let mut fields = Fields::of(at, errors)?;
    let description = description(&mut fields, errors);
    let severity = fields.required("severity", errors, |at, errors| text(at, errors).map(str::to_owned));
    let condition = fields.required("condition", errors, |at, errors| burn_rate(at, notes, errors));
    fields.finish(errors);
    let short =
        metadata.and_then(|it| it.read("short-window", errors, |at, errors| duration(at, SHORTEST, YEAR, errors)));
    let (severity, (factor, long, hold)) = (severity?, condition?);
    if let Some(at) = metadata.and_then(|it| it.annotation("short-window")).filter(|_| short > Some(long)) {
        errors.push(at.error("too-long", "the short window is longer than `lookbackWindow`"));
        return None;
    }
    let short = short.or(Some(derive::short_of(long))).filter(|short| *short <= long);
    Some(Condition { severity, description, factor, long, short, hold })
}

fn burn_rate(at: &At<'_>, notes: &mut Vec<Note>, errors: &mut ConfigErrors) -> Option<(Factor, Duration, Duration)> {
    let mut fields = Fields::of(at, errors)?;
    let _ = fields.optional("kind", errors, |at, errors| word(at, &BURN_RATE, errors));
    if fields.optional("op", errors, |at, errors| word(at, &OPS, errors)) == Some(false)
        && let Some(at) = at.child("op")
    {
        let note = at.error("alerts-when-healthy", "a burn rate below its threshold is good; this is taken as `gt`");
        notes.push(Note::from(note.help("write `op: gt`")));
    }
    let factor = fields.required("threshold", errors, factor);
    let long = fields.required("lookbackWindow", errors, span);
    let hold = fields.optional("alertAfter", errors, span_or_zero).map(super::read::Span::length).unwrap_or_default();
    fields.finish(errors);
    Some((factor?, long?.length(), hold))
}

/// The threshold as the fraction that it is written as.
fn factor(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Factor> {
    let written = written(at, errors)?;
    let (whole, part) = written.split_once('.').unwrap_or((written, ""));
    let part = part.trim_end_matches('0');
    let number = format!("{whole}{part}").parse::<u64>().ok();
    let scale = u32::try_from(part.len()).ok().and_then(|digits| 10_u64.checked_pow(digits));
    let factor = match (number, scale) {
        (Some(number), Some(scale)) if part.len() <= DECIMALS_MAX && number > 0 => derive::factor(number, scale),
        _ => None,
    };
    let factor = factor.filter(|factor| factor.numerator / factor.denominator <= THRESHOLD_MAX);
    if factor.is_none() {
        let message = format!("{written} is no threshold: above zero, with at most {DECIMALS_MAX} decimals");
        errors.push(at.error("range", message).help("write how many times too fast the budget burns: `14.4`"));
    }
    factor
}

/// Reads a target's `spec`: who is asked for must be a receiver.
pub(super) fn read_target(at: &At<'_>, objects: &Objects<'_>, errors: &mut ConfigErrors) -> Option<Target> {
    let mut fields = Fields::of(at, errors)?;
    let _description = description(&mut fields, errors);
    let receiver = fields.required("target", errors, |at, errors| {
        let name = text(at, errors)?;
        let Some(known) = &objects.around.receivers else { return Some(None) };
        if !known.contains(name) {
            let error = at.error("unknown-receiver", format!("there is no receiver `{name}`"));
            let error = error.help("name one of Alertmanager's file, or of `receivers`");
            errors.push(error.did_you_mean(name, known.iter().map(ReceiverName::as_str)));
            return None;
        }
        Some(Some(ReceiverName::new(name)))
    });
    fields.finish(errors);
    Some(Target { receiver: receiver? })
}

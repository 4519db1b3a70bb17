//! `SLO`: an indicator, a period, objectives, and what alerts about them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::indicator::{self, Draft, KINDS};
use super::metadata::{Form, Metadata};
use super::objective::{self, Aim, BUDGETINGS, Budgeting};
use super::objects::{Kind, Objects};
use super::policy::inline;
use super::read::{At, Fields, description, list, object_name, text};
use super::{alerts, lint, slot, window};
use crate::config::ConfigErrors;
use crate::config::read::word;
use crate::id::{ObjectiveName, ServiceName, SloName};
use crate::slo::{Empty, Guard, Indicator, IndicatorKind, Measure, Method, Objective, Op, Slo};

pub(super) const FORM: Form = Form {
    strict: true,
    alerts: true,
    annotations: &["slot", "late", "empty-slices", "kind", "exclude-maintenance", "false-alarm"],
};
pub(super) const INDICATOR: Form = Form { strict: true, alerts: false, annotations: &["kind"] };

/// More than one SLO's worth: each is counted, judged and shown by itself.
const OBJECTIVES_MAX: usize = 20;

const EMPTIES: [(&str, Empty); 3] = [("good", Empty::Good), ("bad", Empty::Bad), ("exclude", Empty::Exclude)];
const TRUTHS: [(&str, bool); 2] = [("true", true), ("false", false)];

/// Reads an SLO's `spec`.
pub(super) fn read(
    at: &At<'_>,
    metadata: &Metadata<'_>,
    name: &str,
    objects: &mut Objects<'_>,
    errors: &mut ConfigErrors,
) -> Option<Slo> {
    let before = errors.count();
    let mut fields = Fields::of(at, errors)?;
    let description = description(&mut fields, errors);
    let service = fields.required("service", errors, |at, errors| service(at, objects, errors));
    let indicator = indicator(&mut fields, name, objects, errors);
    let window_at = fields.get("timeWindow");
    let window = match &window_at {
        Some(at) => window::read(at, errors),
        None => {
            let error = at.error("missing-key", "the key `timeWindow` is missing");
            errors.push(error.help("add `timeWindow: [{duration: 30d, isRolling: true}]`"));
            None
        }
    };
    let budgeting = fields.required("budgetingMethod", errors, |at, errors| word(at, &BUDGETINGS, errors));
    let objectives_at = fields.get("objectives");
    let aims = objectives(&mut fields, budgeting, indicator.as_ref(), errors);
    let policies = fields.optional("alertPolicies", errors, |at, errors| alerts::policies(at, objects, errors));
    fields.finish(errors);
    let said = Said::read(metadata, budgeting, errors);
    let (service, indicator, (period, span), budgeting) = (service?, indicator?, window?, budgeting?);
    let (aims, policies) = (aims?, policies.unwrap_or_default());
    let (first, objectives_at) = (aims.first()?, objectives_at?);

    let asked = slot::Asked { metadata, window_at: &window_at?, slot: said.slot, late: said.late };
    let slot = asked.slot(&period, first.slice, &policies, errors)?;
    let late = asked.late(slot, errors)?;
    if errors.count() != before {
        return None;
    }
    let kind = said.kind.or(indicator.kind).unwrap_or_else(|| usual(&indicator, first));
    let around = alerts::Around { at: &objectives_at, period: &period, slot, guard: said.guard, policies: &policies };
    let slo = Slo {
        name: SloName::new(name),
        title: metadata.title.clone().unwrap_or_else(|| name.to_owned()),
        service,
        description,
        labels: metadata.labels.clone(),
        objectives: alerts::of(aims, &said.method(budgeting), &indicator, &around, objects, errors),
        indicator: Indicator { name: indicator.name, kind, source: indicator.source, measure: indicator.measure },
        period,
        slot,
        late,
        exclude_maintenance: said.exclude_maintenance,
        place: at.place(),
    };
    lint::slo(&slo, span, at, objects);
    Some(slo)
}

/// What annotations say.
struct Said {
    kind: Option<IndicatorKind>,
    empty: Empty,
    exclude_maintenance: bool,
    guard: Guard,
    slot: Option<Duration>,
    late: Option<Duration>,
}

impl Said {
    fn read(metadata: &Metadata<'_>, budgeting: Option<Budgeting>, errors: &mut ConfigErrors) -> Self {
        if let (Some(at), Some(Budgeting::Occurrences)) = (metadata.annotation("empty-slices"), budgeting) {
            let error = at.error("one-of", "without slices there is no empty one");
            errors.push(error.help("remove it, or choose `budgetingMethod: Timeslices`"));
        }
        Self {
            kind: metadata.read("kind", errors, |at, errors| word(at, &KINDS, errors)),
            empty: metadata.read("empty-slices", errors, |at, errors| word(at, &EMPTIES, errors)).unwrap_or_default(),
            exclude_maintenance: metadata.read("exclude-maintenance", errors, truth).unwrap_or(false),
            guard: metadata.read("false-alarm", errors, slot::guard).unwrap_or_default(),
            slot: metadata.read("slot", errors, slot::width),
            late: metadata.read("late", errors, slot::width),
        }
    }

    fn method(&self, budgeting: Budgeting) -> impl Fn(&Aim) -> Method {
        let empty = self.empty;
        move |aim| match (budgeting, aim.slice_target) {
            (Budgeting::Timeslices, Some(target)) => Method::Timeslices { target, empty },
            (Budgeting::RatioTimeslices, _) => Method::RatioTimeslices { empty },
            _ => Method::Occurrences,
        }
    }
}

/// Annotations are texts; true and false are written with and without quotes.
fn truth(at: &At<'_>, errors: &mut ConfigErrors) -> Option<bool> {
    match at.node.value {
        crate::config::tree::Value::Bool(value) => Some(value),
        _ => word(at, &TRUTHS, errors),
    }
}

/// A service's name; where any is defined, one of those.
fn service(at: &At<'_>, objects: &Objects<'_>, errors: &mut ConfigErrors) -> Option<ServiceName> {
    let name = object_name(at, errors)?;
    if !objects.services.is_empty() {
        objects.services.find(Kind::Service.as_str(), name, at, errors)?;
    }
    Some(ServiceName::new(name))
}

/// Exactly one of `indicator` and `indicatorRef`.
fn indicator(
    fields: &mut Fields<'_>,
    slo: &str,
    objects: &mut Objects<'_>,
    errors: &mut ConfigErrors,
) -> Option<Draft> {
    match (fields.get("indicator"), fields.get("indicatorRef")) {
        (Some(at), None) => {
            let (metadata, spec) = inline(&at, Kind::Sli, INDICATOR, errors)?;
            let name = metadata.as_ref().and_then(|it| it.name).unwrap_or(slo);
            indicator::read(&spec, name, metadata.as_ref(), objects, errors)
        }
        (None, Some(at)) => {
            let name = text(&at, errors)?;
            objects.indicators.find(Kind::Sli.as_str(), name, &at, errors).cloned()
        }
        (Some(_), Some(at)) => {
            errors.push(at.error("one-of", "`indicator` and `indicatorRef` are both given").help("keep one of them"));
            None
        }
        (None, None) => {
            let error = fields.at.error("missing-key", "the SLO has no indicator");
            errors.push(error.help("add `indicator`, or `indicatorRef` with an SLI's name"));
            None
        }
    }
}

fn objectives(
    fields: &mut Fields<'_>,
    budgeting: Option<Budgeting>,
    indicator: Option<&Draft>,
    errors: &mut ConfigErrors,
) -> Option<Vec<Aim>> {
    let entries = fields.required("objectives", errors, list)?;
    let at = fields.get("objectives")?;
    if entries.is_empty() || entries.len() > OBJECTIVES_MAX {
        let message = format!("{} objectives; an SLO has 1 to {OBJECTIVES_MAX}", entries.len());
        errors.push(at.error("too-many", message));
        return None;
    }
    // Without a method it is not known which keys belong here.
    let budgeting = budgeting?;
    let mut names: BTreeMap<ObjectiveName, usize> = BTreeMap::new();
    let mut slices: Vec<Duration> = Vec::new();
    let mut aims = Vec::new();
    for entry in &entries {
        let Some(aim) = objective::read(entry, budgeting, indicator, errors) else { continue };
        if let Some(line) = names.get(&aim.name) {
            let message = format!("there is already an objective `{}` in line {line}", aim.name);
            errors.push(entry.error("duplicate-name", message).help("give each another `displayName`"));
        }
        names.entry(aim.name.clone()).or_insert(entry.node.mark.line);
        if aim.slice.is_some_and(|slice| slices.first().is_some_and(|first| *first != slice)) {
            let error = entry.error("slices", "the objectives of an SLO share one `timeSliceWindow`");
            errors.push(error.help("objectives with other slices make another SLO"));
        }
        slices.extend(aim.slice);
        aims.push(aim);
    }
    (aims.len() == entries.len()).then_some(aims)
}

/// What an indicator most likely is, where nobody says.
fn usual(indicator: &Draft, aim: &Aim) -> IndicatorKind {
    match &indicator.measure {
        Measure::Age => IndicatorKind::Freshness,
        Measure::Rate => IndicatorKind::Throughput,
        Measure::Value { .. } => match aim.limit.map(|limit| limit.op) {
            Some(Op::Gt | Op::Gte) => IndicatorKind::Quality,
            _ => IndicatorKind::Latency,
        },
        Measure::Status { .. } | Measure::Counted | Measure::Counters { .. } if indicator.counts_bad => {
            IndicatorKind::ErrorRate
        }
        Measure::Status { .. } | Measure::Counted | Measure::Counters { .. } => IndicatorKind::Availability,
    }
}

/// The objectives with their rules, for others to fill in.
pub(super) fn objective(aim: Aim, method: Method, alerts: Vec<crate::slo::AlertRule>) -> Objective {
    Objective { name: aim.name, target: aim.target, limit: aim.limit, method, alerts }
}

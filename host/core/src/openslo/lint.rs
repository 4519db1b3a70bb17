//! What is valid and most likely not meant: the specification's own traps, and objectives that cannot do what their
//! author believes. Each is a note with its place; none keeps a file from being used.

use std::time::Duration;

use super::Note;
use super::objects::Objects;
use super::read::{At, Span, Unit};
use crate::config::{ConfigError, Schedule};
use crate::quantity::show_duration;
use crate::slo::{Empty, IndicatorKind, Measure, Method, Objective, Op, Ratio, Slo, Source, derive};

/// A number of minutes that is a usual number of months.
const MONTHS: [u32; 5] = [1, 2, 3, 6, 12];

/// What is odd about one SLO.
pub(super) fn slo(slo: &Slo, span: Span, at: &At<'_>, objects: &mut Objects<'_>) {
    let mut notes: Vec<ConfigError> = Vec::new();
    if span.unit == Unit::Minute && MONTHS.contains(&span.count) {
        let (count, months) = (span.count, if span.count == 1 { "a month" } else { "months" });
        let window = at.child("timeWindow").unwrap_or_else(|| at.clone());
        let note = window.error("minute-for-month", format!("`{count}m` is minutes; {months} would be `{count}M`"));
        notes.push(note.help(format!("write `{count}M` if that was meant")));
    }
    let events = events(slo, objects);
    for (index, objective) in slo.objectives.iter().enumerate() {
        let at = at.child("objectives").map_or_else(|| at.clone(), |list| super::alerts::objective_at(&list, index));
        notes.extend(empty_is_good(slo, objective, &at));
        notes.extend(wrong_way(slo, objective, &at));
        notes.extend(slices_without_runs(slo, objective, &at, objects));
        notes.extend(events.and_then(|events| too_tight(slo, objective, events, &at)));
    }
    objects.notes.extend(notes.into_iter().map(Note::from));
}

/// Policies that no SLO names.
pub(super) fn unused(objects: &mut Objects<'_>) {
    let unused = objects.policies.things().filter(|policy| !objects.used.contains(&policy.name));
    let note = |policy: &super::policy::Policy| Note {
        place: policy.place.clone(),
        code: "unused",
        message: format!("no SLO names the alert policy `{}`", policy.name),
        help: Some("name it in `alertPolicies`, or remove it".to_owned()),
    };
    let notes: Vec<Note> = unused.map(note).collect();
    objects.notes.extend(notes);
}

/// A source that is dead would look as if all were well.
fn empty_is_good(slo: &Slo, objective: &Objective, at: &At<'_>) -> Option<ConfigError> {
    let empty = match objective.method {
        Method::Timeslices { empty, .. } | Method::RatioTimeslices { empty } => empty,
        Method::Occurrences => return None,
    };
    let is_about_being_there = matches!(slo.indicator.kind, IndicatorKind::Availability | IndicatorKind::Freshness);
    if empty != Empty::Good || !is_about_being_there {
        return None;
    }
    let name = &objective.name;
    let note = at.error("empty-is-good", format!("objective `{name}`: a source that is dead would look perfect"));
    Some(note.help("write `tocsin.dev/empty-slices: exclude`, and let the `absent` alert say that it is dead"))
}

/// Slices so short that not each of them can have a run.
fn slices_without_runs(slo: &Slo, objective: &Objective, at: &At<'_>, objects: &Objects<'_>) -> Option<ConfigError> {
    let empty = match objective.method {
        Method::Timeslices { empty, .. } | Method::RatioTimeslices { empty } => empty,
        Method::Occurrences => return None,
    };
    let interval = interval(slo, objects)?;
    if interval <= slo.slot || matches!(slo.indicator.measure, Measure::Age | Measure::Rate) {
        return None;
    }
    let so = match empty {
        Empty::Good => "and those without a run count as good",
        Empty::Bad => "and those without a run count as bad",
        Empty::Exclude => "and those without a run are left out",
    };
    let (name, interval, slice) = (&objective.name, show_duration(interval), show_duration(slo.slot));
    let message = format!("objective `{name}`: the check runs each {interval}, a slice is {slice}, {so}");
    Some(
        at.error("slices-without-runs", message)
            .help("choose slices as long as the interval, or run the check more often"),
    )
}

/// Old data that count as fresh.
fn wrong_way(slo: &Slo, objective: &Objective, at: &At<'_>) -> Option<ConfigError> {
    let is_older_better = matches!(objective.limit?.op, Op::Gt | Op::Gte);
    if slo.indicator.measure != Measure::Age || !is_older_better {
        return None;
    }
    let message = format!("objective `{}`: data would be good when they are old", objective.name);
    Some(at.error("older-is-better", message).help("write `op: lte`"))
}

/// An objective that the first bad event breaks.
fn too_tight(slo: &Slo, objective: &Objective, events: u64, at: &At<'_>) -> Option<ConfigError> {
    let budget = u128::from(events) * u128::from(objective.target.rest().billionths());
    if budget > u128::from(Ratio::BILLION) {
        return None;
    }
    let what = match (&objective.method, &slo.indicator.measure) {
        (Method::Occurrences, Measure::Age | Measure::Rate) => "slot",
        (Method::Occurrences, _) => "run",
        _ => "slice",
    };
    let (name, target, period) = (&objective.name, objective.target, show_duration(derive::length(&slo.period)));
    let message = format!(
        "objective `{name}`: one bad {what} uses up the whole budget: there are {events} in {period}, and {target} must be good"
    );
    Some(at.error("too-tight", message).help("measure more often, choose a longer period, or a lower target"))
}

/// How many data a period has, if that can be known.
fn events(slo: &Slo, objects: &Objects<'_>) -> Option<u64> {
    let length = derive::length(&slo.period);
    let slots = derive::slots(length, slo.slot);
    if slo.objectives.iter().any(|objective| objective.method != Method::Occurrences) {
        return Some(slots);
    }
    match &slo.indicator.measure {
        Measure::Age | Measure::Rate => Some(slots),
        Measure::Status { .. } | Measure::Value { .. } => {
            let interval = interval(slo, objects)?;
            length.as_millis().checked_div(interval.as_millis()).and_then(|runs| u64::try_from(runs).ok())
        }
        Measure::Counted | Measure::Counters { .. } => None,
    }
}

/// How often its check runs, if it is one that runs at intervals.
fn interval(slo: &Slo, objects: &Objects<'_>) -> Option<Duration> {
    let Source::Check(check) = &slo.indicator.source else { return None };
    match objects.around.checks.get(check.as_str())? {
        Schedule::Every(interval) => Some(*interval),
        Schedule::Cron(_) => None,
    }
}

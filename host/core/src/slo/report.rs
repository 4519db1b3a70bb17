//! What became of an SLO's objectives in a day, week, month or quarter, from recorded slots and what people wrote down.
//! The figures are here; `sheet` puts them in words, and `text`, `markdown` and `html` on a page. JSON is this as it is.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::downtime::{Downtime, DowntimeNote, Look, Reason, downtimes};
use super::history::{History, HistoryError, Recorded};
use super::{CalendarUnit, Counts, Factor, Method, Objective, Ratio, Slo, budget_left_ppm, budget_share_ppm};
use crate::id::{ObjectiveName, ServiceName, SloName};
use crate::maintenance::Span;
use crate::time::Timestamp;
use crate::zone::Zone;

mod html;
mod markdown;
mod sheet;
mod text;

pub use html::html;
pub(crate) use html::html_of;
pub use markdown::markdown;
pub(crate) use markdown::markdown_of;
pub(crate) use sheet::{Section, Sheet, Table};
pub use text::text;

const HOUR: Duration = Duration::from_secs(3_600);
const WORST_HOURS: usize = 5;
/// Those that cost most; the rest is counted.
const LISTED_MAX: usize = 100;

/// What a report is made from.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub slo: &'a Slo,
    pub unit: CalendarUnit,
    pub zone: &'a Zone,
    /// The report is about the period that this moment is in.
    pub at: Timestamp,
    /// A period that is not over is reported so far.
    pub now: Timestamp,
    /// From which burn rate on a slot counts as downtime; [`Factor::ONE`] where nobody says otherwise.
    pub down_from: Factor,
    pub tolerance: Duration,
    pub maintenance: &'a [Span],
    pub notes: &'a [DowntimeNote],
    pub incidents: &'a [Incident],
}

/// A stretch of time that an incident covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub id: String,
    pub title: String,
    pub start: Timestamp,
    /// `None`: it is still open.
    pub end: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub slo: SloName,
    pub title: String,
    pub service: ServiceName,
    pub unit: CalendarUnit,
    pub zone: Zone,
    pub from: Timestamp,
    pub until: Timestamp,
    /// How far it could be reported: `until`, unless the period is not over.
    pub so_far: Timestamp,
    pub objectives: Vec<ObjectiveReport>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectiveReport {
    pub name: ObjectiveName,
    /// In percent, as it is written.
    pub target: String,
    pub counts: Counts,
    pub counted: Counted,
    /// `None` where nothing was counted.
    pub met: Option<bool>,
    pub budget: BudgetReport,
    /// The dearest first.
    pub causes: Vec<Cause>,
    pub incidents: Vec<IncidentCost>,
    pub worst_hours: Vec<Hour>,
    /// In their order; of very many those that cost most.
    pub downtimes: Vec<Downtime>,
    pub downtimes_omitted: usize,
    /// Of all slots so far, how many had no event.
    pub slots: usize,
    pub slots_without_data: usize,
    pub trend: Trend,
}

/// What good and total are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counted {
    Events,
    Slices,
    /// Billionths of slices.
    SliceShares,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetReport {
    /// That may be bad of what was counted, whole ones.
    pub allowed: u64,
    pub bad: u64,
    /// The same as time: of so much time, if all were bad in it.
    pub allowed_ms: u64,
    pub spent_ms: u64,
    /// Millionths; `None` where nothing was counted.
    pub left_ppm: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// `None`: bad events that are no part of a downtime.
    pub reason: Option<Reason>,
    pub events: usize,
    pub duration_ms: u64,
    pub bad: u64,
    pub spent_ppm: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentCost {
    pub incident: Incident,
    pub counts: Counts,
    pub spent_ppm: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hour {
    pub start: Timestamp,
    pub counts: Counts,
    pub spent_ppm: Option<i64>,
}

/// Against the period before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trend {
    pub previous: Counts,
    pub previous_left_ppm: Option<i64>,
    pub direction: Direction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    Better,
    Worse,
    Same,
    /// One of the two has no data.
    Unknown,
}

/// `recorded` gives an objective's slots of a span, which reaches from the beginning of the period before on.
///
/// # Errors
/// More slots than can be looked at together.
pub fn report(
    asked: &Asked<'_>,
    mut recorded: impl FnMut(&Objective, Span) -> Vec<Recorded>,
) -> Result<Report, HistoryError> {
    let Asked { slo, unit, zone, at, now, .. } = *asked;
    let (span, before) = (unit.around(at, zone), unit.before(at, zone));
    let so_far = span.end.min(now).max(span.start);
    let all = Span { start: before.start, end: so_far };
    let of = |objective: &Objective| {
        let history = History::new(&recorded(objective, all), all, slo.slot, objective.method)?;
        Ok(asked.objective(objective, &history, Span { start: span.start, end: so_far }, before))
    };
    let objectives = slo.objectives.iter().map(of).collect::<Result<Vec<_>, _>>()?;
    Ok(Report {
        slo: slo.name.clone(),
        title: slo.title.clone(),
        service: slo.service.clone(),
        unit,
        zone: zone.clone(),
        from: span.start,
        until: span.end,
        so_far,
        objectives,
    })
}

impl Asked<'_> {
    fn objective(&self, objective: &Objective, history: &History, span: Span, before: Span) -> ObjectiveReport {
        let is_about = |note: &&DowntimeNote| {
            note.slo == self.slo.name && note.objective.as_ref().is_none_or(|name| *name == objective.name)
        };
        let notes: Vec<&DowntimeNote> = self.notes.iter().filter(is_about).collect();
        let look = Look {
            target: objective.target,
            down_from: self.down_from,
            tolerance: self.tolerance,
            maintenance: self.maintenance,
            notes: &notes,
        };
        let counts = history.within(span);
        let mut downtimes = downtimes(history, span, &look);
        let (first, end) = (history.index(span.start), history.index(span.end));
        let left_ppm = budget_left_ppm(counts, objective.target);
        ObjectiveReport {
            name: objective.name.clone(),
            target: objective.target.to_string(),
            counts,
            counted: Counted::of(objective.method),
            met: left_ppm.map(|left| left >= 0),
            budget: budget(counts, span, objective.target),
            causes: causes(&downtimes, counts, objective.target),
            incidents: incidents(self.incidents, history, (span, counts), objective.target),
            worst_hours: worst_hours(history, (span, counts), objective.target),
            downtimes_omitted: dearest(&mut downtimes),
            downtimes,
            slots: end.saturating_sub(first),
            slots_without_data: end.saturating_sub(first).saturating_sub(history.with_data(first, end)),
            trend: trend(counts, history.within(before), objective.target),
        }
    }
}

impl Counted {
    const fn of(method: Method) -> Self {
        match method {
            Method::Occurrences => Self::Events,
            Method::Timeslices { .. } => Self::Slices,
            Method::RatioTimeslices { .. } => Self::SliceShares,
        }
    }
}

fn budget(counts: Counts, span: Span, target: Ratio) -> BudgetReport {
    let share = |whole: u64| u128::from(whole) * u128::from(target.rest().billionths()) / u128::from(Ratio::BILLION);
    let millis = u64::try_from(span.end.since(span.start).as_millis()).unwrap_or(u64::MAX);
    // As much of the time as of what was counted.
    let spent = u128::from(counts.bad()) * u128::from(millis) / u128::from(counts.total.max(1));
    let narrow = |wide: u128| u64::try_from(wide).unwrap_or(u64::MAX);
    BudgetReport {
        allowed: narrow(share(counts.total)),
        bad: counts.bad(),
        allowed_ms: narrow(share(millis)),
        spent_ms: narrow(spent),
        left_ppm: budget_left_ppm(counts, target),
    }
}

fn causes(downtimes: &[Downtime], counts: Counts, target: Ratio) -> Vec<Cause> {
    let mut by_reason: BTreeMap<Reason, Cause> = BTreeMap::new();
    let mut elsewhere = counts.bad();
    for downtime in downtimes {
        let reason = Some(downtime.reason);
        let cause = by_reason.entry(downtime.reason).or_insert(Cause {
            reason,
            events: 0,
            duration_ms: 0,
            bad: 0,
            spent_ppm: None,
        });
        let millis = downtime.end.since(downtime.start).as_millis();
        cause.events += 1;
        cause.duration_ms = cause.duration_ms.saturating_add(u64::try_from(millis).unwrap_or(u64::MAX));
        cause.bad = cause.bad.saturating_add(downtime.counts.bad());
        elsewhere = elsewhere.saturating_sub(downtime.counts.bad());
    }
    let scattered = Cause { reason: None, events: 0, duration_ms: 0, bad: elsewhere, spent_ppm: None };
    let mut causes: Vec<Cause> = by_reason.into_values().chain((elsewhere > 0).then_some(scattered)).collect();
    for cause in &mut causes {
        cause.spent_ppm = budget_share_ppm(cause.bad, counts.total, target);
    }
    causes.sort_by_key(|cause| Reverse(cause.bad));
    causes
}

/// What was bad while each lasted; what falls into two is both's.
fn incidents(all: &[Incident], history: &History, (span, counts): (Span, Counts), target: Ratio) -> Vec<IncidentCost> {
    let within = all.iter().filter_map(|incident| {
        let end = incident.end.unwrap_or(span.end).min(span.end);
        let shared = Span { start: incident.start.max(span.start), end };
        if shared.start >= shared.end {
            return None;
        }
        let cost = history.within(shared);
        let spent_ppm = budget_share_ppm(cost.bad(), counts.total, target);
        Some(IncidentCost { incident: incident.clone(), counts: cost, spent_ppm })
    });
    let mut costs: Vec<IncidentCost> = within.collect();
    costs.sort_by_key(|cost| Reverse(cost.counts.bad()));
    costs.truncate(LISTED_MAX);
    costs
}

fn worst_hours(history: &History, (span, counts): (Span, Counts), target: Ratio) -> Vec<Hour> {
    let mut worst: Vec<Hour> = Vec::new();
    let mut start = span.start;
    while start < span.end {
        let hour = history.within(Span { start, end: start.after(HOUR).min(span.end) });
        if hour.bad() > 0 {
            let spent_ppm = budget_share_ppm(hour.bad(), counts.total, target);
            worst.push(Hour { start, counts: hour, spent_ppm });
            // Stable: of two that are as bad the earlier comes first.
            worst.sort_by_key(|hour| Reverse(hour.counts.bad()));
            worst.truncate(WORST_HOURS);
        }
        start = start.after(HOUR);
    }
    worst
}

/// Keeps those that cost most, in their order; says how many are left out.
fn dearest(downtimes: &mut Vec<Downtime>) -> usize {
    let omitted = downtimes.len().saturating_sub(LISTED_MAX);
    if omitted > 0 {
        downtimes.sort_by_key(|downtime| Reverse(downtime.counts.bad()));
        downtimes.truncate(LISTED_MAX);
        downtimes.sort_by_key(|downtime| downtime.start);
    }
    omitted
}

fn trend(counts: Counts, previous: Counts, target: Ratio) -> Trend {
    let shares = |a: Counts, b: Counts| u128::from(a.good) * u128::from(b.total);
    let direction = match shares(counts, previous).cmp(&shares(previous, counts)) {
        _ if counts.total == 0 || previous.total == 0 => Direction::Unknown,
        Ordering::Greater => Direction::Better,
        Ordering::Less => Direction::Worse,
        Ordering::Equal => Direction::Same,
    };
    Trend { previous, previous_left_ppm: budget_left_ppm(previous, target), direction }
}

#[cfg(test)]
mod tests;

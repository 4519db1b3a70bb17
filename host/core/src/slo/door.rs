//! The door for events that applications push: what a batch of them adds to which slots, and what of it is not counted,
//! each by its reason. Pure, and the expensive part of taking events in: it runs beside the single writer. Knows
//! nothing of what was counted before.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use thiserror::Error;

use super::{Counts, Measure, Objective, Refusal, SeriesKey, Slo, Slot, SlotWidth, Source};
use crate::config::Config;
use crate::id::SliName;
use crate::time::Timestamp;

mod number;

pub use number::Number;
use number::moment;

/// Events in one batch.
pub const EVENTS_MAX: usize = 50_000;
/// Bytes of a batch's key, and of its source.
const KEY_BYTES_MAX: usize = 200;
/// Events that one posted line may stand for.
const TOTAL_MAX: u64 = 1_000_000_000_000;

/// A batch, as an application posts it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostedEvents {
    /// The same key again counts nothing, for as long as late events are waited for.
    #[serde(default)]
    pub key: Option<String>,
    /// Who posts it; keys are told apart by it.
    #[serde(default)]
    pub source: Option<String>,
    pub events: Vec<PostedEvent>,
}

/// Either `good` and `total`, or a `value`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostedEvent {
    /// RFC 3339, or milliseconds since the Unix epoch; without one it is now.
    #[serde(default, deserialize_with = "moment")]
    pub at: Option<Timestamp>,
    #[serde(default)]
    pub good: Option<Number>,
    #[serde(default)]
    pub total: Option<Number>,
    #[serde(default)]
    pub value: Option<f64>,
}

/// What a batch adds, for the single writer.
#[derive(Clone, Debug, PartialEq)]
pub struct SliReport {
    pub sli: SliName,
    /// Empty where it was not given.
    pub source: String,
    pub key: Option<String>,
    /// Unlike that of any other report; `State::slos().batch(..)` shows it once this very report was counted.
    pub ticket: u64,
    pub series: Vec<SeriesReport>,
}

/// What a batch adds to one series.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesReport {
    pub key: SeriesKey,
    /// In the order of the slots. Where data as such is what is measured, each counts as one good event.
    pub slots: Vec<(Slot, Counts)>,
    pub newest: Option<Timestamp>,
    /// Lines that were counted.
    pub taken: u64,
    pub refused: BTreeMap<Refusal, Refused>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Lines of the batch.
    pub count: u64,
    /// The first of them, from 0.
    pub first: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DoorError {
    #[error("no SLO is fed by events for `{0}`")]
    UnknownSli(SliName),
    #[error("a batch has {count} events, more than the {EVENTS_MAX} that are taken at once")]
    TooMany { count: usize },
    #[error("the {what} of a batch is {bytes} bytes long, more than the {KEY_BYTES_MAX} that are taken")]
    TooLong { what: &'static str, bytes: usize },
}

/// What a batch for one indicator adds to every series that it feeds.
///
/// # Errors
/// The batch as a whole is not taken.
pub fn door(
    config: &Config,
    sli: &SliName,
    posted: &PostedEvents,
    ticket: u64,
    now: Timestamp,
) -> Result<SliReport, DoorError> {
    if posted.events.len() > EVENTS_MAX {
        return Err(DoorError::TooMany { count: posted.events.len() });
    }
    for (what, text) in [("key", &posted.key), ("source", &posted.source)] {
        let bytes = text.as_ref().map_or(0, String::len);
        if bytes > KEY_BYTES_MAX {
            return Err(DoorError::TooLong { what, bytes });
        }
    }
    let is_fed = |slo: &&Slo| matches!(&slo.indicator.source, Source::Events(name) if name == sli);
    let mut series = Vec::new();
    for slo in config.slos.values().filter(is_fed) {
        // What is counted does not depend on the objective, but for the limit that values are held against.
        let mut shared: Option<SeriesReport> = None;
        for objective in &slo.objectives {
            let key = SeriesKey { slo: slo.name.clone(), objective: objective.name.clone() };
            let report = match &shared {
                Some(known) => SeriesReport { key, ..known.clone() },
                None => sum_up(slo, objective, key, posted, now),
            };
            if shared.is_none() && !matches!(slo.indicator.measure, Measure::Value { .. }) {
                shared = Some(report.clone());
            }
            series.push(report);
        }
    }
    if series.is_empty() {
        return Err(DoorError::UnknownSli(sli.clone()));
    }
    let source = posted.source.clone().unwrap_or_default();
    Ok(SliReport { sli: sli.clone(), source, key: posted.key.clone(), ticket, series })
}

fn sum_up(slo: &Slo, objective: &Objective, key: SeriesKey, posted: &PostedEvents, now: Timestamp) -> SeriesReport {
    let width = SlotWidth::new(slo.slot);
    let current = width.slot(now);
    let (oldest, newest_at) = (current.minus(late_slots(slo)), now.after(width.as_duration()));
    let mut report = SeriesReport { key, slots: Vec::new(), newest: None, taken: 0, refused: BTreeMap::new() };
    let mut last = 0;
    for (index, event) in posted.events.iter().enumerate() {
        let at = event.at.unwrap_or(now);
        let slot = width.slot(at).min(current);
        let counts = if at > newest_at {
            Err(Refusal::Future)
        } else if slot < oldest {
            Err(Refusal::Late)
        } else {
            counts(slo, objective, event)
        };
        let added = counts.and_then(|counts| add(&mut report.slots, &mut last, slot, counts));
        match added {
            Ok(()) => {
                report.taken += 1;
                report.newest = report.newest.max(Some(at.min(now)));
            }
            Err(reason) => {
                report.refused.entry(reason).or_insert(Refused { count: 0, first: index }).count += 1;
            }
        }
    }
    report
}

/// Slots before the current one that are still open.
pub(super) fn late_slots(slo: &Slo) -> i64 {
    let width = SlotWidth::new(slo.slot);
    if slo.late.is_zero() { 0 } else { width.slots_in(slo.late) }
}

/// What one line of a batch stands for.
fn counts(slo: &Slo, objective: &Objective, event: &PostedEvent) -> Result<Counts, Refusal> {
    match &slo.indicator.measure {
        Measure::Counted => match (event.good, event.total) {
            (Some(good), Some(total)) => {
                let (good, total) = (good.count()?, total.count()?);
                if good > total { Err(Refusal::GoodAboveTotal) } else { Ok(Counts { good, total }) }
            }
            _ => Err(Refusal::Nothing),
        },
        Measure::Value { .. } => {
            let value = event.value.ok_or(Refusal::Nothing)?;
            if !value.is_finite() {
                return Err(Refusal::NotANumber);
            }
            let good = objective.limit.is_some_and(|limit| limit.holds(value));
            Ok(Counts { good: u64::from(good), total: 1 })
        }
        Measure::Age | Measure::Rate => {
            let total = event.total.map_or(Ok(1), Number::count)?;
            Ok(Counts { good: total, total })
        }
        // Measures of checks: a valid SLO has no such indicator.
        Measure::Status { .. } | Measure::Counters { .. } => Err(Refusal::Nothing),
    }
}

/// Adds to a slot; `last` is where the one before went, which most follow.
fn add(slots: &mut Vec<(Slot, Counts)>, last: &mut usize, slot: Slot, counts: Counts) -> Result<(), Refusal> {
    if slots.get(*last).is_none_or(|(known, _)| *known != slot) {
        *last = slots.binary_search_by_key(&slot, |(slot, _)| *slot).unwrap_or_else(|place| {
            slots.insert(place, (slot, Counts::default()));
            place
        });
    }
    let Some((_, sum)) = slots.get_mut(*last) else { return Err(Refusal::Full) };
    let total = sum.total.checked_add(counts.total).ok_or(Refusal::Full)?;
    *sum = Counts { good: sum.good + counts.good, total };
    Ok(())
}

impl SliReport {
    /// Whether nothing at all of it can be counted, for whatever reason.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.series.iter().all(|series| series.taken == 0)
    }

    #[must_use]
    pub fn batch(&self) -> Option<super::BatchKey> {
        let key = self.key.clone()?;
        Some(super::BatchKey { sli: self.sli.clone(), source: self.source.clone(), key })
    }
}

impl From<SliReport> for crate::pipeline::Event {
    fn from(report: SliReport) -> Self {
        Self::SliReported(Arc::new(report))
    }
}

//! What an objective asks of its series, ready for use: the width of its slots, what a slot is worth, which windows are
//! looked at and which rules look at them. Knows nothing of what was counted.

use std::collections::BTreeSet;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::door::late_slots;
use super::{
    AlertRule, CalendarUnit, Counts, Factor, Guard, Limit, Measure, Method, Objective, Period, Ratio, SeriesKey, Slo,
    Slot, SlotWidth, Source, When,
};
use crate::id::ServiceName;
use crate::label::Labels;
use crate::rule::Timing;
use crate::time::Timestamp;
use crate::zone::Zone;

/// Windows in which people are used to seeing a burn.
const SHOWN: [Duration; 7] = [
    Duration::from_secs(300),
    Duration::from_secs(1_800),
    Duration::from_secs(3_600),
    Duration::from_secs(7_200),
    Duration::from_secs(21_600),
    Duration::from_secs(86_400),
    Duration::from_secs(3 * 86_400),
];
/// Sums along the period that are remembered.
const MARKS: i64 = 64;

#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    pub key: SeriesKey,
    pub service: ServiceName,
    /// Of the SLO.
    pub labels: Labels,
    pub target: Ratio,
    pub method: Method,
    pub width: SlotWidth,
    /// Slots before the current one that are still open.
    pub late: i64,
    pub source: Source,
    pub measure: Measure,
    pub limit: Option<Limit>,
    pub exclude_maintenance: bool,
    /// From short to long; the period is the last one.
    pub windows: Vec<WindowShape>,
    pub rules: Vec<RuleShape>,
    /// Of everything that slots counted by another definition could not be compared by.
    pub digest: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct WindowShape {
    /// `None`: the period.
    pub length: Option<Duration>,
    pub span: Span,
}

/// What a window reaches over.
#[derive(Clone, Debug, PartialEq)]
pub enum Span {
    /// So many slots up to the newest.
    Rolling(i64),
    Calendar(CalendarUnit, Zone),
}

#[derive(Clone, Debug, PartialEq)]
pub struct RuleShape {
    pub rule: AlertRule,
    pub looks_at: LooksAt,
}

/// Windows by their index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LooksAt {
    Burn {
        long: usize,
        short: usize,
        factor: Factor,
        guard: Guard,
    },
    Breach {
        window: usize,
        guard: Guard,
    },
    /// Slots without anything.
    Absent {
        after: i64,
    },
}

impl Shape {
    #[must_use]
    pub fn new(slo: &Slo, objective: &Objective) -> Self {
        Self::with_windows(slo, objective, &BTreeSet::new())
    }

    /// With windows that others look at besides those that are shown, or that its alerts look at.
    #[must_use]
    pub fn with_windows(slo: &Slo, objective: &Objective, others: &BTreeSet<Duration>) -> Self {
        let width = SlotWidth::new(slo.slot);
        let windows = windows(slo, objective, width, others);
        let index = |length: Duration| {
            let slots = width.slots_in(length);
            let is_it = |window: &WindowShape| matches!(window.span, Span::Rolling(known) if known == slots);
            windows.iter().position(is_it).unwrap_or(windows.len().saturating_sub(1))
        };
        let rules = objective.alerts.iter().map(|rule| RuleShape {
            looks_at: match rule.when {
                When::Burn { long, short, factor, guard } => {
                    LooksAt::Burn { long: index(long), short: index(short), factor, guard }
                }
                When::Breach { window, guard } => LooksAt::Breach { window: index(window), guard },
                When::Absent { after } => LooksAt::Absent { after: width.slots_in(after) },
            },
            rule: rule.clone(),
        });
        Self {
            key: SeriesKey { slo: slo.name.clone(), objective: objective.name.clone() },
            service: slo.service.clone(),
            labels: slo.labels.clone(),
            target: objective.target,
            method: objective.method,
            width,
            late: late_slots(slo),
            source: slo.indicator.source.clone(),
            measure: slo.indicator.measure.clone(),
            limit: objective.limit,
            exclude_maintenance: slo.exclude_maintenance,
            rules: rules.collect(),
            digest: digest(slo, objective),
            windows,
        }
    }

    /// What a slot is worth by the method.
    #[must_use]
    pub fn value(&self, raw: Counts) -> Counts {
        self.method.value(raw)
    }

    /// What a slot is worth in which nothing happened.
    #[must_use]
    pub fn empty(&self) -> Counts {
        self.value(Counts::ZERO)
    }

    /// Whether a slot counts before it is over.
    #[must_use]
    pub const fn counts_open_slot(&self) -> bool {
        matches!(self.method, Method::Occurrences)
    }

    /// Whether the end of a slot counts, and data only keeps it good.
    #[must_use]
    pub const fn is_by_clock(&self) -> bool {
        matches!(self.measure, Measure::Age | Measure::Rate)
    }

    /// The most that one slot may hold, so that no window ever holds 2^64.
    #[must_use]
    pub fn slot_max(&self) -> u64 {
        u64::MAX / (self.longest().unsigned_abs().saturating_add(2))
    }

    /// Slots of the longest window at its longest.
    #[must_use]
    pub fn longest(&self) -> i64 {
        let slots = |window: &WindowShape| match &window.span {
            Span::Rolling(slots) => *slots,
            Span::Calendar(unit, _) => self.width.slots_in(Duration::from_secs(86_400 * days_max(*unit))),
        };
        self.windows.iter().map(slots).max().unwrap_or(1)
    }

    /// The index of the window of this length.
    #[must_use]
    pub fn window(&self, length: Duration) -> Option<usize> {
        let slots = self.width.slots_in(length);
        self.windows.iter().position(|window| matches!(window.span, Span::Rolling(known) if known == slots))
    }

    /// How long a rule must hold before it fires.
    #[must_use]
    pub fn timing(&self, rule: &str) -> Timing {
        let known = self.rules.iter().find(|known| known.rule.name == rule);
        Timing { hold: known.map_or(Duration::ZERO, |known| known.rule.hold), keep_firing_for: Duration::ZERO }
    }

    /// Slots from one mark to the next.
    #[must_use]
    pub fn mark_step(&self) -> i64 {
        (self.longest() / MARKS).max(1)
    }

    /// The first slot of the calendar period that a slot is in, and the first of the next one; nothing where the period
    /// rolls.
    #[must_use]
    pub fn calendar_at(&self, slot: Slot) -> Option<(Slot, Slot)> {
        let Span::Calendar(unit, zone) = &self.windows.last()?.span else { return None };
        let (begin, end) = self.bounds(*unit, zone, self.width.start(slot));
        Some((begin, end))
    }

    fn bounds(&self, unit: CalendarUnit, zone: &Zone, at: Timestamp) -> (Slot, Slot) {
        let period = unit.around(at, zone);
        // A slot that began before a period did belongs to the one before.
        (self.width.slot_from(period.start), self.width.slot_from(period.end))
    }
}

/// No period of this unit is longer.
const fn days_max(unit: CalendarUnit) -> u64 {
    match unit {
        CalendarUnit::Day => 2,
        CalendarUnit::Week => 8,
        CalendarUnit::Month => 32,
        CalendarUnit::Quarter => 93,
        CalendarUnit::Year => 367,
    }
}

fn windows(slo: &Slo, objective: &Objective, width: SlotWidth, others: &BTreeSet<Duration>) -> Vec<WindowShape> {
    let (period, limit) = match &slo.period {
        Period::Rolling(length) => (Span::Rolling(width.slots_in(*length)), *length),
        Period::Calendar { unit, zone } => {
            (Span::Calendar(*unit, zone.clone()), Duration::from_secs(86_400 * days_max(*unit).saturating_sub(1)))
        }
    };
    let mut lengths: Vec<Duration> =
        SHOWN.into_iter().filter(|length| *length < limit && *length >= width.as_duration()).collect();
    for rule in &objective.alerts {
        match rule.when {
            When::Burn { long, short, .. } => lengths.extend([long, short]),
            When::Breach { window, .. } => lengths.push(window),
            When::Absent { .. } => {}
        }
    }
    lengths.extend(others.iter().filter(|length| **length < limit));
    lengths.sort_by_key(|length| (width.slots_in(*length), *length));
    lengths.dedup_by_key(|length| width.slots_in(*length));
    let rolling = lengths.iter().map(|length| (Some(*length), Span::Rolling(width.slots_in(*length))));
    // A window as long as the period is the period.
    let rolling = rolling.filter(|(_, span)| *span != period);
    let all = rolling.chain([(None, period.clone())]);
    all.map(|(length, span)| WindowShape { length, span }).collect()
}

fn digest(slo: &Slo, objective: &Objective) -> String {
    let counted = (slo.slot, objective.method, &slo.indicator.source, &slo.indicator.measure, objective.limit);
    // All of it can be written as JSON; if it could not, it would be a new series each time, and never a mixed one.
    let text = serde_json::to_vec(&counted).unwrap_or_default();
    Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

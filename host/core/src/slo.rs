//! Service level objectives: what is promised, how it is counted, and what is left of the error budget. The types here
//! are a definition that is whole and valid; they come from OpenSLO files by way of `openslo`. Knows nothing of files,
//! of how counts are kept, or of who is told.
//!
//! A number's way: an [`Indicator`] turns what was observed into [`Counts`] of a slot; a series adds them up; windows are
//! differences of two sums; alerts, budgets and policies are decided from windows.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::Place;
use crate::id::{CheckName, MetricName, ObjectiveName, ReceiverName, ServiceName, SliName, SloName};
use crate::label::Labels;
use crate::observation::Status;
use crate::zone::Zone;

mod burn;
mod counts;
mod dates;
pub(crate) mod derive;
mod door;
pub mod downtime;
mod edge;
pub mod export;
pub mod figures;
mod guard;
pub mod history;
mod judge;
mod kept;
mod measure;
mod method;
pub mod policy;
mod project;
mod ratio;
pub mod report;
mod ring;
#[cfg(test)]
pub(crate) mod sample;
mod series;
mod shape;
pub mod simulate;
mod slot;
mod standing;
mod tail;
mod text;
mod window;

pub use burn::{breaches, budget_left_ppm, budget_share_ppm, burn_exceeds, burn_rate, burns};
pub use derive::derived_alerts;
pub use door::{DoorError, EVENTS_MAX, Number, PostedEvent, PostedEvents, Refused, SeriesReport, SliReport, door};
pub(crate) use judge::{Home, Judged, end_all, judge};
pub use kept::{
    BLOCK_SLOTS, BatchKey, BatchSeen, Beginning, Block, CounterPair, KeptSeries, KeptSlos, Meter, Refusal, RuleState,
    SeriesKey, Tally,
};
pub(crate) use measure::{at_end, heard, measure};
pub use project::Exhaustion;
pub use ratio::{Ratio, RatioError};
pub use series::Series;
pub(crate) use series::Step;
pub use shape::{LooksAt, RuleShape, Shape, Span, WindowShape};
pub use slot::{Slot, SlotWidth};
pub use standing::{Budget, Standing, StandingState, WindowStanding};
pub use window::{Reading, Stretch};

/// One SLO, with all that is asked of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Slo {
    pub name: SloName,
    /// For people; the name where none is given.
    pub title: String,
    pub service: ServiceName,
    pub description: String,
    /// Go onto its alerts.
    pub labels: Labels,
    pub indicator: Indicator,
    pub period: Period,
    /// The least that is told apart in time: from 1 s to 1 min, or a whole slice where slices are what is counted.
    pub slot: Duration,
    /// Events this much in the past are still counted; a multiple of `slot`.
    pub late: Duration,
    /// At least one, names unique.
    pub objectives: Vec<Objective>,
    /// What is observed while the check is in planned maintenance is left out, and counted as left out.
    pub exclude_maintenance: bool,
    pub place: Place,
}

/// One target of an SLO.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    pub name: ObjectiveName,
    /// The share that must be good: above zero, below one.
    pub target: Ratio,
    /// What a value is held against, where the indicator yields values.
    pub limit: Option<Limit>,
    pub method: Method,
    pub alerts: Vec<AlertRule>,
}

/// How good events become the share that is held against the target (OpenSLO's `budgetingMethod`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "method")]
pub enum Method {
    /// Good events of all events.
    Occurrences,
    /// Good slices of all slices; a slice is good from `target` up.
    Timeslices { target: Ratio, empty: Empty },
    /// The mean of the slices' own shares, each rounded to a billionth.
    RatioTimeslices { empty: Empty },
}

/// What a slice without any event counts as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Empty {
    Good,
    Bad,
    /// Not at all: it says nothing.
    #[default]
    Exclude,
}

/// The time over which an objective holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Period {
    /// The last so much time, always; a multiple of the slot.
    Rolling(Duration),
    Calendar {
        unit: CalendarUnit,
        zone: Zone,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CalendarUnit {
    Day,
    /// From Monday on.
    Week,
    Month,
    Quarter,
    Year,
}

/// What is counted, and where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Indicator {
    /// The OpenSLO `SLI` it was defined as; the SLO's own name where it stands inline.
    pub name: SliName,
    pub kind: IndicatorKind,
    pub source: Source,
    pub measure: Measure,
}

/// For people and reports; decides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IndicatorKind {
    Availability,
    Latency,
    Throughput,
    ErrorRate,
    Freshness,
    Quality,
}

impl IndicatorKind {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Availability => "availability",
            Self::Latency => "latency",
            Self::Throughput => "throughput",
            Self::ErrorRate => "error-rate",
            Self::Freshness => "freshness",
            Self::Quality => "quality",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Its completed runs; one that did not complete, and one that was missed, is no data.
    Check(CheckName),
    /// What applications push for this indicator.
    Events(SliName),
}

/// How one datum of the source becomes good and total.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Of a check: a run with one of these statuses is good.
    Status { good: BTreeSet<Status> },
    /// A value is good within the objective's [`Limit`]. Of a check: every metric of this name; of events: their `value`.
    Value { metric: Option<MetricName> },
    /// A pushed event says `good` and `total` itself.
    Counted,
    /// Two counters of a check that only grow, but for resets: `good` (or `bad`) of `total`.
    Counters { part: CounterPart, total: MetricName },
    /// At each slot's end: whether the newest datum is no older than the objective's limit, in seconds.
    Age,
    /// At each slot's end: whether data came at a rate within the objective's limit, in events a second.
    Rate,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CounterPart {
    Good(MetricName),
    Bad(MetricName),
}

/// What a good value is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    pub op: Op,
    pub value: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    Lt,
    Lte,
    Gt,
    Gte,
}

impl Limit {
    #[must_use]
    pub fn holds(self, value: f64) -> bool {
        match self.op {
            Op::Lt => value < self.value,
            Op::Lte => value <= self.value,
            Op::Gt => value > self.value,
            Op::Gte => value >= self.value,
        }
    }
}

/// Good and total of one slot or window. `good <= total`, always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub good: u64,
    pub total: u64,
}

impl Counts {
    #[must_use]
    pub const fn bad(self) -> u64 {
        self.total.saturating_sub(self.good)
    }
}

/// One reason to alert about an objective. Its alert's labels are `alertname`, `service`, `slo`, `objective`, `window`
/// (of burn and breach), `severity`, and what the SLO and the rule add.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertRule {
    /// Unique within the objective: `fast`, `moderate`, `slow`, `trickle`, `breach`, `absent`, or an `AlertPolicy`'s name.
    pub name: String,
    pub when: When,
    /// How long it must hold before it fires.
    pub hold: Duration,
    /// `severity` at least.
    pub labels: Labels,
    pub annotations: Labels,
    /// Receivers that OpenSLO's notification targets name: the label `notify` carries them, for routes to match.
    pub notify: Vec<ReceiverName>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// The budget burns faster than `factor` over both windows.
    Burn { long: Duration, short: Duration, factor: Factor, guard: Guard },
    /// The objective is missed over this window, which is where pairs of windows would be too short.
    Breach { window: Duration, guard: Guard },
    /// Nothing was counted for this long.
    Absent { after: Duration },
}

/// How many times faster than evenly over the period: an exact fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    pub numerator: u64,
    /// Never zero.
    pub denominator: u64,
}

/// Keeps a handful of events from paging. Where fewer than `enough_bad` bad events would cross the threshold, as many bad
/// events as there are must be less likely than `false_alarm` for a service that just keeps its objective (the tail of the
/// binomial distribution).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guard {
    pub false_alarm: f64,
    pub enough_bad: u64,
}

impl Default for Guard {
    fn default() -> Self {
        Self { false_alarm: 0.001, enough_bad: 30 }
    }
}

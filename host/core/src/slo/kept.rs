//! What is kept of a series beyond a restart, as plain data: a store writes it down and gives it back. Knows nothing of
//! how windows are read from it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Counts, Slot};
use crate::id::{ObjectiveName, SliName, SloName};
use crate::label::Labels;
use crate::rule::Course;
use crate::time::Timestamp;

/// One objective of one SLO, counted by this node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SeriesKey {
    pub slo: SloName,
    pub objective: ObjectiveName,
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.slo, self.objective)
    }
}

/// How many closed slots leave memory at once. Blocks lie on a grid of as many slots, but for those that begin with the
/// series or where a clock was set back.
pub const BLOCK_SLOTS: i64 = 64;

/// Slots that are closed: what happened in them is counted for good. What lies between two blocks was empty; where a clock
/// was set back into the middle of one, the next begins before its end, and holds from there on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    pub first: Slot,
    /// All that was counted before `first`, as slots are valued. It may be more than where the block before it ends:
    /// a clock was set back, and what was counted later belongs to this moment.
    pub before: Counts,
    /// What happened in each slot from `first` on, as it was counted. At most [`BLOCK_SLOTS`], and none where a block
    /// only marks where a clock was set back to.
    pub counts: Vec<Counts>,
}

impl Block {
    /// Its last slot; where it is empty, the one before it.
    #[must_use]
    pub fn end(&self) -> Slot {
        self.first.plus(i64::try_from(self.counts.len()).unwrap_or(0)).minus(1)
    }
}

/// Where a series begins, and by which definition it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beginning {
    /// When it was begun: what is shown as `counted since`.
    pub at: Timestamp,
    /// Of the definition: another one begins another series.
    pub digest: String,
    /// It took the place of a series that counted by another definition.
    pub renewed: bool,
    /// The first slot of which anything is known: nothing was counted before, or it is forgotten.
    pub since: Slot,
    /// All that was counted before `since`.
    pub sum: Counts,
    /// Blocks that end before it are forgotten. Reports look further back than windows, so it may lie before `since`.
    #[serde(default)]
    pub kept_from: Slot,
    /// Grows whenever what was read of a series before is true no more.
    pub era: u64,
    /// Since when no objective of the configuration has it; forgotten some days later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<Timestamp>,
}

/// What measuring needs to remember from one datum to the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Meter {
    /// The last value of both counters, where counters are what is measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counters: Option<CounterPair>,
    /// When the newest datum was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Timestamp>,
    /// The slot that data is being counted in, where a rate is what is measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<(Slot, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CounterPair {
    pub part: f64,
    pub total: f64,
}

/// What was not counted, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Events that are left out because of planned maintenance.
    pub excluded: u64,
    /// The last slot in which something was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded_in: Option<Slot>,
    pub refused: BTreeMap<Refusal, u64>,
}

/// Why an event is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// Further ahead of this node's clock than one slot.
    Future,
    /// Further in the past than the SLO waits for.
    Late,
    /// More good events than events.
    GoodAboveTotal,
    Negative,
    /// A count that is no whole number, or a value that is no number at all.
    NotANumber,
    /// More than 10^12 events at once.
    TooLarge,
    /// Its slot can hold no more.
    Full,
    /// It says neither what the indicator counts nor its value.
    Nothing,
}

impl Refusal {
    /// A stable word for metrics and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Future => "future",
            Self::Late => "late",
            Self::GoodAboveTotal => "good-above-total",
            Self::Negative => "negative",
            Self::NotANumber => "not-a-number",
            Self::TooLarge => "too-large",
            Self::Full => "full",
            Self::Nothing => "nothing",
        }
    }
}

/// One sentence for people, to follow `is not counted:`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Future => "it lies in the future by this node's clock; is one of the two clocks wrong?",
            Self::Late => "it lies further in the past than this SLO waits for events (`late`)",
            Self::GoodAboveTotal => "it has more good events than events",
            Self::Negative => "it counts less than nothing",
            Self::NotANumber => "a count is no whole number, or a value no finite one",
            Self::TooLarge => "it stands for more than a trillion events; send them in parts, as they happen",
            Self::Full => "its slot can hold no more without falsifying what windows add up to",
            Self::Nothing => "it has neither `good` and `total` nor the `value` that this indicator is about",
        })
    }
}

/// Where one alert rule of an objective stands; an inactive one has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleState {
    pub course: Course,
    pub labels: Labels,
    pub annotations: Labels,
    /// When its annotations were last made.
    pub updated_at: Timestamp,
}

/// A posted batch, as its sender names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BatchKey {
    pub sli: SliName,
    /// Who posts it; empty where it does not say.
    pub source: String,
    pub key: String,
}

/// That a batch was counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchSeen {
    /// Of the report that counted it: whoever posts the same again has another.
    pub ticket: u64,
    /// Until then the same key counts nothing.
    pub until: Timestamp,
}

/// All that a store kept of one series.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptSeries {
    pub beginning: Beginning,
    pub meter: Meter,
    pub tally: Tally,
    /// By the name of the rule.
    pub rules: BTreeMap<String, RuleState>,
    /// In the order of their slots.
    pub marks: Vec<(Slot, Counts)>,
    /// The newest one.
    pub last_block: Option<Block>,
    /// Slots that are in no block yet, as they were counted, in their order.
    pub open: Vec<(Slot, Counts)>,
}

/// All that a store kept of SLOs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeptSlos {
    pub series: BTreeMap<SeriesKey, KeptSeries>,
    pub batches: BTreeMap<BatchKey, BatchSeen>,
}

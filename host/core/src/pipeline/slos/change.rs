//! What can become different of SLOs. Whatever is durable is plain data: a store needs no arithmetic to keep it.

use crate::id::SloName;
use crate::slo::{BatchKey, BatchSeen, Beginning, Block, Counts, Meter, RuleState, SeriesKey, Slot, Tally};
use crate::time::Timestamp;

/// One thing that is different from now on. Parts of a series that never came about are as by default.
#[derive(Clone, Debug, PartialEq)]
pub enum SloChange {
    /// A new series, in place of what was there under this key, of which nothing is left: no slot, no block, no mark.
    Begun(SeriesKey, Beginning),
    /// It begins elsewhere from now on: blocks that end before `kept_from` and marks before `since` are forgotten. Or it is not
    /// in the configuration any more, or is again.
    Beginning(SeriesKey, Beginning),
    /// Nothing is left of it.
    Forgotten(SeriesKey),
    /// Slots that are in no block yet: what each holds from now on, not what is added to it.
    Slots(SeriesKey, Vec<(Slot, Counts)>),
    /// A block, in place of one that begins at the same slot. Open slots up to its end are in it, and go.
    Closed(SeriesKey, Block),
    /// The clock was set back: open slots go, and so do blocks that begin at `block.first` or later, and marks from
    /// there on; this empty block takes their place. What the series begins with is another as well.
    Rewound {
        series: SeriesKey,
        block: Block,
        beginning: Beginning,
    },
    Meter(SeriesKey, Meter),
    Tally(SeriesKey, Tally),
    /// All that was counted up to and including a slot; several of them tell how a budget is refunded.
    Mark(SeriesKey, Slot, Counts),
    /// Where a rule of it stands, by the rule's name.
    Rule(SeriesKey, String, Option<RuleState>),
    /// A batch that was counted; `None`: its time is over.
    Batch(BatchKey, Option<BatchSeen>),
    /// A series that was kept is counted on. In memory only.
    Woken(SeriesKey, Slot),
    /// Time went by. In memory only: what is not counted yet follows from the time it is.
    Advanced(SeriesKey, Slot),
    /// Its definition was read anew: windows and rules may be others. In memory only.
    Reshaped(SeriesKey),
    /// Sums of old slots were asked for, for the window with this index. In memory only: a restart asks again.
    Asked {
        series: SeriesKey,
        window: usize,
        first: Slot,
        at: Timestamp,
    },
    /// The sums that were asked for: at the end of `first` and of each slot after it. In memory only.
    Tail {
        series: SeriesKey,
        window: usize,
        first: Slot,
        sums: Box<[Counts]>,
    },
    /// The clock at the last look. In memory only.
    Clock(Timestamp),
}

impl SloChange {
    #[must_use]
    pub const fn is_durable(&self) -> bool {
        match self {
            Self::Begun(..)
            | Self::Beginning(..)
            | Self::Forgotten(_)
            | Self::Slots(..)
            | Self::Closed(..)
            | Self::Rewound { .. }
            | Self::Meter(..)
            | Self::Tally(..)
            | Self::Mark(..)
            | Self::Rule(..)
            | Self::Batch(..) => true,
            Self::Woken(..)
            | Self::Advanced(..)
            | Self::Reshaped(_)
            | Self::Asked { .. }
            | Self::Tail { .. }
            | Self::Clock(_) => false,
        }
    }

    /// The SLO it is about; a batch may be about several.
    #[must_use]
    pub const fn slo(&self) -> Option<&SloName> {
        match self {
            Self::Begun(key, _)
            | Self::Beginning(key, _)
            | Self::Forgotten(key)
            | Self::Slots(key, _)
            | Self::Closed(key, _)
            | Self::Rewound { series: key, .. }
            | Self::Meter(key, _)
            | Self::Tally(key, _)
            | Self::Mark(key, ..)
            | Self::Rule(key, ..)
            | Self::Woken(key, _)
            | Self::Advanced(key, _)
            | Self::Reshaped(key)
            | Self::Asked { series: key, .. }
            | Self::Tail { series: key, .. } => Some(&key.slo),
            Self::Batch(..) | Self::Clock(_) => None,
        }
    }
}

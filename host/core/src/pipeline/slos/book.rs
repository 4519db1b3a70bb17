//! What the node knows of SLOs at a moment: the series that are counted, those that are only kept, and the batches that
//! were counted. Knows nothing of why anything changes.

use std::collections::BTreeMap;

use crate::slo::{BatchKey, BatchSeen, KeptSeries, KeptSlos, SeriesKey};

/// The part of the node's state that is about SLOs.
#[derive(Clone, Debug, Default)]
pub struct Slos {
    /// Those that no objective of the configuration has taken up yet, or any more.
    dormant: BTreeMap<SeriesKey, KeptSeries>,
    batches: BTreeMap<BatchKey, BatchSeen>,
}

impl Slos {
    /// What a store kept. Its series are counted on once a configuration asks for them.
    pub(crate) fn restore(kept: KeptSlos) -> Self {
        Self { dormant: kept.series, batches: kept.batches }
    }

    /// Whether and when a batch was counted.
    #[must_use]
    pub fn batch(&self, key: &BatchKey) -> Option<&BatchSeen> {
        self.batches.get(key)
    }
}

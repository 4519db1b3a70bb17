//! What was given up because the disk was full, counted since the start. Knows nothing of why a disk is full.

use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug, Default)]
pub(crate) struct Counts {
    runs: AtomicU64,
    samples: AtomicU64,
}

/// What was shed since the store was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shed {
    pub runs: u64,
    pub samples: u64,
}

impl Counts {
    pub(crate) fn add_runs(&self, runs: usize) {
        self.runs.fetch_add(u64::try_from(runs).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn add_samples(&self, samples: usize) {
        self.samples.fetch_add(u64::try_from(samples).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn so_far(&self) -> Shed {
        Shed { runs: self.runs.load(Ordering::Relaxed), samples: self.samples.load(Ordering::Relaxed) }
    }
}

//! How much a check's runs must say before they are believed. Knows nothing of what they say.

use std::time::Duration;

/// How a check's health follows from what its runs find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthPolicy {
    /// Runs that must find it worse before it is.
    pub fail: Quorum,
    /// Runs that must find it better before it is.
    pub recover: Quorum,
    /// How soon to run again while a state waits to be confirmed; none keeps to the schedule.
    pub retry_interval: Option<Duration>,
    /// Runs missed before silence is called stale.
    pub stale_after: u32,
    /// None: the check never flaps.
    pub flapping: Option<FlapPolicy>,
}

/// A single run is believed: intervals go down to 100 ms, so whoever wants fewer surprises chooses how many runs that is.
impl Default for HealthPolicy {
    fn default() -> Self {
        Self {
            fail: Quorum::in_a_row(1),
            recover: Quorum::in_a_row(1),
            retry_interval: None,
            stale_after: 3,
            flapping: Some(FlapPolicy { high_percent: 30, low_percent: 25 }),
        }
    }
}

/// The most runs that a quorum looks back on.
pub const QUORUM_MAX: u32 = 32;

/// So many of the last so many runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quorum {
    /// At least 1, at most `of`.
    pub needed: u32,
    /// At most [`QUORUM_MAX`].
    pub of: u32,
}

impl Quorum {
    #[must_use]
    pub const fn in_a_row(runs: u32) -> Self {
        Self { needed: runs, of: runs }
    }
}

/// When what runs find changes too often to be believed, as a share of the last 20 runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlapPolicy {
    /// Begins above this.
    pub high_percent: u32,
    /// Ends at this or below.
    pub low_percent: u32,
}

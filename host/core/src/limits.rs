//! What one run may use at most. Every run has all of these; there is no "unlimited".

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The limits of one run. A check may lower the deadline (its `timeout`); a plugin's manifest states the rest; the
/// node's own ceilings hold over both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Wall time of the whole run.
    pub deadline: Duration,
    /// CPU time of the guest's own polls.
    pub cpu: Duration,
    /// Linear memories and tables of the run, summed.
    pub memory_bytes: u64,
    /// Host calls of the run.
    pub host_calls: u32,
    /// Bytes that host calls carry in and out, summed: the cap of the run's transcript.
    pub host_bytes: u64,
    /// Bytes of everything the plugin keeps in `state` for one check, and of a detector's snapshot.
    pub state_bytes: u64,
    /// Bytes of log lines kept.
    pub log_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(10),
            cpu: Duration::from_millis(100),
            memory_bytes: 16 * 1024 * 1024,
            host_calls: 100,
            host_bytes: 2 * 1024 * 1024,
            state_bytes: 64 * 1024,
            log_bytes: 16 * 1024,
        }
    }
}

/// The highest values a manifest may ask for.
pub const CEILING: Limits = Limits {
    deadline: Duration::from_secs(300),
    cpu: Duration::from_secs(10),
    memory_bytes: 512 * 1024 * 1024,
    host_calls: 10_000,
    host_bytes: 64 * 1024 * 1024,
    state_bytes: 8 * 1024 * 1024,
    log_bytes: 1024 * 1024,
};

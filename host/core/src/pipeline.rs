//! The hallway: one event in, what it changes out. Pure: the same state, event and time give the same transition.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::anomaly::Detection;
use crate::config::Config;
use crate::health::Health;
use crate::id::{CheckName, DetectorName};
use crate::quarantine::Quarantine;
use crate::run::{RunOutcome, RunRecord};
use crate::time::Timestamp;

/// Everything the node decides upon. Rebuilt at start from what the store kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub checks: BTreeMap<CheckName, CheckState>,
    pub detectors: BTreeMap<DetectorName, DetectorState>,
}

/// What is kept of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckState {
    pub health: Health,
    pub quarantine: Quarantine,
}

/// What is kept of a detector: a restart, an upgrade or a replay loses no warm-up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetectorState {
    /// Samples up to here were judged.
    pub judged_until: Timestamp,
    pub snapshot: Option<Vec<u8>>,
    pub warm: bool,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A valid configuration is in force from now on.
    Configured(Arc<Config>),
    RunFinished(Arc<RunRecord>),
    DetectorFinished {
        detector: DetectorName,
        judged_until: Timestamp,
        outcome: RunOutcome,
        detection: Option<Detection>,
    },
    /// A wake-up that was asked for.
    Tick,
}

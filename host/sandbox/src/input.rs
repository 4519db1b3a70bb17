//! What the four kinds of plugin are asked and what they answer, in the house's own words.
//! Knows nothing of WIT.

use std::sync::Arc;

use tocsin_core::anomaly::{Detection, Series};
use tocsin_core::delivery::{Delivery, Notification};
use tocsin_core::id::{CheckName, DetectorName};
use tocsin_core::observation::{Label, Observation};
use tocsin_core::plan::{ActionInput, Decision};

#[derive(Clone, Debug, PartialEq)]
pub struct ProbeInput {
    pub check: CheckName,
    pub labels: Arc<[Label]>,
    /// JSON that fits the plugin's own schema.
    pub config: Arc<str>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct DetectorInput {
    pub detector: DetectorName,
    /// JSON that fits the plugin's own schema.
    pub config: Arc<str>,
    pub series: Vec<Series>,
    /// What the last call returned.
    pub snapshot: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotifierInput {
    pub(crate) config: String,
    pub(crate) notification: Notification,
}

/// The input of a run, whichever kind it is of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Input {
    Probe(ProbeInput),
    Detector(DetectorInput),
    Action(ActionInput),
    Notifier(NotifierInput),
}

/// What a run returned, whichever kind it was of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Output {
    Probe(Observation),
    Detector(Detection),
    Action(Decision),
    Notifier(Delivery),
}

impl Output {
    /// The bare value: an observation, not "a probe's observation".
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let value = match self {
            Self::Probe(observation) => serde_json::to_value(observation),
            Self::Detector(detection) => serde_json::to_value(detection),
            Self::Action(decision) => serde_json::to_value(decision),
            Self::Notifier(delivery) => serde_json::to_value(delivery),
        };
        value.unwrap_or_default()
    }
}

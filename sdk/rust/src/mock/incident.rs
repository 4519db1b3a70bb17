//! An incident with its evidence, as an action is given it.

use crate::Observation;
use crate::actions::{CheckEvidence, Incident, Input};

use super::clock_ms;

/// The incident being programmed.
#[derive(Debug)]
pub struct IncidentScript(Input);

impl IncidentScript {
    pub(super) fn new(title: &str) -> Self {
        let (id, labels, opened_at) = ("incident-1".into(), Vec::new(), clock_ms());
        let incident = Incident { id, title: title.into(), severity: 2, labels, opened_at };
        Self(Input { playbook: "playbook".into(), config: String::new(), incident, evidence: Vec::new() })
    }

    /// Adds a label.
    #[must_use]
    pub fn label(mut self, name: &str, value: &str) -> Self {
        self.0.incident.labels.push((name.into(), value.into()));
        self
    }

    /// Sets how bad it is: 1 is the worst.
    #[must_use]
    pub fn severity(mut self, severity: u8) -> Self {
        self.0.incident.severity = severity;
        self
    }

    /// Adds what a check last found.
    #[must_use]
    pub fn evidence(mut self, check: &str, observation: Observation) -> Self {
        let (labels, at) = (Vec::new(), clock_ms());
        self.0.evidence.push(CheckEvidence { check: check.into(), labels, at, observation });
        self
    }

    /// Adds a label to the check whose evidence was added last.
    #[must_use]
    pub fn check_label(mut self, name: &str, value: &str) -> Self {
        if let Some(evidence) = self.0.evidence.last_mut() {
            evidence.labels.push((name.into(), value.into()));
        }
        self
    }

    /// What the action is called with.
    #[must_use]
    pub fn input(self) -> Input {
        self.0
    }
}

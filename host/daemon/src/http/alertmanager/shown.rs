//! Alerts as Alertmanager shows them. What this node knows beyond Alertmanager's words (maintenance, what lies behind
//! another check) stands in `mutedBy`.

use std::sync::Arc;

use serde::Serialize;
use tocsin_api::Time;
use tocsin_core::alert::Alert;
use tocsin_core::alerting::Alerting;
use tocsin_core::label::{Fingerprint, Labels};
use tocsin_core::suppress::Suppressor;
use tocsin_core::time::Timestamp;

use crate::http::wire::time;

/// An alert as it was seen, to be shown once the state is let go of.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) fingerprint: Fingerprint,
    pub(super) alert: Arc<Alert>,
    pub(super) status: Status,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown<'a> {
    annotations: &'a Labels,
    ends_at: Time,
    fingerprint: Fingerprint,
    receivers: Vec<Named<'a>>,
    starts_at: Time,
    status: &'a Status,
    updated_at: Time,
    #[serde(rename = "generatorURL", skip_serializing_if = "str::is_empty")]
    generator_url: &'a str,
    labels: &'a Labels,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
}

impl Seen {
    /// An alert that a rule of this node holds has no end; Alertmanager's format must have one, so it is shown the end
    /// that an alert without one would get if it were posted now.
    pub(super) fn shown<'a>(&'a self, receivers: Vec<Named<'a>>, alerting: &Alerting, now: Timestamp) -> Shown<'a> {
        let Self { fingerprint, alert, status } = self;
        Shown {
            annotations: &alert.annotations,
            ends_at: time(alert.ends_at.unwrap_or_else(|| now.after(alerting.resolve_timeout()))),
            fingerprint: *fingerprint,
            receivers,
            starts_at: time(alert.starts_at),
            status,
            updated_at: time(alert.updated_at),
            generator_url: &alert.generator_url,
            labels: &alert.labels,
        }
    }
}

/// The receivers that an alert's routes lead to.
pub(super) fn receivers<'a>(alerting: &'a Alerting, labels: &Labels) -> Vec<Named<'a>> {
    let routes = alerting.routes.iter().flat_map(|routes| routes.matching(labels));
    routes.map(|route| Named { name: &route.receiver }).collect()
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    state: State,
    silenced_by: Vec<String>,
    inhibited_by: Vec<String>,
    muted_by: Vec<String>,
    /// By people, as a silence would.
    #[serde(skip)]
    is_in_maintenance: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    #[default]
    Active,
    Suppressed,
}

impl Status {
    pub(super) fn of(suppressors: Vec<Suppressor>) -> Self {
        let mut status = Self::default();
        for suppressor in suppressors {
            status.state = State::Suppressed;
            match suppressor {
                Suppressor::Silence { id } => status.silenced_by.push(id.to_string()),
                Suppressor::Inhibition { source, .. } => status.inhibited_by.push(source.to_string()),
                Suppressor::Maintenance { window } => {
                    status.is_in_maintenance = true;
                    status.muted_by.push(format!("maintenance:{window}"));
                }
                Suppressor::Unreachable { check, .. } => status.muted_by.push(format!("unreachable:{check}")),
                Suppressor::Flapping { check } => status.muted_by.push(format!("flapping:{check}")),
                Suppressor::Repair { remediation, .. } => status.muted_by.push(format!("repair:{remediation}")),
            }
        }
        status
    }

    /// Of a group whose route is muted by these time intervals.
    pub(super) fn muted_by(mut self, intervals: &[String]) -> Self {
        if !intervals.is_empty() {
            self.state = State::Suppressed;
            self.muted_by.extend_from_slice(intervals);
        }
        self
    }

    pub(super) fn is_suppressed(&self) -> bool {
        self.state == State::Suppressed
    }

    /// Whoever does not ask for what is silenced asks for what somebody is told of: the same with maintenance.
    pub(super) const fn is_silenced(&self) -> bool {
        !self.silenced_by.is_empty() || self.is_in_maintenance
    }

    pub(super) const fn is_inhibited(&self) -> bool {
        !self.inhibited_by.is_empty()
    }
}

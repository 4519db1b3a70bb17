//! What keeps an alert from being notified, each kind in its own room. A suppressed alert is not lost: it is listed with
//! what suppresses it, and told of when that ends. Knows nothing of receivers.

use serde::Serialize;

use crate::id::{CheckName, RemediationId, SilenceId};
use crate::label::Fingerprint;
use crate::time::Timestamp;

pub mod inhibit;
pub mod silence;

/// One thing that suppresses an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Suppressor {
    /// A rule of `inhibit_rules`, by its place from 0, and the alert that is its source.
    Inhibition {
        rule: usize,
        source: Fingerprint,
    },
    Silence {
        id: SilenceId,
    },
    /// A maintenance window of the configuration or of the API.
    Maintenance {
        window: String,
    },
    /// The check lies behind another that is down.
    Unreachable {
        check: CheckName,
        behind: CheckName,
    },
    /// The check changes too often to be believed.
    Flapping {
        check: CheckName,
    },
    /// Its incident is being repaired, and whoever is to be told is told at `until` at the latest.
    Repair {
        remediation: RemediationId,
        until: Timestamp,
    },
}

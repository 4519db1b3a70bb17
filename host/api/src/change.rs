//! What changes on a node, as it happens: the events of `/api/v1/events`. Knows nothing of how they are sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::alert::AlertState;
use crate::check::{CheckStatus, Pause};
use crate::detector::Anomaly;
use crate::incident::IncidentState;
use crate::page::PageState;
use crate::plugin::PluginState;
use crate::run::RunBrief;
use crate::silence::SilenceState;
use crate::status::Status;
use crate::time::Time;

/// One change. The event's name in the stream is its `type`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Change {
    /// The node at a glance, now; sent first and then every other second.
    Status {
        status: Status,
    },
    /// A run ended. A stream that cannot keep up carries only the newest of each check.
    Run {
        check: String,
        /// The check's state after it.
        status: CheckStatus,
        since: Time,
        summary: String,
        next_run_at: Option<Time>,
        paused: Option<Pause>,
        last_run: RunBrief,
        /// The headline metric's value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<f64>,
    },
    /// A check's state became another one.
    Health {
        check: String,
        from: CheckStatus,
        to: CheckStatus,
        at: Time,
        summary: String,
    },
    /// A plugin was installed, replaced, brought back, or failed to load.
    Plugin {
        name: String,
        generation: u64,
        state: PluginState,
    },
    PluginRemoved {
        name: String,
    },
    Anomaly {
        anomaly: Anomaly,
    },
    /// An alert is new, changed or was forgotten. A stream that cannot keep up carries only the newest of each.
    Alert {
        fingerprint: String,
        /// Absent once it is forgotten. What suppresses it is not looked at: never `suppressed`.
        state: Option<AlertState>,
        name: String,
        at: Time,
    },
    Silence {
        id: String,
        /// Absent once it is forgotten.
        state: Option<SilenceState>,
    },
    Page {
        id: String,
        /// Absent once it is forgotten.
        state: Option<PageState>,
        level: u64,
    },
    Incident {
        id: String,
        /// Absent once it is forgotten.
        state: Option<IncidentState>,
    },
    Remediation {
        id: String,
        /// Absent once it is forgotten.
        stage: Option<String>,
    },
    /// A kill switch was thrown, or taken back.
    KillSwitch,
    /// Another configuration is in force: read the checks again.
    Reloaded {
        checks: u64,
    },
    /// Changes were lost on the way: read everything again.
    Resync,
}

impl Change {
    /// The event's name in the stream.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::Run { .. } => "run",
            Self::Health { .. } => "health",
            Self::Plugin { .. } => "plugin",
            Self::PluginRemoved { .. } => "plugin-removed",
            Self::Anomaly { .. } => "anomaly",
            Self::Alert { .. } => "alert",
            Self::Silence { .. } => "silence",
            Self::Page { .. } => "page",
            Self::Incident { .. } => "incident",
            Self::Remediation { .. } => "remediation",
            Self::KillSwitch => "kill-switch",
            Self::Reloaded { .. } => "reloaded",
            Self::Resync => "resync",
        }
    }
}

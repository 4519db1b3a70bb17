//! Every change somebody asked for, with who, what, when, before and after, as it is handed to what keeps it.
//! Knows nothing of who may change what.

use futures_util::future::BoxFuture;
use serde_json::Value;
use tocsin_api as api;

use crate::http::Who;

/// What keeps the log. It dates each change itself: a change that was not recorded has not been acknowledged.
pub trait AuditLog: Send + Sync + 'static {
    fn append(&self, change: Audited) -> BoxFuture<'_, Result<(), api::Problem>>;

    /// Newest first.
    fn newest(&self, limit: usize) -> BoxFuture<'_, Result<Vec<api::AuditEntry>, api::Problem>>;
}

/// A change, or an attempt at one that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Audited {
    pub who: Who,
    pub action: Action,
    /// What it was done to: a check, a plugin, a silence; empty where it was the whole node.
    pub target: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
    /// Why it was not done; absent where it was.
    pub failed: Option<String>,
}

/// What can be done to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    RunCheck,
    InstallPlugin,
    RemovePlugin,
    RollbackPlugin,
    Reload,
    SetSilence,
    ExpireSilence,
    AcknowledgePage,
    UnacknowledgePage,
    SetMaintenance,
    EndMaintenance,
    ExplainDowntime,
    OpenIncident,
    ChangeIncident,
    TellChange,
    ApprovePlan,
    RejectPlan,
    ThrowKillSwitch,
    ReleaseKillSwitch,
    ResetBreaker,
}

impl Action {
    /// The stable word in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RunCheck => "check.run",
            Self::InstallPlugin => "plugin.install",
            Self::RemovePlugin => "plugin.remove",
            Self::RollbackPlugin => "plugin.rollback",
            Self::Reload => "config.reload",
            Self::SetSilence => "silence.set",
            Self::ExpireSilence => "silence.expire",
            Self::AcknowledgePage => "page.acknowledge",
            Self::UnacknowledgePage => "page.unacknowledge",
            Self::SetMaintenance => "maintenance.set",
            Self::EndMaintenance => "maintenance.end",
            Self::ExplainDowntime => "slo.downtime",
            Self::OpenIncident => "incident.open",
            Self::ChangeIncident => "incident.change",
            Self::TellChange => "change.tell",
            Self::ApprovePlan => "remediation.approve",
            Self::RejectPlan => "remediation.reject",
            Self::ThrowKillSwitch => "killswitch.throw",
            Self::ReleaseKillSwitch => "killswitch.release",
            Self::ResetBreaker => "playbook.reset",
        }
    }
}

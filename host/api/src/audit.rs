//! The record of who changed what. Knows nothing of how it is kept.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::time::Time;

/// Newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditLog {
    pub entries: Vec<AuditEntry>,
}

/// One change, or an attempt at one that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    pub at: Time,
    /// The token's name; `node` for what the daemon did by itself (a `SIGHUP`).
    pub who: String,
    /// `viewer`, `operator` or `admin`.
    pub role: String,
    /// `check.run`, `plugin.install`, `plugin.remove`, `plugin.rollback`, `config.reload`, `silence.set`,
    /// `silence.expire`, `page.acknowledge`, `page.unacknowledge`, `maintenance.set`, `maintenance.end`.
    pub action: String,
    /// The check, plugin, silence, page or window it was done to; empty where it was the whole node.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
    /// `ok`, or why not.
    pub outcome: String,
}

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

/// One change, or an attempt at one that was refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    pub at: Time,
    /// The token's name; `node` for what the daemon did by itself (a `SIGHUP`).
    pub who: String,
    /// `viewer`, `operator` or `admin`.
    pub role: String,
    /// `run-check`, `install-plugin`, `remove-plugin`, `rollback-plugin`, `reload`.
    pub what: String,
    /// The check or plugin it was done to.
    pub subject: Option<String>,
    pub before: Option<Value>,
    pub after: Option<Value>,
    /// Why it was refused or failed; absent where it was done.
    pub refused: Option<String>,
}

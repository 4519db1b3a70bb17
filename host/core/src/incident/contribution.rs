//! A change to the world that somebody told of: a deployment, a migration, a flag. What an incident may come from.

use serde::{Deserialize, Serialize};

use crate::label::Labels;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// `deploy`, `migration`, `flag`, ...
    pub kind: String,
    /// In a sentence.
    pub summary: String,
    pub at: Timestamp,
    pub by: String,
    /// Which parts it is about, in the words of checks and alerts.
    pub labels: Labels,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

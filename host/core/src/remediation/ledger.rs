//! What gates count, kept over restarts. Knows nothing of what follows from it.

use serde::{Deserialize, Serialize};

use crate::id::PlaybookName;

/// Whose account it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerKey {
    Node,
    Playbook(PlaybookName),
    Target(String),
}

/// What was done so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {}

//! What a remediation remembers besides its stage: what it waits for, what it saw, what must be told at its end. Knows
//! nothing of what follows from it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::id::{CheckName, ObjectiveName, RemediationId};
use crate::observation::Status;
use crate::remediation::PlanHash;
use crate::slo::Counts;
use crate::time::Timestamp;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Course {
    /// Why it was held last, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The latest start of any alert that triggered it.
    pub onset: Timestamp,
    /// When to look at it again, whatever happens: every stage but the last has such a moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub look_at: Option<Timestamp>,
    /// The alerts of its incident are held back until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<Timestamp>,
    /// Severity of the alert that says that it did not help.
    pub severity: String,
    /// The one before it on the ladder, which did not help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<RemediationId>,
    /// What the diagnosis found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Since when nothing can be seen of what it is to repair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blind_since: Option<Timestamp>,
    /// Checks that are to be run now, and were not heard yet.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub awaits: BTreeSet<CheckName>,
    /// What the checks found that were run again for it, the newest run of each.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub probes: BTreeMap<CheckName, Probed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_asked_at: Option<Timestamp>,
    /// The plan that they were shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_asked_for: Option<PlanHash>,
    /// Since when it holds its target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leased_at: Option<Timestamp>,
    /// When its first verb was decided upon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begun_at: Option<Timestamp>,
    /// It is proven by then, or has failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prove_by: Option<Timestamp>,
    /// What the SLO counted, where its verification names one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub burns: Vec<Burn>,
    /// Why its steps are taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// A run that it asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probed {
    /// When the run began.
    pub at: Timestamp,
    /// Or why it did not complete.
    pub found: Result<Status, String>,
}

/// How one objective fared before the first verb, and where it stood when verification began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Burn {
    pub objective: ObjectiveName,
    /// In its shortest window.
    pub before: Counts,
    /// All that was ever counted up to the beginning of the verification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Counts>,
}

//! What an incident cost: how much of the error budget was spent while it was open. Knows nothing of windows.

use serde::{Deserialize, Serialize};

use crate::id::{ObjectiveName, SloName};
use crate::slo::Counts;

/// Of one objective.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impact {
    pub slo: SloName,
    pub objective: ObjectiveName,
    /// All that the series had counted when the incident became about it, and how often it had begun anew by then: sums
    /// of another era are no beginning of these.
    pub before: Counts,
    pub era: u64,
    /// Counted since; so far, while the incident is open.
    pub counts: Counts,
    /// Of the period's budget as it is now, in millionths; `None` where nothing was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent_ppm: Option<i64>,
}

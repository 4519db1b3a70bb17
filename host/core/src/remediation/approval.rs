//! An approval: given once, in time, and for the very plan that was shown. Knows nothing of who may give one; that is
//! asked before.

use std::time::Duration;

use thiserror::Error;

use crate::remediation::{Approval, PlanHash, Remediation, Stage};
use crate::time::Timestamp;

/// Why an approval is none.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ApprovalFault {
    #[error("remediation `{id}` does not wait for an approval", id = .0)]
    NotWaiting(String),
    #[error("it was already approved by {by}; a plan is approved once")]
    Twice { by: String },
    #[error("the time to approve it was over at {until}")]
    Late { until: Timestamp },
    #[error("the plan is {planned}, and what was approved is {given}; look at the plan as it is now")]
    OtherPlan { planned: PlanHash, given: PlanHash },
}

impl Approval {
    /// Somebody approves the plan with this hash; it holds for `within`.
    ///
    /// # Errors
    /// Why it counts for nothing.
    pub fn give(
        remediation: &Remediation,
        by: &str,
        hash: &PlanHash,
        within: Duration,
        now: Timestamp,
    ) -> Result<Self, ApprovalFault> {
        if let Some(before) = &remediation.approval {
            return Err(ApprovalFault::Twice { by: before.by.clone() });
        }
        let (Stage::AwaitingApproval { until }, Some(planned)) = (&remediation.stage, &remediation.planned) else {
            return Err(ApprovalFault::NotWaiting(remediation.id.to_string()));
        };
        if now >= *until {
            return Err(ApprovalFault::Late { until: *until });
        }
        // Asked of the plan itself: what was written beside it might be another's.
        let hashed = PlanHash::of(&planned.plan);
        if hashed != *hash || planned.hash != *hash {
            return Err(ApprovalFault::OtherPlan { planned: hashed, given: hash.clone() });
        }
        Ok(Self { by: by.to_owned(), at: now, hash: hash.clone(), until: now.after(within) })
    }
}

#[cfg(test)]
mod tests;

//! Why there is no plan. A refusal is a good answer, and a person reads its reason; an error says that the plugin could not
//! do its own work.

use crate::Error;

use super::{Decision, Plan};

/// Why an action has no plan: what `?` carries out of its rooms.
///
/// ```
/// use tocsin_sdk::actions::{Decision, NoPlan};
///
/// let decision = Decision::of(Err(NoPlan::because("the disk is below its threshold again"))).unwrap();
/// assert_eq!(decision, Decision::Refuse("the disk is below its threshold again".into()));
/// ```
#[derive(Debug)]
pub enum NoPlan {
    /// The reason not to act, for people.
    Refused(String),
    /// The plugin could not do its work: it was not granted what it needs.
    Failed(Error),
}

impl NoPlan {
    /// The reason not to act.
    pub fn because(reason: impl Into<String>) -> Self {
        Self::Refused(reason.into())
    }
}

impl From<Error> for NoPlan {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Decision {
    /// What an action returns of what its rooms made.
    pub fn of(plan: Result<Plan, NoPlan>) -> Result<Self, Error> {
        match plan {
            Ok(plan) => Ok(Self::Plan(plan)),
            Err(NoPlan::Refused(reason)) => Ok(Self::Refuse(reason)),
            Err(NoPlan::Failed(error)) => Err(error),
        }
    }
}

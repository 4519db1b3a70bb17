//! What an action is given and returns: an incident with its evidence in, a plan of typed verbs or a refusal out.
//!
//! [`Trigger`] is what of the evidence may be acted upon, [`Verify`] what a config says of the proof afterwards,
//! [`Template`] text with values of both in braces, and [`NoPlan`] what `?` passes on where there is nothing to plan.

use std::time::Duration;

mod refusal;
mod template;
mod trigger;
mod verify;

pub use crate::bindings::action::{
    CheckEvidence, CheckName, Decision, DeleteFiles, HeaderValue, HttpCall, HttpRequest, Incident, Input, Plan,
    Precondition, RunCommand, Service, SetSysctl, SignalProcess, Step, Verb, Verification, WriteFile,
};
pub use refusal::NoPlan;
pub use template::Template;
pub use trigger::Trigger;
pub use verify::Verify;

impl Decision {
    /// The reason not to act.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refuse(reason.into())
    }
}

impl Plan {
    /// A plan without steps yet. `checks` must be ok afterwards, `times` in a row, the first time after `settle`.
    pub fn new(
        summary: impl Into<String>,
        why: impl Into<String>,
        checks: Vec<String>,
        settle: Duration,
        times: u32,
    ) -> Self {
        let verification = Verification { checks, settle_ms: crate::call::milliseconds(settle), times };
        Self { summary: summary.into(), why: why.into(), steps: Vec::new(), preconditions: Vec::new(), verification }
    }

    /// Adds a step.
    #[must_use]
    pub fn step(mut self, verb: Verb, why: impl Into<String>, timeout: Duration) -> Self {
        self.steps.push(Step { verb, why: why.into(), timeout_ms: crate::call::milliseconds(timeout) });
        self
    }

    /// Adds what must hold right before the first verb.
    #[must_use]
    pub fn precondition(mut self, precondition: Precondition) -> Self {
        self.preconditions.push(precondition);
        self
    }
}

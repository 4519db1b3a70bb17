//! What a config says of the proof that a repair worked, and the plan that begins with it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Period, Status};

use super::{NoPlan, Plan, Precondition, Trigger};

/// What must be ok afterwards: part of an action's config.
///
/// ```
/// use tocsin_sdk::{Period, actions::Verify};
///
/// let verify: Verify = serde_json::from_str(r#"{"settle": "30s"}"#)?;
/// assert_eq!((verify.settle, verify.times), (Period::from_secs(30), 2));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Verify {
    /// The checks that must be ok afterwards; empty: those that were critical.
    pub checks: Vec<String>,
    /// How long to wait after the last step before the first of them is asked.
    pub settle: Period,
    /// How many times in a row they must be ok.
    #[schemars(range(min = 1, max = 20))]
    pub times: u32,
}

impl Default for Verify {
    fn default() -> Self {
        Self { checks: Vec::new(), settle: Period::from_secs(10), times: 2 }
    }
}

impl Verify {
    /// A plan without steps, to be proved as the config says. It holds only while the check that comes first is still
    /// critical: what healed by itself is left alone.
    pub fn plan(
        &self,
        trigger: &Trigger<'_>,
        summary: impl Into<String>,
        why: impl Into<String>,
    ) -> Result<Plan, NoPlan> {
        let checks = if self.checks.is_empty() { trigger.checks() } else { self.checks.clone() };
        if let Some(bad) = checks.iter().find(|check| check.trim().is_empty() || check.contains('*')) {
            return Err(NoPlan::because(format!("`verify.checks` holds `{bad}`: name each check in full")));
        }
        if self.times == 0 {
            return Err(NoPlan::because("`verify.times` is 0: nothing would prove the repair"));
        }
        let check = trigger.first().check.clone();
        let why_still = format!("if {check} is not critical any more there is nothing to repair");
        let still = Precondition { check, status: vec![Status::Critical], why: why_still };
        Ok(Plan::new(summary, why, checks, self.settle.into(), self.times).precondition(still))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Observation, mock};

    #[test]
    fn a_plan_is_proved_by_what_was_critical_unless_the_config_names_checks() {
        let input = mock::incident("web").evidence("web", Observation::critical("no answer")).input();
        let trigger = input.trigger(None).unwrap();
        let named = Verify { checks: vec!["shop".into()], ..Verify::default() };
        for (verify, expected) in [(Verify::default(), "web"), (named, "shop")] {
            let plan = verify.plan(&trigger, "", "").unwrap();
            assert_eq!(plan.verification.checks, [expected]);
            assert_eq!((plan.verification.settle_ms, plan.verification.times), (10_000, 2));
            let still = plan.preconditions.first().unwrap();
            assert_eq!((still.check.as_str(), &still.status), ("web", &vec![Status::Critical]));
        }
    }

    #[test]
    fn a_proof_that_proves_nothing_is_refused() {
        let input = mock::incident("web").evidence("web", Observation::critical("no answer")).input();
        let trigger = input.trigger(None).unwrap();
        let with = |checks: &[&str], times| Verify {
            checks: checks.iter().map(|check| (*check).to_owned()).collect(),
            times,
            ..Verify::default()
        };
        for verify in [with(&[""], 1), with(&["web", "*"], 1), with(&["web-*"], 1), with(&["web"], 0)] {
            assert!(matches!(verify.plan(&trigger, "", ""), Err(NoPlan::Refused(_))), "{verify:?}");
        }
    }
}

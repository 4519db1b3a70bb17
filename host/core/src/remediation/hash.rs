//! What an approval is bound to: a plan, whole, as one number. Knows nothing of who approves.

use sha2::{Digest as _, Sha256};

use crate::plan::Plan;
use crate::remediation::PlanHash;

impl PlanHash {
    /// The same for the same plan, on every node and after every restart; another for a plan that differs in anything.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        // A plan is made of what JSON can say. Were that ever untrue, its other form tells plans apart as well.
        let written = serde_json::to_vec(plan).unwrap_or_else(|_| format!("{plan:?}").into_bytes());
        Self(Sha256::digest(written).iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Step, Verb, Verification};

    fn plan(unit: &str, timeout_ms: u32) -> Plan {
        Plan {
            summary: "restart it".to_owned(),
            why: "it is down".to_owned(),
            steps: vec![Step { verb: Verb::RestartService { unit: unit.to_owned() }, why: String::new(), timeout_ms }],
            preconditions: Vec::new(),
            verification: Verification { checks: Vec::new(), settle_ms: 0, times: 1 },
        }
    }

    #[test]
    fn a_plan_keeps_its_hash_for_ever() {
        // Approvals that wait on disk are bound to it: a change here makes all of them void.
        let expected = "6ee989d657590286ac79f11ee98c94adbf68c11c6310885ba58d2979e3a4c5db";
        assert_eq!(PlanHash::of(&plan("web.service", 5_000)).to_string(), expected);
    }

    #[test]
    fn a_plan_that_differs_in_anything_has_another_hash() {
        let first = PlanHash::of(&plan("web.service", 5_000));
        let more = Plan { preconditions: Vec::new(), why: "it is down.".to_owned(), ..plan("web.service", 5_000) };
        for other in [plan("web2.service", 5_000), plan("web.service", 5_001), more] {
            assert_ne!(PlanHash::of(&other), first, "{other:?}");
        }
    }
}

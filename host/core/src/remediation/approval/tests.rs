//! Approvals that count for nothing, each with its reason.

use std::sync::Arc;

use super::*;
use crate::id::Digest;
use crate::plan::{Plan, Step, Verb, Verification};
use crate::playbook::Mode;
use crate::remediation::Planned;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + seconds * 1_000)
}

fn plan(unit: &str) -> Plan {
    let verb = Verb::RestartService { unit: unit.to_owned() };
    Plan {
        summary: format!("restart {unit}"),
        why: "it is down".to_owned(),
        steps: vec![Step { verb, why: String::new(), timeout_ms: 5_000 }],
        preconditions: Vec::new(),
        verification: Verification { checks: Vec::new(), settle_ms: 0, times: 1 },
    }
}

fn waiting() -> Remediation {
    let plan = plan("web.service");
    Remediation {
        id: "r1".into(),
        playbook: "web".into(),
        incident: "i1".into(),
        target: "web".to_owned(),
        checks: vec!["http".into()],
        mode: Mode::Approve,
        rung: 0,
        proposed_at: at(0),
        stage: Stage::AwaitingApproval { until: at(600) },
        since: at(1),
        planned: Some(Planned { hash: PlanHash::of(&plan), plan: Arc::new(plan), digest: Digest::new("d"), at: at(1) }),
        approval: None,
        verdicts: Vec::new(),
        steps: Vec::new(),
        course: crate::remediation::Course::default(),
        ended: None,
    }
}

fn give(remediation: &Remediation, hash: &PlanHash, now: Timestamp) -> Result<Approval, ApprovalFault> {
    Approval::give(remediation, "ann", hash, Duration::from_secs(300), now)
}

#[test]
fn an_approval_in_time_and_for_this_plan_holds_for_as_long_as_the_playbook_says() {
    let hash = PlanHash::of(&plan("web.service"));
    let given = give(&waiting(), &hash, at(10)).expect("it waits for one");
    assert_eq!(given, Approval { by: "ann".to_owned(), at: at(10), hash, until: at(310) });
}

#[test]
fn an_approval_that_is_late_doubled_forged_or_for_another_plan_counts_for_nothing() {
    let (right, other) = (PlanHash::of(&plan("web.service")), PlanHash::of(&plan("db.service")));
    let approved = Remediation { approval: give(&waiting(), &right, at(10)).ok(), ..waiting() };
    let elsewhere = Remediation { stage: Stage::Running { step: 0 }, ..waiting() };
    // The plan on disk was exchanged for another beside the old hash.
    let mut exchanged = waiting();
    exchanged.planned = exchanged.planned.map(|planned| Planned { plan: Arc::new(plan("db.service")), ..planned });
    let table = [
        (&waiting(), &right, at(600), "the time to approve it was over at"),
        (&approved, &right, at(20), "it was already approved by ann; a plan is approved once"),
        (&elsewhere, &right, at(20), "remediation `r1` does not wait for an approval"),
        (&waiting(), &other, at(20), "look at the plan as it is now"),
        (&waiting(), &PlanHash("f".repeat(64)), at(20), "look at the plan as it is now"),
        (&exchanged, &right, at(20), "look at the plan as it is now"),
        (&exchanged, &other, at(20), "look at the plan as it is now"),
    ];
    for (remediation, hash, now, expected) in table {
        let fault = give(remediation, hash, now).expect_err(expected).to_string();
        assert!(fault.contains(expected), "{fault}");
    }
}

//! Each gate, alone against a repair that all others allow.

use std::time::Duration;

use super::*;
use crate::health::HealthStatus;
use crate::id::WindowName;
use crate::matcher::Matcher;
use crate::observation::Status;
use crate::playbook::{Blast, Mode, Rate};
use crate::remediation::fleet::Word;
use crate::remediation::{Account, Approval, End, KillSwitch, LedgerKey, PlanHash, Reset, Scope};

mod alone;
mod laws;
mod trigger;

/// 22:13:20 UTC.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

pub(crate) fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

fn ago_s(seconds: u64) -> Timestamp {
    NOW.before(Duration::from_secs(seconds))
}

pub(crate) fn limits() -> GateLimits {
    let rate = |count| Rate { count, per: minutes(60) };
    GateLimits {
        fresh_within: None,
        cooldown: minutes(10),
        attempts: 3,
        healthy_for: minutes(60),
        rate: rate(3),
        node_rate: rate(6),
        fleet_rate: rate(9),
        blast: Some(Blast { group: vec![Matcher::equal("job", "web")], percent_max: 50, count_max: 2, healthy_min: 2 }),
        lease: minutes(15),
        storm_alerts: 20,
        approval_within: minutes(30),
        breaker_failures: 3,
        repeat_max: 4,
        repeat_within: minutes(24 * 60),
    }
}

fn peer(check: &str, standing: Standing) -> Peer {
    Peer { check: check.into(), standing }
}

/// Hard critical for five minutes, seen and run again a moment ago.
fn broken(check: &str) -> Trigger {
    Trigger {
        check: check.into(),
        status: HealthStatus::Critical,
        since: ago_s(300),
        soft: None,
        is_flapping: false,
        behind: None,
        maintenance: None,
        interval: Duration::from_secs(30),
        observed_at: Some(ago_s(2)),
        failed: None,
        probe: Some(Probe { at: ago_s(2), found: Ok(Status::Critical) }),
    }
}

/// A repair right before its first verb, which every gate allows.
fn sound() -> Facts {
    let hash = PlanHash("ab".repeat(32));
    Facts {
        id: "r1".into(),
        playbook: "web".into(),
        target: "web".to_owned(),
        mode: Mode::Approve,
        phase: Phase::First,
        proposed_at: ago_s(60),
        switches: Vec::new(),
        triggers: vec![broken("http")],
        is_counted: false,
        target_account: Account::default(),
        playbook_account: Account::default(),
        node_account: Account::default(),
        fleet: Word::Allow("9 of 9 per 1h are left".to_owned()),
        group: Some(vec![
            peer("http", Standing::UnderRepair),
            peer("http-2", Standing::Healthy),
            peer("http-3", Standing::Healthy),
            peer("http-4", Standing::Unhealthy),
        ]),
        lease: Some(Lease { holder: "r1".into(), playbook: "web".into(), until: NOW.after(minutes(14)) }),
        alerts_firing: 2,
        plan: Some(PlanFacts { hash: hash.clone(), faults: Vec::new(), unmet: Vec::new() }),
        approval_asked_at: Some(ago_s(50)),
        approval: Some(Approval { by: "ann".to_owned(), at: ago_s(10), hash, until: NOW.after(minutes(29)) }),
    }
}

/// Before anything is known but what happened.
fn proposed() -> Facts {
    Facts {
        phase: Phase::Proposed,
        triggers: vec![Trigger { probe: None, ..broken("http") }],
        lease: None,
        plan: None,
        approval_asked_at: None,
        approval: None,
        ..sound()
    }
}

fn switch(until: Option<Timestamp>) -> KillSwitch {
    KillSwitch { reason: "a release is under way".to_owned(), by: "ann".to_owned(), at: ago_s(60), until }
}

/// The one gate that does not allow it, and what it says.
fn only(facts: &Facts, limits: &GateLimits) -> Verdict {
    let verdicts = judge(facts, limits, NOW);
    let stopping: Vec<_> = verdicts.iter().filter(|verdict| verdict.ruling != Ruling::Allow).collect();
    let [verdict] = stopping.as_slice() else { panic!("one gate was to stop it: {stopping:#?}") };
    assert_eq!(Some(*verdict), decisive(&verdicts));
    assert_eq!(verdict.ruling, ruling(&verdicts));
    assert_eq!(verdict.until, hold_until(&verdicts));
    (*verdict).clone()
}

#[test]
fn gates_are_asked_in_the_order_of_the_design_and_always_all_of_them() {
    let order = [
        Gate::Mode,
        Gate::KillSwitch,
        Gate::Trigger,
        Gate::Fresh,
        Gate::Cooldown,
        Gate::Attempts,
        Gate::Rate,
        Gate::BlastRadius,
        Gate::Lease,
        Gate::Storm,
        Gate::Breaker,
        Gate::Plan,
        Gate::Approval,
    ];
    let worst = Facts { mode: Mode::Observe, switches: vec![(Scope::All, switch(None))], ..sound() };
    for facts in [sound(), proposed(), worst] {
        let asked: Vec<Gate> = judge(&facts, &limits(), NOW).iter().map(|verdict| verdict.gate).collect();
        assert_eq!(asked, order);
    }
}

#[test]
fn a_sound_repair_is_allowed_in_every_phase_and_each_gate_says_why() {
    let table = [
        proposed(),
        Facts { phase: Phase::Planned, ..sound() },
        sound(),
        Facts { phase: Phase::Next, is_counted: true, ..sound() },
        Facts { phase: Phase::Undo, is_counted: true, ..sound() },
    ];
    for facts in table {
        let verdicts = judge(&facts, &limits(), NOW);
        assert_eq!(ruling(&verdicts), Ruling::Allow, "{verdicts:#?}");
        assert_eq!(hold_until(&verdicts), None);
        assert!(verdicts.iter().all(|verdict| !verdict.reason.is_empty()));
    }
    let said: Vec<String> = judge(&sound(), &limits(), NOW).into_iter().map(|verdict| verdict.reason).collect();
    let expected = [
        "mode approve carries out what a person approved",
        "no kill switch is thrown",
        "hard broken: `http`",
        "run again, and broken still: `http`",
        "`web` was not repaired before",
        "not repaired yet; the limit is 3 until it was healthy for 1h",
        "the playbook: 3 of 3 per 1h are left; the node: 6 of 6 per 1h are left; 9 of 9 per 1h are left",
        "2 of 4 in the group are unhealthy or under repair, and 2 beside it are healthy; the limits are 50 %, 2 at once and 2 healthy",
        "it holds `web` until 22:27:20 UTC",
        "2 alerts fire on this node; from more than 20 on, nothing is repaired",
        "0 repairs in a row did not help; the limit is 3",
        "the plan is valid and within the grant",
        "ann approved it at 22:13:10 UTC",
    ];
    assert_eq!(said, expected);
}

#[test]
fn nothing_is_allowed_that_no_gate_was_asked_about() {
    assert_eq!(ruling(&[]), Ruling::Refuse);
    assert_eq!(decisive(&[]), None);
}

//! A table: what alone stops a repair that all other gates allow, with the reason that people are shown.

use super::*;

type Case = (&'static str, Facts, GateLimits, Gate, Ruling, Option<Timestamp>, &'static str);

fn check(table: impl IntoIterator<Item = Case>) {
    for (name, facts, limits, gate, ruling, until, reason) in table {
        let verdict = only(&facts, &limits);
        assert_eq!((verdict.gate, verdict.ruling), (gate, ruling), "{name}: {}", verdict.reason);
        assert_eq!(verdict.reason, reason, "{name}");
        assert_eq!(verdict.until, until, "{name}");
    }
}

fn refuse(name: &'static str, facts: Facts, gate: Gate, reason: &'static str) -> Case {
    (name, facts, limits(), gate, Ruling::Refuse, None, reason)
}

fn hold(name: &'static str, facts: Facts, gate: Gate, until: Timestamp, reason: &'static str) -> Case {
    (name, facts, limits(), gate, Ruling::Hold, Some(until), reason)
}

#[test]
fn a_mode_that_does_not_go_so_far() {
    let observe = "mode observe says what it would have answered, and asks for no plan";
    let dry_run = "mode dry-run looks at each step, and carries out none";
    check([
        refuse("observe asks no plan", Facts { mode: Mode::Observe, ..proposed() }, Gate::Mode, observe),
        refuse("observe", Facts { mode: Mode::Observe, ..sound() }, Gate::Mode, observe),
        refuse("dry-run", Facts { mode: Mode::DryRun, ..sound() }, Gate::Mode, dry_run),
        refuse(
            "dry-run undoes nothing",
            Facts { mode: Mode::DryRun, phase: Phase::Undo, ..sound() },
            Gate::Mode,
            dry_run,
        ),
    ]);
}

#[test]
fn a_kill_switch_for_all_one_playbook_or_one_target_in_every_phase() {
    let table = [
        (Scope::All, None, "all of the node", "until it is taken back"),
        (Scope::Playbook("web".into()), Some(NOW.after(minutes(1))), "the playbook `web`", "until 22:14:20 UTC"),
        (Scope::Target("web".to_owned()), None, "the target `web`", "until it is taken back"),
    ];
    for (scope, until, of, end) in table {
        for before in [proposed(), Facts { phase: Phase::Planned, ..sound() }, sound()] {
            let next = Facts { phase: Phase::Next, ..before.clone() };
            let undo = Facts { phase: Phase::Undo, ..before.clone() };
            let all = if before.phase == Phase::First { vec![before, next, undo] } else { vec![before] };
            for facts in all {
                let verdict = only(&Facts { switches: vec![(scope.clone(), switch(until))], ..facts }, &limits());
                assert_eq!((verdict.gate, verdict.ruling), (Gate::KillSwitch, Ruling::Refuse));
                let expected = format!("ann stopped repairs for {of} at 22:12:20 UTC, {end}: a release is under way");
                assert_eq!(verdict.reason, expected);
            }
        }
    }
}

#[test]
fn a_kill_switch_for_something_else_or_that_is_over_stops_nothing() {
    let switches = vec![
        (Scope::Playbook("db".into()), switch(None)),
        (Scope::Target("db".to_owned()), switch(None)),
        (Scope::All, switch(Some(NOW))),
    ];
    assert_eq!(ruling(&judge(&Facts { switches, ..sound() }, &limits(), NOW)), Ruling::Allow);
}

#[test]
fn what_was_repaired_before() {
    let target = LedgerKey::Target("web".to_owned());
    let repaired = |times: u64| {
        (0..times).fold(Account::default(), |account, nth| {
            let at = NOW.before(minutes(100 - 20 * nth));
            account.began(&target, &limits(), at).ended(End::Verified, at.after(minutes(5)))
        })
    };
    let late = repaired(1).ended(End::Failed, NOW.before(minutes(4)));
    let spent = |key: &LedgerKey, times: u64| {
        (0..times).fold(Account::default(), |account, nth| account.began(key, &limits(), ago_s(600 - nth)))
    };
    let playbook = LedgerKey::Playbook("web".into());
    let failed = (0..3).fold(Account::default(), |account, _| account.ended(End::Undone, NOW.before(minutes(30))));
    check([
        hold(
            "cooldown",
            Facts { target_account: late, ..sound() },
            Gate::Cooldown,
            NOW.after(minutes(6)),
            "the last repair of `web` ended at 22:09:20 UTC; the cooldown of 10m is over at 22:19:20 UTC",
        ),
        refuse(
            "attempts",
            Facts { target_account: repaired(3), ..sound() },
            Gate::Attempts,
            "repaired 3 times since 20:33:20 UTC; the limit is 3 until it was healthy for 1h",
        ),
        hold(
            "the playbook's rate",
            Facts { playbook_account: spent(&playbook, 3), ..sound() },
            Gate::Rate,
            NOW.after(minutes(10)),
            "the playbook: all of 3 per 1h are spent; the next is there at 22:23:20 UTC",
        ),
        hold(
            "the node's rate",
            Facts { node_account: spent(&LedgerKey::Node, 7), ..sound() },
            Gate::Rate,
            NOW.after(minutes(10)),
            "the node: all of 6 per 1h are spent; the next is there at 22:23:20 UTC",
        ),
        refuse(
            "breaker",
            Facts { playbook_account: failed, ..sound() },
            Gate::Breaker,
            "3 repairs in a row of the playbook `web` did not help, the last at 21:43:20 UTC; the limit is 3, and it rests \
             until a person resets it",
        ),
    ]);
}

#[test]
fn what_the_fleet_does_not_give() {
    let until = NOW.after(minutes(3));
    check([
        hold(
            "spent",
            Facts { fleet: Word::Hold { until, reason: "all of 9 per 1h are spent".to_owned() }, ..sound() },
            Gate::Rate,
            until,
            "the fleet: all of 9 per 1h are spent",
        ),
        refuse(
            "refused",
            Facts { fleet: Word::Refuse("the rate is 0 per 1h, which allows none".to_owned()), ..sound() },
            Gate::Rate,
            "the fleet: the rate is 0 per 1h, which allows none",
        ),
        hold(
            "nobody answers",
            Facts { fleet: Word::Unreachable("no answer within 5s".to_owned()), ..sound() },
            Gate::Rate,
            NOW.after(minutes(1)),
            "the fleet could not be asked (no answer within 5s), and what others have spent is not known",
        ),
    ]);
}

#[test]
fn a_remediation_that_is_counted_does_not_stand_in_its_own_way() {
    let spent = (0..9).fold(Account::default(), |account, _| {
        let account = account.began(&LedgerKey::Playbook("web".into()), &limits(), NOW);
        account.began(&LedgerKey::Target("web".to_owned()), &limits(), NOW)
    });
    let facts = Facts { target_account: spent.clone(), playbook_account: spent, is_counted: true, ..sound() };
    assert_eq!(ruling(&judge(&facts, &limits(), NOW)), Ruling::Allow);
    assert_eq!(ruling(&judge(&Facts { is_counted: false, ..facts }, &limits(), NOW)), Ruling::Refuse);
}

#[test]
fn a_breaker_that_is_reset_drops_what_was_proposed_before_and_lets_the_present_be_repaired() {
    let reset = Some(Reset { by: "bob".to_owned(), at: ago_s(30) });
    let account = Account { reset, ..Account::default() };
    let backlog = Facts { proposed_at: NOW.before(minutes(3 * 24 * 60)), playbook_account: account.clone(), ..sound() };
    let reason = "it was proposed at 2023-11-11 22:13:20 UTC, before bob reset the breaker at 22:12:50 UTC: only what is broken now \
                  is repaired, anew";
    check([("backlog", backlog, limits(), Gate::Breaker, Ruling::Drop, None, reason)]);
    let anew = Facts { proposed_at: ago_s(20), playbook_account: account, ..sound() };
    assert_eq!(ruling(&judge(&anew, &limits(), NOW)), Ruling::Allow);
}

/// The target and its peers.
fn group(healthy: usize, unhealthy: usize) -> Option<Vec<Peer>> {
    let standing = |nth| if nth < healthy { Standing::Healthy } else { Standing::Unhealthy };
    let others = (0..healthy + unhealthy).map(|nth| peer(&format!("http-{nth}"), standing(nth)));
    Some(others.chain([peer("http", Standing::UnderRepair)]).collect())
}

fn wide(percent_max: u32, count_max: u32, healthy_min: u32) -> GateLimits {
    GateLimits { blast: Some(Blast { group: Vec::new(), percent_max, count_max, healthy_min }), ..limits() }
}

#[test]
fn a_blast_radius_by_percent_by_count_and_by_floor_each_for_itself() {
    let case = |name, group, limits, reason| {
        (name, Facts { group, ..sound() }, limits, Gate::BlastRadius, Ruling::Refuse, None, reason)
    };
    check([
        case(
            "percent",
            group(2, 2),
            wide(50, 9, 0),
            "3 of 5 in the group are unhealthy or under repair, more than 50 %",
        ),
        case(
            "count",
            group(97, 2),
            wide(50, 2, 0),
            "3 of 100 in the group are unhealthy or under repair, more than 2 at once",
        ),
        case("floor", group(3, 0), wide(50, 9, 4), "of the 4 in the group, 3 beside it are healthy, fewer than 4"),
        case(
            "unknown size",
            None,
            wide(100, 9, 0),
            "nobody can tell how large the group is, so nobody can tell how much of it would be down",
        ),
        case(
            "nobody",
            Some(Vec::new()),
            wide(100, 9, 0),
            "no check matches the playbook's group; correct its matchers",
        ),
        case(
            "another's group",
            Some(vec![peer("db-1", Standing::Healthy), peer("db-2", Standing::Healthy)]),
            wide(100, 9, 0),
            "the playbook's group has 2 checks, and none of them triggered this; correct its matchers",
        ),
        case(
            "unknown members",
            Some(vec![
                peer("http", Standing::UnderRepair),
                peer("http-2", Standing::Unknown),
                peer("http-3", Standing::Healthy),
            ]),
            wide(100, 9, 0),
            "of 3 in the group, nothing is known of 1: `http-2`",
        ),
        case(
            "alone, by percent",
            group(0, 0),
            wide(99, 9, 0),
            "1 of 1 in the group are unhealthy or under repair, more than 99 %; a group of one is repaired where percent is 100 \
             and healthy peers are 0",
        ),
        case(
            "alone, by floor",
            group(0, 0),
            wide(100, 9, 1),
            "of the 1 in the group, 0 beside it are healthy, fewer than 1; a group of one is repaired where percent is 100 and \
             healthy peers are 0",
        ),
    ]);
}

#[test]
fn a_blast_radius_allows_exactly_its_limits() {
    // And a group of one where somebody wrote down that it may be.
    for (group, limits) in [(group(2, 1), wide(50, 2, 2)), (group(0, 0), wide(100, 1, 0))] {
        assert_eq!(ruling(&judge(&Facts { group, ..sound() }, &limits, NOW)), Ruling::Allow);
    }
    // Without limits there is nothing that a group is needed for.
    let none = GateLimits { blast: None, ..limits() };
    assert_eq!(ruling(&judge(&Facts { group: None, ..sound() }, &none, NOW)), Ruling::Allow);
}

#[test]
fn a_target_that_looks_healthy_is_not_relied_upon_while_it_is_repaired() {
    let group = Some(vec![peer("http", Standing::Healthy), peer("http-2", Standing::Healthy)]);
    let verdict = only(&Facts { group, ..sound() }, &limits());
    assert_eq!(verdict.reason, "of the 2 in the group, 1 beside it are healthy, fewer than 2");
}

#[test]
fn a_target_that_another_repair_holds_or_that_was_held_for_too_long() {
    let lease = |holder: &str, until| Some(Lease { holder: holder.into(), playbook: "db".into(), until });
    let later = NOW.after(minutes(5));
    let other = "remediation `r2` of the playbook `db` holds `web` until 22:18:20 UTC";
    check([
        hold("another, proposing", Facts { lease: lease("r2", later), ..proposed() }, Gate::Lease, later, other),
        hold("another", Facts { lease: lease("r2", later), ..sound() }, Gate::Lease, later, other),
        refuse(
            "its own is over",
            Facts { lease: lease("r1", NOW), ..sound() },
            Gate::Lease,
            "it held `web` until 22:13:20 UTC; 15m is the longest a repair may take",
        ),
        refuse(
            "none",
            Facts { lease: None, ..sound() },
            Gate::Lease,
            "it does not hold `web`, and nothing is done to a target that is not held",
        ),
        refuse(
            "another's is over",
            Facts { lease: lease("r2", NOW), ..sound() },
            Gate::Lease,
            "remediation `r2` of the playbook `db` held `web` until 22:13:20 UTC, and nobody has taken it since",
        ),
    ]);
    assert_eq!(ruling(&judge(&Facts { lease: lease("r2", NOW), ..proposed() }, &limits(), NOW)), Ruling::Allow);
}

#[test]
fn a_storm() {
    let reason = "21 alerts fire on this node, more than 20: the cause is elsewhere";
    check([hold("storm", Facts { alerts_firing: 21, ..sound() }, Gate::Storm, NOW.after(minutes(1)), reason)]);
    assert_eq!(ruling(&judge(&Facts { alerts_firing: 20, ..sound() }, &limits(), NOW)), Ruling::Allow);
}

#[test]
fn a_plan_that_is_missing_faulty_or_whose_preconditions_do_not_hold() {
    let hash = PlanHash("ab".repeat(32));
    let plan = |faults: &[&str], unmet: &[&str]| {
        let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        Some(PlanFacts { hash: hash.clone(), faults: owned(faults), unmet: owned(unmet) })
    };
    let planned = |plan| Facts { phase: Phase::Planned, plan, ..sound() };
    check([
        refuse(
            "faults",
            planned(plan(&["step 1 deletes `*`", "step 2 is outside the grant"], &[])),
            Gate::Plan,
            "the plan is not carried out: step 1 deletes `*` (2 faults in all)",
        ),
        refuse(
            "unmet",
            Facts { plan: plan(&[], &["`db` is critical, and ok is asked for"]), ..sound() },
            Gate::Plan,
            "a precondition does not hold: `db` is critical, and ok is asked for",
        ),
    ]);
    // Preconditions are of the first verb: others may well have been changed by it.
    for phase in [Phase::Planned, Phase::Next] {
        let facts = Facts { phase, plan: plan(&[], &["`db` is critical, and ok is asked for"]), ..sound() };
        assert_eq!(ruling(&judge(&facts, &limits(), NOW)), Ruling::Allow);
    }
    let auto = Facts { mode: Mode::Auto, plan: None, approval: None, ..sound() };
    check([refuse("none", auto, Gate::Plan, "there is no plan")]);
}

#[test]
fn an_approval_that_is_missing_late_or_of_another_plan() {
    let other = sound().approval.map(|approval| Approval { hash: PlanHash("cd".repeat(32)), ..approval });
    let late = sound().approval.map(|approval| Approval { until: NOW, at: NOW.before(minutes(30)), ..approval });
    let waiting = Facts { phase: Phase::Planned, approval: None, ..sound() };
    let until = ago_s(50).after(minutes(30));
    check([
        hold("waiting", waiting.clone(), Gate::Approval, until, "it waits for a person's approval until 22:42:30 UTC"),
        refuse(
            "nobody came",
            Facts { approval_asked_at: Some(NOW.before(minutes(30))), ..waiting },
            Gate::Approval,
            "nobody approved it within 30m, until 22:13:20 UTC",
        ),
        refuse("none", Facts { approval: None, ..sound() }, Gate::Approval, "nobody has approved it"),
        refuse(
            "changed since",
            Facts { approval: other.clone(), ..sound() },
            Gate::Approval,
            "ann approved another plan than this one",
        ),
        refuse(
            "changed in the middle",
            Facts { approval: other, phase: Phase::Next, ..sound() },
            Gate::Approval,
            "ann approved another plan than this one",
        ),
        refuse(
            "late",
            Facts { approval: late.clone(), ..sound() },
            Gate::Approval,
            "ann approved it at 21:43:20 UTC, which held for 30m, until 22:13:20 UTC",
        ),
    ]);
    // What was begun in time is not left half done, and no other mode asks anybody.
    let allowed = [
        Facts { approval: late, phase: Phase::Next, ..sound() },
        Facts { mode: Mode::Auto, approval: None, ..sound() },
    ];
    for facts in allowed {
        assert_eq!(ruling(&judge(&facts, &limits(), NOW)), Ruling::Allow);
    }
}

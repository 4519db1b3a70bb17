//! A table: triggers that are none, in each phase, and triggers that have healed.

use super::*;

type Case = (&'static str, Trigger, Gate, Ruling, Option<u64>, &'static str);

fn check(base: &Facts, table: impl IntoIterator<Item = Case>) {
    for (name, trigger, gate, expected, wait_s, reason) in table {
        let facts = Facts { triggers: vec![trigger], ..base.clone() };
        let verdicts = judge(&facts, &limits(), NOW);
        let verdict = decisive(&verdicts).expect("gates were asked");
        assert_eq!((verdict.gate, verdict.ruling), (gate, expected), "{name}: {}", verdict.reason);
        assert_eq!(verdict.reason, reason, "{name}");
        assert_eq!(verdict.until, wait_s.map(|wait| NOW.after(Duration::from_secs(wait))), "{name}");
    }
}

fn with(change: impl FnOnce(&mut Trigger)) -> Trigger {
    let mut trigger = broken("http");
    change(&mut trigger);
    trigger
}

/// What stands against a trigger whether a remediation is proposed or about to act.
fn not_to_be_believed() -> Vec<Case> {
    let held = |name, trigger, reason| (name, trigger, Gate::Trigger, Ruling::Hold, Some(30), reason);
    let trap = || Some("the plugin trapped: out of bounds".to_owned());
    vec![
        held(
            "unknown",
            with(|trigger| trigger.status = HealthStatus::Unknown),
            "`http` is unknown since 22:08:20 UTC: what is not known is not repaired",
        ),
        held(
            "stale",
            with(|trigger| trigger.status = HealthStatus::Stale),
            "`http` is stale since 22:08:20 UTC: what is not known is not repaired",
        ),
        held(
            "its plugin fails",
            with(|trigger| trigger.failed = trap()),
            "the last run of `http` did not complete (the plugin trapped: out of bounds), which says nothing about its target",
        ),
        held(
            "flapping",
            with(|trigger| trigger.is_flapping = true),
            "`http` is flapping: what it finds changes too often to be believed",
        ),
        (
            "unreachable",
            with(|trigger| trigger.behind = Some("router".into())),
            Gate::Trigger,
            Ruling::Refuse,
            None,
            "`http` cannot be reached behind `router`, which is what is broken",
        ),
        (
            "in maintenance",
            with(|trigger| trigger.maintenance = Some(WindowName::new("release"))),
            Gate::Trigger,
            Ruling::Hold,
            Some(60),
            "`http` is in maintenance (`release`): somebody is at work on it",
        ),
        held(
            "not confirmed",
            with(|trigger| (trigger.status, trigger.soft) = (HealthStatus::Ok, Some(HealthStatus::Critical))),
            "`http` is critical and it is not confirmed yet",
        ),
        held(
            "healing",
            with(|trigger| trigger.soft = Some(HealthStatus::Ok)),
            "`http` is critical since 22:08:20 UTC, and its last run found it ok: it may be healing by itself",
        ),
        (
            "healed",
            with(|trigger| (trigger.status, trigger.since) = (HealthStatus::Ok, ago_s(10))),
            Gate::Trigger,
            Ruling::Drop,
            None,
            "nothing is left to repair: `http` is ok since 22:13:10 UTC",
        ),
    ]
}

#[test]
fn what_is_not_known_hard_reachable_and_steady_triggers_nothing() {
    check(&sound(), not_to_be_believed());
    let again = not_to_be_believed().into_iter().map(|(name, trigger, gate, ruling, wait, reason)| {
        (name, Trigger { probe: None, ..trigger }, gate, ruling, wait, reason)
    });
    check(&proposed(), again);
}

#[test]
fn what_was_not_seen_lately_is_not_proposed() {
    let seen = |at| with(|trigger| (trigger.observed_at, trigger.probe) = (at, None));
    check(
        &proposed(),
        [
            (
                "long ago",
                seen(Some(ago_s(61))),
                Gate::Fresh,
                Ruling::Hold,
                Some(30),
                "`http` was last seen 1m1s ago, and 1m is the limit",
            ),
            ("never", seen(None), Gate::Fresh, Ruling::Hold, Some(30), "`http` was not seen since the node started"),
        ],
    );
    let at_the_limit = Facts { triggers: vec![seen(Some(ago_s(60)))], ..proposed() };
    assert_eq!(ruling(&judge(&at_the_limit, &limits(), NOW)), Ruling::Allow);
    let stricter = GateLimits { fresh_within: Some(Duration::from_secs(59)), ..limits() };
    assert_eq!(ruling(&judge(&at_the_limit, &stricter, NOW)), Ruling::Hold);
}

#[test]
fn what_was_not_seen_again_right_now_is_not_acted_upon() {
    let probed = |at, found| with(|trigger| trigger.probe = Some(Probe { at, found }));
    check(
        &sound(),
        [
            (
                "not run again",
                with(|trigger| trigger.probe = None),
                Gate::Fresh,
                Ruling::Hold,
                Some(30),
                "`http` was not run again yet: it is the present that is repaired",
            ),
            (
                "did not complete",
                probed(ago_s(2), Err("not done within its deadline of 5000 ms".to_owned())),
                Gate::Fresh,
                Ruling::Hold,
                Some(30),
                "`http` was run again at 22:13:18 UTC and did not complete: not done within its deadline of 5000 ms",
            ),
            (
                "unknown",
                probed(ago_s(2), Ok(Status::Unknown)),
                Gate::Fresh,
                Ruling::Hold,
                Some(30),
                "`http` was run again at 22:13:18 UTC and found out nothing",
            ),
            (
                "ok",
                probed(ago_s(2), Ok(Status::Ok)),
                Gate::Fresh,
                Ruling::Drop,
                None,
                "nothing is left to repair: `http` was run again at 22:13:18 UTC and is ok",
            ),
            (
                "too long ago",
                probed(ago_s(61), Ok(Status::Critical)),
                Gate::Fresh,
                Ruling::Hold,
                Some(0),
                "`http` was run again at 22:12:19 UTC, more than 1m ago: run it again",
            ),
            (
                "ahead of a clock that was set back",
                probed(NOW.after(minutes(59)), Ok(Status::Critical)),
                Gate::Fresh,
                Ruling::Hold,
                Some(0),
                "`http` was run again at 23:12:20 UTC, more than 1m ago: run it again",
            ),
        ],
    );
    // While a plan waits for a person nothing is acted upon yet.
    let waiting =
        Facts { phase: Phase::Planned, triggers: vec![probed(ago_s(1_700), Ok(Status::Critical))], ..sound() };
    assert_eq!(ruling(&judge(&waiting, &limits(), NOW)), Ruling::Allow);
}

#[test]
fn of_several_checks_one_that_is_broken_is_enough_and_one_that_is_unknown_is_too_many() {
    let healed = Trigger { check: "tcp".into(), status: HealthStatus::Ok, ..broken("tcp") };
    let unknown = Trigger { check: "tcp".into(), status: HealthStatus::Unknown, ..broken("tcp") };
    let two = |other: &Trigger| Facts { triggers: vec![other.clone(), broken("http")], ..sound() };
    let allowed = judge(&two(&healed), &limits(), NOW);
    assert_eq!(ruling(&allowed), Ruling::Allow);
    assert!(allowed.iter().any(|verdict| verdict.reason == "hard broken: `http`"));
    assert_eq!(only(&two(&unknown), &limits()).gate, Gate::Trigger);
    let all_healed = Facts { triggers: vec![healed.clone(), healed], ..sound() };
    assert_eq!(ruling(&judge(&all_healed, &limits(), NOW)), Ruling::Drop);
}

#[test]
fn the_check_that_is_seen_again_is_the_very_one_that_is_hard_broken() {
    // One is hard broken and was found ok right now; the other was found broken, and is not confirmed.
    let hard = with(|trigger| trigger.probe = Some(Probe { at: ago_s(2), found: Ok(Status::Ok) }));
    let soft = Trigger { status: HealthStatus::Ok, ..broken("tcp") };
    assert_eq!(ruling(&judge(&Facts { triggers: vec![hard, soft], ..sound() }, &limits(), NOW)), Ruling::Drop);
}

#[test]
fn a_repair_without_a_check_behind_it_is_refused() {
    let verdicts = judge(&Facts { triggers: Vec::new(), ..sound() }, &limits(), NOW);
    assert_eq!(
        decisive(&verdicts).map(|verdict| verdict.reason.as_str()),
        Some("no check stands behind it: a repair answers a check that is broken")
    );
}

#[test]
fn in_the_middle_of_a_plan_what_it_has_changed_itself_stands_in_no_way_and_what_others_do_does() {
    let healed = with(|trigger| trigger.status = HealthStatus::Ok);
    let restarting = with(|trigger| trigger.failed = Some("no answer".to_owned()));
    for trigger in [healed, restarting] {
        let facts = Facts { phase: Phase::Next, is_counted: true, triggers: vec![trigger], ..sound() };
        assert_eq!(ruling(&judge(&facts, &limits(), NOW)), Ruling::Allow);
    }
    let next = Facts { phase: Phase::Next, ..sound() };
    let others = not_to_be_believed().into_iter().filter(|(name, ..)| ["unreachable", "in maintenance"].contains(name));
    check(&next, others);
}

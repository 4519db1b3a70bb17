//! What holds of every set of facts: one more thing that stands in the way never opens it.

use proptest::prelude::*;

use super::*;

/// Things that stand in the way, each of them enough.
const OBSTACLES: [fn(&mut Facts); 19] = [
    |facts| facts.mode = Mode::Observe,
    |facts| facts.switches.push((Scope::All, switch(None))),
    |facts| facts.triggers.clear(),
    |facts| facts.triggers.push(Trigger { status: HealthStatus::Unknown, ..broken("tcp") }),
    |facts| facts.triggers.push(Trigger { status: HealthStatus::Stale, ..broken("tcp") }),
    |facts| facts.triggers.push(Trigger { failed: Some("trap".to_owned()), ..broken("tcp") }),
    |facts| facts.triggers.push(Trigger { is_flapping: true, ..broken("tcp") }),
    |facts| facts.triggers.push(Trigger { behind: Some("router".into()), ..broken("tcp") }),
    |facts| facts.triggers.push(Trigger { maintenance: Some(WindowName::new("w")), ..broken("tcp") }),
    |facts| facts.triggers.push(Trigger { probe: None, ..broken("tcp") }),
    |facts| {
        facts.is_counted = false;
        facts.target_account = facts.target_account.ended(End::Failed, NOW);
    },
    |facts| {
        facts.is_counted = false;
        facts.target_account.attempts = 3;
        facts.target_account.healthy_since = None;
        facts.target_account.healthy_longest = Duration::ZERO;
    },
    |facts| {
        facts.is_counted = false;
        facts.fleet = Word::Refuse("no".to_owned());
    },
    |facts| facts.playbook_account.failures = 3,
    |facts| facts.group = None,
    |facts| facts.group.iter_mut().for_each(|group| group.push(peer("x", Standing::Unknown))),
    |facts| facts.lease = None,
    |facts| facts.alerts_firing = 21,
    |facts| facts.plan = None,
];

fn any_trigger() -> impl Strategy<Value = Trigger> {
    let status = prop_oneof![
        4 => Just(HealthStatus::Critical),
        1 => Just(HealthStatus::Warning),
        1 => Just(HealthStatus::Ok),
        1 => Just(HealthStatus::Unknown),
        1 => Just(HealthStatus::Stale),
    ];
    let probe = prop_oneof![
        Just(None),
        Just(Some(Ok(Status::Critical))),
        Just(Some(Ok(Status::Ok))),
        Just(Some(Err(String::new())))
    ];
    (status, probe, 0_u64..200, prop::bool::weighted(0.1), 0_usize..3).prop_map(|(status, probe, age, flaps, name)| {
        Trigger {
            status,
            is_flapping: flaps,
            observed_at: Some(ago_s(age)),
            probe: probe.map(|found| Probe { at: ago_s(age), found }),
            ..broken(["http", "http-2", "http-3"][name])
        }
    })
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let phase = prop::sample::select(vec![Phase::Proposed, Phase::Planned, Phase::First, Phase::Next]);
    let mode = prop::sample::select(vec![Mode::Observe, Mode::DryRun, Mode::Approve, Mode::Auto]);
    let triggers = prop::collection::vec(any_trigger(), 1..3);
    (phase, mode, triggers, any::<bool>(), 0_u32..4, 0_u32..4, 0_u32..25, any::<bool>()).prop_map(
        |(phase, mode, triggers, is_counted, attempts, failures, alerts_firing, is_approved)| Facts {
            phase,
            mode,
            triggers,
            is_counted,
            target_account: Account { attempts, ..Account::default() },
            playbook_account: Account { failures, ..Account::default() },
            alerts_firing,
            approval: sound().approval.filter(|_| is_approved),
            ..sound()
        },
    )
}

/// In the middle of a plan, and before there is one, some things are not asked.
fn is_asked(obstacle: usize, phase: Phase) -> bool {
    match obstacle {
        // What is broken is known by then, and the plan's own doing may have changed it.
        3..=6 | 9 if phase == Phase::Next => false,
        9 | 16 | 18 if phase == Phase::Proposed => false,
        16 if phase == Phase::Planned => false,
        _ => true,
    }
}

proptest! {
    #[test]
    fn one_more_obstacle_never_allows_and_each_of_them_is_enough(
        facts in any_facts(),
        obstacle in 0..OBSTACLES.len(),
        second in 0..OBSTACLES.len(),
    ) {
        let before = judge(&facts, &limits(), NOW);
        let mut more = facts.clone();
        OBSTACLES[obstacle](&mut more);
        let after = judge(&more, &limits(), NOW);
        // Before it is asked about, one more check that is broken is no obstacle: it may be the first that is.
        let is_obstacle = is_asked(obstacle, facts.phase) || !(3..=9).contains(&obstacle);
        if ruling(&before) != Ruling::Allow && is_obstacle {
            prop_assert_ne!(ruling(&after), Ruling::Allow, "{:#?}", after);
        }
        if is_asked(obstacle, facts.phase) {
            prop_assert_ne!(ruling(&after), Ruling::Allow, "{} {:#?}", obstacle, after);
            OBSTACLES[second](&mut more);
            prop_assert_ne!(ruling(&judge(&more, &limits(), NOW)), Ruling::Allow);
        }
    }

    #[test]
    fn who_is_held_is_told_until_when_and_who_is_refused_is_not(facts in any_facts()) {
        let verdicts = judge(&facts, &limits(), NOW);
        for verdict in &verdicts {
            prop_assert_eq!(verdict.until.is_some(), verdict.ruling == Ruling::Hold, "{:?}", verdict);
            prop_assert!(verdict.until.is_none_or(|until| until >= NOW));
        }
        prop_assert_eq!(judge(&facts, &limits(), NOW), verdicts);
    }

    /// However much else is in order: without a check that is hard broken, seen again and known, no first verb.
    #[test]
    fn a_first_verb_has_a_hard_and_fresh_trigger(facts in any_facts()) {
        let facts = Facts { phase: Phase::First, ..facts };
        if ruling(&judge(&facts, &limits(), NOW)) == Ruling::Allow {
            let is_sound = |trigger: &Trigger| {
                matches!(trigger.status, HealthStatus::Warning | HealthStatus::Critical)
                    && !trigger.is_flapping
                    && trigger.failed.is_none()
                    && trigger.probe.as_ref().is_some_and(|probe| probe.found == Ok(Status::Critical) && NOW.since(probe.at) <= minutes(1))
            };
            prop_assert!(facts.triggers.iter().any(is_sound));
            prop_assert!(!facts.triggers.iter().any(|trigger| matches!(trigger.status, HealthStatus::Unknown | HealthStatus::Stale)));
        }
    }
}

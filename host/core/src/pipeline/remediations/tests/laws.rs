//! What no order of events, losses and crashes may break.

use proptest::prelude::*;

use super::*;
use crate::remediation::StepRecord;

/// What happens to a node.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Finds(&'static str, Option<Status>),
    /// The web is down, or well again, and is seen to be.
    Web(Status),
    Undoable(bool),
    Passes(i64),
    Crash,
    Loses(&'static str),
    LosesNothing,
    Hands(usize),
    Switch(bool),
    Approves(bool),
    Reload(usize),
    SetBack(i64),
    Reset,
}

const HANDS: [Hand; 5] = [
    heal,
    nothing,
    |_, _| None,
    |_, _| Some(Err(failure("it broke", Changed::Yes))),
    |_, _| Some(Err(failure("it hung", Changed::Perhaps))),
];

fn texts() -> [String; 4] {
    let gates = "gates: {cooldown: 1m, attempts: 20, rate: {count: 50, per: 1h}, breaker_failures: 50}";
    let actions = "actions:
      - {name: first, plugin: action-restart-service, config: {unit: web.service}}
      - {name: second, plugin: action-restart-service, config: {unit: web.service}}
    hold_notifications: 1m";
    let auto = NODE
        .replace("mode: auto", &format!("mode: auto\n    {gates}"))
        .replace("actions: [{plugin: action-restart-service, config: {unit: web.service}}]", actions);
    let approve = auto.replace("mode: auto", "mode: approve");
    let other = NODE.replace("name: mend", "name: other");
    [auto, approve, other, NODE.to_owned()]
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let status = prop_oneof![Just(Status::Ok), Just(Status::Warning), Just(Status::Critical), Just(Status::Unknown)];
    let check = prop_oneof![4 => Just("web"), 1 => Just("page")];
    let effect = prop_oneof![Just("probe"), Just("plan"), Just("prepare"), Just("carry")];
    let fate = prop_oneof![
        2 => (check, proptest::option::weighted(0.9, status)).prop_map(|(check, found)| Fate::Finds(check, found)),
        6 => Just(Fate::Web(Status::Critical)),
        3 => Just(Fate::Web(Status::Ok)),
        2 => any::<bool>().prop_map(Fate::Undoable),
        8 => (1_i64..90).prop_map(Fate::Passes),
        2 => Just(Fate::Crash),
        1 => effect.prop_map(Fate::Loses),
        3 => Just(Fate::LosesNothing),
        2 => (0..HANDS.len()).prop_map(Fate::Hands),
        1 => proptest::bool::weighted(0.3).prop_map(Fate::Switch),
        2 => any::<bool>().prop_map(Fate::Approves),
        1 => (0_usize..4).prop_map(Fate::Reload),
        1 => (1_i64..7_200).prop_map(Fate::SetBack),
        1 => Just(Fate::Reset),
    ];
    proptest::collection::vec(fate, 1..40)
}

fn meet(world: &mut World, fate: Fate) {
    match fate {
        Fate::Finds(check, Some(status)) => drop(world.found.insert(check, status)),
        Fate::Finds(check, None) => drop(world.found.remove(check)),
        Fate::Web(status) => {
            world.found.insert("web", status);
            world.run((world.next_run - world.now) / 1_000);
        }
        Fate::Undoable(true) => world.prepare = |_| undoable(),
        Fate::Undoable(false) => world.prepare = |_| Ok(prepared(None)),
        Fate::Passes(seconds) => world.run(seconds),
        Fate::Crash => world.crash(),
        Fate::Loses(kind) => drop(world.lost.insert(kind)),
        Fate::LosesNothing => world.lost.clear(),
        Fate::Hands(hand) => world.hand = HANDS[hand],
        Fate::Switch(thrown) => world.switch(Scope::All, thrown),
        Fate::Approves(approves) => approve_last(world, approves),
        Fate::Reload(text) => world.configure(&texts()[text]),
        Fate::SetBack(seconds) => {
            world.now -= seconds * 1_000;
            world.next_run = world.now + 10_000;
            world.tell(&Event::ClockSetBack(Duration::from_secs(seconds.unsigned_abs())));
        }
        Fate::Reset => world.tell(&Event::BreakerReset { playbook: "mend".into(), by: "ada".into() }),
    }
}

fn approve_last(world: &mut World, approves: bool) {
    let Some(it) = world.all().pop() else { return };
    let Some(planned) = &it.planned else { return };
    let (remediation, by, hash) = (it.id.clone(), "ada".into(), planned.hash.clone());
    world.tell(&Event::Approved { remediation, by, hash, approves });
    world.settle();
}

/// Each step was carried out at most once, and each end of one that acted is verified, undone or told.
fn holds(world: &World) -> Result<(), TestCaseError> {
    for it in world.all() {
        let steps: Vec<u32> = it.steps.iter().map(|record| record.step).collect();
        let distinct: BTreeSet<u32> = steps.iter().copied().collect();
        prop_assert_eq!(steps.len(), distinct.len(), "a step has two records");
        let acted = |record: &StepRecord| record.intended_at.is_some();
        if let Some(ended) = &it.ended {
            let is_well = matches!(ended.how, End::Verified | End::Undone);
            let went_on = world.all().iter().any(|other| other.course.after.as_ref() == Some(&it.id));
            let never_began = matches!(ended.how, End::Refused | End::Dropped | End::Unapproved | End::Observed);
            let told = ended.escalated || is_well || went_on || never_began;
            prop_assert!(told || !it.steps.iter().any(acted), "{it:?}");
        } else {
            prop_assert!(it.course.look_at.is_some(), "nothing wakes {it:?}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_every_remediation_ends_and_none_untold(start in 0_usize..2, fates in fates()) {
        let mut world = World::new(&texts()[start]);
        world.plan = || Ok(Decision::Plan(plan(2)));
        world.prepare = |_| undoable();
        for fate in fates {
            meet(&mut world, fate);
            holds(&world)?;
        }
        // Nothing more happens, and nobody answers: all the same each ends within two days.
        world.lost = ["plan", "prepare", "carry"].into();
        world.found.insert("web", Status::Ok);
        world.next_run = i64::MAX;
        world.run(2 * 86_400 + 7_200);
        let open: Vec<_> = world.all().into_iter().filter(|it| !it.is_over()).collect();
        prop_assert!(open.is_empty(), "{open:?}");
        holds(&world)?;
    }

    #[test]
    fn no_step_is_done_twice(start in 0_usize..2, fates in fates()) {
        let mut world = World::new(&texts()[start]);
        for fate in fates {
            meet(&mut world, fate);
        }
        let proposed = world.all().len();
        let does = world.done().iter().filter(|line| line.starts_with("do")).count();
        prop_assert!(does <= proposed, "{does} of {proposed}: {:?}", world.log);
    }
}

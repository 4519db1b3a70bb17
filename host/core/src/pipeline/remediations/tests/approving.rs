//! Plans that wait for a person.

use super::*;

fn waiting() -> World {
    let mut world = World::with("mode: auto", "mode: approve\n    gates: {approval_within: 10m}");
    world.fault();
    assert!(matches!(world.last().stage, Stage::AwaitingApproval { .. }), "{:?}", world.last().stage);
    world
}

fn hash(world: &World) -> PlanHash {
    world.last().planned.as_ref().expect("planned").hash.clone()
}

fn say(world: &mut World, hash: &PlanHash, approves: bool) {
    let remediation = world.last().id.clone();
    let (by, hash) = ("ada".into(), hash.clone());
    world.tell(&Event::Approved { remediation, by, hash, approves });
    world.settle();
}

#[test]
fn a_plan_that_is_approved_is_seen_again_and_carried_out_once() {
    let mut world = waiting();
    assert_eq!((world.alarms(), world.done()), (vec!["RemediationAwaitsApproval".to_owned()], vec![]));
    let hash = hash(&world);
    world.run(100);
    say(&mut world, &hash, true);
    assert_eq!(world.log[2..], ["probe web", "prepare 0", "do 0"]);
    assert_eq!(world.alarms(), Vec::<String>::new());
    // Twice is once.
    say(&mut world, &hash, true);
    world.run(60);
    assert_eq!((world.done(), world.ends()), (vec!["do 0"], vec!["verified".to_owned()]));
}

#[test]
fn an_approval_that_is_late_forged_or_of_another_plan_counts_for_nothing() {
    let mut world = waiting();
    for forged in ["", "0", &PlanHash::of(&plan(2)).0] {
        say(&mut world, &PlanHash(forged.to_owned()), true);
        assert!(matches!(world.last().stage, Stage::AwaitingApproval { .. }), "{forged}");
    }
    let hash = hash(&world);
    world.run(700);
    assert_eq!((world.ends(), world.alarms()), (vec!["unapproved".to_owned()], vec![]));
    say(&mut world, &hash, true);
    world.run(100);
    assert_eq!((world.ends(), world.done()), (vec!["unapproved".to_owned()], vec![]));
}

#[test]
fn a_plan_that_is_rejected_is_not_made_again_for_this_onset() {
    let mut world = waiting();
    let hash = hash(&world);
    say(&mut world, &hash, false);
    assert!(world.reason().contains("ada rejected"), "{}", world.reason());
    world.run(600);
    assert_eq!((world.ends(), world.done()), (vec!["unapproved".to_owned()], vec![]));
}

#[test]
fn what_heals_while_its_plan_waits_drops_the_plan() {
    let mut world = waiting();
    let hash = hash(&world);
    world.found.insert("web", Status::Ok);
    world.run(30);
    assert_eq!((world.ends(), world.alarms()), (vec!["dropped".to_owned()], vec![]));
    say(&mut world, &hash, true);
    assert_eq!(world.done(), Vec::<&str>::new());
}

#[test]
fn a_plan_that_is_another_after_a_restart_is_asked_for_again() {
    let mut world = waiting();
    let before = hash(&world);
    world.crash();
    world.plan = || Ok(Decision::Plan(plan(2)));
    world.run(30);
    let after = hash(&world);
    assert_ne!(before, after);
    say(&mut world, &before, true);
    assert_eq!(world.done(), Vec::<&str>::new());
    say(&mut world, &after, true);
    world.run(60);
    assert_eq!((world.done(), world.ends()), (vec!["do 0", "do 1"], vec!["verified".to_owned()]));
}

#[test]
fn an_approval_is_void_for_the_plan_that_follows_it() {
    let mut world = waiting();
    let before = hash(&world);
    // Approved; and before the first verb the node dies, and the action has another idea.
    world.lost.insert("prepare");
    say(&mut world, &before, true);
    assert!(world.last().approval.is_some());
    world.crash();
    world.lost.clear();
    world.plan = || Ok(Decision::Plan(plan(2)));
    world.run(30);
    assert!(matches!(world.last().stage, Stage::AwaitingApproval { .. }), "{:?}", world.last().stage);
    assert_eq!((world.done(), &world.last().approval), (vec![], &None));
}

#[test]
fn the_same_plan_after_a_restart_is_still_approved() {
    let mut world = waiting();
    let hash = hash(&world);
    world.lost.insert("prepare");
    say(&mut world, &hash, true);
    world.crash();
    world.lost.clear();
    world.run(60);
    assert_eq!((world.done(), world.ends()), (vec!["do 0"], vec!["verified".to_owned()]));
}

#[test]
fn a_kill_switch_ends_what_waits_at_once() {
    let mut world = waiting();
    world.switch(Scope::Target("web".into()), true);
    assert_eq!((world.ends(), world.alarms()), (vec!["refused".to_owned()], vec![]));
}

//! The node dies, or its clock is set back, and what is then.

use super::*;

#[test]
fn a_crash_before_the_verb_begins_anew_and_does_it_once() {
    for lost in ["probe", "plan", "prepare"] {
        let mut world = World::new(NODE);
        world.lost.insert(lost);
        world.fault();
        world.lost.clear();
        world.crash();
        world.run(120);
        assert_eq!((world.done(), world.ends()), (vec!["do 0"], vec!["verified".to_owned()]), "{lost}");
    }
}

#[test]
fn a_crash_in_a_verb_is_never_repeated_and_calls_a_person() {
    let mut world = World::new(NODE);
    world.hand = |_, _| None;
    world.fault();
    world.crash();
    assert_eq!(
        (world.ends(), world.alarms()),
        (vec!["indeterminate*".to_owned()], vec!["RemediationFailed".to_owned()])
    );
    world.hand = heal;
    world.run(1_000);
    assert_eq!(world.done(), ["do 0"]);
}

#[test]
fn no_word_of_a_verb_in_time_is_not_repeated_either_and_a_late_word_is_kept() {
    let mut world = World::new(NODE);
    world.hand = |_, _| None;
    world.fault();
    world.run(39);
    assert_eq!(world.last().ended, None, "10 s of its own and 30 s of grace");
    world.run(2);
    assert_eq!(world.ends(), ["indeterminate*"]);
    let order = OrderKey { remediation: world.last().id.clone(), step: 0, undo: false };
    world.tell(&Event::Carried { order, result: done("it was done after all") });
    assert!(world.timeline().iter().any(|line| line.contains("it was done after all")), "{:?}", world.timeline());
    assert_eq!((world.ends(), world.done()), (vec!["indeterminate*".to_owned()], vec!["do 0"]));
}

#[test]
fn a_crash_after_a_verb_goes_on_with_the_next() {
    let mut world = World::new(NODE);
    world.plan = || Ok(Decision::Plan(plan(2)));
    world.fault_up_to_the_second_step();
    world.hand = heal;
    world.crash();
    world.run(60);
    assert_eq!((world.done(), world.ends()), (vec!["do 0", "do 1"], vec!["verified".to_owned()]));
}

#[test]
fn a_crash_while_it_settles_or_is_verified_goes_on_to_the_proof() {
    for seconds in [1, 6] {
        let mut world = World::new(NODE);
        world.fault();
        world.run(seconds);
        // Away for far longer than there was time for the proof.
        world.crash_for(3_600);
        world.run(200);
        assert_eq!(world.ends(), ["verified"], "{seconds}");
    }
}

#[test]
fn a_crash_while_it_is_taken_back_is_indeterminate() {
    let mut world = World::new(NODE);
    world.prepare = |_| undoable();
    world.hand = |_, order| (!order.undo).then(|| done("restarted"));
    world.fault();
    world.run(7);
    assert!(matches!(world.last().stage, Stage::Undoing { .. }), "{:?}", world.last().stage);
    world.crash();
    assert_eq!(world.ends(), ["indeterminate*"]);
}

#[test]
fn words_nobody_waits_for_change_nothing() {
    let mut world = World::new(NODE);
    world.fault();
    let it = world.last();
    let order = |step, undo| OrderKey { remediation: it.id.clone(), step, undo };
    for event in [
        Event::Carried { order: order(0, false), result: done("again") },
        Event::Carried { order: order(0, true), result: done("again") },
        Event::Carried { order: order(7, false), result: done("again") },
        Event::Prepared { order: order(0, false), result: Ok(prepared(None)) },
        Event::Planned {
            remediation: it.id.clone(),
            digest: Digest::new("d"),
            answer: Ok(Arc::new(Decision::Plan(plan(2)))),
        },
    ] {
        let transition = world.step(&event);
        assert_eq!(transition, Transition::default(), "{event:?}");
    }
    for order in [order(0, false), order(0, true), order(1, false)] {
        assert!(approve(&world.state, &order, world.at()).is_err(), "{order}");
    }
}

#[test]
fn a_clock_that_is_set_back_makes_nothing_wait_longer() {
    let mut world = World::new(NODE);
    world.fault();
    assert!(matches!(world.last().stage, Stage::Settling { .. }));
    let hour = Duration::from_secs(3_600);
    world.now += 3_600_000;
    world.tell(&Event::ClockSetBack(hour));
    // What was decided an hour from now is as long ago as it was.
    world.now -= 3_600_000;
    let it = world.last();
    let Stage::Settling { until } = it.stage else { panic!("{:?}", it.stage) };
    assert_eq!(until, world.at().before(hour).after(Duration::from_secs(5)));
    let ledger: Vec<_> = world.state.remediations().ledger().collect();
    assert!(!ledger.is_empty());
}

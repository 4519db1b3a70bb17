//! Lives that go well, or end before anything is done.

use super::*;

#[test]
fn a_break_is_seen_again_planned_repaired_and_proven() {
    let mut world = World::new(NODE);
    world.fault();
    assert_eq!(world.log, ["probe web", "plan", "probe web", "prepare 0", "do 0"]);
    assert!(matches!(world.last().stage, Stage::Settling { .. }), "{:?}", world.last().stage);
    world.run(60);
    assert_eq!(world.ends(), ["verified"]);
    assert_eq!(world.log[5..], ["probe web", "probe web"], "two rounds");
    let timeline = world.timeline().join("\n");
    for said in ["proposed to repair `web`", "plan of", "step 1: restarted", "settles", "verified: `web`", "it helped"]
    {
        assert!(timeline.contains(said), "{said} in\n{timeline}");
    }
    assert_eq!(world.alarms(), Vec::<String>::new());
}

#[test]
fn modes_go_as_far_as_they_say() {
    for (mode, log, end, says) in [
        ("observe", &[][..], "observed", "would have asked"),
        ("dry-run", &["probe web", "plan", "probe web", "prepare 0", "prepare 1"][..], "observed", "none carried out"),
    ] {
        let mut world = World::with("mode: auto", &format!("mode: {mode}"));
        world.plan = || Ok(Decision::Plan(plan(2)));
        world.fault();
        world.run(600);
        assert_eq!(
            (world.log.as_slice(), world.ends()),
            (&log.iter().map(ToString::to_string).collect::<Vec<_>>()[..], vec![end.to_owned()]),
            "{mode}"
        );
        assert!(world.reason().contains(says), "{}", world.reason());
    }
}

#[test]
fn what_heals_before_it_is_seen_again_is_dropped_and_answered_once_it_breaks_anew() {
    let mut world = World::new(NODE);
    world.lost.insert("probe");
    world.fault();
    world.lost.clear();
    world.found.insert("web", Status::Ok);
    world.run(30);
    assert_eq!((world.ends(), world.done()), (vec!["dropped".to_owned()], vec![]));
    world.run(60);
    world.fault();
    world.run(60);
    assert_eq!(world.ends(), ["dropped", "verified"]);
}

#[test]
fn the_diagnosis_chooses_the_action() {
    let actions = "actions:
      - {name: restart, plugin: action-restart-service, config: {unit: web.service}}
      - {name: other, plugin: action-restart-service, config: {unit: web.service}}
    diagnosis:
      - {check: page, status: [warning], then: restart}
      - {check: disk, then: other}";
    for (disk, rung) in [(Status::Critical, 1), (Status::Ok, 0)] {
        let mut world =
            World::with("actions: [{plugin: action-restart-service, config: {unit: web.service}}]", actions);
        world.found.insert("disk", disk);
        world.fault();
        assert_eq!(world.log[..3], ["probe page", "probe disk", "probe web"]);
        assert_eq!(world.last().rung, rung);
        world.run(60);
        assert_eq!(world.ends(), ["verified"]);
    }
}

#[test]
fn a_target_is_repaired_once_for_one_onset_and_again_for_the_next() {
    let mut world = World::with("mode: auto", "mode: auto\n    gates: {cooldown: 1m}");
    for round in 1..=2 {
        world.fault();
        world.run(300);
        assert_eq!(world.ends(), vec!["verified"; round]);
    }
}

#[test]
fn what_is_repaired_again_and_again_calls_a_person_although_each_repair_worked() {
    let mut world =
        World::with("mode: auto", "mode: auto\n    gates: {cooldown: 1m, repeat_max: 2, repeat_within: 1h}");
    world.fault();
    world.run(300);
    world.fault();
    world.run(300);
    assert_eq!(world.ends(), ["verified", "verified*"]);
    assert_eq!(world.alarms().len(), 1, "{:?}", world.alarms());
}

#[test]
fn effects_that_are_lost_are_asked_again() {
    for kind in ["probe", "plan", "prepare"] {
        let mut world = World::new(NODE);
        world.lost.insert(kind);
        world.fault();
        world.lost.clear();
        world.run(200);
        assert_eq!(world.ends(), ["verified"], "{kind}");
    }
}

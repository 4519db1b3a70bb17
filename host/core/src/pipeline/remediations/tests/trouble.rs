//! Repairs that do not help, fail half-way, or are stopped.

use super::*;
use crate::id::IncidentId;

const TWO_RUNGS: &str = "actions:
      - {name: first, plugin: action-restart-service, config: {unit: web.service}}
      - {name: second, plugin: action-restart-service, config: {unit: web.service}}";
const ONE_RUNG: &str = "actions: [{plugin: action-restart-service, config: {unit: web.service}}]";

#[test]
fn what_does_not_help_is_taken_back_and_a_person_is_told_until_the_incident_is_over() {
    let mut world = World::new(NODE);
    (world.hand, world.prepare) = (nothing, |_| undoable());
    world.plan = || Ok(Decision::Plan(plan(2)));
    world.fault();
    world.run(60);
    assert_eq!(world.done(), ["do 0", "do 1", "undo 1", "undo 0"]);
    assert_eq!(world.ends(), ["undone*"]);
    assert!(world.reason().contains("it did not help: `web` was run again and is critical"), "{}", world.reason());
    assert_eq!(world.alarms(), ["RemediationFailed"]);
    world.run(1_200);
    assert_eq!(world.ends(), ["undone*"], "one answer to one onset");
    resolve(&mut world);
    assert_eq!(world.alarms(), Vec::<String>::new());
}

#[test]
fn what_fails_after_its_incident_seemed_over_opens_it_again_so_that_its_page_ends_with_it() {
    let mut world = World::new(NODE);
    (world.hand, world.prepare) = (nothing, |_| undoable());
    world.fault();
    while !matches!(world.last().stage, Stage::Settling { .. } | Stage::Verifying { .. } | Stage::Ended) {
        world.run(1);
    }
    assert!(!world.last().is_over(), "{:?}", world.last().stage);
    resolve(&mut world);
    world.run(120);
    assert_eq!(world.ends().first().map(String::as_str), Some("undone*"));
    assert_eq!(world.alarms(), ["RemediationFailed"]);
    let id = world.all().first().map(|it| it.incident.clone()).expect("proposed");
    assert!(world.state.incidents().get(&id).is_some_and(|incident| incident.is_open()), "it is open again");
    resolve_one(&mut world, &id);
    assert_eq!(world.alarms(), Vec::<String>::new(), "{:#?}", world.ends());
}

fn resolve(world: &mut World) {
    let id = world.state.incidents().iter().last().expect("open").id.clone();
    resolve_one(world, &id);
}

fn resolve_one(world: &mut World, id: &IncidentId) {
    let mut incident = Incident::clone(world.state.incidents().get(id).expect("it is known"));
    incident.resolved = Some(crate::incident::Signed { by: "ada".into(), at: world.at() });
    let id = id.clone();
    world
        .state
        .apply(&crate::pipeline::Change::Incident(IncidentChange::Incident(id.clone(), Some(Arc::new(incident)))));
    world.tell(&Event::Respond(id));
}

#[test]
fn what_cannot_be_taken_back_stands_and_is_said_to() {
    let mut world = World::new(NODE);
    world.hand = nothing;
    world.fault();
    world.run(60);
    assert_eq!((world.ends(), world.done()), (vec!["failed*".to_owned()], vec!["do 0"]));
    assert!(world.reason().contains("what it did stands"), "{}", world.reason());
}

#[test]
fn the_ladder_goes_on_at_once_and_calls_a_person_at_its_end() {
    let mut world = World::with(ONE_RUNG, TWO_RUNGS);
    world.hand = |world, order| {
        let is_second = world.state.remediations().get(&order.remediation).is_some_and(|it| it.rung == 1);
        if is_second { heal(world, order) } else { nothing(world, order) }
    };
    world.fault();
    world.run(120);
    assert_eq!((world.ends(), world.alarms()), (vec!["failed".to_owned(), "verified".to_owned()], vec![]));

    let mut world = World::with(ONE_RUNG, TWO_RUNGS);
    world.hand = nothing;
    world.fault();
    world.run(120);
    assert_eq!(
        (world.ends(), world.alarms()),
        (vec!["failed".to_owned(), "failed*".to_owned()], vec!["RemediationFailed".to_owned()])
    );

    // Whatever ends the ladder before it helped: a person is told.
    let mut world = World::with(ONE_RUNG, &format!("{TWO_RUNGS}\n    gates: {{attempts: 1}}"));
    world.hand = nothing;
    world.fault();
    world.run(120);
    assert_eq!(world.ends(), ["failed", "refused*"]);
}

#[test]
fn a_step_that_fails_has_what_was_done_before_it_taken_back() {
    for (changed, done, end) in [
        (Changed::No, &["do 0", "do 1", "undo 0"][..], "undone*"),
        (Changed::Yes, &["do 0", "do 1", "undo 1", "undo 0"][..], "undone*"),
        (Changed::Perhaps, &["do 0", "do 1"][..], "indeterminate*"),
    ] {
        let mut world = World::new(NODE);
        (world.plan, world.prepare) = (|| Ok(Decision::Plan(plan(2))), |_| undoable());
        world.hand = match changed {
            Changed::No => |_, order| Some(fails(order, Changed::No)),
            Changed::Yes => |_, order| Some(fails(order, Changed::Yes)),
            Changed::Perhaps => |_, order| Some(fails(order, Changed::Perhaps)),
        };
        world.fault();
        world.run(60);
        assert_eq!((world.done().as_slice(), world.ends()), (done, vec![end.to_owned()]), "{changed:?}");
    }
}

fn fails(order: &OrderKey, changed: Changed) -> Result<Done, VerbFailure> {
    if order.step == 1 && !order.undo { Err(failure("no such unit", changed)) } else { done("restarted") }
}

#[test]
fn a_first_step_that_could_not_begin_changes_nothing() {
    let mut world = World::new(NODE);
    world.hand = |_, _| Some(Err(failure("no such unit", Changed::No)));
    world.fault();
    assert_eq!(world.ends(), ["failed*"]);
    assert!(world.reason().contains("nothing was changed"), "{}", world.reason());
}

#[test]
fn a_taking_back_that_fails_ends_it_there() {
    let mut world = World::new(NODE);
    (world.plan, world.prepare) = (|| Ok(Decision::Plan(plan(2))), |_| undoable());
    world.hand = |_, order| Some(if order.undo { Err(failure("gone", Changed::No)) } else { done("restarted") });
    world.fault();
    world.run(60);
    assert_eq!((world.done(), world.ends()), (vec!["do 0", "do 1", "undo 1"], vec!["failed*".to_owned()]));
}

#[test]
fn a_kill_switch_in_the_middle_stops_the_next_verb_and_the_taking_back() {
    for scope in [Scope::All, Scope::Playbook("mend".into()), Scope::Target("web".into())] {
        let mut world = World::with(ONE_RUNG, TWO_RUNGS);
        (world.plan, world.prepare) = (|| Ok(Decision::Plan(plan(2))), |_| undoable());
        world.lost.insert("carry");
        world.fault();
        // Decided upon and handed out; the switch is thrown before the hands ask.
        world.switch(scope, true);
        let it = world.last();
        world.carry(&OrderKey { remediation: it.id.clone(), step: 0, undo: false });
        world.settle();
        assert_eq!((world.done(), world.ends()), (vec![], vec!["refused".to_owned()]));
        assert_eq!(world.refused_by(), Some(Gate::KillSwitch));
    }
    let mut world = World::with(ONE_RUNG, TWO_RUNGS);
    (world.plan, world.prepare) = (|| Ok(Decision::Plan(plan(2))), |_| undoable());
    world.hand = |world, _| {
        world.switch(Scope::All, true);
        Some(done("restarted"))
    };
    world.fault();
    assert_eq!((world.done(), world.ends()), (vec!["do 0"], vec!["failed*".to_owned()]));
    assert!(world.reason().contains("not today"), "{}", world.reason());
}

#[test]
fn a_switch_that_is_taken_back_lets_the_present_be_answered() {
    let mut world = World::new(NODE);
    world.switch(Scope::All, true);
    world.fault();
    world.run(100);
    assert_eq!(world.ends(), ["refused"]);
    world.switch(Scope::All, false);
    world.run(100);
    assert_eq!(world.ends(), ["refused", "verified"]);
}

#[test]
fn a_switch_whose_time_is_over_lets_the_present_be_answered() {
    let mut world = World::new(NODE);
    let until = Some(world.at().after(Duration::from_secs(60)));
    let switch = KillSwitch { reason: "not today".into(), by: "ada".into(), at: world.at(), until };
    world.tell(&Event::KillSwitch(Scope::All, Some(Arc::new(switch))));
    world.fault();
    world.crash();
    world.run(40);
    assert_eq!(world.ends(), ["refused"]);
    world.run(120);
    assert_eq!(
        (world.ends(), world.state.remediations().switches().count()),
        (vec!["refused".to_owned(), "verified".to_owned()], 0)
    );
}

#[test]
fn a_breaker_that_a_person_closes_lets_only_the_present_be_answered() {
    let mut world = World::with("mode: auto", "mode: auto\n    gates: {breaker_failures: 1, cooldown: 1m}");
    world.hand = nothing;
    world.fault();
    world.run(100);
    // It heals by other hands, and breaks again: the breaker is open.
    world.found.insert("web", Status::Ok);
    world.run(100);
    world.fault();
    world.run(100);
    assert_eq!(
        (world.ends(), world.refused_by()),
        (vec!["failed*".to_owned(), "refused".to_owned()], Some(Gate::Breaker))
    );
    world.hand = heal;
    world.tell(&Event::BreakerReset { playbook: "mend".into(), by: "ada".into() });
    world.run(100);
    assert_eq!(world.ends(), ["failed*", "refused", "verified"]);
}

#[test]
fn a_repair_that_breaks_what_lies_behind_it_did_not_help() {
    let mut world = World::new(NODE);
    world.prepare = |_| undoable();
    world.hand = |world, order| {
        world.found.insert("page", if order.undo { Status::Ok } else { Status::Critical });
        heal(world, order)
    };
    let verification = world.text.replace("settle: 5s", "settle: 15s");
    world.configure(&verification);
    world.fault();
    world.run(120);
    assert_eq!((world.done(), world.ends()[0].as_str()), (vec!["do 0", "undo 0"], "undone*"));
    let first = world.all().remove(0);
    assert!(first.ended.as_ref().is_some_and(|ended| ended.reason.contains("`page`")), "{:?}", first.ended);
}

#[test]
fn a_check_that_flaps_while_its_repair_runs_proves_nothing() {
    let mut world = World::new(NODE);
    world.fault();
    world.run(6);
    // One round was well; before the next it is not.
    world.found.insert("web", Status::Critical);
    world.run(60);
    assert_eq!(world.ends(), ["failed*"]);
}

#[test]
fn what_cannot_be_seen_is_neither_repaired_nor_proven() {
    let mut world = World::new(NODE);
    world.lost.insert("probe");
    world.fault();
    world.found.remove("web");
    world.lost.clear();
    world.run(2_000);
    assert_eq!((world.ends(), world.done()), (vec!["refused".to_owned()], vec![]));

    let mut world = World::new(NODE);
    world.hand = |world, _| {
        world.found.remove("web");
        Some(done("restarted"))
    };
    world.fault();
    world.run(600);
    assert_eq!(world.ends(), ["failed*"]);
    assert!(world.reason().contains("nothing is known of `web`"), "{}", world.reason());
}

#[test]
fn an_action_that_fails_answers_never_or_plans_badly_is_not_carried_out() {
    for (answer, end, says) in [
        ((|| Err("it trapped".to_owned())) as fn() -> _, "refused*", "it trapped"),
        (|| Ok(Decision::Refuse("the disk is full".to_owned())), "refused", "the disk is full"),
        (|| Ok(Decision::Plan(plan(0))), "refused*", "no steps"),
        (|| Ok(Decision::Plan(other_unit())), "refused*", "not carried out"),
        (|| Ok(Decision::Plan(unknown_check())), "refused*", "there is no check `nowhere`"),
    ] {
        let mut world = World::new(NODE);
        world.plan = answer;
        world.fault();
        world.run(30);
        assert_eq!((world.ends(), world.done()), (vec![end.to_owned()], vec![]), "{says}");
        assert!(world.reason().contains(says), "{}", world.reason());
    }
    let mut world = World::new(NODE);
    world.lost.insert("plan");
    world.fault();
    world.run(300);
    assert_eq!(world.ends(), ["refused*"]);
    assert!(world.reason().contains("gave no answer"), "{}", world.reason());
}

fn other_unit() -> Plan {
    let mut plan = plan(1);
    plan.steps[0].verb = Verb::RestartService { unit: "sshd.service".into() };
    plan
}

fn unknown_check() -> Plan {
    let mut plan = plan(1);
    plan.verification.checks = vec!["nowhere".into()];
    plan
}

#[test]
fn a_precondition_is_looked_at_right_before_the_first_verb() {
    for (disk, end, probes) in [(Status::Ok, "verified", 4), (Status::Warning, "refused", 3)] {
        let mut world = World::new(NODE);
        world.found.insert("disk", disk);
        world.plan = || {
            let mut plan = plan(1);
            plan.preconditions =
                vec![Precondition { check: "disk".into(), status: vec![Status::Ok], why: "needs room".into() }];
            Ok(Decision::Plan(plan))
        };
        world.fault();
        world.run(60);
        assert_eq!(world.ends(), [end], "{:?}", world.reason());
        assert!(world.log.iter().filter(|line| line.starts_with("probe")).count() >= probes);
    }
}

#[test]
fn two_playbooks_for_one_target_take_it_one_after_the_other() {
    let second = NODE.split("playbooks:\n").nth(1).expect("playbooks").replace("name: mend", "name: also");
    let second = second.replace("{checks: [web]}", "{checks: [web], alert: {alertname: CheckCritical}}");
    let mut world = World::new(&format!("{NODE}{second}"));
    world.fault();
    world.run(60);
    assert_eq!(world.done(), ["do 0"]);
    let mut ends = world.ends();
    ends.sort();
    assert_eq!(ends, ["dropped", "verified"]);
}

#[test]
fn a_configuration_without_the_playbook_or_the_check_ends_it_before_the_next_verb() {
    let without = [
        NODE.replace("name: mend", "name: other"),
        NODE.replace("mode: auto", "mode: auto\n    escalate: P2"),
        NODE.replace("{name: web,", "{name: web2,").replace("[web]", "[web2]"),
    ];
    for text in without {
        let mut world = World::new(NODE);
        (world.plan, world.prepare) = (|| Ok(Decision::Plan(plan(2))), |_| undoable());
        world.fault_up_to_the_second_step();
        world.configure(&text);
        world.settle();
        world.run(60);
        let first = world.all().into_iter().next().expect("one");
        let how = first.ended.as_ref().map(|ended| (ended.how, ended.escalated));
        assert!(matches!(how, Some((End::Failed | End::Undone, true))), "{how:?} of\n{text}");
        assert!(!world.done().contains(&"do 1"), "{:?}", world.done());
    }
}

impl World {
    pub(super) fn fault_up_to_the_second_step(&mut self) {
        self.hand = |world, _| {
            world.lost.insert("prepare");
            Some(done("restarted"))
        };
        self.fault();
        assert_eq!(self.last().stage, Stage::Running { step: 1 });
        self.lost.clear();
        self.hand = nothing;
    }
}

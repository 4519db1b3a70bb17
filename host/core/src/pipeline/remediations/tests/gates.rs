//! Each gate alone stops a repair, as the real state shows it to the gates; and the SLO that is to burn less.

use super::*;

/// With these limits.
fn limited(gates: &str) -> World {
    World::with("mode: auto", &format!("mode: auto\n    gates: {{{gates}}}"))
}

fn is_held_by(world: &World, gate: Gate) {
    let it = world.last();
    assert_eq!((&it.stage, world.stopped_by(Ruling::Hold)), (&Stage::Held, Some(gate)), "{:#?}", it.verdicts);
    assert!(it.words().starts_with("held: "), "{}", it.words());
}

#[test]
fn what_lies_behind_another_that_is_down_is_not_repaired() {
    let mut world = World::with(
        "{name: web, plugin: probe-any, interval: 10s}",
        "{name: web, plugin: probe-any, interval: 10s, depends_on: [disk]}",
    );
    // The alert is there before anyone knows that the disk is what is broken.
    world.switch(Scope::All, true);
    world.fault();
    world.found.insert("disk", Status::Critical);
    world.run(10);
    world.switch(Scope::All, false);
    world.run(60);
    assert_eq!((world.refused_by(), world.done()), (Some(Gate::Trigger), vec![]));
}

#[test]
fn what_depends_on_something_that_went_down_this_moment_is_not_repaired() {
    let mut world = World::with(
        "{name: web, plugin: probe-any, interval: 10s}",
        "{name: web, plugin: probe-any, interval: 10s, depends_on: [disk]}",
    );
    // Nobody has seen yet that the disk is down: its next run is not due.
    world.found.insert("disk", Status::Critical);
    world.fault();
    world.run(120);
    assert_eq!(world.done(), Vec::<&str>::new(), "{:#?}", world.timeline());
    // Once the disk is back and what lies behind it too, there is nothing left to repair.
    world.found.insert("disk", Status::Ok);
    world.found.insert("web", Status::Ok);
    world.run(120);
    assert_eq!((world.done(), world.all().iter().all(|it| it.is_over())), (vec![], true), "{:#?}", world.timeline());
}

#[test]
fn what_was_not_seen_since_the_start_is_waited_for() {
    let mut world = World::new(NODE);
    world.switch(Scope::All, true);
    world.fault();
    world.crash();
    world.switch(Scope::All, false);
    is_held_by(&world, Gate::Fresh);
    world.run(60);
    assert_eq!(world.ends().last().map(String::as_str), Some("verified"));
}

#[test]
fn the_next_repair_waits_for_the_cooldown_and_comes_after_it() {
    let mut world = limited("cooldown: 5m");
    world.fault();
    world.run(60);
    world.fault();
    is_held_by(&world, Gate::Cooldown);
    world.run(300);
    assert_eq!(world.ends(), ["verified", "verified"]);
}

#[test]
fn a_target_that_was_repaired_too_often_is_left_to_people() {
    let mut world = limited("cooldown: 1s, attempts: 1");
    world.fault();
    world.run(60);
    world.fault();
    assert_eq!(
        (world.ends(), world.refused_by()),
        (vec!["verified".to_owned(), "refused".to_owned()], Some(Gate::Attempts))
    );
}

#[test]
fn what_would_exceed_a_rate_waits_until_it_does_not() {
    for rate in ["rate", "node_rate", "fleet_rate"] {
        let mut world = limited(&format!("cooldown: 1s, {rate}: {{count: 1, per: 10m}}"));
        world.fault();
        world.run(60);
        world.fault();
        is_held_by(&world, Gate::Rate);
        world.run(600);
        assert_eq!(world.ends(), ["verified", "verified"], "{rate}");
    }
}

#[test]
fn nothing_is_repaired_where_too_many_of_its_group_are_down() {
    let group = "blast_radius: {group: {tier: front}, percent_max: 60, count_max: 1, healthy_min: 1}";
    let labelled = NODE
        .replace("{name: web,", "{name: web, labels: {tier: front},")
        .replace("{name: disk,", "{name: disk, labels: {tier: front},")
        .replace("mode: auto", &format!("mode: auto\n    gates: {{{group}}}"));
    for (disk, end) in [(Some(Status::Ok), "verified"), (Some(Status::Critical), "Held"), (None, "refused")] {
        let mut world = World::new(&labelled);
        match disk {
            Some(status) => drop(world.found.insert("disk", status)),
            None => drop(world.found.remove("disk")),
        }
        world.run(10);
        world.fault();
        world.run(60);
        let it = world.last();
        let gate = it.verdicts.iter().find(|verdict| verdict.gate == Gate::BlastRadius).expect("asked");
        assert_eq!((end == "verified"), gate.ruling == Ruling::Allow, "{gate:?}");
        assert_eq!(world.done().is_empty(), end != "verified", "{disk:?}");
    }
}

#[test]
fn in_a_storm_nothing_is_repaired_until_it_is_over() {
    let mut world = limited("storm_alerts: 3");
    let post = |world: &mut World, ends_at: Option<Timestamp>| {
        for number in 0..5 {
            let name = format!("storm-{number}");
            let labels = crate::label::Labels::overlay([("alertname", name.as_str()), ("severity", "info")]);
            let alert = crate::alert::Alert::of_node(labels, Default::default(), world.at(), ends_at, world.at());
            world.tell(&Event::Alert(alert.fingerprint(), Arc::new(alert)));
        }
    };
    post(&mut world, None);
    world.fault();
    is_held_by(&world, Gate::Storm);
    let now = world.at();
    post(&mut world, Some(now));
    world.run(120);
    assert_eq!(world.ends(), ["verified"]);
}

#[test]
fn an_slo_that_does_not_burn_less_proves_the_contrary_and_one_without_data_proves_nothing() {
    let slo = "slos: {files: [slos.yaml]}\n#--- slos.yaml\napiVersion: openslo/v1\nkind: SLO\nmetadata: {name: shop}\nspec:\n  service: shop\n  \
               indicator:\n    metadata: {name: shop}\n    spec:\n      ratioMetric:\n        \
               good: {metricSource: {type: tocsin, spec: {check: disk, status: [ok]}}}\n        \
               total: {metricSource: {type: tocsin, spec: {check: disk}}}\n  \
               timeWindow: [{duration: 28d, isRolling: true}]\n  budgetingMethod: Occurrences\n  objectives: [{target: 0.9}]\n";
    let text = format!("{}{slo}", NODE.replace("settle: 5s", "settle: 5s, slo: shop"));
    for (after, end, says) in [
        (Some(Status::Ok), "verified", "it helped"),
        (Some(Status::Critical), "failed*", "does not burn less"),
        (None, "failed*", "could not be proven in time"),
    ] {
        let mut world = World::new(&text);
        world.found.insert("disk", Status::Critical);
        world.run(20);
        world.fault();
        match after {
            Some(status) => drop(world.found.insert("disk", status)),
            None => drop(world.found.remove("disk")),
        }
        world.run(200);
        assert_eq!((world.ends(), world.reason().contains(says)), (vec![end.to_owned()], true), "{}", world.reason());
    }
}

#[test]
fn a_remediation_is_told_in_words_and_its_journal_in_lines() {
    let mut world = World::new(NODE);
    world.prepare = |_| undoable();
    world.fault();
    let it = world.last();
    assert!(it.words().starts_with("all steps are done; it settles until"), "{}", it.words());
    let shown: Vec<_> = it.steps_shown().map(|step| (step.state, step.is_undoable, step.said)).collect();
    assert_eq!(shown, [("done", true, Some("restarted web.service"))]);
    world.run(60);
    let journal = world.last().journal().join("\n");
    for said in ["planned: restart the web (plan ", "would restart web.service", "outcome: restarted", "ended verified"]
    {
        assert!(journal.contains(said), "{said} in\n{journal}");
    }
}

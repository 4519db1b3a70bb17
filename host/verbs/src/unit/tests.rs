mod bus;
mod systemd;

use std::sync::Arc;
use std::time::Duration;

use tocsin_core::plan::Verb;
use tocsin_core::verb::{Changed, Order, Prepared, VerbFailure};

use self::bus::PrivateBus;
use self::systemd::{Fake, Fate};
use super::*;
use crate::fixture::{Node, Unsent};

/// A private bus with systemd's interface on it, and a node that knows no other.
struct World {
    systemd: Fake,
    node: Node,
    bus: PrivateBus,
}

impl World {
    async fn new() -> Option<Self> {
        let bus = PrivateBus::start()?;
        let systemd = Fake::start(&bus.address).await;
        let node = Node::with(Arc::new(Unsent), Bus::At(bus.address.clone()));
        Some(Self { systemd, node, bus })
    }

    async fn prepare(&self, verb: Verb) -> Result<Prepared, VerbFailure> {
        self.node.executor.prepare(&self.node.order(0, verb)).await
    }

    async fn carry(&self, verb: Verb) -> Outcome<Done> {
        self.node.executor.carry_out(&self.node.order(0, verb)).await
    }

    async fn take_back(&self, undo: Undo) -> Outcome<Done> {
        let order = self.node.undo(0, undo);
        self.node.executor.prepare(&order).await?;
        self.node.executor.carry_out(&order).await
    }
}

fn restart() -> Verb {
    Verb::RestartService { unit: "web.service".to_owned() }
}

fn start() -> Verb {
    Verb::StartService { unit: "web.service".to_owned() }
}

fn stop() -> Verb {
    Verb::StopService { unit: "web.service".to_owned() }
}

#[tokio::test]
async fn a_verb_moves_a_unit_and_its_undo_restores_what_it_was() {
    let to_start = Undo::StartService { unit: "web.service".to_owned() };
    let to_stop = Undo::StopService { unit: "web.service".to_owned() };
    for (before, verb, says, done, after, undo) in [
        ("active", restart(), "would restart web.service, which is active (running)", "restart", "active", None),
        ("failed", restart(), "would restart web.service, which is failed", "restart", "active", Some(&to_stop)),
        (
            "inactive",
            restart(),
            "would restart web.service, which is inactive (dead)",
            "restart",
            "active",
            Some(&to_stop),
        ),
        ("inactive", start(), "would start web.service, which is inactive (dead)", "start", "active", Some(&to_stop)),
        ("active", start(), "web.service is active (running) already", "start", "active", None),
        ("active", stop(), "would stop web.service, which is active (running)", "stop", "inactive", Some(&to_start)),
        ("inactive", stop(), "web.service is inactive (dead) already", "stop", "inactive", None),
    ] {
        let Some(world) = World::new().await else { return };
        world.systemd.unit("web.service", before, Fate::Done);
        let prepared = world.prepare(verb.clone()).await.unwrap();
        assert!(prepared.says.starts_with(says), "{}", prepared.says);
        assert_eq!(prepared.undo.as_ref(), undo, "{verb:?} of one that is {before}");
        assert_eq!(world.systemd.state("web.service"), before);
        let carried = world.carry(verb).await.unwrap();
        assert!(
            carried.says.starts_with(&format!("systemd did {done} web.service; it is {after}")),
            "{}",
            carried.says
        );
        assert_eq!(world.systemd.state("web.service"), after);
        if let Some(undo) = undo {
            world.take_back(undo.clone()).await.unwrap();
            let restored = if before == "active" { "active" } else { "inactive" };
            assert_eq!(world.systemd.state("web.service"), restored);
        }
    }
}

#[tokio::test]
async fn how_a_job_ended_is_told_apart() {
    for (verb, fate, changed, says) in [
        (restart(), Fate::Ends("failed"), Changed::Yes, "the restart of web.service ended as `failed`"),
        (restart(), Fate::Ends("timeout"), Changed::Yes, "the restart of web.service ended as `timeout`"),
        (restart(), Fate::Ends("dependency"), Changed::Yes, "the restart of web.service ended as `dependency`"),
        (restart(), Fate::Ends("skipped"), Changed::Yes, "the restart of web.service ended as `skipped`"),
        (start(), Fate::Ends("skipped"), Changed::No, "systemd skipped the start of web.service"),
        (restart(), Fate::Ends("canceled"), Changed::Perhaps, "somebody else called the restart of web.service off"),
        (restart(), Fate::DoneThenFails, Changed::Yes, "systemd did restart web.service, which failed at once"),
        (restart(), Fate::Denied, Changed::No, "let a polkit rule allow it to"),
        (restart(), Fate::Refused, Changed::No, "systemd does not restart web.service: it says no"),
    ] {
        let Some(world) = World::new().await else { return };
        world.systemd.unit("web.service", "inactive", fate);
        world.prepare(verb.clone()).await.unwrap();
        let failure = world.carry(verb).await.unwrap_err();
        assert!(failure.reason.contains(says), "{}", failure.reason);
        assert_eq!(failure.changed, changed, "{}", failure.reason);
    }
}

#[tokio::test]
async fn a_job_that_ends_before_it_is_answered_for_is_not_missed() {
    let Some(world) = World::new().await else { return };
    world.systemd.unit("web.service", "failed", Fate::DoneAtOnce);
    world.prepare(restart()).await.unwrap();
    world.carry(restart()).await.unwrap();
    assert_eq!(world.systemd.state("web.service"), "active");
}

#[tokio::test]
async fn a_thousand_ends_of_other_jobs_are_not_this_ones() {
    let Some(world) = World::new().await else { return };
    world.systemd.unit("web.service", "failed", Fate::DoneAmongOthers);
    world.prepare(restart()).await.unwrap();
    world.carry(restart()).await.unwrap();
    assert_eq!(world.systemd.state("web.service"), "active");
}

#[tokio::test]
async fn a_job_that_never_ends_is_called_off_at_the_deadline() {
    let Some(world) = World::new().await else { return };
    world.systemd.unit("web.service", "failed", Fate::Hangs);
    let order = Order { timeout: Duration::from_secs(1), ..world.node.order(0, restart()) };
    world.node.executor.prepare(&order).await.unwrap();
    let failure = world.node.executor.carry_out(&order).await.unwrap_err();
    assert_eq!(failure.reason, "systemd did not restart web.service by the deadline; it was called off");
    assert_eq!(failure.changed, Changed::Perhaps);
    assert_eq!(world.systemd.called_off(), 1);
}

#[tokio::test]
async fn a_bus_that_goes_away_in_the_middle_leaves_it_open() {
    let Some(mut world) = World::new().await else { return };
    world.systemd.unit("web.service", "failed", Fate::Hangs);
    let order = world.node.order(0, restart());
    world.node.executor.prepare(&order).await.unwrap();
    let executor = world.node.executor.clone();
    let queued = world.systemd.queued();
    let cut = async {
        queued.notified().await;
        world.bus.stop();
    };
    let (failure, ()) = tokio::join!(executor.carry_out(&order), cut);
    // Whether or not the answer to the call was read before.
    let failure = failure.unwrap_err();
    assert_eq!(failure.changed, Changed::Perhaps, "{}", failure.reason);
}

#[tokio::test]
async fn a_unit_that_is_not_there_or_ruled_out_is_refused() {
    let Some(world) = World::new().await else { return };
    world.systemd.load("masked.service", "masked");
    world.systemd.load("broken.service", "bad-setting");
    for (unit, says) in [
        ("nothing.service", "systemd knows no nothing.service"),
        ("masked.service", "masked.service is masked"),
        ("broken.service", "its file is `bad-setting`"),
    ] {
        let failure = world.prepare(Verb::RestartService { unit: unit.to_owned() }).await.unwrap_err();
        assert!(failure.reason.contains(says), "{}", failure.reason);
        assert_eq!(failure.changed, Changed::No);
    }
}

#[tokio::test]
async fn what_is_no_full_name_of_one_service_is_asked_of_nobody() {
    let bus = Bus::At("unix:path=/nonexistent".to_owned());
    for unit in [
        "",
        "*.service",
        "web*.service",
        "web",
        "web.target",
        "reboot.target",
        "web@.service",
        "-.service",
        "../web.service",
        "web service.service",
        "web?.service",
        "[w]eb.service",
        "web.service\n",
    ] {
        let failure = Turn { bus: &bus, unit, ask: Ask::Restart }.look().await.unwrap_err();
        assert!(failure.reason.contains("is no full name of one service"), "{unit}: {}", failure.reason);
        assert_eq!(failure.changed, Changed::No);
    }
}

#[tokio::test]
async fn a_unit_that_became_another_since_it_was_looked_at_is_left() {
    for (before, since, verb) in [("inactive", "active", restart()), ("active", "inactive", stop())] {
        let Some(world) = World::new().await else { return };
        world.systemd.unit("web.service", before, Fate::Done);
        world.prepare(verb.clone()).await.unwrap();
        world.systemd.unit("web.service", since, Fate::Done);
        let failure = world.carry(verb).await.unwrap_err();
        assert!(failure.reason.contains("which it was not when it was looked at"), "{}", failure.reason);
        assert_eq!(failure.changed, Changed::No);
        assert_eq!(world.systemd.state("web.service"), since);
    }
}

#[test]
fn a_node_knows_its_own_unit() {
    for (unit, cgroups, expected) in [
        ("tocsin.service", "0::/system.slice/tocsin.service\n", true),
        ("tocsin.service", "0::/system.slice/tocsin.service/inner\n", true),
        ("tocsin.service", "4:cpu:/\n1:name=systemd:/system.slice/tocsin.service\n", true),
        ("tocsin.service", "0::/system.slice/my-tocsin.service\n", false),
        ("tocsin.service", "0::/\n", false),
    ] {
        assert_eq!(is_own(unit, cgroups), expected, "{unit} in {cgroups}");
    }
}

#[tokio::test]
async fn without_a_bus_or_without_systemd_nothing_is_changed() {
    let unreached = Bus::At("unix:path=/nonexistent/bus".to_owned());
    let failure = Turn { bus: &unreached, unit: "web.service", ask: Ask::Start }.look().await.unwrap_err();
    assert!(failure.reason.contains("the bus cannot be reached"), "{}", failure.reason);
    let Some(bus) = PrivateBus::start() else { return };
    let empty = Bus::At(bus.address.clone());
    let failure = Turn { bus: &empty, unit: "web.service", ask: Ask::Start }.look().await.unwrap_err();
    assert!(failure.reason.contains("NameHasNoOwner"), "{}", failure.reason);
    assert_eq!(failure.changed, Changed::No);
}

/// `cargo test -p tocsin-verbs -- --ignored`, as root, where systemd runs. It stops a service of the test's own alone.
#[tokio::test]
#[ignore = "asks the machine's own systemd, which is not everywhere, and needs root"]
async fn the_systemd_of_this_machine_starts_and_stops_a_unit() {
    let path = "/run/systemd/system/tocsin-verbs-test.service";
    std::fs::write(path, "[Service]\nExecStart=/bin/sleep 600\n").unwrap();
    let bus = Bus::System;
    for (ask, active) in [(Ask::Start, false), (Ask::Restart, true), (Ask::Stop, true)] {
        let turn = Turn { bus: &bus, unit: "tocsin-verbs-test.service", ask };
        assert_eq!(turn.look().await.unwrap().found, Found::Unit { active });
        turn.carry(active, Instant::now() + Duration::from_secs(20)).await.unwrap();
    }
    std::fs::remove_file(path).unwrap();
}

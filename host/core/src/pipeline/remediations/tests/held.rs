//! Notifications that are held back while their incident is repaired: until a deadline, and never lost.

use super::*;
use crate::notify::Outcome;
use crate::pipeline::Suppression;
use crate::pipeline::tests::alerting::alerting;
use crate::suppress::Suppressor;

/// A node that tells a team at once, and holds back what it repairs for two minutes.
fn node() -> World {
    let mut world = World::with("mode: auto", "mode: auto\n    hold_notifications: 2m");
    let config = Config { alerting: Arc::new(routed()), ..Config::clone(&world.config()) };
    world.tell(&Event::Configured(Arc::new(config)));
    world
}

fn routed() -> crate::alerting::Alerting {
    let mut alerting = alerting();
    let whole = Arc::unwrap_or_clone(alerting.alertmanager.take().expect("there"));
    let route = crate::alertmanager::Route { group_wait: Duration::from_secs(1), ..whole.route.clone() };
    alerting.routes = Some(crate::route::Routes::new(&route));
    alerting.alertmanager = Some(Arc::new(crate::alertmanager::Config { route, ..whole }));
    alerting
}

/// Lets time pass, and gives the names that were told, each with the second.
fn told(world: &mut World, seconds: i64) -> Vec<(i64, String)> {
    let mut told = Vec::new();
    for _ in 0..seconds {
        world.run(1);
        let notices: Vec<_> = world.state.book().outbox().cloned().collect();
        for notice in notices {
            let names = notice.alerts.iter().map(|alert| alert.alert.labels.get("alertname").to_owned());
            told.extend(names.map(|name| (world.now / 1_000, name)));
            world.tell(&Event::Delivered { notice: notice.id.clone(), outcome: Outcome::Delivered(None) });
        }
    }
    told
}

#[test]
fn what_is_repaired_in_time_is_told_to_nobody() {
    let mut world = node();
    world.fault();
    assert_eq!(told(&mut world, 600), []);
    assert_eq!(world.ends(), ["verified"]);
}

#[test]
fn a_repair_that_takes_longer_than_the_deadline_delays_nobody_past_it() {
    let mut world = node();
    world.hand = |_, _| None;
    world.plan = || {
        let mut plan = plan(1);
        plan.steps[0].timeout_ms = 600_000;
        Ok(Decision::Plan(plan))
    };
    world.fault();
    let began = world.last().proposed_at.as_millis() / 1_000;
    let first = told(&mut world, 300).into_iter().next();
    assert_eq!(first, Some((began + 120, "CheckCritical".to_owned())));
    assert_eq!(world.last().ended, None, "it is still at it");
}

#[test]
fn a_repair_that_does_not_help_lets_go_at_once() {
    let mut world = node();
    world.hand = nothing;
    world.fault();
    let names: Vec<String> = told(&mut world, 10).into_iter().map(|(_, name)| name).collect();
    assert_eq!(world.ends(), ["failed*"]);
    assert!(names.contains(&"CheckCritical".to_owned()), "{names:?}");
}

#[test]
fn what_is_held_back_says_by_what_and_until_when() {
    let mut world = node();
    world.hand = |_, _| None;
    world.fault();
    let suppression = Suppression::at(&world.state, world.at());
    let (_, alert) = world.state.book().alerts().next().expect("it fires");
    let it = world.last();
    let until = it.proposed_at.after(Duration::from_secs(120));
    assert_eq!(suppression.of(alert), [Suppressor::Repair { remediation: it.id.clone(), until }]);
}

#[test]
fn tries_that_follow_one_another_share_one_deadline() {
    let mut world = node();
    for _ in 0..5 {
        // It heals as it is looked at, and breaks again.
        world.found.insert("web", Status::Critical);
        world.lost.insert("probe");
        world.run(10);
        world.lost.clear();
        world.found.insert("web", Status::Ok);
        world.run(20);
        world.found.insert("web", Status::Critical);
        world.run(70);
    }
    let first = world.all().first().expect("one").proposed_at;
    for it in world.all() {
        assert!(it.course.hold_until.is_none_or(|until| until <= first.after(Duration::from_secs(120))));
    }
}

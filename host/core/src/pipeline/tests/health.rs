//! What one check's state means for others, and for when it runs next.

use super::*;
use crate::health::Quorum;

/// A node where each check depends on those named behind it.
fn dependent(checks: &[(&str, &[&str])]) -> Event {
    let names: Vec<&str> = checks.iter().map(|(name, _)| *name).collect();
    let Event::Configured(config) = configured(&names) else { unreachable!("made as such") };
    let mut config = Arc::unwrap_or_clone(config);
    for (name, parents) in checks {
        let check = config.checks.get_mut(*name).expect("there");
        check.depends_on = parents.iter().map(CheckName::new).collect();
        for parent in *parents {
            config.dependents.entry(CheckName::new(parent)).or_default().push(CheckName::new(name));
        }
    }
    Event::Configured(Arc::new(config))
}

/// Which check each one is unreachable behind.
fn hidden(state: &State) -> Vec<(&str, &str)> {
    let behind = |name: &CheckName| state.check(name).and_then(|check| check.health.behind.as_ref());
    state.checks().filter_map(|name| Some((name.as_str(), behind(name)?.parent.as_str()))).collect()
}

const HOUSE: [(&str, &[&str]); 5] =
    [("router", &[]), ("switch", &["router"]), ("db", &["switch"]), ("site", &["db", "switch"]), ("disk", &[])];

#[test]
fn what_depends_on_a_check_that_is_down_is_unreachable_until_it_is_back() {
    let mut state = State::default();
    drop(advance(&mut state, &dependent(&HOUSE), at(0)));
    let transition = advance(&mut state, &completed("router", Status::Critical, at(1)), at(1));
    assert_eq!(hidden(&state), [("db", "switch"), ("site", "db"), ("switch", "router")]);
    let checks = transition.changes.iter().filter(|change| matches!(change, Change::Check(..))).count();
    assert_eq!(checks, 4, "and nothing else is touched: {transition:?}");

    // Its plugin's failure does not bring it up; what a hidden check finds is kept all the same.
    drop(advance(&mut state, &trapped("router", at(2)), at(2)));
    drop(advance(&mut state, &completed("db", Status::Critical, at(2)), at(2)));
    assert_eq!((hidden(&state).len(), status(&state, "db")), (3, Some(HealthStatus::Critical)));

    drop(advance(&mut state, &completed("router", Status::Ok, at(3)), at(3)));
    assert_eq!(hidden(&state), [("site", "db")], "what is down itself is still down");
    drop(advance(&mut state, &completed("db", Status::Warning, at(4)), at(4)));
    assert_eq!(hidden(&state), []);
}

#[test]
fn silence_hides_nobody_and_a_new_configuration_looks_anew() {
    let mut state = State::default();
    drop(advance(&mut state, &dependent(&HOUSE), at(0)));
    drop(advance(&mut state, &completed("router", Status::Critical, at(1)), at(1)));
    drop(advance(&mut state, &dependent(&[("router", &[]), ("db", &[]), ("site", &["router", "db"])]), at(2)));
    assert_eq!(hidden(&state), [("site", "router")]);
    drop(advance(&mut state, &dependent(&HOUSE), at(3)));
    assert_eq!(hidden(&state), [("db", "switch"), ("site", "db"), ("switch", "router")]);
    drop(advance(&mut state, &Event::Tick, at(100)));
    assert_eq!((status(&state, "router"), hidden(&state)), (Some(HealthStatus::Stale), vec![]));
}

#[test]
fn while_a_state_waits_to_be_confirmed_the_check_is_wanted_sooner() {
    let mut state = State::default();
    let Event::Configured(config) = configured(&["disk", "site"]) else { unreachable!("made as such") };
    let mut config = Arc::unwrap_or_clone(config);
    let retry_interval = Some(Duration::from_secs(2));
    let policy = HealthPolicy { fail: Quorum::in_a_row(2), retry_interval, ..HealthPolicy::default() };
    config.checks.get_mut("site").expect("there").health = policy;
    drop(advance(&mut state, &Event::Configured(Arc::new(config)), at(0)));
    let table = [(Status::Ok, None), (Status::Critical, Some(4)), (Status::Critical, None), (Status::Ok, None)];
    for ((found, expected), now) in table.into_iter().zip(1..) {
        let transition = advance(&mut state, &completed("site", found, at(now)), at(now));
        let retry = expected.map(|second| Effect::Retry { check: "site".into(), at: at(second) });
        assert_eq!(transition.effects, Vec::from_iter(retry), "{found} at {now} s");
    }
}

#[test]
fn a_failing_plugin_is_told_apart_from_its_target() {
    let mut state = node(&["site"]);
    drop(advance(&mut state, &completed("site", Status::Critical, at(1)), at(1)));
    for second in [2, 3] {
        drop(advance(&mut state, &trapped("site", at(second)), at(second)));
    }
    let failing = |state: &State| state.check(&"site".into()).and_then(|check| check.failing.clone());
    assert_eq!(failing(&state).map(|failing| (failing.since, failing.runs)), Some((at(2), 2)));
    drop(advance(&mut state, &completed("site", Status::Critical, at(4)), at(4)));
    assert_eq!((failing(&state), status(&state, "site")), (None, Some(HealthStatus::Critical)));
}

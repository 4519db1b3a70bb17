use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::config::{Defaults, Source, cases, compile};

const INTERVALS_MS: [u64; 4] = [100, 1_000, 7_300, 60_000];

/// A configuration of checks with these schedules, made by the compiler as everywhere else.
fn config(checks: &str) -> Config {
    let text = format!("checks: [{checks}]");
    let source = Source { name: "tocsin.yaml".to_owned(), folder: "/".into(), text };
    let defaults = Defaults { node: "node-1".to_owned(), data: "/data".into() };
    compile(&vec![source].into(), &cases::catalog(), &defaults).unwrap_or_else(|errors| panic!("{errors}"))
}

fn check(name: &str, schedule: &str) -> String {
    format!("{{name: {name}, plugin: probe-any, {schedule}}},")
}

fn every(name: &str, interval_ms: u64) -> String {
    check(name, &format!("interval: {interval_ms}ms"))
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn grid(name: &str, interval_ms: u64) -> Grid {
    Grid::new("node-1", &CheckName::new(name), Duration::from_millis(interval_ms))
}

fn started(config: &Config, now: Timestamp) -> Timetable {
    let mut timetable = Timetable::default();
    timetable.set(config, now);
    timetable
}

/// Looks exactly when asked to, up to a point in time.
fn run_until(timetable: &mut Timetable, end: Timestamp) -> Vec<Due> {
    let mut runs = Vec::new();
    while let Some(next) = timetable.next_at().filter(|next| *next <= end) {
        runs.extend(timetable.due(next));
    }
    runs
}

#[test]
fn nothing_is_due_before_its_point_and_all_of_it_at_its_point() {
    let config = config(&every("a", 1_000));
    let mut timetable = started(&config, at(0));
    let first = timetable.next_at().expect("a check is planned");
    assert_eq!(timetable.due(first.before(Duration::from_millis(1))), []);
    let due = Due { check: CheckName::new("a"), due_at: first, priority: Priority::Normal };
    assert_eq!(timetable.due(first), [due]);
    assert_eq!(timetable.next_at(), Some(first.after(Duration::from_secs(1))));
}

#[test]
fn after_a_suspend_each_check_runs_once_and_goes_on_with_its_grid() {
    let config = config(&(every("a", 1_000) + &every("b", 7_000) + &check("c", "cron: '* * * * *'")));
    let mut timetable = started(&config, at(0));
    let awake = at(8 * 3_600_000 + 17);
    let mut checks: Vec<String> = timetable.due(awake).iter().map(|due| due.check.to_string()).collect();
    checks.sort();
    assert_eq!(checks, ["a", "b", "c"]);
    assert_eq!(timetable.due(awake), []);
    assert!(timetable.next_at().is_some_and(|next| next > awake && grid("a", 1_000).holds(next)));
}

#[test]
fn a_clock_set_back_neither_silences_a_check_nor_makes_a_burst() {
    let config = config(&every("a", 1_000));
    let mut timetable = started(&config, at(10_000_000));
    run_until(&mut timetable, at(10_005_000));
    let set_back = at(6_400_000);
    assert_eq!(timetable.due(set_back), []);
    let runs = run_until(&mut timetable, set_back.after(Duration::from_secs(10)));
    assert_eq!(runs.len(), 10);
    assert_eq!(runs[0].due_at, grid("a", 1_000).next_after(set_back));
}

#[test]
fn a_pause_passes_over_points_and_can_be_ended() {
    let config = config(&every("a", 1_000));
    let mut timetable = started(&config, at(0));
    let name = CheckName::new("a");
    timetable.pause(&name, at(10_000));
    let runs = run_until(&mut timetable, at(12_500));
    assert_eq!(runs.first().map(|due| due.due_at), Some(grid("a", 1_000).next_after(at(9_999))));
    timetable.pause(&name, at(100_000));
    assert_eq!(run_until(&mut timetable, at(20_000)), []);
    timetable.pause(&name, at(20_000));
    assert_eq!(run_until(&mut timetable, at(23_000)).len(), 3);
}

#[test]
fn a_retry_is_a_run_besides_the_grid_that_a_planned_point_makes_needless() {
    let config = config(&every("a", 60_000));
    let mut timetable = started(&config, at(0));
    let (a, first) = (CheckName::new("a"), timetable.next_at().expect("a check is planned"));
    timetable.due(first);
    let soon = first.after(Duration::from_secs(1));
    timetable.retry(&a, soon, Priority::High);
    assert_eq!(timetable.due(first), [], "not yet");
    assert_eq!(timetable.next_at(), Some(soon));
    let due = Due { check: a.clone(), due_at: soon, priority: Priority::High };
    assert_eq!(timetable.due(soon), [due]);
    let second = first.after(Duration::from_secs(60));
    assert_eq!(timetable.next_at(), Some(second), "the grid stays");

    for late in [soon, second, second.after(Duration::from_secs(9))] {
        timetable.retry(&a, late, Priority::High);
    }
    let due: Vec<Timestamp> = timetable.due(second).into_iter().map(|due| due.due_at).collect();
    assert_eq!(due, [second], "the newest wish holds, and the planned point fulfils it");
    assert_eq!(timetable.next_at(), Some(second.after(Duration::from_secs(60))));
}

#[test]
fn a_retry_does_not_wake_a_paused_check_nor_one_that_is_gone() {
    let both = config(&(every("a", 60_000) + &every("b", 60_000)));
    let mut timetable = started(&both, at(0));
    timetable.pause(&CheckName::new("a"), at(200));
    timetable.retry(&CheckName::new("a"), at(100), Priority::Normal);
    timetable.retry(&CheckName::new("b"), at(100), Priority::Normal);
    timetable.set(&config(&every("a", 60_000)), at(50));
    let far = grid("a", 60_000).next_after(at(0));
    assert!(far > at(100), "the example needs a later phase");
    assert_eq!(timetable.due(at(100)), []);
    assert_eq!(timetable.next_at(), Some(far));
}

#[test]
fn a_pause_keeps_its_length_when_the_clock_is_set_back() {
    let config = config(&every("a", 1_000));
    let mut timetable = started(&config, at(3_600_000));
    timetable.pause(&CheckName::new("a"), at(3_605_000));
    assert_eq!(timetable.due(at(0)), []);
    assert_eq!(run_until(&mut timetable, at(4_999)), []);
    assert_eq!(run_until(&mut timetable, at(6_999)).len(), 2);
}

#[test]
fn a_reload_keeps_what_did_not_change() {
    let mut timetable = started(&config(&(every("a", 60_000) + &every("b", 60_000) + &every("c", 60_000))), at(0));
    let overdue = at(120_000);
    timetable.set(&config(&(every("a", 60_000) + &every("b", 30_000) + &every("d", 60_000))), overdue);
    let due: Vec<String> = timetable.due(overdue).iter().map(|due| due.check.to_string()).collect();
    assert_eq!(due, ["a"], "a was due already; b changed and d is new; c is gone");
}

#[test]
fn the_most_important_come_first() {
    let priorities = [("a", "low"), ("b", "high"), ("c", "normal")];
    let checks: String =
        priorities.iter().map(|(name, priority)| check(name, &format!("interval: 1s, priority: {priority}"))).collect();
    let due = started(&config(&checks), at(0)).due(at(60_000));
    assert_eq!(due.iter().map(|due| due.check.to_string()).collect::<Vec<_>>(), ["b", "c", "a"]);
}

#[test]
fn without_checks_there_is_nothing_to_wait_for() {
    assert_eq!(started(&config(""), at(0)).next_at(), None);
}

/// What happens to a clock between two looks.
fn clock_steps() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(prop_oneof![8 => 1_i64..2_000, 1 => 2_000_i64..100_000_000], 1..200)
}

fn four_checks() -> Config {
    config(&INTERVALS_MS.map(|interval_ms| every(&format!("every-{interval_ms}"), interval_ms)).concat())
}

fn grid_of(due: &Due) -> Grid {
    let interval_ms = due.check.as_str().strip_prefix("every-").and_then(|ms| ms.parse().ok()).expect("its own name");
    grid(due.check.as_str(), interval_ms)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn runs_are_on_the_grid_and_never_two_for_one_point(start in 0_i64..2_000_000_000_000, steps in clock_steps()) {
        let mut now = at(start);
        let mut timetable = started(&four_checks(), now);
        let mut seen = BTreeSet::new();
        for step in steps {
            now = at(now.as_millis() + step);
            let due = timetable.due(now);
            let checks: BTreeSet<&CheckName> = due.iter().map(|due| &due.check).collect();
            prop_assert_eq!(checks.len(), due.len(), "a check is due at most once a look");
            for due in &due {
                prop_assert!(due.due_at <= now && grid_of(due).holds(due.due_at));
                prop_assert!(seen.insert((due.check.clone(), due.due_at)));
            }
        }
    }

    #[test]
    fn a_restart_at_any_moment_goes_on_with_the_same_points(start in 0_i64..2_000_000_000_000, alive in 1_i64..200_000) {
        let (config, restart, end) = (four_checks(), at(start + alive), at(start + 2 * alive));
        let mut undisturbed = started(&config, at(start));
        let expected = run_until(&mut undisturbed, end);
        let mut runs = run_until(&mut started(&config, at(start)), restart);
        runs.extend(run_until(&mut started(&config, restart), end));
        let points = |runs: Vec<Due>| runs.into_iter().map(|due| (due.due_at, due.check)).collect::<BTreeSet<_>>();
        prop_assert_eq!(points(runs), points(expected));
    }

    #[test]
    fn whatever_the_clock_does_no_check_waits_longer_than_its_interval(
        start in 1_000_000_000_000_i64..2_000_000_000_000,
        jumps in prop::collection::vec(-100_000_000_i64..100_000_000, 1..50),
    ) {
        let mut now = at(start);
        let mut timetable = started(&four_checks(), now);
        for jump in jumps {
            now = at(now.as_millis() + jump);
            timetable.due(now);
            for planned in &timetable.planned {
                let Rhythm::Grid(grid) = planned.rhythm else { unreachable!() };
                prop_assert_eq!(planned.at, grid.next_after(now));
            }
        }
    }
}

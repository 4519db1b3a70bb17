//! The course, against the cases that Prometheus publishes with its rules (`rules/alerting_test.go`, and the fields
//! `for` and `keep_firing_for` of its documentation), and what no order of events may break.

use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1_000)
}

fn timing(hold: u64, keep: u64) -> Timing {
    Timing { hold: Duration::from_secs(hold), keep_firing_for: Duration::from_secs(keep) }
}

/// One letter: `-` inactive, `p` pending, `F` firing, `k` firing without a condition that holds.
fn letter(course: Option<Course>) -> char {
    match course {
        None => '-',
        Some(Course::Pending { .. }) => 'p',
        Some(Course::Firing { keep_firing_since: None, .. }) => 'F',
        Some(Course::Firing { .. }) => 'k',
    }
}

#[test]
fn it_goes_through_the_states_of_prometheus() {
    // name, for, keep_firing_for, seconds between looks, what was seen (1 holds, 0 does not, ? nothing), the states
    let table = [
        ("without `for` it fires at once", 0, 0, 60, "0110", "-FF-"),
        ("`for` is reached at its very end", 300, 0, 60, "1111110", "pppppF-"),
        ("pending is dropped at once", 300, 0, 60, "11101111", "ppp-pppp"),
        ("`for` between two looks fires at the second", 90, 0, 60, "111", "ppF"),
        ("keep_firing_for ends at its very end", 0, 300, 60, "1000000", "Fkkkkk-"),
        ("whatever holds in between starts it anew", 0, 300, 60, "100010000000", "FkkkFkkkkk--"),
        ("both together", 120, 120, 60, "1110010000", "ppFkkFkk--"),
        ("keep_firing_for is nothing to a pending one", 300, 300, 60, "1101", "pp-p"),
        ("what is not known neither fires nor resolves", 120, 0, 60, "1??1", "pppF"),
        ("nor does it begin anything", 0, 0, 60, "??1", "--F"),
        ("nor does it end what was kept", 0, 60, 60, "10???0", "Fkkkk-"),
        ("a firing one outlasts any silence", 0, 0, 60, "1???????0", "FFFFFFFF-"),
    ];
    for (name, hold, keep, step, seen, expected) in table {
        let (mut course, mut now, mut states) = (None, 0, String::new());
        for look in seen.chars() {
            let holds = match look {
                '1' => Some(true),
                '0' => Some(false),
                _ => None,
            };
            course = Course::next(course, holds, timing(hold, keep), at(now));
            states.push(letter(course));
            now += step;
        }
        assert_eq!(states, expected, "{name}");
    }
}

#[test]
fn a_reload_that_raises_for_sends_a_firing_one_back_to_pending() {
    let fired = Course::next(Course::next(None, Some(true), timing(60, 0), at(0)), Some(true), timing(60, 0), at(60));
    assert_eq!(letter(fired), 'F');
    let raised = Course::next(fired, Some(true), timing(300, 0), at(120));
    assert_eq!(raised, Some(Course::Pending { active_at: at(0) }), "it keeps the time it was active for");
    assert_eq!(letter(Course::next(raised, Some(true), timing(300, 0), at(300))), 'F');
    let long = Course::next(fired, Some(true), timing(300, 0), at(300));
    assert_eq!(letter(long), 'F', "one that has been active for as long stays");
    assert_eq!(letter(Course::next(raised, Some(true), timing(60, 0), at(121))), 'F', "lowered again it fires at once");
}

#[test]
fn a_clock_that_is_set_back_ends_nothing_and_fires_nothing() {
    let pending = Course::next(None, Some(true), timing(60, 0), at(1_000));
    let back = Course::next(pending, Some(true), timing(60, 0), at(0));
    assert_eq!(back, Some(Course::Pending { active_at: at(0) }), "it does not wait for the old time to come again");
    let fired = Course::next(back, Some(true), timing(60, 0), at(60));
    assert_eq!(letter(Course::next(fired, Some(true), timing(60, 0), at(1))), 'F');
    let kept = Course::next(fired, Some(false), timing(60, 60), at(100));
    let back = Course::next(kept, Some(false), timing(60, 60), at(10));
    assert_eq!(letter(Course::next(back, Some(false), timing(60, 60), at(70))), '-');
}

proptest! {
    #[test]
    fn it_never_fires_early_and_never_ends_without_a_word(
        hold in 0_u64..200,
        keep in 0_u64..200,
        looks in prop::collection::vec((0_i64..100, prop::option::of(any::<bool>())), 1..60),
    ) {
        let timing = timing(hold, keep);
        let (mut course, mut now) = (None, 0);
        let (mut held_since, mut gone_since) = (None, None);
        for (step, holds) in looks {
            now += step;
            match holds {
                Some(true) => { held_since.get_or_insert(now); gone_since = None; }
                Some(false) => { held_since = None; gone_since.get_or_insert(now); }
                None => {}
            }
            let next = Course::next(course, holds, timing, at(now));
            let (before, after) = (letter(course), letter(next));
            let has_held = held_since.is_some_and(|since| now - since >= i64::try_from(hold).expect("small"));
            let has_gone = gone_since.is_some_and(|since| now - since >= i64::try_from(keep).expect("small"));
            prop_assert!(!"-p".contains(before) || after != 'F' || has_held, "fired early: {next:?}");
            prop_assert!(!"Fk".contains(before) || "Fk".contains(after) || has_gone, "ended early: {course:?}");
            prop_assert!(holds.is_some() || course == next, "silence changed it");
            if let (Some(course), Some(true)) = (next, holds) {
                let look = course.look_at(timing);
                let due = look.map(|look| Course::next(next, Some(course.holds()), timing, look));
                prop_assert!(due.is_none_or(|due| due != next), "the wake-up changes nothing: {next:?}");
            }
            course = next;
        }
    }
}

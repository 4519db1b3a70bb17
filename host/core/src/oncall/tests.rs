use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::hours::{DailyRange, Days, TimeOfDay};

fn utc(text: &str) -> Timestamp {
    Zone::utc().instant(text.parse().expect("a date and time"))
}

fn users(names: &[&str]) -> Vec<UserName> {
    names.iter().map(UserName::new).collect()
}

fn layer(name: &str, names: &[&str], rotation: Rotation) -> Layer {
    Layer { name: name.to_owned(), users: users(names), rotation, begins: None, restrict: None }
}

fn days(first: &str, every: u32) -> Rotation {
    Rotation::Days { first: first.parse().expect("a date and time"), every }
}

fn schedule(zone: &str, layers: Vec<Layer>) -> Schedule {
    let (name, zone) = (ScheduleName::new("s"), Zone::find(zone).expect("it exists"));
    Schedule { name, zone, layers, overrides: Vec::new() }
}

fn shown(shifts: &[Shift]) -> Vec<String> {
    let minutes = |at: Timestamp| at.to_string().chars().take(16).collect::<String>();
    shifts.iter().map(|shift| format!("{} {} {}", shift.user, minutes(shift.start), minutes(shift.end))).collect()
}

#[test]
fn a_daily_handoff_stays_at_its_time_of_the_wall_clock_whatever_the_clocks_do() {
    let table: [(&str, &str, &str, &str, &[&str]); 7] = [
        // Spring: a shift of 23 hours.
        (
            "Europe/Vienna",
            "2026-03-28T09:00",
            "2026-03-28T08:00",
            "2026-03-30T07:00",
            &["anna 2026-03-28T08:00 2026-03-29T07:00", "ben 2026-03-29T07:00 2026-03-30T07:00"],
        ),
        // Autumn: one of 25.
        (
            "Europe/Vienna",
            "2026-10-24T09:00",
            "2026-10-24T07:00",
            "2026-10-26T08:00",
            &["anna 2026-10-24T07:00 2026-10-25T08:00", "ben 2026-10-25T08:00 2026-10-26T08:00"],
        ),
        // A hand-off in the hour that does not exist: at its end.
        (
            "Europe/Vienna",
            "2026-03-28T02:30",
            "2026-03-28T01:30",
            "2026-03-30T00:30",
            &["anna 2026-03-28T01:30 2026-03-29T01:00", "ben 2026-03-29T01:00 2026-03-30T00:30"],
        ),
        // In the hour that comes twice: in the first.
        (
            "America/New_York",
            "2026-10-31T01:30",
            "2026-10-31T05:30",
            "2026-11-02T06:30",
            &["anna 2026-10-31T05:30 2026-11-01T05:30", "ben 2026-11-01T05:30 2026-11-02T06:30"],
        ),
        (
            "America/New_York",
            "2026-03-07T09:00",
            "2026-03-07T14:00",
            "2026-03-09T13:00",
            &["anna 2026-03-07T14:00 2026-03-08T13:00", "ben 2026-03-08T13:00 2026-03-09T13:00"],
        ),
        // Half an hour.
        (
            "Australia/Lord_Howe",
            "2026-10-03T09:00",
            "2026-10-02T22:30",
            "2026-10-04T22:00",
            &["anna 2026-10-02T22:30 2026-10-03T22:00", "ben 2026-10-03T22:00 2026-10-04T22:00"],
        ),
        // The 30th never was: that day's turn is what was left of it after the jump.
        (
            "Pacific/Apia",
            "2011-12-29T09:00",
            "2011-12-29T19:00",
            "2011-12-31T19:00",
            &[
                "anna 2011-12-29T19:00 2011-12-30T10:00",
                "ben 2011-12-30T10:00 2011-12-30T19:00",
                "anna 2011-12-30T19:00 2011-12-31T19:00",
            ],
        ),
    ];
    for (zone, first, from, until, expected) in table {
        let schedule = schedule(zone, vec![layer("l", &["anna", "ben"], days(first, 1))]);
        assert_eq!(shown(&schedule.shifts(utc(from), utc(until))), expected, "{zone} from {first}");
    }
}

#[test]
fn weekly_and_elapsed_turns_go_on_for_ever_in_both_directions() {
    let weekly = schedule("Europe/Vienna", vec![layer("l", &["anna", "ben", "cleo"], days("2026-01-05T09:00", 7))]);
    let at = |schedule: &Schedule, at: &str| schedule.on_call(utc(at)).map(|on_call| on_call.user.to_string());
    let table = [
        ("2026-01-05T07:59", "cleo"),
        ("2026-01-05T08:00", "anna"),
        ("2026-01-12T07:59", "anna"),
        ("2026-01-12T08:00", "ben"),
        // Summer time.
        ("2026-06-08T06:59", "anna"),
        ("2026-06-08T07:00", "ben"),
        ("2025-12-22T08:00", "ben"),
    ];
    for (instant, expected) in table {
        assert_eq!(at(&weekly, instant).as_deref(), Some(expected), "{instant}");
    }
    let every = Rotation::Elapsed { first: utc("2026-03-28T20:00"), every: Duration::from_secs(12 * 3_600) };
    let elapsed = schedule("Europe/Vienna", vec![layer("l", &["anna", "ben"], every)]);
    for (instant, expected) in [("2026-03-28T20:00", "anna"), ("2026-03-29T08:00", "ben"), ("2026-03-28T19:59", "ben")]
    {
        assert_eq!(at(&elapsed, instant).as_deref(), Some(expected), "{instant}");
    }
}

fn nights(zone: &str) -> Hours {
    let time = |text| TimeOfDay::parse(text).expect("a time of the day");
    let ranges = vec![DailyRange { days: Days::ALL, from: time("22:00"), to: time("06:00") }];
    Hours { zone: Zone::find(zone).expect("it exists"), ranges }
}

#[test]
fn later_layers_win_and_overrides_win_over_all() {
    let night = Layer { restrict: Some(nights("UTC")), ..layer("night", &["nora"], Rotation::Never) };
    let mut schedule = schedule("UTC", vec![layer("day", &["anna", "ben"], days("2026-01-01T08:00", 1)), night]);
    let take_over =
        |user: &str, start: &str, end: &str| Override { user: UserName::new(user), start: utc(start), end: utc(end) };
    schedule.overrides = vec![
        take_over("otto", "2026-01-01T20:00", "2026-01-02T00:00"),
        take_over("olga", "2026-01-01T23:00", "2026-01-01T23:30"),
    ];
    let shifts = schedule.shifts(utc("2026-01-01T12:00"), utc("2026-01-02T12:00"));
    assert_eq!(
        shown(&shifts),
        [
            "anna 2026-01-01T12:00 2026-01-01T20:00",
            "otto 2026-01-01T20:00 2026-01-01T23:00",
            "olga 2026-01-01T23:00 2026-01-01T23:30",
            "otto 2026-01-01T23:30 2026-01-02T00:00",
            "nora 2026-01-02T00:00 2026-01-02T06:00",
            "anna 2026-01-02T06:00 2026-01-02T08:00",
            "ben 2026-01-02T08:00 2026-01-02T12:00",
        ]
    );
    assert_eq!(shifts[1].source, Source::Override);
    assert_eq!(schedule.next_handoff(utc("2026-01-02T01:00")), Some(utc("2026-01-02T06:00")));
}

#[test]
fn gaps_are_where_nobody_is() {
    let only_nights = Layer { restrict: Some(nights("UTC")), ..layer("night", &["nora"], Rotation::Never) };
    let begins = Layer { begins: Some(utc("2026-01-03T00:00")), ..layer("all", &["anna"], Rotation::Never) };
    let schedule = schedule("UTC", vec![begins, only_nights]);
    let gaps = schedule.gaps(utc("2026-01-01T12:00"), utc("2026-01-10T00:00"));
    assert_eq!(
        gaps,
        [(utc("2026-01-01T12:00"), utc("2026-01-01T22:00")), (utc("2026-01-02T06:00"), utc("2026-01-02T22:00")),]
    );
    let nobody = super::tests::schedule("UTC", Vec::new());
    assert_eq!(nobody.gaps(utc("2026-01-01T00:00"), utc("2026-01-02T00:00")).len(), 1);
    assert_eq!(nobody.next_handoff(utc("2026-01-01T00:00")), None);
}

const ZONES: [&str; 5] = ["Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"];
const HOUR_MS: i64 = 3_600_000;

prop_compose! {
    /// A rotation of any kind, near changes of the clock: within 2011 and 2027.
    fn any_rotation()(day in 0_i64..5_800, minute in 0_i64..1_440, every in 1_u32..15, in_days: bool) -> Rotation {
        let first = utc("2011-01-01T00:00").after(Duration::from_secs(u64::try_from(day * 86_400 + minute * 60).unwrap()));
        if in_days {
            Rotation::Days { first: Zone::utc().civil(first), every }
        } else {
            Rotation::Elapsed { first, every: Duration::from_secs(u64::from(every) * 3_600) }
        }
    }
}

prop_compose! {
    fn any_schedule()(
        zone in prop::sample::select(ZONES.to_vec()),
        layers in prop::collection::vec((any_rotation(), 1_usize..4, prop::bool::weighted(0.3)), 1..4),
        start_day in 0_u64..5_800,
    ) -> (Schedule, Timestamp) {
        let names = ["anna", "ben", "cleo"];
        let layers = layers.into_iter().enumerate().map(|(index, (rotation, count, at_night))| {
            // The lowest layer has no restriction.
            let restrict = (at_night && index > 0).then(|| nights(zone));
            Layer { restrict, ..layer(&format!("l{index}"), &names[..count], rotation) }
        });
        (schedule(zone, layers.collect()), utc("2011-01-01T00:00").after(Duration::from_secs(start_day * 86_400)))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn shifts_tile_the_time_and_say_what_on_call_says((schedule, from) in any_schedule(), weeks in 1_u64..4) {
        let until = from.after(Duration::from_secs(weeks * 7 * 86_400));
        let shifts = schedule.shifts(from, until);
        prop_assert_eq!(shifts.first().map(|shift| shift.start), Some(from));
        prop_assert_eq!(shifts.last().map(|shift| shift.end), Some(until));
        for pair in shifts.windows(2) {
            prop_assert_eq!(pair[0].end, pair[1].start);
        }
        prop_assert_eq!(schedule.gaps(from, until), []);
        // Instants that the laying out did not choose.
        let mut at = Timestamp::from_millis(from.as_millis() + 17);
        while at < until {
            let of_shift = shifts.iter().filter(|shift| shift.start <= at && at < shift.end).collect::<Vec<_>>();
            prop_assert_eq!(of_shift.len(), 1, "one shift at {}", at);
            let on_call = schedule.on_call(at).map(|on_call| on_call.user.clone());
            prop_assert_eq!(on_call.as_ref(), Some(&of_shift[0].user), "at {}", at);
            at = Timestamp::from_millis(at.as_millis() + 37 * 60_000 + 1_001);
        }
    }

    /// Turns neither overlap nor leave a hole: one number an instant, never falling, each next one by one.
    #[test]
    fn turns_pass_one_by_one((schedule, from) in any_schedule()) {
        for layer in &schedule.layers {
            let turn = |hours: i64| layer.rotation.turn(&schedule.zone, Timestamp::from_millis(from.as_millis() + hours * HOUR_MS));
            // Where a hand-off fell on a day that never was, two come at one instant.
            prop_assert!((0..500).all(|hour| (0..=2).contains(&(turn(hour + 1) - turn(hour)))));
        }
    }

    #[test]
    fn the_next_handoff_is_the_first_change((schedule, from) in any_schedule()) {
        let now = schedule.on_call(from).map(|on_call| on_call.user.clone());
        if let Some(next) = schedule.next_handoff(from) {
            prop_assert!(next > from);
            prop_assert_ne!(schedule.on_call(next).map(|on_call| on_call.user.clone()), now.clone());
            let shifts = schedule.shifts(from, next);
            prop_assert!(shifts.iter().all(|shift| Some(&shift.user) == now.as_ref()));
        }
    }
}

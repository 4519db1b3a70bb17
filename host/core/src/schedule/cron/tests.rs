use proptest::prelude::*;

use super::*;

/// The instants after `after`, in order, in UTC.
fn instants(expression: &str, time_zone: &str, after: &str, count: usize) -> Vec<String> {
    let cron = Cron::parse(expression, time_zone).expect(expression);
    let after: jiff::Timestamp = after.parse().expect(after);
    let first = Timestamp::from_millis(after.as_millisecond());
    let instants = std::iter::successors(cron.next_after(first), |last| cron.next_after(*last));
    instants.take(count).map(|instant| instant.to_string().replace(".000", "")).collect()
}

#[test]
fn fields_mean_what_they_mean_in_a_crontab() {
    let table = [
        // Every five minutes, never the instant asked about itself.
        ("*/5 * * * *", "2026-01-01T00:00:00Z", ["2026-01-01T00:05:00Z", "2026-01-01T00:10:00Z"]),
        ("*/5 * * * *", "2026-01-01T00:04:59.999Z", ["2026-01-01T00:05:00Z", "2026-01-01T00:10:00Z"]),
        // Six fields: the second first.
        ("30 * * * * *", "2026-01-01T00:00:30Z", ["2026-01-01T00:01:30Z", "2026-01-01T00:02:30Z"]),
        // 1-5 is Monday to Friday: 2026-01-02 is a Friday.
        ("0 9 * * 1-5", "2026-01-02T00:00:00Z", ["2026-01-02T09:00:00Z", "2026-01-05T09:00:00Z"]),
        ("0 9 * * mon-fri", "2026-01-02T10:00:00Z", ["2026-01-05T09:00:00Z", "2026-01-06T09:00:00Z"]),
        // Sunday is 0 and 7.
        ("0 0 * * 0", "2026-01-01T00:00:00Z", ["2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"]),
        ("0 0 * * 7", "2026-01-01T00:00:00Z", ["2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"]),
        // Both day fields restricted: the 13th, or a Friday.
        ("0 0 13 * 5", "2026-01-08T00:00:00Z", ["2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z"]),
        // Only leap years have this day.
        ("0 0 29 2 *", "2026-01-01T00:00:00Z", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]),
        ("0 0 1 jan *", "2026-01-01T00:00:00Z", ["2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"]),
    ];
    for (expression, after, expected) in table {
        assert_eq!(instants(expression, "UTC", after, 2), expected, "{expression} after {after}");
    }
}

/// In Vienna 02:00 to 03:00 does not exist on 2026-03-29 (the change is at 01:00 UTC).
/// On Lord Howe Island 02:00 to 02:30 does not exist on 2026-10-04 (2026-10-03 15:30 UTC).
#[test]
fn what_does_not_exist_runs_at_the_first_instant_after_the_gap() {
    let table = [
        ("30 2 * * *", "Europe/Vienna", "2026-03-28T12:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]),
        // What falls together runs once.
        (
            "0,15,30 2,3 * * *",
            "Europe/Vienna",
            "2026-03-29T00:00:00Z",
            ["2026-03-29T01:00:00Z", "2026-03-29T01:15:00Z"],
        ),
        ("*/30 * * * *", "Europe/Vienna", "2026-03-29T00:10:00Z", ["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"]),
        ("*/30 * * * *", "Europe/Vienna", "2026-03-29T00:30:00Z", ["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", ["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"]),
        ("45 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", ["2026-10-03T15:45:00Z", "2026-10-04T15:45:00Z"]),
        // Samoa left out the whole of 2011-12-30.
        ("0 10 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", ["2011-12-30T10:00:00Z", "2012-12-29T20:00:00Z"]),
    ];
    for (expression, time_zone, after, expected) in table {
        assert_eq!(instants(expression, time_zone, after, 2), expected, "{expression} in {time_zone}");
    }
}

/// In Vienna 02:00 to 03:00 comes twice on 2026-10-25, from 00:00 UTC and from 01:00 UTC.
/// On Lord Howe Island 01:30 to 02:00 comes twice on 2026-04-05, from 14:30 and from 15:00 UTC of the 4th.
#[test]
fn what_exists_twice_runs_at_the_first_only() {
    let table = [
        ("30 2 * * *", "Europe/Vienna", "2026-10-24T12:00:00Z", ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
        ("0,30 2,3 * * *", "Europe/Vienna", "2026-10-25T00:00:00Z", ["2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z"]),
        // Asked in the middle of the second pass.
        ("*/10 2 * * *", "Europe/Vienna", "2026-10-25T01:05:00Z", ["2026-10-26T01:00:00Z", "2026-10-26T01:10:00Z"]),
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00:00Z", ["2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"]),
    ];
    for (expression, time_zone, after, expected) in table {
        assert_eq!(instants(expression, time_zone, after, 2), expected, "{expression} in {time_zone}");
    }
}

#[test]
fn what_runs_every_hour_is_not_silent_while_an_hour_comes_twice() {
    let vienna = instants("*/30 * * * *", "Europe/Vienna", "2026-10-25T00:00:00Z", 5);
    assert_eq!(
        vienna.join(" "),
        "2026-10-25T00:30:00Z 2026-10-25T01:00:00Z 2026-10-25T01:30:00Z 2026-10-25T02:00:00Z 2026-10-25T02:30:00Z"
    );
    let lord_howe = instants("*/15 * * * *", "Australia/Lord_Howe", "2026-04-04T14:30:00Z", 4);
    assert_eq!(
        lord_howe.join(" "),
        "2026-04-04T14:45:00Z 2026-04-04T15:00:00Z 2026-04-04T15:15:00Z 2026-04-04T15:30:00Z"
    );
}

#[test]
fn a_bad_expression_is_refused_by_its_field() {
    let table = [
        (
            "* * *",
            "`* * *` has 3 fields; a cron expression has 5 (minute, hour, day of month, month, day of week) or 6 (the second first)",
        ),
        ("61 * * * *", "the minute `61` is not valid; it takes 0 to 59, lists `a,b`, ranges `a-b` and steps `*/n`"),
        ("* 24 * * *", "the hour `24` is not valid; it takes 0 to 23, lists `a,b`, ranges `a-b` and steps `*/n`"),
        ("* * 0 * *", "the day of month `0` is not valid; it takes 1 to 31, lists `a,b`, ranges `a-b` and steps `*/n`"),
        (
            "* * * 13 *",
            "the month `13` is not valid; it takes 1 to 12 or jan to dec, lists `a,b`, ranges `a-b` and steps `*/n`",
        ),
        (
            "* * * * 8",
            "the day of week `8` is not valid; it takes 0 to 7 (both Sunday) or sun to sat, lists `a,b`, ranges `a-b` and steps `*/n`",
        ),
        ("*/0 * * * *", "the minute `*/0` is not valid; it takes 0 to 59, lists `a,b`, ranges `a-b` and steps `*/n`"),
        ("60 0 * * * *", "the second `60` is not valid; it takes 0 to 59, lists `a,b`, ranges `a-b` and steps `*/n`"),
        ("0 0 30 2 *", "`0 0 30 2 *` never runs: no date matches it"),
    ];
    for (expression, message) in table {
        assert_eq!(
            Cron::parse(expression, "UTC").map_err(|error| error.to_string()),
            Err(message.to_owned()),
            "{expression}"
        );
    }
}

#[test]
fn an_unknown_time_zone_names_the_nearest() {
    let nearest = |name| match Cron::parse("0 0 * * *", name) {
        Err(CronError::UnknownTimeZone { nearest, .. }) => nearest,
        other => panic!("{other:?}"),
    };
    assert_eq!(nearest("Europe/Wiena").as_deref(), Some("Europe/Vienna"));
    assert_eq!(nearest("Middle-earth/Shire"), None);
    assert_eq!(Cron::parse("0 0 * * *", "europe/vienna").unwrap().time_zone(), "Europe/Vienna");
}

proptest! {
    /// Whatever the zone does, time moves on, and nothing lies between two neighbours.
    #[test]
    fn instants_are_strictly_later_and_none_is_passed_over(
        start in 0_i64..4_000_000_000_000,
        ahead in 1_i64..90_000_000,
        expression in prop::sample::select(vec!["*/7 * * * *", "30 2 * * *", "0 */6 * * *", "15 1-3 * * 0", "*/20 0 2 * * *"]),
        zone in prop::sample::select(vec!["Europe/Vienna", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "UTC"]),
    ) {
        let cron = Cron::parse(expression, zone).unwrap();
        let start = Timestamp::from_millis(start);
        let next = cron.next_after(start).unwrap();
        prop_assert!(next > start);
        let between = Timestamp::from_millis(start.as_millis() + ahead);
        let from_between = cron.next_after(between).unwrap();
        let expected = if between < next { from_between == next } else { from_between > between };
        prop_assert!(expected, "{} then {} then {}", next, between, from_between);
    }
}

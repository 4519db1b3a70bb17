use super::*;
use crate::zone::Zone;

fn utc(text: &str) -> Timestamp {
    Zone::utc().instant(text.parse().expect("a date and time"))
}

fn window(when: When) -> Window {
    Window { name: WindowName::new("w"), scope: Scope::Node, when, end_when_healthy: true, comment: String::new() }
}

fn recurring(cron: &str, zone: &str, minutes: u64) -> Window {
    let starts = Cron::parse(cron, zone).expect("it is valid");
    window(When::Recurring { starts, duration: Duration::from_secs(minutes * 60) })
}

#[test]
fn a_window_recurs_on_the_wall_clock_and_lasts_as_long_as_it_says() {
    let nightly = |minutes| recurring("30 2 * * *", "Europe/Vienna", minutes);
    let table = [
        (nightly(60), "2026-06-01T00:29", "2026-06-01T00:30", "2026-06-01T01:30"),
        (nightly(60), "2026-06-01T01:29", "2026-06-01T00:30", "2026-06-01T01:30"),
        (nightly(60), "2026-06-01T01:30", "2026-06-02T00:30", "2026-06-02T01:30"),
        (nightly(60), "2026-12-01T01:30", "2026-12-01T01:30", "2026-12-01T02:30"),
        // 02:30 does not exist: at the end of the gap.
        (nightly(60), "2026-03-29T00:00", "2026-03-29T01:00", "2026-03-29T02:00"),
        // It comes twice: at the first, and an hour is an hour.
        (nightly(60), "2026-10-25T00:45", "2026-10-25T00:30", "2026-10-25T01:30"),
        (recurring("0 1 * * 6", "America/New_York", 120), "2026-11-01T00:00", "2026-11-07T06:00", "2026-11-07T08:00"),
        (
            recurring("15 2 * * *", "Australia/Lord_Howe", 30),
            "2026-10-03T15:00",
            "2026-10-03T15:30",
            "2026-10-03T16:00",
        ),
        // Those that touch are one: each hour of the night, an hour each.
        (recurring("0 1-3 * * *", "UTC", 60), "2026-06-01T02:30", "2026-06-01T01:00", "2026-06-01T04:00"),
        (recurring("0 1-3 * * *", "UTC", 90), "2026-06-01T04:10", "2026-06-01T01:00", "2026-06-01T04:30"),
        (recurring("0 1-3 * * *", "UTC", 90), "2026-06-01T04:30", "2026-06-02T01:00", "2026-06-02T04:30"),
    ];
    for (window, at, start, end) in table {
        let span = Span { start: utc(start), end: utc(end) };
        assert_eq!(window.next_span(utc(at)), Some(span), "{:?} at {at}", window.when);
        assert_eq!(window.is_active(utc(at), None), span.start <= utc(at), "{at}");
        let change = if span.start > utc(at) { span.start } else { span.end };
        assert_eq!(window.next_change(utc(at)), Some(change));
    }
    let always = recurring("*/5 * * * *", "UTC", 60);
    assert!(always.is_active(utc("2026-06-01T00:00"), None) && always.is_active(utc("2027-06-01T00:03"), None));
}

#[test]
fn once_is_once() {
    let once = window(When::Once(Span { start: utc("2026-06-01T00:00"), end: utc("2026-06-01T02:00") }));
    let at = |text| once.is_active(utc(text), None);
    assert!(at("2026-06-01T00:00") && at("2026-06-01T01:59"));
    assert!(!at("2026-05-31T23:59") && !at("2026-06-01T02:00"));
    assert_eq!(once.next_change(utc("2026-06-01T02:00")), None);
}

#[test]
fn it_ends_early_once_what_broke_is_well_again() {
    let nightly = recurring("0 1 * * *", "UTC", 120);
    let looks = [("01:05", true, true), ("01:10", false, true), ("01:20", true, false), ("01:30", false, false)];
    let mut progress = None;
    for (time, is_healthy, is_active) in looks {
        let at = utc(&format!("2026-06-01T{time}"));
        progress = Progress::observe(progress.as_ref(), &nightly, at, is_healthy);
        assert_eq!(nightly.is_active(at, progress.as_ref()), is_active, "{time}");
    }
    // The next night is another occurrence.
    assert!(nightly.is_active(utc("2026-06-02T01:05"), progress.as_ref()));
    let stubborn = Window { end_when_healthy: false, ..nightly };
    assert_eq!(Progress::observe(None, &stubborn, utc("2026-06-01T01:05"), true), None);
}

#[test]
fn it_covers_what_it_names() {
    let (site, db) = (CheckName::new("site"), CheckName::new("db"));
    let labels = Labels::new([("team", "web")]).expect("no name twice");
    let table = [
        (Scope::Node, Some(&site), true),
        (Scope::Node, None, false),
        (Scope::Checks([site.clone()].into()), Some(&site), true),
        (Scope::Checks([site.clone()].into()), Some(&db), false),
        (Scope::Labels(vec![Matcher::equal("team", "web")]), None, true),
        (Scope::Labels(vec![Matcher::equal("team", "web"), Matcher::equal("dc", "vie")]), Some(&site), false),
    ];
    for (scope, check, expected) in table {
        let window = Window { scope, ..recurring("0 1 * * *", "UTC", 1) };
        assert_eq!(window.covers(check, &labels), expected, "{:?} {check:?}", window.scope);
    }
}

#[test]
fn json_brings_it_back() {
    let nightly = recurring("0 1 * * *", "Europe/Vienna", 120);
    let json = serde_json::to_string(&nightly).expect("it serializes");
    assert_eq!(serde_json::from_str::<Window>(&json).expect("it is read back"), nightly);
}

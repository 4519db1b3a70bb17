use super::*;
use crate::slo::sample;

fn vienna() -> Zone {
    Zone::find("Europe/Vienna").expect("it exists")
}

fn at(written: &str) -> Timestamp {
    vienna().moment(written).expect("a moment")
}

fn span(start: &str, end: &str) -> Span {
    Span { start: at(start), end: at(end) }
}

/// A week of minutes with 1,000 events each, of which two are bad; the one before had four.
fn recorded(all: Span) -> Vec<Recorded> {
    let (planned, outage) =
        (span("2026-11-17T02:00", "2026-11-17T02:10"), span("2026-11-18T10:00", "2026-11-18T10:20"));
    let silent = span("2026-11-19T03:00", "2026-11-19T04:00");
    let is_within = |span: Span, at: Timestamp| span.start <= at && at < span.end;
    let mut slots = Vec::new();
    let mut start = all.start;
    while start < all.end {
        let bad = match start {
            it if is_within(planned, it) => 1_000,
            it if is_within(outage, it) => 900,
            it if it < at("2026-11-16") => 4,
            _ => 2,
        };
        if !is_within(silent, start) {
            slots.push(Recorded { start, counts: Counts { good: 1_000 - bad, total: 1_000 } });
        }
        start = start.after(Duration::from_secs(60));
    }
    slots
}

fn week(now: &str) -> Report {
    let mut slo = sample::slo("api", "0.99");
    slo.title = "Shop & <Tills>".to_owned();
    let silent = Objective { name: "fast".into(), ..slo.objectives[0].clone() };
    slo.objectives.push(silent);
    let note = DowntimeNote {
        slo: "api".into(),
        objective: None,
        start: at("2026-11-18T09:55"),
        end: at("2026-11-18T10:30"),
        reason: Reason::Network,
        comment: "the carrier's | *fibre*\u{1b}[31m".to_owned(),
        author: "anna".to_owned(),
    };
    let incident = Incident {
        id: "INC-7".to_owned(),
        title: "<script>alert(\"x|y\")</script>".to_owned(),
        start: at("2026-11-18T10:00"),
        end: Some(at("2026-11-18T11:00")),
    };
    let elsewhere = Incident { id: "INC-1".to_owned(), end: Some(at("2026-11-02")), ..incident.clone() };
    let elsewhere = Incident { start: at("2026-11-01"), ..elsewhere };
    let asked = Asked {
        slo: &slo,
        unit: CalendarUnit::Week,
        zone: &vienna(),
        at: at("2026-11-20T12:00"),
        now: at(now),
        down_from: Factor::ONE,
        tolerance: Duration::from_secs(300),
        maintenance: &[span("2026-11-17T02:00", "2026-11-17T03:00")],
        notes: &[note],
        incidents: &[elsewhere, incident],
    };
    let slots = |objective: &Objective, all: Span| {
        if objective.name.as_str() == "answers" { recorded(all) } else { Vec::new() }
    };
    report(&asked, slots).expect("short")
}

#[test]
fn a_week_is_reported_in_every_form() {
    let report = week("2026-11-21T16:00");
    let mut wrong = String::new();
    for (form, found, expected) in [
        ("text", text(&report), include_str!("week.txt")),
        ("markdown", markdown(&report), include_str!("week.md")),
        ("html", html(&report), include_str!("week.html")),
    ] {
        if found != expected {
            wrong.push_str(&format!("=== {form}\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_came_from_outside_is_text_in_every_form() {
    let report = week("2026-11-21T16:00");
    let (text, markdown, html) = (text(&report), markdown(&report), html(&report));
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;alert(&quot;x|y&quot;)"));
    assert!(!markdown.contains("<script") && markdown.contains("x\\|y"));
    assert!([text, markdown, html].iter().all(|form| !form.contains('\u{1b}')));
}

#[test]
fn the_parts_are_the_whole() {
    let report = week("2026-11-30");
    let answers = &report.objectives[0];
    assert_eq!((report.so_far, answers.slots, answers.slots_without_data), (report.until, 7 * 1_440, 60));
    let parts: u64 = answers.causes.iter().map(|cause| cause.bad).sum();
    assert_eq!(parts, answers.counts.bad());
    // 10,020 minutes with data: 10 planned, 20 of an outage, 9,990 with two each.
    assert_eq!((answers.counts.total, parts), (10_020_000, 10_000 + 18_000 + 19_980));
    assert_eq!(answers.budget.allowed, 100_200);
    assert_eq!(answers.trend.direction, Direction::Worse);
    assert_eq!((report.objectives[1].met, report.objectives[1].trend.direction), (None, Direction::Unknown));
}

#[test]
fn json_is_the_report() {
    let report = week("2026-11-21T16:00");
    let json = serde_json::to_string(&report).expect("json");
    assert_eq!(serde_json::from_str::<Report>(&json).expect("back"), report);
    assert!(
        json.starts_with(
            r#"{"slo":"api","title":"Shop & <Tills>","service":"shop","unit":"week","zone":"Europe/Vienna""#
        ),
        "{json}"
    );
}

#[test]
fn very_many_downtimes_are_counted_and_the_dearest_listed() {
    let one = |minute: i64, bad: u64| Downtime {
        start: Timestamp::from_millis(minute * 60_000),
        end: Timestamp::from_millis(minute * 60_000 + 60_000),
        counts: Counts { good: 0, total: bad },
        spent_ppm: None,
        reason: Reason::Software,
        comment: String::new(),
        author: String::new(),
    };
    let mut all: Vec<Downtime> = (0..150).map(|minute| one(minute, if minute < 50 { 1 } else { 2 })).collect();
    assert_eq!((dearest(&mut all), all.len()), (50, 100));
    assert!(all.iter().all(|downtime| downtime.counts.total == 2) && all.is_sorted_by_key(|downtime| downtime.start));
}

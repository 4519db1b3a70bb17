use super::*;
use crate::label::Labels;
use crate::slo::history::Recorded;
use crate::slo::{Empty, Factor, Guard, Method};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: i64 = 1_440;

fn ratio(share: &str) -> Ratio {
    Ratio::share(share).expect("a share")
}

fn rule(name: &str, severity: &str, when: When) -> AlertRule {
    AlertRule {
        name: name.to_owned(),
        when,
        hold: Duration::ZERO,
        labels: Labels::overlay([("severity", severity)]),
        annotations: Labels::default(),
        notify: Vec::new(),
    }
}

fn burn(name: &str, severity: &str, (long, short): (u32, u32), factor: (u64, u64)) -> AlertRule {
    let factor = Factor { numerator: factor.0, denominator: factor.1 };
    let when = When::Burn { long: MINUTE * long, short: MINUTE * short, factor, guard: Guard::default() };
    rule(name, severity, when)
}

/// The four of thirty days.
fn classic() -> Vec<AlertRule> {
    vec![
        burn("fast", "page", (60, 5), (72, 5)),
        burn("moderate", "page", (360, 30), (6, 1)),
        burn("slow", "ticket", (1_440, 120), (3, 1)),
        burn("trickle", "ticket", (4_320, 360), (1, 1)),
    ]
}

/// Minutes of 1,000 events, so many of each bad.
fn history(minutes: i64, bad: impl Fn(i64) -> Option<u64>) -> History {
    let slots: Vec<Recorded> = (0..minutes)
        .filter_map(|minute| {
            let counts = Counts { good: 1_000 - bad(minute)?, total: 1_000 };
            Some(Recorded { start: Timestamp::from_millis(minute * 60_000), counts })
        })
        .collect();
    of_slots(&slots, minutes, Method::Occurrences)
}

fn of_slots(slots: &[Recorded], minutes: i64, method: Method) -> History {
    let span = Span { start: Timestamp::default(), end: Timestamp::from_millis(minutes * 60_000) };
    History::new(slots, span, MINUTE, method).expect("short")
}

fn month() -> Period {
    Period::Rolling(MINUTE * 43_200)
}

/// The rule, and the minutes in which it fired and ended.
fn fired(simulated: &Simulated) -> Vec<(&str, i64, Option<i64>)> {
    let minute = |at: Timestamp| at.as_millis() / 60_000;
    simulated.fired.iter().map(|it| (it.rule.as_str(), minute(it.fired_at), it.ended_at.map(minute))).collect()
}

#[test]
fn constant_error_ratios_are_detected_when_the_closed_form_says() {
    // t = F * budget * long / e, for 99.9 %, after three clean days; the first minute that is over it strictly.
    let begin = 3 * DAY;
    for (per_thousand, expected) in [
        (1_000, [("fast", 0.864), ("moderate", 2.16), ("slow", 4.32), ("trickle", 4.32)]),
        (50, [("fast", 17.28), ("moderate", 43.2), ("slow", 86.4), ("trickle", 86.4)]),
        (20, [("fast", 43.2), ("moderate", 108.0), ("slow", 216.0), ("trickle", 216.0)]),
    ] {
        let history = history(begin + 600, |minute| Some(if minute >= begin { per_thousand } else { 0 }));
        let rules = classic();
        let simulated = simulate(&history, &month(), Trial { target: ratio("0.999"), alerts: &rules });
        for (name, closed_form) in expected {
            let (_, at, _) = *fired(&simulated).iter().find(|(rule, ..)| *rule == name).expect("it fires");
            #[expect(clippy::cast_possible_truncation, reason = "small and positive")]
            let expected = closed_form as i64 + 1;
            assert_eq!(at - begin, expected, "{name} at {per_thousand} of 1,000");
        }
    }
}

#[test]
fn prometheus_fires_and_ends_the_exported_rules_in_the_same_minutes() {
    // What `promtool test rules` (2.42) says of `export/api.yaml` on these counts: 99.9 % over 28 days, 61 minutes of 5 %.
    let history = history(5_000, |minute| Some(if (4_400..4_461).contains(&minute) { 50 } else { 0 }));
    let rules = [burn("fast", "page", (60, 5), (336, 25)), burn("moderate", "page", (360, 30), (28, 5))];
    let period = Period::Rolling(MINUTE * 40_320);
    let simulated = simulate(&history, &period, Trial { target: ratio("0.999"), alerts: &rules });
    assert_eq!(fired(&simulated), [("fast", 4_417, Some(4_465)), ("moderate", 4_441, Some(4_488))]);
}

#[test]
fn the_short_window_ends_it() {
    // Ten minutes of everything bad: 1.44 % of the short window of five minutes is passed with its last bad minute.
    let history = history(DAY + 120, |minute| Some(if (DAY..DAY + 10).contains(&minute) { 1_000 } else { 0 }));
    let rules = vec![burn("fast", "page", (60, 5), (72, 5))];
    let simulated = simulate(&history, &month(), Trial { target: ratio("0.999"), alerts: &rules });
    assert_eq!(fired(&simulated), [("fast", DAY + 1, Some(DAY + 15))]);
    assert_eq!((simulated.pages, simulated.tickets, simulated.others), (1, 0, 0));
    // 10,000 bad of 1,560,000: 641 % of the 1,560 that are allowed so far.
    assert_eq!(simulated.budget_left_ppm, Some(-5_410_257));
    assert_eq!(simulated.met, Some(false));
}

#[test]
fn a_window_that_slides_past_is_refunded() {
    let day = Period::Rolling(MINUTE * 1_440);
    let history = history(3 * DAY, |minute| Some(if minute < 2 { 500 } else { 0 }));
    let simulated = simulate(&history, &day, Trial { target: ratio("0.999"), alerts: &[] });
    assert_eq!((simulated.budget_left_ppm, simulated.met), (Some(1_000_000), Some(true)));
    assert_eq!(simulated.least_budget_left_ppm, Some(1_000_000 - 500_000_000));
    // A calendar gives all of it back at midnight.
    let calendar = Period::Calendar { unit: CalendarUnit::Day, zone: Zone::utc() };
    let evening = self::history(2 * DAY, |minute| Some(u64::from(minute == DAY - 1) * 720));
    let simulated = simulate(&evening, &calendar, Trial { target: ratio("0.999"), alerts: &[] });
    assert_eq!(simulated.least_budget_left_ppm, Some(500_000));
    assert_eq!(simulated.budget_left_ppm, Some(1_000_000));
}

#[test]
fn silence_neither_fires_nor_ends_but_is_absence() {
    let rules =
        vec![burn("fast", "page", (60, 5), (72, 5)), rule("absent", "ticket", When::Absent { after: MINUTE * 10 })];
    // Bad from 100 on, silent from 110 to 140, good again.
    let history = history(300, |minute| match minute {
        100..110 => Some(1_000),
        110..140 => None,
        _ => Some(0),
    });
    let simulated = simulate(&history, &month(), Trial { target: ratio("0.999"), alerts: &rules });
    assert_eq!(fired(&simulated), [("fast", 101, Some(141)), ("absent", 120, Some(141))]);
}

#[test]
fn a_handful_of_events_pages_nobody() {
    let slots = |bad: u64| {
        let counts = |minute: i64| Counts { good: 1 - u64::from(minute == 1_000) * bad, total: 1 };
        let of = |minute| Recorded { start: Timestamp::from_millis(minute * 60_000), counts: counts(minute) };
        (0..DAY).map(of).collect::<Vec<_>>()
    };
    let rules = classic();
    let trial = Trial { target: ratio("0.999"), alerts: &rules };
    let one = simulate(&of_slots(&slots(1), DAY, Method::Occurrences), &month(), trial);
    assert_eq!(fired(&one), []);
    // Without the guard the same event is a page.
    let eager = AlertRule {
        when: When::Burn {
            long: MINUTE * 60,
            short: MINUTE * 5,
            factor: Factor { numerator: 72, denominator: 5 },
            guard: Guard { false_alarm: 0.001, enough_bad: 0 },
        },
        ..rules[0].clone()
    };
    let trial = Trial { alerts: &[eager], ..trial };
    assert_eq!(
        fired(&simulate(&of_slots(&slots(1), DAY, Method::Occurrences), &month(), trial)),
        [("fast", 1_001, Some(1_006))]
    );
}

#[test]
fn a_breach_of_the_window_fires_after_its_for() {
    let breach = AlertRule {
        hold: MINUTE * 3,
        ..rule("breach", "page", When::Breach { window: MINUTE * 10, guard: Guard::default() })
    };
    let history = history(60, |minute| Some(if minute >= 30 { 200 } else { 0 }));
    let trial = Trial { target: ratio("0.95"), alerts: &[breach] };
    // 200 of 10,000 after one minute, 600 after three: 5 % is passed with the third, at minute 33.
    assert_eq!(fired(&simulate(&history, &Period::Rolling(MINUTE * 10), trial)), [("breach", 36, None)]);
}

#[test]
fn the_published_vectors_of_openslo_exhaust_when_they_say() {
    // Two weeks, 24,000 requests a day, 95 %: 16,800 may be bad.
    let fortnight = 14 * DAY;
    let all = Counts { good: 0, total: 336_000 };
    assert_eq!(budget_left_ppm(Counts { good: 336_000 - 16_800, ..all }, ratio("0.95")), Some(0));
    assert!(budget_left_ppm(Counts { good: 336_000 - 16_801, ..all }, ratio("0.95")) < Some(0));
    // As slices of a minute: 1,008 of 20,160 are 16 h 48 min.
    let down = |minutes: i64| {
        let of = |minute: i64| {
            let good = if minute < minutes { 0 } else { 10 };
            Recorded { start: Timestamp::from_millis(minute * 60_000), counts: Counts { good, total: 10 } }
        };
        (0..fortnight).map(of).collect::<Vec<_>>()
    };
    let slices = Method::Timeslices { target: ratio("0.95"), empty: Empty::Exclude };
    let left = |minutes, method| {
        let history = of_slots(&down(minutes), fortnight, method);
        let period = Period::Rolling(MINUTE * 20_160);
        simulate(&history, &period, Trial { target: ratio("0.95"), alerts: &[] }).budget_left_ppm
    };
    assert_eq!(left(1_008, slices), Some(0));
    assert_eq!(left(504, slices), Some(500_000));
    assert_eq!(left(1_008, Method::RatioTimeslices { empty: Empty::Exclude }), Some(0));
}

#[test]
fn a_table_shows_what_each_target_would_have_said() {
    let history = history(3 * DAY, |minute| Some(if (DAY..DAY + 30).contains(&minute) { 100 } else { 0 }));
    let rules = classic();
    let trials = ["0.999", "0.99"].map(|target| Trial { target: ratio(target), alerts: &rules });
    let all: Vec<Simulated> = trials.into_iter().map(|trial| simulate(&history, &month(), trial)).collect();
    assert_eq!(text(&all, &Zone::utc()), TABLE);
    let json = serde_json::to_string(&all).expect("json");
    assert_eq!(serde_json::from_str::<Vec<Simulated>>(&json).expect("back"), all);
    assert!(json.starts_with(r#"[{"target":"99.9%","from":0,"#), "{json}");
}

const TABLE: &str = include_str!("table.expected");

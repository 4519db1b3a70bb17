//! `cargo xtask bench slo`: what the hallway takes for SLOs, without disk and network: an evaluation of all windows and
//! rules, a second in which 10,000 series are judged, posted events, and memory.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tocsin_core::config::{Catalog, Config, Defaults, Files, Place, Source as File, compile};
use tocsin_core::label::Labels;
use tocsin_core::pipeline::{Effect, Event, State, advance};
use tocsin_core::slo::{
    AlertRule, Factor, Guard, Indicator, IndicatorKind, Measure, Method, Number, Objective, Period, PostedEvent,
    PostedEvents, Ratio, SeriesKey, Slo, Source, When, door,
};
use tocsin_core::time::Timestamp;

#[path = "../../sandbox/benches/sandbox/figure.rs"]
mod figure;

use figure::{Reach, median};

const START: Timestamp = Timestamp::from_millis(1_700_000_040_000);
const ROUNDS: usize = 5;
const EVALUATIONS: u32 = 200_000;
const SERIES: usize = 10_000;
const BATCH: usize = 5_000;
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

fn main() {
    evaluate();
    windows();
    second();
    intake();
}

/// All windows and four pairs of rules of one objective, warm.
fn evaluate() {
    let mut state = node(vec![slo("shop", MINUTE, 30 * DAY)]);
    let now = warm(&mut state, START, 600);
    let key = key("shop");
    let mut bytes = 0;
    let mut took = Vec::new();
    for _ in 0..ROUNDS {
        let Some(series) = state.slos().get(&key) else { return };
        bytes = series.bytes();
        let began = clock();
        for _ in 0..EVALUATIONS {
            let series = black_box(series);
            black_box(series.holding(now).filter(|(_, holds)| *holds == Some(true)).count());
            series.readings().for_each(|reading| {
                black_box(reading);
            });
        }
        took.push(began.elapsed().as_nanos() as f64 / f64::from(EVALUATIONS));
    }
    figure::print("one evaluation, all windows and rules", median(took), "ns", None, Reach::AtMost(100.0));
    figure::print("one objective in memory", bytes as f64, "bytes", None, Reach::AtMost(16_384.0));
}

/// A window of five minutes and one of 90 days cost the same.
fn windows() {
    let mut state = node(vec![slo("shop", MINUTE, 90 * DAY)]);
    let _now = warm(&mut state, START, 600);
    let Some(series) = state.slos().get(&key("shop")) else { return };
    for (name, window) in [("a window of 5 m", 0), ("a window of 90 d", series.shape().windows.len() - 1)] {
        let mut took = Vec::new();
        for _ in 0..ROUNDS {
            let began = clock();
            for _ in 0..EVALUATIONS {
                black_box(black_box(series).reading(black_box(window)));
            }
            took.push(began.elapsed().as_nanos() as f64 / f64::from(EVALUATIONS));
        }
        figure::print(name, median(took), "ns", None, Reach::Nothing);
    }
}

/// 10,000 series whose slots last a second: each second all of them pass a slot and are judged.
fn second() {
    let slos = (0..SERIES).map(|n| slo(&format!("s{n}"), Duration::from_secs(1), HOUR)).collect();
    let mut state = node(slos);
    let mut now = warm(&mut state, START, 90);
    let mut took = Vec::new();
    for _ in 0..ROUNDS {
        now = now.after(Duration::from_secs(1));
        let began = clock();
        black_box(&advance(&mut state, &Event::Tick, now));
        took.push(began.elapsed().as_secs_f64() * 100.0);
    }
    figure::print("10,000 series judged each second", median(took), "% of a core", None, Reach::AtMost(5.0));
}

fn intake() {
    let config = Arc::new(configuration(vec![slo("shop", MINUTE, 30 * DAY)]));
    let mut state = State::default();
    let _first = advance(&mut state, &Event::Configured(Arc::clone(&config)), START);
    let text = serde_json::to_string(&lines()).unwrap_or_default();
    let (mut read, mut counted) = (Vec::new(), Vec::new());
    for ticket in 0..20 {
        let began = clock();
        let Ok(posted) = serde_json::from_str::<PostedEvents>(&text) else { return };
        read.push(BATCH as f64 / began.elapsed().as_secs_f64());
        let began = clock();
        let Ok(report) = door(&config, &"orders".into(), &posted, ticket, START) else { return };
        black_box(&advance(&mut state, &Event::from(report), START));
        counted.push(BATCH as f64 / began.elapsed().as_secs_f64());
    }
    figure::print("posted events counted", median(counted), "events/s", None, Reach::AtLeast(500_000.0));
    figure::print("posted events read from JSON", median(read), "events/s", None, Reach::Nothing);
}

fn lines() -> serde_json::Value {
    let at = |n: usize| START.as_millis() - i64::try_from(n % 200_000).unwrap_or(0);
    let line = |n: usize| serde_json::json!({"at": at(n * 40), "good": n % 7, "total": 7});
    serde_json::json!({"events": (0..BATCH).map(line).collect::<Vec<_>>()})
}

/// So many slots with something in each; what is asked for has nothing to answer.
fn warm(state: &mut State, mut now: Timestamp, slots: usize) -> Timestamp {
    let Some(config) = state.config().cloned() else { return now };
    let width = state.slos().iter().next().map_or(MINUTE, |(_, series)| series.shape().width.as_duration());
    for ticket in 0..slots {
        now = now.after(width);
        let mut events = vec![Event::Tick];
        let number = |count| Some(Number::Count(count));
        let event = PostedEvent { at: Some(now), good: number(9_999), total: number(10_000), value: None };
        let posted = PostedEvents { events: vec![event], ..PostedEvents::default() };
        events.extend(door(&config, &"orders".into(), &posted, ticket as u64, now).ok().map(Event::from));
        for event in events {
            let reads = advance(state, &event, now).effects;
            for read in reads {
                if let Effect::ReadSlots { series, era, first, last } = read {
                    let blocks = Arc::default();
                    black_box(&advance(state, &Event::SlotsRead { series, era, first, last, blocks }, now));
                }
            }
        }
    }
    now
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn clock() -> Instant {
    Instant::now()
}

fn key(slo: &str) -> SeriesKey {
    SeriesKey { slo: slo.into(), objective: "good".into() }
}

fn node(slos: Vec<Slo>) -> State {
    let mut state = State::default();
    let _first = advance(&mut state, &Event::Configured(Arc::new(configuration(slos))), START);
    state
}

fn slo(name: &str, slot: Duration, period: Duration) -> Slo {
    let pair = |name: &str, long: Duration, short: Duration, numerator: u64| AlertRule {
        name: name.to_owned(),
        when: When::Burn { long, short, factor: Factor { numerator, denominator: 10 }, guard: Guard::default() },
        hold: Duration::ZERO,
        labels: Labels::overlay([("severity", "page")]),
        annotations: Labels::default(),
        notify: Vec::new(),
    };
    let alerts = vec![
        pair("fast", HOUR, 5 * MINUTE, 144),
        pair("moderate", 6 * HOUR, 30 * MINUTE, 60),
        pair("slow", DAY, 2 * HOUR, 30),
        pair("trickle", 3 * DAY, 6 * HOUR, 10),
    ];
    let alerts = if period < DAY { alerts.into_iter().take(1).collect() } else { alerts };
    Slo {
        name: name.into(),
        title: name.to_owned(),
        service: "shop".into(),
        description: String::new(),
        labels: Labels::default(),
        indicator: Indicator {
            name: "orders".into(),
            kind: IndicatorKind::Availability,
            source: Source::Events("orders".into()),
            measure: Measure::Counted,
        },
        period: Period::Rolling(period),
        slot,
        late: slot * 5,
        objectives: vec![Objective {
            name: "good".into(),
            target: Ratio::from_billionths(999_000_000),
            limit: None,
            method: Method::Occurrences,
            alerts,
        }],
        exclude_maintenance: false,
        place: Place { file: "slo.yaml".into(), line: 1, column: 1 },
    }
}

fn configuration(slos: Vec<Slo>) -> Config {
    let file = File { name: "tocsin.yaml".into(), folder: "/".into(), text: "{}\n".to_owned() };
    let defaults = Defaults { node: "bench".to_owned(), data: "/data".into() };
    let config = compile(&Files::from(vec![file]), &Catalog::default(), &defaults);
    let config = config.unwrap_or_else(|errors| fail(&errors));
    Config { slos: slos.into_iter().map(|slo| (slo.name.clone(), slo)).collect(), ..config }
}

#[expect(clippy::panic, reason = "the bench's own configuration is wrong, which nobody can go on from")]
fn fail(errors: &impl std::fmt::Display) -> ! {
    panic!("{errors}")
}

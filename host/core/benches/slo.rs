//! `cargo xtask bench slo`: what the hallway takes for SLOs, without disk and network: an evaluation of all windows and
//! rules, a second in which 10,000 series are judged, posted events, and memory; and beside it Debian's Prometheus, evaluating
//! equal rules over equal counts.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use tocsin_core::pipeline::{Effect, Event, State, advance};
use tocsin_core::slo::{PostedEvents, door};
use tocsin_core::time::Timestamp;

#[path = "../../sandbox/benches/sandbox/figure.rs"]
mod figure;
#[path = "slo/node.rs"]
mod node;
#[path = "slo/ours.rs"]
mod ours;
#[path = "slo/prometheus.rs"]
#[expect(clippy::disallowed_methods, reason = "a peer is a program: it is given files, started and asked")]
mod prometheus;
#[path = "slo/side.rs"]
mod side;
#[path = "slo/traffic.rs"]
mod traffic;

use figure::{Reach, median};
use node::{DAY, HOUR, MINUTE, clock, configuration, key, node, posted, slo};

const START: Timestamp = Timestamp::from_millis(1_700_000_040_000);
const ROUNDS: usize = 5;
const EVALUATIONS: u32 = 200_000;
const SERIES: usize = 10_000;
const BATCH: usize = 5_000;

fn main() {
    evaluate();
    windows();
    second();
    intake();
    side::by_side().unwrap_or_else(|error| node::fail(&format!("{error:#}")));
}

/// All windows and four pairs of rules of one objective, warm.
fn evaluate() {
    let mut state = node(vec![slo("shop", MINUTE, 30 * DAY)], START);
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
    let mut state = node(vec![slo("shop", MINUTE, 90 * DAY)], START);
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
    let mut state = node(slos, START);
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
        let posted = posted(now, 9_999, 10_000);
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

//! `cargo xtask bench simulate`: ten thousand incidents on simulated nodes, with crashes, flapping, stale and partial data.
//! What must reach zero is counted; a seed that breaks anything is printed, and replayed as `tests/simulate.rs` says.

use std::time::{Duration, Instant};

#[path = "../../sandbox/benches/sandbox/figure.rs"]
mod figure;
#[path = "../tests/simulator/simulator.rs"]
mod simulator;

use figure::{Reach, median};

/// Others than those of the tests.
const FIRST: u64 = 1_000_000;
const INCIDENTS: u64 = 10_000;

fn main() {
    let mut took = Vec::new();
    let mut last = clock();
    let total = simulator::incidents(FIRST, INCIDENTS, |_, figures| {
        let now = clock();
        if figures.incidents > 0 {
            took.push(millis(now - last) / count(figures.incidents));
        }
        last = now;
    });
    for line in &total.broken {
        complain(line);
    }
    let print = |name: &str, value: u64, reach| figure::print(name, count(value), "", None, reach);
    print("simulated incidents", total.incidents, Reach::AtLeast(count(INCIDENTS)));
    print("repairs proposed", total.remediations, Reach::Nothing);
    print("verbs carried out", total.verbs, Reach::Nothing);
    print("verbs stopped by a gate at the last moment", total.stopped, Reach::Nothing);
    print("repairs verified", total.verified, Reach::Nothing);
    print("repairs undone", total.undone, Reach::Nothing);
    print("repairs that nobody can tell of", total.indeterminate, Reach::Nothing);
    print("crashes", total.crashes, Reach::Nothing);
    print("false repairs", total.false_repairs, Reach::AtMost(0.0));
    print("pages", total.pages, Reach::Nothing);
    print("pages late", total.pages_late, Reach::AtMost(0.0));
    print("other invariants broken", total.others, Reach::AtMost(0.0));
    figure::print("one incident, simulated", median(took), "ms", None, Reach::Nothing);
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time; the core it measures knows none")]
fn clock() -> Instant {
    Instant::now()
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn count(value: u64) -> f64 {
    value as f64
}

#[expect(clippy::print_stderr, reason = "whoever runs the bench is to see which seed broke what")]
fn complain(line: &str) {
    eprintln!("{line}");
}

//! `cargo xtask bench alerts`: alerts that are posted to a real `pluginhost` and to Debian's Alertmanager, with the same
//! file: how many a second are taken in, how long one takes to its webhook while others are active and rules of inhibition
//! have 2,000 sources, and how long it takes to list them. Then from a check's bad answer to the webhook, and an hour of
//! flapping against Alertmanager and Nagios 4. What a peer does not finish within its bound counts as far as it came.

use std::time::Duration;

use anyhow::Result;
use tocsin_tests::{Home, Sink, clock};

#[path = "alerts/checked.rs"]
mod checked;
#[path = "../../sandbox/benches/sandbox/figure.rs"]
mod figure;
#[path = "alerts/flapping.rs"]
mod flapping;
#[path = "alerts/load.rs"]
mod load;
#[path = "alerts/nagios.rs"]
mod nagios;
#[path = "alerts/observed.rs"]
mod observed;
#[path = "shared/plugins.rs"]
mod plugins;
#[path = "shared/registry.rs"]
mod registry;
#[path = "alerts/side.rs"]
mod side;

use figure::{Reach, median};
use load::Load;
use side::Side;

const ACTIVE: [usize; 3] = [1_000, 10_000, 100_000];
const RULES: [usize; 3] = [0, 1, 100];
const SOURCES: usize = 2_000;
/// One side may take this long for one figure; what was done until then counts.
const BOUND: Duration = Duration::from_secs(4);
const PROBES: usize = 100;
const TAKEN_MIN: f64 = 100_000.0;
const TO_WEBHOOK_MS_MAX: f64 = 50.0;
const LISTED: usize = 20_000;
const LISTED_MS_MAX: f64 = 100.0;

fn main() -> Result<()> {
    observed::measure()?;
    flapping::measure()?;
    for rules in RULES {
        for active in ACTIVE {
            compare(active, rules)?;
        }
    }
    list()
}

/// What one side did.
struct Measured {
    new_per_second: f64,
    again_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
}

fn compare(active: usize, rules: usize) -> Result<()> {
    let (home, sink) = (Home::new(), Sink::start());
    let here = measure(&Side::node(&home, &side::file(rules, &sink.url())), &sink, active, rules)?;
    let sink = Sink::start();
    let there = match Side::alertmanager(&side::file(rules, &sink.url())) {
        Some(side) => Some(measure(&side, &sink, active, rules)?),
        None => None,
    };
    let name = |what: &str| format!("{active} active, {rules} rules: {what}");
    let taken = [
        ("new alerts taken in", here.new_per_second, there.as_ref().map(|there| there.new_per_second)),
        ("alerts posted again", here.again_per_second, there.as_ref().map(|there| there.again_per_second)),
    ];
    for (what, value, peer) in taken {
        figure::print(&name(what), value, "alerts/s", None, Reach::AtLeast(TAKEN_MIN));
        if let Some(peer) = peer {
            figure::print(&name(what), value, "alerts/s", Some(("Alertmanager", value / peer)), Reach::Nothing);
        }
    }
    figure::print(&name("to webhook, p50"), here.p50_ms, "ms", None, Reach::Nothing);
    figure::print(&name("to webhook, p99"), here.p99_ms, "ms", None, Reach::AtMost(TO_WEBHOOK_MS_MAX));
    if let Some(there) = there {
        let ratio = Some(("Alertmanager", here.p99_ms / there.p99_ms));
        figure::print(&name("to webhook, p99"), here.p99_ms, "ms", ratio, Reach::Nothing);
    }
    Ok(())
}

fn measure(side: &Side<'_>, sink: &Sink, active: usize, rules: usize) -> Result<Measured> {
    if rules > 0 {
        Load::new(side).pour(&load::batches("critical", SOURCES, rules, 100), BOUND)?;
    }
    let batches = load::batches("warning", active, rules, if active > 1_000 { 1_000 } else { 100 });
    let new_per_second = Load::new(side).pour(&batches, BOUND)?;
    let again_per_second = Load::new(side).pour(&batches, BOUND)?;
    let mut waited = load::probe(side, sink, PROBES, BOUND)?;
    waited.sort_by(f64::total_cmp);
    let at = |part: usize| waited.get(waited.len() * part / 100).copied().unwrap_or(f64::NAN);
    Ok(Measured { new_per_second, again_per_second, p50_ms: at(50), p99_ms: at(99) })
}

/// Listing many alerts, whole.
fn list() -> Result<()> {
    const ROUNDS: usize = 5;
    let (home, sink) = (Home::new(), Sink::start());
    let file = side::file(1, &sink.url());
    let mut sides = vec![("here", Side::node(&home, &file))];
    sides.extend(Side::alertmanager(&file).map(|side| ("Alertmanager", side)));
    let mut took = Vec::new();
    for (_, side) in &sides {
        Load::new(side).pour(&load::batches("warning", LISTED, 1, 1_000), BOUND)?;
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let began = clock();
            side.list()?;
            rounds.push((clock() - began).as_secs_f64() * 1e3);
        }
        took.push(median(rounds));
    }
    let name = format!("GET /alerts with {LISTED} alerts");
    let here = took.first().copied().unwrap_or(f64::NAN);
    figure::print(&name, here, "ms", None, Reach::AtMost(LISTED_MS_MAX));
    if let Some(there) = took.get(1) {
        figure::print(&name, here, "ms", Some(("Alertmanager", here / there)), Reach::Nothing);
    }
    Ok(())
}

//! `cargo xtask bench host`: a real `pluginhost` with thousands of checks: how many scheduled runs a second it carries with
//! state and history kept, how late they start, what it holds in memory, how fast it starts, and whether checks that hang
//! delay the others; and what ten thousand objectives cost.

use std::time::Duration;

use anyhow::Result;
use tokio::time::{Instant, sleep};

#[path = "../../sandbox/benches/sandbox/figure.rs"]
mod figure;
#[path = "host/home.rs"]
mod home;
#[path = "host/node.rs"]
mod node;
#[path = "host/objectives.rs"]
mod objectives;
#[path = "shared/registry.rs"]
mod registry;
#[path = "host/scrape.rs"]
mod scrape;

use figure::{Reach, median};
use home::{Checks, Home};
use node::Node;
use scrape::Scrape;

const CHECKS: usize = 5_000;
/// Until a node that has just started runs evenly.
const SETTLE: Duration = Duration::from_secs(3);
const WINDOW: Duration = Duration::from_secs(8);
const LATENESS_MS_MAX: f64 = 10.0;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    for (interval, per_second) in [("250ms", 20_000.0), ("500ms", 10_000.0), ("1s", 5_000.0)] {
        throughput(interval, per_second).await?;
    }
    memory().await?;
    start().await?;
    hung().await?;
    objectives::measure().await
}

/// What a node did within a window.
struct Measured {
    did: Scrape,
    per_second: f64,
    cpu_us_a_run: f64,
}

async fn measure(node: &Node) -> Result<Measured> {
    sleep(SETTLE).await;
    let (before, cpu_before, began) = (node.scrape()?, node.cpu_seconds()?, Instant::now());
    sleep(WINDOW).await;
    let (did, cpu, took) = (node.scrape()?.since(&before), node.cpu_seconds()? - cpu_before, began.elapsed());
    let per_second = did.completed / took.as_secs_f64();
    let cpu_us_a_run = cpu * 1e6 / (did.completed + did.failed).max(1.0);
    Ok(Measured { did, per_second, cpu_us_a_run })
}

async fn throughput(interval: &'static str, per_second: f64) -> Result<()> {
    let home = Home::new(&[Checks::alike(CHECKS, interval)]).await?;
    let node = Node::start(&home).await?;
    let Measured { did, per_second: done, cpu_us_a_run } = measure(&node).await?;
    let wanted = format!("{per_second:.0} scheduled");
    let name = |what: &str| format!("{CHECKS} checks every {interval}: {what}");
    figure::print(&name("runs done"), done, "runs/s", Some((&wanted, done / per_second)), Reach::AtLeast(0.99));
    figure::print(&name("p99 start latency"), did.lateness_p99_ms(), "ms", None, Reach::AtMost(LATENESS_MS_MAX));
    figure::print(&name("runs left out"), did.skipped + did.shed, "runs", None, Reach::AtMost(0.0));
    figure::print(&name("history lost"), did.history_shed, "runs", None, Reach::AtMost(0.0));
    figure::print(&name("CPU time"), cpu_us_a_run, "us a run", None, Reach::Nothing);
    Ok(())
}

/// After every check has run: state, newest results and the first samples are there.
async fn memory() -> Result<()> {
    let home = Home::new(&[Checks::alike(CHECKS, "10s")]).await?;
    let node = Node::start(&home).await?;
    sleep(Duration::from_secs(15)).await;
    let ran = node.scrape()?.completed;
    let name = format!("resident with {CHECKS} checks every 10 s, after {ran:.0} runs");
    figure::print(&name, node.resident_mb()?, "MB", None, Reach::AtMost(64.0));
    Ok(())
}

/// From starting the program until a run has ended. Machine code is in the cache.
async fn start() -> Result<()> {
    const STARTS: usize = 7;
    let home = Home::new(&[Checks { plugins: 50, ..Checks::alike(50, "100ms") }]).await?;
    let mut took = Vec::new();
    for _ in 0..STARTS {
        let began = Instant::now();
        let node = Node::start(&home).await?;
        while node.scrape()?.completed < 1.0 {
            sleep(Duration::from_millis(1)).await;
        }
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    figure::print("start to first result, 50 plugins", median(took), "ms", None, Reach::AtMost(300.0));
    Ok(())
}

async fn hung() -> Result<()> {
    let good = Checks::alike(1_000, "500ms");
    let bad = Checks { prefix: "hung", count: 50, interval: "1s", hang: true, plugins: 1 };
    let mut lateness = Vec::new();
    for checks in [&[good][..], &[good, bad]] {
        let home = Home::new(checks).await?;
        let node = Node::start(&home).await?;
        let Measured { did, per_second, .. } = measure(&node).await?;
        lateness.push(did.lateness_p99_ms());
        if checks.len() == 2 {
            let name = "1,000 checks every 500 ms beside 50 that hang: runs done";
            figure::print(
                name,
                per_second,
                "runs/s",
                Some(("2,000 scheduled", per_second / 2_000.0)),
                Reach::AtLeast(0.99),
            );
        }
    }
    if let [without, with] = lateness[..] {
        let name = "1,000 checks every 500 ms beside 50 that hang: p99 start latency";
        figure::print(name, with, "ms", None, Reach::AtMost(LATENESS_MS_MAX));
        figure::print(name, with, "ms", Some(("without them", with / without)), Reach::Nothing);
    }
    Ok(())
}

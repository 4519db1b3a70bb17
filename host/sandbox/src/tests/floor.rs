//! The bench's floor runs, and the sandbox's price over it can be printed: `cargo test --release -- --ignored price`.

use std::sync::Arc;

use tokio::time::Instant;

use super::guests::{FINE, call, limits, load, run, sandbox};
use crate::ProbeInput;
use crate::bench::Floor;

fn input() -> ProbeInput {
    ProbeInput { check: "check".into(), labels: Arc::from([]), config: Arc::from("{}") }
}

#[tokio::test]
async fn the_floor_runs_the_same_component() {
    let plugin = load(&sandbox(None), FINE, limits()).await;
    Floor::new(&plugin, input()).unwrap().run().await.unwrap();
}

#[tokio::test]
#[ignore = "prints a figure; means something in a release build on a quiet machine"]
async fn price_over_the_floor() {
    let plugin = load(&sandbox(None), "(drop (call $now)) (call $ok)", limits()).await;
    let floor = Floor::new(&plugin, input()).unwrap();
    for round in 0..6 {
        let began = Instant::now();
        for _ in 0..20_000 {
            floor.run().await.unwrap();
        }
        let bare = began.elapsed() / 20_000;
        let began = Instant::now();
        for _ in 0..20_000 {
            assert!(run(&plugin, call(limits())).await.outcome.is_completed());
        }
        let ours = began.elapsed() / 20_000;
        println!("{round}: bare {bare:?}, sandbox {ours:?}, {:.2} x", ours.as_secs_f64() / bare.as_secs_f64());
    }
}

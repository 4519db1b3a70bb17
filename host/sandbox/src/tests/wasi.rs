//! Guests that import WASI, as those of other languages do.

use tocsin_core::run::RunOutcome;

use super::guests::{call, component, limits, package_for, run, sandbox};
use crate::Transcript;

/// Reads a clock and a random number through WASI.
const GUEST: &str = r#"(module
    (import "wasi:clocks/monotonic-clock@0.2.6" "now" (func $now (result i64)))
    (import "wasi:random/random@0.2.6" "get-random-u64" (func $random (result i64)))
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
    (func (export "tocsin:plugin/run-probe@0.1.0#run") (param i32 i32 i32 i32 i32 i32) (result i32)
        ;; The summary's length depends on both, so that a replay that is told something else is seen.
        (i32.store (i32.const 1032) (i32.const 8192))
        (i32.store (i32.const 1036) (i32.wrap_i64 (i64.rem_u (i64.add (call $now) (call $random)) (i64.const 1000))))
        (i32.const 1024)))"#;

const WIT: [&str; 3] = [
    "package wasi:clocks@0.2.6; interface monotonic-clock { now: func() -> u64; }",
    "package wasi:random@0.2.6; interface random { get-random-u64: func() -> u64; }",
    "package test:guest; world guest {
        import wasi:clocks/monotonic-clock@0.2.6;
        import wasi:random/random@0.2.6;
        export tocsin:plugin/run-probe@0.1.0;
    }",
];

#[tokio::test]
async fn clocks_and_random_numbers_of_wasi_are_recorded_and_replay() {
    let plugin = sandbox(None).load(&package_for("wasi", component(GUEST, &WIT), limits())).await.unwrap();
    let recorded = run(&plugin, call(limits())).await;
    assert_eq!(recorded.outcome, RunOutcome::Completed);
    assert_eq!(recorded.cost.host_calls, 2);
    let transcript = Transcript::decode(&recorded.transcript.encode()).unwrap();
    for _ in 0..3 {
        let replayed = plugin.replay(&transcript).await.unwrap();
        assert!(replayed.identical, "{replayed:?}");
    }
}

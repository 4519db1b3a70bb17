//! Guests that go too far.

use std::time::Duration;

use tocsin_core::limits::Limits;
use tocsin_core::run::{DeadlineLayer, RunOutcome};

use super::guests::{FINE, call, limits, load, module, package, run, sandbox};
use crate::{LoadError, LogLevel};

const LOOP: &str = "(loop (br 0)) unreachable";

#[tokio::test]
async fn a_fine_guest_completes_and_is_told_what_it_cost() {
    let plugin = load(&sandbox(None), FINE, limits()).await;
    let run = run(&plugin, call(limits())).await;
    assert_eq!(run.outcome, RunOutcome::Completed);
    assert_eq!(run.value.unwrap().summary, "fine");
    // Two pages, and the small table that the component's adapters share.
    assert_eq!(run.cost.memory_peak_bytes, 2 * 65_536 + 16);
    assert_eq!((run.cost.host_calls, run.state), (0, None));
    assert!(run.cost.wall_us > 0 && run.cost.cpu_us > 0);
}

/// Body, limits, and whether the outcome is the one that belongs to them.
type Case = (&'static str, String, Limits, fn(&RunOutcome) -> bool);

fn hostile() -> Vec<Case> {
    let quick = Limits { cpu: Duration::from_millis(30), ..limits() };
    let soon = Limits { deadline: Duration::from_millis(60), ..limits() };
    let talk = "(call $log (i32.const 4) (i32.const 48) (i32.const 17)) unreachable";
    let flood = "(loop (drop (call $now)) (br 0)) unreachable";
    let carry =
        "(loop (call $set (i32.const 32) (i32.const 3) (i32.const 0) (i32.const 40000) (i32.const 2048)) (br 0))
        unreachable";
    let grow = "(loop (drop (memory.grow (i32.const 1))) (br 0)) unreachable";
    let cpu = |it: &RunOutcome| matches!(it, RunOutcome::Deadline { layer: DeadlineLayer::Cpu, limit_ms: 30 });
    let wall = |it: &RunOutcome| matches!(it, RunOutcome::Deadline { layer: DeadlineLayer::Wall, limit_ms: 60 });
    let trap = |it: &RunOutcome| matches!(it, RunOutcome::Trap { message, frames } if message == "the guest gave up" && !frames.is_empty());
    let unreadable =
        |it: &RunOutcome| matches!(it, RunOutcome::GuestError { message } if message.contains("cannot be read"));
    let calls =
        |it: &RunOutcome| matches!(it, RunOutcome::GuestError { message } if message.contains("limits.host_calls"));
    let bytes =
        |it: &RunOutcome| matches!(it, RunOutcome::GuestError { message } if message.contains("limits.host_bytes"));
    vec![
        ("computes for ever", LOOP.to_owned(), quick, cpu),
        ("sleeps for ever", "(call $sleep (i32.const -1)) (call $ok)".to_owned(), soon, wall),
        ("computes past its deadline", LOOP.to_owned(), soon, wall),
        ("eats memory page by page", grow.to_owned(), limits(), |it| matches!(it, RunOutcome::Memory { .. })),
        ("eats memory at once", "(drop (memory.grow (i32.const 60000))) (call $ok)".to_owned(), limits(), |it| {
            matches!(it, RunOutcome::Memory { limit_bytes: 16_777_216 })
        }),
        ("reports an error and traps", talk.to_owned(), limits(), trap),
        ("floods host calls", flood.to_owned(), limits(), calls),
        ("carries too much", carry.to_owned(), Limits { host_bytes: 100_000, ..limits() }, bytes),
        ("returns broken UTF-8", "(call $answer (i32.const 80) (i32.const 9))".to_owned(), limits(), unreadable),
        (
            "returns more than its memory",
            "(call $answer (i32.const 0) (i32.const 100000000))".to_owned(),
            limits(),
            unreadable,
        ),
        (
            "returns more than it may",
            "(call $answer (i32.const 1040) (i32.const 2000))".to_owned(),
            Limits { host_bytes: 1_000, ..limits() },
            unreadable,
        ),
    ]
}

#[tokio::test]
async fn every_hostile_guest_ends_with_its_own_outcome_and_the_next_call_is_healthy() {
    let sandbox = sandbox(None);
    let fine = load(&sandbox, FINE, limits()).await;
    for (name, body, limits, is_right) in hostile() {
        let plugin = load(&sandbox, &body, limits).await;
        let ended = run(&plugin, call(limits)).await;
        assert!(is_right(&ended.outcome), "a guest that {name}: {:?}", ended.outcome);
        assert!(ended.value.is_none(), "a guest that {name}");
        let next = run(&fine, call(limits)).await;
        assert_eq!(next.outcome, RunOutcome::Completed, "after a guest that {name}");
        assert_eq!(sandbox.stats().pools[0].in_flight, 0, "after a guest that {name}");
    }
}

#[tokio::test]
async fn waiting_costs_no_cpu_however_many_ticks_pass() {
    let tight = Limits { cpu: Duration::from_millis(20), ..limits() };
    let plugin = load(&sandbox(None), "(call $sleep (i32.const 100)) (call $ok)", tight).await;
    let run = run(&plugin, call(tight)).await;
    assert_eq!(run.outcome, RunOutcome::Completed);
    assert!(run.cost.wall_us >= 100_000, "{:?}", run.cost);
}

#[tokio::test]
async fn a_cancelled_run_ends_whether_it_computes_or_waits() {
    let sandbox = sandbox(None);
    for body in [LOOP, "(call $sleep (i32.const -1)) (call $ok)"] {
        let plugin = load(&sandbox, body, Limits { cpu: Duration::from_secs(10), ..limits() }).await;
        let call = call(Limits { cpu: Duration::from_secs(10), ..limits() });
        let cancel = call.cancel.clone();
        let (ended, ()) = tokio::join!(run(&plugin, call), async {
            tokio::task::yield_now().await;
            cancel.cancel();
        });
        assert_eq!(ended.outcome, RunOutcome::Cancelled, "{body}");
    }
}

#[tokio::test]
async fn a_full_pool_makes_runs_wait_and_then_saturated() {
    let sandbox = sandbox(None);
    let plugin = load(&sandbox, "(call $sleep (i32.const -1)) (call $ok)", limits()).await;
    let short = Limits { deadline: Duration::from_millis(40), ..limits() };
    let long = Limits { deadline: Duration::from_millis(300), ..limits() };
    let (first, second, third) =
        tokio::join!(run(&plugin, call(long)), run(&plugin, call(long)), run(&plugin, call(short)));
    let wall = RunOutcome::Deadline { layer: DeadlineLayer::Wall, limit_ms: 300 };
    assert_eq!((first.outcome, second.outcome, third.outcome), (wall.clone(), wall, RunOutcome::Saturated));
    assert_eq!(sandbox.stats().saturated, 1);
}

#[tokio::test]
async fn state_is_written_only_by_a_completed_run() {
    let sandbox = sandbox(None);
    let set = "(call $set (i32.const 32) (i32.const 3) (i32.const 16) (i32.const 4) (i32.const 2048))";
    let kept = run(&load(&sandbox, &format!("{set} (call $ok)"), limits()).await, call(limits())).await;
    assert_eq!(kept.state.unwrap().get("key").map(Vec::as_slice), Some(&b"fine"[..]));
    let lost = run(&load(&sandbox, &format!("{set} unreachable"), limits()).await, call(limits())).await;
    assert!(matches!(lost.outcome, RunOutcome::Trap { .. }));
    assert_eq!(lost.state, None);
}

#[tokio::test]
async fn a_refused_host_call_makes_the_run_denied_whatever_it_returns() {
    let set = "(call $set (i32.const 32) (i32.const 3) (i32.const 16) (i32.const 4) (i32.const 2048)) (call $ok)";
    let plugin = load(&sandbox(None), set, limits()).await;
    let mut call = call(limits());
    call.rights = std::sync::Arc::default();
    let run = run(&plugin, call).await;
    assert!(
        matches!(&run.outcome, RunOutcome::Denied { capability, .. } if capability == "state"),
        "{:?}",
        run.outcome
    );
    assert_eq!(run.state, None);
    assert_eq!(run.value.unwrap().summary, "fine");
}

#[tokio::test]
async fn a_trap_in_start_is_found_when_the_plugin_is_loaded() {
    let rest = format!(
        "(func $start unreachable) (start $start)
         (func (export \"tocsin:plugin/run-probe@0.1.0#run\") (param i32 i32 i32 i32 i32 i32) (result i32) {FINE})"
    );
    let error = sandbox(None).load(&package(module(&rest), limits())).await.unwrap_err();
    assert!(matches!(&error, LoadError::SelfTest { outcome: RunOutcome::Trap { .. }, .. }), "{error}");
}

#[tokio::test]
async fn what_the_manifest_does_not_ask_for_is_not_linked() {
    let mut package = package(super::guests::probe(FINE), limits());
    package.manifest.capabilities.state = false;
    let error = sandbox(None).load(&package).await.unwrap_err();
    assert!(matches!(error, LoadError::Link { .. }), "{error}");
}

#[tokio::test]
async fn a_guest_that_needs_more_memory_lives_in_the_large_pool() {
    let sandbox = sandbox(None);
    let large = Limits { memory_bytes: 48 * 1024 * 1024, ..limits() };
    assert_eq!(sandbox.stats().pools.len(), 1);
    let plugin = load(&sandbox, "(drop (memory.grow (i32.const 500))) (call $ok)", large).await;
    assert_eq!(sandbox.stats().pools.len(), 2);
    let run = run(&plugin, call(large)).await;
    assert_eq!((run.outcome, run.cost.memory_peak_bytes), (RunOutcome::Completed, 502 * 65_536 + 16));
}

#[tokio::test]
async fn a_log_beyond_its_bound_is_counted() {
    let body = "(local $i i32)
        (loop (call $log (i32.const 2) (i32.const 48) (i32.const 17))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br_if 0 (i32.lt_u (local.get $i) (i32.const 1000))))
        (call $ok)";
    let plugin = load(&sandbox(None), body, limits()).await;
    let run = run(&plugin, call(Limits { log_bytes: 100, ..limits() })).await;
    assert_eq!(run.outcome, RunOutcome::Completed);
    let last = run.log.last().unwrap();
    assert_eq!((run.log.len(), last.level), (4, LogLevel::Warn));
    assert!(last.message.starts_with("997 more lines"), "{}", last.message);
}

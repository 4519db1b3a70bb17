//! Transcripts: kept, read again, replayed.

use tocsin_core::limits::Limits;
use tocsin_core::run::RunOutcome;

use super::guests::{FINE, call, limits, load, run, sandbox};
use crate::{ReplayError, Transcript};

#[tokio::test]
async fn runs_replay_byte_for_byte_from_their_bytes() {
    let sandbox = sandbox(None);
    let gives_up = "(i32.store (i32.const 1024) (i32.const 1)) (i32.store (i32.const 1028) (i32.const 48))
        (i32.store (i32.const 1032) (i32.const 17)) (i32.const 1024)";
    let bodies = [
        ("completes", "(call $sleep (i32.const 1)) (call $told)"),
        ("fails", gives_up),
        ("traps", "(drop (call $now)) (call $log (i32.const 4) (i32.const 48) (i32.const 17)) unreachable"),
        ("runs out of memory", "(drop (call $now)) (drop (memory.grow (i32.const 60000))) (call $ok)"),
        ("asks too often", "(loop (drop (call $now)) (br 0)) unreachable"),
    ];
    for (name, body) in bodies {
        let plugin = load(&sandbox, body, limits()).await;
        let recorded = run(&plugin, call(limits())).await;
        let transcript = Transcript::decode(&recorded.transcript.encode()).unwrap();
        assert_eq!(transcript, recorded.transcript, "a run that {name}");
        let replayed = plugin.replay(&transcript).await.unwrap();
        assert!(replayed.identical, "a run that {name}: {replayed:?}");
        assert_eq!(replayed.outcome, recorded.outcome, "a run that {name}");
        assert_eq!(replayed.value, recorded.value.map(|value| serde_json::to_value(value).unwrap()));
    }
}

#[tokio::test]
async fn a_replay_sees_the_recorded_time_and_not_the_clock() {
    let plugin = load(&sandbox(None), "(call $told)", limits()).await;
    let recorded = run(&plugin, call(limits())).await;
    assert_eq!(recorded.value.unwrap().summary.len(), 123);
    let json = recorded.transcript.to_json();
    assert_eq!(json["calls"][0]["clock.now"]["answer"], 43_200_123);
    assert_eq!(json["returned"]["ok"]["status"], "ok");
}

#[tokio::test]
async fn a_guest_that_asks_something_else_is_named_with_both_sides() {
    let sandbox = sandbox(None);
    let slept = run(&load(&sandbox, "(call $sleep (i32.const 1)) (call $ok)", limits()).await, call(limits())).await;
    let mut other = slept.transcript.clone();
    let plugin = load(&sandbox, "(drop (call $now)) (call $ok)", limits()).await;
    other.head.digest = Some(plugin.digest().clone());
    let replayed = plugin.replay(&other).await.unwrap();
    let divergence = replayed.divergence.unwrap();
    assert!(!replayed.identical);
    assert_eq!((divergence.index, divergence.recorded.as_str()), (0, "clock.sleep-ms 1"));
    assert_eq!(divergence.asked, "clock.now null");

    let silent = load(&sandbox, FINE, limits()).await;
    other.head.digest = Some(silent.digest().clone());
    let replayed = silent.replay(&other).await.unwrap();
    assert_eq!(replayed.divergence.unwrap().asked, "nothing more");
}

#[tokio::test]
async fn a_transcript_of_another_component_or_of_a_deadline_is_refused() {
    let sandbox = sandbox(None);
    let (fine, told) = (load(&sandbox, FINE, limits()).await, load(&sandbox, "(call $told)", limits()).await);
    let recorded = run(&told, call(limits())).await;
    assert!(matches!(fine.replay(&recorded.transcript).await, Err(ReplayError::OtherComponent { .. })));
    let short = Limits { deadline: std::time::Duration::from_millis(20), ..limits() };
    let late = run(&load(&sandbox, "(call $sleep (i32.const -1)) (call $ok)", short).await, call(short)).await;
    assert!(matches!(late.outcome, RunOutcome::Deadline { .. }));
    assert!(late.transcript.replayable().is_err());
}

#[tokio::test]
async fn damaged_bytes_are_no_transcript() {
    let plugin = load(&sandbox(None), FINE, limits()).await;
    let bytes = run(&plugin, call(limits())).await.transcript.encode();
    for end in 0..bytes.len() {
        assert!(Transcript::decode(&bytes[..end]).is_err(), "the first {end} bytes");
    }
}

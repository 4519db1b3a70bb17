//! Guests that misbehave, on a real node: each is ended within its bound, its outcome says how, its target's status is
//! never blamed, and the next call is healthy.

use serde_json::Value;
use tocsin_tests::{Home, Node, guest, record};

/// What a guest does, how its run must end, and a part of the sentence that says so.
const CASES: &[(&str, &str, &str)] = &[
    ("loop", "deadline", "computed for longer than its CPU budget of 1000 ms"),
    ("sleep", "deadline", "not done within its deadline of 5000 ms"),
    ("one-big-allocation", "memory", "more than its memory limit of 268435456 bytes"),
    ("many-small-allocations", "memory", "more than its memory limit of 268435456 bytes"),
    ("flood-host-calls", "guest-error", "made more host calls than its limit of 200"),
    ("return-100mb", "guest-error", "passed or returned what cannot be read"),
    ("broken-utf8", "guest-error", "passed or returned what cannot be read"),
    ("panic", "trap", "as it was told to"),
    ("deep-recursion", "trap", ""),
    ("error", "guest-error", "it cannot do its work"),
    ("fill-state", "guest-error", ""),
];

/// What a guest returns that cannot be kept, and a part of the sentence that says so. The run itself completes.
const PROBLEMS: &[(&str, &str)] =
    &[("nan", "not a finite number"), ("ten-thousand-labels", "10000 labels; at most 32 are allowed")];

fn check(act: &str) -> String {
    format!("  - {{name: {act}, plugin: hostile, interval: 1h, config: {{act: {act}}}}}\n")
}

fn checks() -> String {
    let acts = CASES.iter().map(|(act, ..)| *act).chain(PROBLEMS.iter().map(|(act, _)| *act));
    let acts = acts.chain(["ok", "control-characters", "flood-log"]);
    acts.map(check).fold("checks:\n".to_owned(), |checks, check| checks + &check)
}

fn is_healthy(node: &Node<'_>) -> bool {
    let run = node.run_check("ok");
    run["outcome"]["kind"] == "completed" && run["observation"]["status"] == "ok"
}

fn cost(run: &Value, of: &str) -> u64 {
    run["cost"][of].as_u64().unwrap_or_else(|| panic!("a run has a cost: {run}"))
}

#[test]
fn a_guest_that_misbehaves_is_ended_within_its_bound_and_the_next_call_is_healthy() {
    let home = Home::new();
    let node = home.start_with(&[guest("hostile")], &checks());
    for (act, kind, message) in CASES {
        let said = node.pluginctl(&["run-check", act]);
        let run = node.run_check(act);
        assert_eq!(run["outcome"]["kind"], *kind, "{act}: {run:#}");
        let sentence = run["outcome"]["message"].as_str().unwrap();
        assert!(sentence.contains(message), "{act}: {sentence}");
        assert!(cost(&run, "wall_us") < 8_000_000, "{act} was ended late: {run:#}");
        assert!(cost(&run, "memory_peak_bytes") <= 256 << 20, "{act} got more memory than its limit: {run:#}");
        assert!(is_healthy(&node), "after {act} the next call is not healthy");
        let status = node.check(act)["status"].clone();
        assert_eq!(status, "unknown", "{act}: a plugin's failure is never its target's");
        record(&format!("Guest: {}", act.replace('-', " ")), &[&said]);
    }
}

#[test]
fn what_a_guest_returns_and_cannot_be_kept_is_named_and_the_rest_is_kept() {
    let home = Home::new();
    let node = home.start_with(&[guest("hostile")], &checks());
    for (act, problem) in PROBLEMS {
        let said = node.pluginctl(&["run-check", act]).expect_code(0).expect_text(&[problem]);
        let run = node.run_check(act);
        assert_eq!(run["outcome"]["kind"], "completed", "{act}: {run:#}");
        assert_eq!(run["observation"]["status"], "ok", "the status survives: {run:#}");
        assert!(run["observation"]["metrics"].as_array().is_none_or(Vec::is_empty), "{run:#}");
        record(&format!("Guest: returns {}", act.replace('-', " ")), &[&said]);
    }
    let run = node.run_check("control-characters");
    let summary = run["observation"]["summary"].as_str().unwrap();
    assert!(!summary.contains(char::is_control), "{summary:?}");
}

#[test]
fn a_plugin_that_keeps_failing_rests_and_the_others_run_on() {
    let home = Home::new();
    let checks = "checks:\n  - {name: bad, plugin: hostile, interval: 100ms, config: {act: panic}}\n  \
                  - {name: good, plugin: hostile, interval: 100ms, config: {act: count}}\n";
    let node = home.start_with(&[guest("hostile")], checks);
    let paused = tocsin_tests::wait_for("the failing check rests", || {
        let check = node.check("bad");
        (!check["paused"].is_null()).then_some(check)
    });
    assert!(paused["paused"]["faults"].as_u64().unwrap() >= 2, "{paused:#}");
    let count = |node: &Node<'_>| node.check("good")["observation"]["metrics"][0]["value"].as_f64().unwrap_or(0.0);
    let before = count(&node);
    tocsin_tests::wait_for("the good check runs on", || (count(&node) > before + 2.0).then_some(()));
}

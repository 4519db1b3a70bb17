//! A wall clock that is set while the node runs: back and forwards, by a second and by a day. The node runs in this
//! process, since nobody lets a test set the machine's clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use pluginhost::app::{App, Drained, Running, Settings};
use pluginhost::clock::SystemClock;
use serde_json::{Value, json};
use tocsin_core::time::Timestamp;
use tocsin_sandbox::WallClock;
use tocsin_tests::{Home, Sink, guest, record, wait_for};
use tokio::runtime::Runtime;

const CHECK: &str = "checks:\n  - {name: one, plugin: hostile, interval: 100ms, config: {act: count}}\n  \
                     - {name: two, plugin: hostile, interval: 1h, config: {act: ok}}\n";
const INTERVAL_MS: i64 = 100;
/// No longer than an interval and a second without a run.
const SILENCE_MAX_MS: i64 = INTERVAL_MS + 1_000;
const RUNS_WATCHED: i64 = 20;

/// The machine's clock, set wrong by this much.
#[derive(Clone, Default)]
struct SetClock {
    wrong_by_ms: Arc<AtomicI64>,
}

impl SetClock {
    fn set(&self, by_ms: i64) {
        self.wrong_by_ms.fetch_add(by_ms, Ordering::SeqCst);
    }
}

impl WallClock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().as_millis() + self.wrong_by_ms.load(Ordering::SeqCst))
    }
}

/// The check as the node shows it.
fn check(url: &str) -> Value {
    let mut response = ureq::get(format!("{url}/api/v1/checks/one")).call().unwrap();
    serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap()
}

/// How often it has run, as it keeps it in its own state.
fn count(url: &str) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a count is a whole number")]
    let count = check(url)["observation"]["metrics"][0]["value"].as_f64().unwrap_or(0.0) as i64;
    count
}

/// Watches a score of runs: neither faster than the schedule (but for one made up for, and one that was on its way) nor
/// silent.
fn assert_steady(url: &str, what: &str) {
    let now = || SystemClock.now().as_millis();
    let (begun_at, begun) = (now(), count(url));
    let (mut heard_at, mut heard) = (begun_at, begun);
    wait_for(&format!("{what}: the check runs on"), || {
        let (at, runs) = (now(), count(url));
        if runs == heard {
            assert!(at - heard_at <= SILENCE_MAX_MS, "{what}: no run for {} ms", at - heard_at);
        } else {
            (heard_at, heard) = (at, runs);
        }
        assert!(heard >= begun, "{what}: the count went back from {begun} to {heard}");
        let scheduled = (at - begun_at) / INTERVAL_MS;
        assert!(heard - begun <= scheduled + 2, "{what}: {} runs where {scheduled} were planned", heard - begun);
        (heard - begun >= RUNS_WATCHED).then_some(())
    });
    wait_for(&format!("{what}: the check is ok"), || (check(url)["status"] == "ok").then_some(()));
}

/// The node in this process, with a clock that can be set.
fn start(home: &Home) -> (Runtime, Running, SetClock) {
    let settings = Settings {
        config: home.path("tocsin.yaml"),
        listen: Some(([127, 0, 0, 1], 0).into()),
        data: Some(home.path("data")),
    };
    let clock = SetClock::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let running = runtime.block_on(App::build(settings, Arc::new(clock.clone()))).unwrap();
    let running = runtime.block_on(async { running.spawn() }).unwrap();
    (runtime, running, clock)
}

#[test]
fn a_clock_that_is_set_neither_silences_a_check_nor_makes_a_burst_of_it() {
    let home = Home::new();
    // Installs the plugin and leaves the data folder behind.
    assert!(home.start_with(&[guest("hostile")], CHECK).stop().success());
    let (runtime, running, clock) = start(&home);
    let url = format!("http://{}", running.address());
    let begun = count(&url);
    wait_for("the check runs", || (count(&url) > begun + 3).then_some(()));
    assert_steady(&url, "at first");

    let (second, day) = (1_000, 86_400_000);
    let mut said = Vec::new();
    for (what, by_ms) in [
        ("a day back", -day),
        ("a second back", -second),
        ("a second forwards", second),
        ("a day forwards", day),
        ("30 days forwards", 30 * day),
        ("60 days back", -60 * day),
    ] {
        clock.set(by_ms);
        assert_steady(&url, what);
        if by_ms == -day {
            said.push(home.pluginctl(&["--url", &url, "run-check", "two"]).expect_code(0));
        }
    }
    record("Clock set back a day", &said.iter().collect::<Vec<_>>());
    assert_eq!(runtime.block_on(running.drain(Duration::from_secs(10))), Drained::Whole);
}

#[test]
fn a_clock_that_is_set_back_a_day_delays_no_notification() {
    let (home, sink) = (Home::new(), Sink::start());
    let route = json!({"receiver": "sink", "group_by": ["job"], "group_wait": "200ms", "group_interval": "2s"});
    let receiver = json!({"name": "sink", "webhook_configs": [{"url": sink.url()}]});
    home.write("alertmanager.yml", json!({"route": route, "receivers": [receiver]}).to_string());
    home.write("tocsin.yaml", "node: {name: test}\nalerting: {config: alertmanager.yml}\n");
    let (runtime, running, clock) = start(&home);
    let url = format!("http://{}", running.address());
    let token = std::fs::read_to_string(home.path("data/admin.token")).unwrap();
    let post = |name: &str| {
        let alerts = json!([{"labels": {"alertname": name, "job": "x"}}]).to_string();
        let request = ureq::post(format!("{url}/alertmanager/api/v2/alerts"));
        let request = request.header("authorization", format!("Bearer {}", token.trim()));
        request.header("content-type", "application/json").send(&alerts).unwrap();
    };
    let told = |name: &str| sink.asked().iter().filter(|asked| asked.body.contains(name)).count();
    post("Before");
    wait_for("the first is told", || (told("Before") == 1).then_some(()));
    clock.set(-86_400_000);
    post("After");
    wait_for("the next is told at its group's next look, not a day later", || (told("After") == 1).then_some(()));
    assert_eq!(runtime.block_on(running.drain(Duration::from_secs(10))), Drained::Whole);
}

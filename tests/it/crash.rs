//! The power goes, again and again, in the middle of a flood of alerts and checks: every alert that the node said it had
//! taken is told in the end, and what is told twice carries the same key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tocsin_tests::{Home, Seeded, Sink, clock, guest, wait_for, wait_until};

/// What competes with the flood for the node's one writer.
const CHECKS: &str = "checks:\n  - {name: one, plugin: hostile, interval: 100ms, config: {act: count}}\n  \
                      - {name: two, plugin: hostile, interval: 150ms, config: {act: error}}\n";
/// A node dies this long after it was ready, at the latest.
const LIFE_MS_MAX: usize = 250;
/// What a life brings in at most: a quick machine must not drown in what it then has to send.
const BATCHES_MAX: usize = 20;
const BATCH_MAX: usize = 5;

/// Alerts, each of which is to be told alone and once.
struct Flood {
    url: String,
    token: String,
    seeded: Seeded,
    next: u64,
    /// Answered with success: what was promised.
    accepted: Vec<u64>,
}

impl Flood {
    /// Posts until the node is gone.
    fn pour(&mut self, is_over: &AtomicBool) {
        for _ in 0..BATCHES_MAX {
            if is_over.load(Ordering::SeqCst) {
                return;
            }
            let size = u64::try_from(1 + self.seeded.below(BATCH_MAX)).unwrap();
            let numbers: Vec<u64> = (self.next..self.next + size).collect();
            self.next += size;
            if self.post(&numbers) {
                self.accepted.extend(numbers);
            }
        }
    }

    fn post(&self, numbers: &[u64]) -> bool {
        let alert = |number: &u64| {
            let labels = json!({"alertname": "Flood", "flood": number.to_string()});
            json!({"labels": labels, "endsAt": "2099-01-01T00:00:00Z"})
        };
        let body = Value::from_iter(numbers.iter().map(alert)).to_string();
        let request = ureq::post(format!("{}/alertmanager/api/v2/alerts", self.url));
        let request = request.header("authorization", format!("Bearer {}", self.token));
        request.header("content-type", "application/json").send(&body).is_ok()
    }
}

/// The keys under which each alert was told, and how many messages told of one.
fn told(sink: &Sink) -> (BTreeMap<u64, BTreeSet<String>>, usize) {
    let (mut keys, mut messages) = (BTreeMap::<u64, BTreeSet<String>>::new(), 0);
    for asked in sink.asked() {
        // A node that was killed while it spoke has said nothing.
        let Ok(body) = serde_json::from_str::<Value>(&asked.body) else { continue };
        let alerts = body["alerts"].as_array().expect("a message lists its alerts");
        let numbers = alerts.iter().filter_map(|alert| alert["labels"]["flood"].as_str()?.parse().ok());
        for number in numbers {
            let key = asked.header("idempotency-key").expect("every notification has its key").to_owned();
            keys.entry(number).or_default().insert(key);
            messages += 1;
        }
    }
    (keys, messages)
}

fn crash(seed: u64, times: usize) {
    let (home, sink) = (Home::new(), Sink::start());
    let route = json!({
        "receiver": "sink", "group_by": ["..."], "group_wait": "0s", "group_interval": "1h", "repeat_interval": "24h",
    });
    let receiver = json!({"name": "sink", "webhook_configs": [{"url": sink.url()}]});
    home.write("alertmanager.yml", json!({"route": route, "receivers": [receiver]}).to_string());
    let settings = std::fs::read_to_string(home.path("tocsin.yaml")).unwrap();
    home.write("tocsin.yaml", settings + "alerting:\n  config: alertmanager.yml\n");
    home.start_with(&[guest("hostile")], CHECKS).kill();
    let token = std::fs::read_to_string(home.path("data/admin.token")).expect("the node made its token");
    let (token, seeded) = (token.trim().to_owned(), Seeded::new(seed));
    let mut flood = Flood { url: String::new(), token, seeded, next: 0, accepted: Vec::new() };
    for _ in 0..times {
        let node = home.start();
        flood.url.clone_from(&node.url);
        let life = Duration::from_millis(u64::try_from(flood.seeded.below(LIFE_MS_MAX)).unwrap());
        let dies_at = clock() + life;
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| flood.pour(&is_over));
            wait_until(dies_at);
            node.kill();
            is_over.store(true, Ordering::SeqCst);
        });
    }
    assert!(flood.accepted.len() > times, "only {} alerts were taken in {times} lives", flood.accepted.len());

    let _node = home.start();
    // As long as more comes, it may take its time.
    let mut before = usize::MAX;
    while sink.count() != before {
        before = sink.count();
        let (keys, _) = told(&sink);
        if flood.accepted.iter().all(|number| keys.contains_key(number)) {
            break;
        }
        wait_for("something more was told", || (sink.count() > before).then_some(()));
    }
    let (keys, messages) = told(&sink);
    let lost: Vec<_> = flood.accepted.iter().filter(|number| !keys.contains_key(number)).collect();
    assert!(lost.is_empty(), "{} of {} accepted alerts were never told: {lost:?}", lost.len(), flood.accepted.len());
    let changed: Vec<_> = keys.iter().filter(|(_, keys)| keys.len() > 1).collect();
    assert!(changed.is_empty(), "the same was told under different keys: {changed:?}");
    #[expect(clippy::print_stderr, reason = "the figures are what the test is run for")]
    {
        eprintln!(
            "killed {times} times: {} alerts were taken, {} told, {} of them again under the same key",
            flood.accepted.len(),
            keys.len(),
            messages - keys.len(),
        );
    }
}

#[test]
fn what_was_taken_is_told_although_the_power_goes() {
    crash(1, 10);
}

#[test]
#[ignore = "takes minutes: `cargo xtask test --long`"]
fn what_was_taken_is_told_although_the_power_goes_two_hundred_times() {
    crash(2, 200);
}

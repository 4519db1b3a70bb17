//! Alerts that are posted to a real node: more of them than it keeps, and to a receiver that is a plugin.

use serde_json::{Value, json};
use tocsin_tests::{Answer, Asked, Home, Node, Reply, Sink, guest, wait_for};

const KEPT_MAX: usize = 500;
const POSTED: usize = 3_000;
const BATCH: usize = 250;

/// A home whose node tells one receiver at once, each `alertname` alone.
fn home(receiver: &Value, own: &str) -> Home {
    let home = Home::new();
    let route = json!({"receiver": "sink", "group_by": ["alertname"], "group_wait": "500ms", "group_interval": "1s"});
    home.write("alertmanager.yml", json!({"route": route, "receivers": [receiver]}).to_string());
    let settings = std::fs::read_to_string(home.path("tocsin.yaml")).unwrap();
    home.write("tocsin.yaml", settings + own);
    home
}

/// Posts alerts of this name and these numbers; the status and what was said.
fn post(home: &Home, node: &Node<'_>, name: &str, numbers: std::ops::Range<usize>) -> (u16, String) {
    let token = std::fs::read_to_string(home.path("data/admin.token")).expect("the node made its token");
    let alert = |n: usize| json!({"labels": {"alertname": name, "n": n.to_string()}, "endsAt": "2099-01-01T00:00:00Z"});
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = agent.post(format!("{}/alertmanager/api/v2/alerts", node.url));
    let request = request.header("authorization", format!("Bearer {}", token.trim()));
    let answer =
        request.header("content-type", "application/json").send(Value::from_iter(numbers.map(alert)).to_string());
    let mut answer = answer.expect("the node answers");
    (answer.status().as_u16(), answer.body_mut().read_to_string().expect("an answer is text"))
}

fn told_of(sink: &Sink, words: &str) -> Vec<Asked> {
    sink.asked().into_iter().filter(|asked| asked.body.contains(words)).collect()
}

#[test]
fn a_flood_of_more_alerts_than_are_kept_is_bounded_counted_and_told() {
    let sink = Sink::start();
    let receiver = json!({"name": "sink", "webhook_configs": [{"url": sink.url()}]});
    let home = home(&receiver, &format!("alerting: {{config: alertmanager.yml, alerts_max: {KEPT_MAX}}}\n"));
    let node = home.start();
    let mut refused = 0;
    for first in (0..POSTED).step_by(BATCH) {
        let (status, said) = post(&home, &node, "Flood", first..first + BATCH);
        if first + BATCH <= KEPT_MAX {
            assert_eq!((status, said.as_str()), (200, ""), "there is room");
        } else {
            assert_eq!(status, 503, "{said}");
            assert!(said.contains("250 of 250 alerts were not taken: 500 are kept already"), "{said}");
            refused += BATCH;
        }
    }
    let (status, said) = post(&home, &node, "Flood", 0..BATCH);
    assert_eq!((status, said.as_str()), (200, ""), "what is known already may be said again");

    let kept = node.get("/alertmanager/api/v2/alerts").as_array().map(Vec::len).expect("a list");
    assert_eq!(kept, KEPT_MAX + 1, "as many as may be, and the alert about it");
    let metrics = node.text("/metrics");
    for line in [
        format!("tocsin_alerts_overflow_total {refused}"),
        format!("tocsin_alerts_received_total{{status=\"firing\"}} {}", KEPT_MAX + BATCH),
    ] {
        assert!(metrics.lines().any(|is| is == line), "{line} is missing in\n{metrics}");
    }
    let told = wait_for("the overflow is told", || told_of(&sink, "AlertFlood").into_iter().next());
    assert!(told.body.contains("Refused since the start, by alertname: Flood: "), "{}", told.body);
    let shown = node.pluginctl(&["why", "alertname=AlertFlood"]).expect_code(0);
    let _told = shown.expect_text(&["AlertFlood: firing since", "sink (webhook)", "takes it, for sink"]);
}

#[test]
fn a_plugin_tells_and_is_asked_again_until_it_says_that_it_did() {
    let sink = Sink::start();
    sink.then(Reply::Answer(Answer::new(503, "not now")));
    let home = home(&json!({"name": "sink"}), "");
    let node = home.start_with(&[guest("notifier")], "checks: []\n");
    let settings = std::fs::read_to_string(home.path("tocsin.yaml")).unwrap();
    let notifier = json!({"plugin": "notifier", "config": {"url": sink.url()}});
    let receivers = json!({"sink": {"notifiers": [notifier]}});
    home.write("tocsin.yaml", format!("{settings}alerting: {{config: alertmanager.yml}}\nreceivers: {receivers}\n"));
    let _reloaded = node.pluginctl(&["reload"]).expect_code(0);

    assert_eq!(post(&home, &node, "Down", 0..1).0, 200);
    let asked = wait_for("the plugin was called again", || (sink.count() > 1).then(|| sink.asked()));
    let key = |asked: &Asked| asked.header("idempotency-key").expect("every attempt has its key").to_owned();
    assert_eq!(key(&asked[0]), key(&asked[1]), "one notification");
    assert!(asked[0].body.contains("Down") && asked[0].body.contains(" to sink: "), "{}", asked[0].body);
    wait_for("it is told", || {
        let said = node.pluginctl(&["why", "alertname=Down"]).expect_code(0);
        said.all().contains("sink (notifier) is not told now: all of this was told already").then_some(())
    });
    assert_eq!(sink.count(), 2, "and not told again");
}

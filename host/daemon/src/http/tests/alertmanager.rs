//! Alertmanager's API, against a state that is real and a pipeline that keeps nothing.

use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tocsin_core::config::{Catalog, Defaults, Files, Source, compile};
use tocsin_core::pipeline::Event;

use super::fake::{Fixture, LOCAL, OPEN, TOKENS};
use super::{Reply, get, request, send};

const FILE: &str = r#"
route:
  receiver: all
  group_by: [alertname]
  routes:
    - {receiver: web, matchers: ['team="web"'], continue: true}
    - {receiver: night, matchers: ['team="web"'], mute_time_intervals: [always]}
receivers: [{name: all}, {name: web}, {name: night}]
time_intervals: [{name: always, time_intervals: [{}]}]
inhibit_rules:
  - {source_matchers: ['severity="critical"'], target_matchers: ['severity="warning"'], equal: [site]}
"#;

/// A node with this file in force.
pub(super) async fn fixture(listen: &str) -> Fixture {
    let fixture = Fixture::new(listen);
    let source = |name: &str, text: &str| Source { name: name.into(), folder: PathBuf::new(), text: text.into() };
    let files = Files {
        own: vec![source("tocsin.yaml", "node: {name: test}\nalerting: {config: alertmanager.yml}\n")],
        alertmanager: Some(Ok(source("alertmanager.yml", FILE))),
        templates: Vec::new(),
        slos: Vec::new(),
    };
    let defaults = Defaults { node: "test".into(), data: "data".into() };
    let config = compile(&files, &Catalog::default(), &defaults).unwrap_or_else(|errors| panic!("{errors}"));
    fixture.alerts.commit(vec![Event::Configured(Arc::new(config))]).await.expect("it is taken");
    fixture
}

pub(super) async fn post(fixture: &Fixture, path: &str, body: &Value) -> Reply {
    let request = request(Method::POST, path, TOKENS[1].2).body(Body::from(body.to_string()));
    send(&fixture.router, request.expect("a request")).await
}

async fn delete(fixture: &Fixture, path: &str) -> Reply {
    send(&fixture.router, request(Method::DELETE, path, TOKENS[1].2).body(Body::empty()).expect("a request")).await
}

const ALERTS: &str = "/alertmanager/api/v2/alerts";
const SILENCES: &str = "/alertmanager/api/v2/silences";

pub(super) fn alert(labels: Value) -> Value {
    json!({"labels": labels, "annotations": {"summary": "it is down"}, "generatorURL": "http://prometheus/graph"})
}

/// Of the alerts that a path lists, the values of a label.
async fn listed(fixture: &Fixture, query: &str, label: &str) -> Vec<String> {
    let reply = get(&fixture.router, &format!("{ALERTS}{query}")).await;
    assert_eq!(reply.status, StatusCode::OK, "{query}: {}", String::from_utf8_lossy(&reply.body));
    let alerts = reply.json().as_array().expect("an array").clone();
    let mut values: Vec<String> =
        alerts.iter().map(|alert| alert["labels"][label].as_str().unwrap_or_default().to_owned()).collect();
    values.sort();
    values
}

async fn three(fixture: &Fixture) {
    let reply = post(
        fixture,
        ALERTS,
        &json!([
            alert(json!({"alertname": "Down", "n": "1", "team": "web", "severity": "critical", "site": "x"})),
            alert(json!({"alertname": "Slow", "n": "2", "team": "web", "severity": "warning", "site": "x"})),
            alert(json!({"alertname": "Slow", "n": "3", "severity": "warning", "site": "y"})),
        ]),
    )
    .await;
    assert_eq!((reply.status, reply.body.len()), (StatusCode::OK, 0), "{}", String::from_utf8_lossy(&reply.body));
}

#[tokio::test]
async fn a_posted_alert_is_shown_with_every_field_that_alertmanager_gives() {
    let fixture = fixture(LOCAL).await;
    let posted = json!([{
        "labels": {"alertname": "Down", "team": "web"},
        "annotations": {"summary": "it is down"},
        "startsAt": "2023-11-14T22:13:00Z",
        "endsAt": "2023-11-14T22:20:00.5+00:00",
        "generatorURL": "http://prometheus/graph",
    }]);
    post(&fixture, ALERTS, &posted).await;
    let reply = get(&fixture.router, ALERTS).await;
    assert_eq!(
        reply.json(),
        json!([{
            "annotations": {"summary": "it is down"},
            "endsAt": "2023-11-14T22:20:00.500Z",
            "fingerprint": reply.json()[0]["fingerprint"],
            "receivers": [{"name": "web"}, {"name": "night"}],
            "startsAt": "2023-11-14T22:13:00.000Z",
            "status": {"state": "active", "silencedBy": [], "inhibitedBy": [], "mutedBy": []},
            "updatedAt": "2023-11-14T22:13:20.000Z",
            "generatorURL": "http://prometheus/graph",
            "labels": {"alertname": "Down", "team": "web"},
        }])
    );
}

#[tokio::test]
async fn alerts_are_filtered_as_alertmanager_filters_them() {
    let fixture = fixture(LOCAL).await;
    three(&fixture).await;
    let silence = json!({
        "matchers": [{"name": "site", "value": "y", "isRegex": false, "isEqual": true}],
        "startsAt": "2023-11-14T22:13:20.000Z", "endsAt": "2023-11-15T22:13:20.000Z",
        "createdBy": "ada", "comment": "disk swap",
    });
    assert_eq!(post(&fixture, SILENCES, &silence).await.status, StatusCode::OK);
    let table = [
        ("", vec!["1", "2", "3"]),
        ("?filter=team%3D%22web%22", vec!["1", "2"]),
        ("?filter=team%3D%22web%22&filter=alertname%3D~%22S.*%22", vec!["2"]),
        ("?receiver=all", vec!["3"]),
        ("?receiver=we.|none", vec!["1", "2"]),
        ("?silenced=false", vec!["1", "2"]),
        ("?inhibited=false", vec!["1", "3"]),
        ("?active=false", vec!["2", "3"]),
        ("?active=false&silenced=false&inhibited=false", vec![]),
        ("?active=true&unknown=1", vec!["1", "2", "3"]),
    ];
    for (query, expected) in table {
        assert_eq!(listed(&fixture, query, "n").await, expected, "{query}");
    }
    for (query, said) in [("?filter=a", "filter `a`"), ("?receiver=(", "receiver")] {
        let reply = get(&fixture.router, &format!("{ALERTS}{query}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(reply.json().as_str().is_some_and(|text| text.contains(said)), "{query}: {}", reply.json());
    }
}

#[tokio::test]
async fn valid_alerts_of_a_batch_are_taken_and_the_others_named() {
    let fixture = fixture(LOCAL).await;
    let mut batch: Vec<Value> = (0..15).map(|n| json!({"labels": {"": n.to_string()}})).collect();
    batch.push(alert(json!({"n": "good"})));
    let text =
        Value::from(batch).to_string().replace("\"0\"", "7").replacen("{\"\":\"1\"}", "{\"a\":\"1\",\"a\":\"2\"}", 1);
    let request = request(Method::POST, ALERTS, TOKENS[1].2).body(Body::from(text)).expect("a request");
    let reply = send(&fixture.router, request).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    let said = reply.json().as_str().expect("a bare text").to_owned();
    for part in ["alert 0 of the batch", "the label `a` is given twice", "empty name", "and 5 more"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(listed(&fixture, "", "n").await, ["good"]);
    let metrics = String::from_utf8(get(&fixture.router, "/metrics").await.body).expect("text");
    for line in [
        "tocsin_alerts_received_total{status=\"firing\"} 1",
        "tocsin_alerts_invalid_total 15",
        "tocsin_alerts{state=\"firing\"} 1",
        "tocsin_alert_groups 1",
    ] {
        assert!(metrics.lines().any(|is| is == line), "{line} is missing in\n{metrics}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_as_a_bare_text() {
    let fixture = fixture(LOCAL).await;
    let table = [
        (ALERTS, "", StatusCode::BAD_REQUEST),
        (ALERTS, "[", StatusCode::BAD_REQUEST),
        (ALERTS, "{}", StatusCode::BAD_REQUEST),
        (SILENCES, "{}", StatusCode::BAD_REQUEST),
        (SILENCES, r#"{"matchers":[{"name":"a","value":"(","isRegex":true}]}"#, StatusCode::BAD_REQUEST),
    ];
    for (path, body, status) in table {
        let request = request(Method::POST, path, TOKENS[1].2).body(Body::from(body)).expect("a request");
        let reply = send(&fixture.router, request).await;
        assert_eq!(reply.status, status, "{path} {body}");
        assert!(reply.json().is_string(), "{path} {body}: {}", reply.json());
    }
    let too_large = request(Method::POST, ALERTS, TOKENS[1].2).header("content-length", 1 << 30);
    let reply = send(&fixture.router, too_large.body(Body::from("[]")).expect("a request")).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_silence_is_made_changed_and_ended_as_amtool_does_it() {
    let fixture = fixture(LOCAL).await;
    let mut silence = json!({
        "matchers": [{"name": "site", "value": "x|y", "isRegex": true, "isEqual": true}],
        "startsAt": "2023-11-14T22:00:00.000Z", "endsAt": "2023-11-15T22:13:20.000Z",
        "createdBy": "ada", "comment": "disk swap",
    });
    let reply = post(&fixture, SILENCES, &silence).await;
    let id = reply.json()["silenceID"].as_str().expect("an id").to_owned();
    let one = format!("/alertmanager/api/v2/silence/{id}");
    let shown = get(&fixture.router, &one).await.json();
    assert_eq!((&shown["id"], &shown["status"]), (&json!(id), &json!({"state": "active"})));
    // It begins no earlier than it was made.
    assert_eq!((&shown["startsAt"], &shown["updatedAt"]), (&json!("2023-11-14T22:13:20.000Z"), &shown["startsAt"]));
    silence["id"] = json!(id);
    silence["startsAt"] = shown["startsAt"].clone();
    silence["endsAt"] = json!("2023-11-16T00:00:00Z");
    assert_eq!(post(&fixture, SILENCES, &silence).await.json()["silenceID"], json!(id), "it is changed in place");
    silence["matchers"][0]["value"] = json!("z");
    let other = post(&fixture, SILENCES, &silence).await.json()["silenceID"].clone();
    assert_ne!(other, json!(id), "one that silences other alerts is a new one");
    let all = get(&fixture.router, SILENCES).await.json();
    let states: Vec<_> =
        all.as_array().expect("silences").iter().map(|it| (&it["id"], &it["status"]["state"])).collect();
    assert_eq!(states, [(&other, &json!("active")), (&json!(id), &json!("expired"))]);
    let matching = get(&fixture.router, &format!("{SILENCES}?filter=site%3D~%22z%22")).await.json();
    assert_eq!(matching.as_array().map(Vec::len), Some(1));
    let gone = format!("/alertmanager/api/v2/silence/{}", other.as_str().expect("an id"));
    assert_eq!(delete(&fixture, &gone).await.status, StatusCode::OK);
    assert_eq!(delete(&fixture, &gone).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(delete(&fixture, "/alertmanager/api/v2/silence/none").await.status, StatusCode::NOT_FOUND);
    let audit = request(Method::GET, "/api/v1/audit", TOKENS[2].2).body(Body::empty()).expect("a request");
    let log = send(&fixture.router, audit).await.json();
    let words: Vec<_> = log["entries"].as_array().expect("entries").iter().map(|entry| &entry["action"]).collect();
    assert_eq!(
        words,
        ["silence.set", "silence.set", "silence.set", "silence.expire", "silence.expire", "silence.expire"]
    );
    assert_eq!(log["entries"][1]["before"]["ends_at"], "2023-11-15T22:13:20.000Z");
    assert_eq!(
        (&log["entries"][3]["who"], &log["entries"][3]["before"]["comment"]),
        (&json!("otto"), &json!("disk swap"))
    );
}

#[tokio::test]
async fn groups_are_shown_by_receiver_with_what_mutes_their_route() {
    let fixture = fixture(LOCAL).await;
    three(&fixture).await;
    let groups = get(&fixture.router, "/alertmanager/api/v2/alerts/groups").await.json();
    let shown: Vec<_> = groups
        .as_array()
        .expect("groups")
        .iter()
        .map(|group| {
            (&group["labels"]["alertname"], &group["receiver"]["name"], &group["alerts"][0]["status"]["mutedBy"])
        })
        .collect();
    let (none, always) = (json!([]), json!(["always"]));
    let expected = [
        (json!("Down"), json!("night"), &always),
        (json!("Down"), json!("web"), &none),
        (json!("Slow"), json!("all"), &none),
        (json!("Slow"), json!("night"), &always),
        (json!("Slow"), json!("web"), &none),
    ];
    assert_eq!(shown, expected.iter().map(|(name, receiver, by)| (name, receiver, *by)).collect::<Vec<_>>());
    let unmuted =
        get(&fixture.router, "/alertmanager/api/v2/alerts/groups?muted=false&receiver=web|night").await.json();
    assert_eq!(unmuted.as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn the_node_shows_itself_as_an_alertmanager_that_is_alone() {
    let fixture = fixture(LOCAL).await;
    let status = get(&fixture.router, "/alertmanager/api/v2/status").await.json();
    assert_eq!(status["cluster"], json!({"status": "disabled", "peers": []}));
    assert!(status["config"]["original"].as_str().is_some_and(|file| file.contains("receiver: all")), "{status}");
    for field in ["branch", "buildDate", "buildUser", "goVersion", "revision", "version"] {
        assert!(status["versionInfo"][field].is_string(), "{field}");
    }
    let receivers = get(&fixture.router, "/alertmanager/api/v2/receivers").await.json();
    assert_eq!(receivers, json!([{"name": "all"}, {"name": "web"}, {"name": "night"}]));
    for path in ["/alertmanager/-/healthy", "/alertmanager/-/ready"] {
        assert_eq!(get(&fixture.router, path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn reading_is_open_on_loopback_alone_and_changing_needs_an_operator_everywhere() {
    let [viewer, operator, _] = TOKENS.map(|(_, _, token)| token);
    #[rustfmt::skip]
    let table = [
        // listener, method, path                                            none | viewer | operator
        (LOCAL, Method::GET,    "/alertmanager/api/v2/alerts",              [200, 200, 200]),
        (LOCAL, Method::POST,   "/alertmanager/api/v2/alerts",              [401, 403, 400]),
        (LOCAL, Method::POST,   "/alertmanager/api/v2/silences",            [401, 403, 400]),
        (LOCAL, Method::DELETE, "/alertmanager/api/v2/silence/none",        [401, 403, 404]),
        (OPEN,  Method::GET,    "/alertmanager/api/v2/alerts",              [401, 200, 200]),
        (OPEN,  Method::GET,    "/alertmanager/api/v2/status",              [401, 200, 200]),
        (OPEN,  Method::GET,    "/alertmanager/-/healthy",                  [200, 200, 200]),
    ];
    for (listen, method, path, expected) in table {
        let fixture = fixture(listen).await;
        for (token, expected) in ["", viewer, operator].into_iter().zip(expected) {
            let request = request(method.clone(), path, token).body(Body::empty()).expect("a request");
            let reply = send(&fixture.router, request).await;
            assert_eq!(reply.status.as_u16(), expected, "{listen} {method} {path} {token:?}");
        }
    }
}

//! Requests: what is sent, what an answer means, whom TLS believes.

use super::*;

#[tokio::test]
async fn a_webhook_gets_the_message_and_a_key_that_no_retry_changes() {
    let sink = Sink::start();
    let fixture = Fixture::new(&webhook(&sink.url(), ""), "").await;
    assert_eq!(fixture.carried().await, "delivered -");
    let asked = sink.asked();
    assert_eq!((asked.len(), asked[0].method.as_str()), (1, "POST"));
    assert_eq!(asked[0].header("idempotency-key"), Some("n1"));
    let body: serde_json::Value = serde_json::from_str(&asked[0].body).expect("JSON");
    assert_eq!((&body["receiver"], &body["status"], &body["version"]), (&"ops".into(), &"firing".into(), &"4".into()));
    assert_eq!(fixture.metrics.attempts("webhook", "ops", Cause::Other), (1, 0));
}

#[tokio::test]
async fn an_answer_decides_whether_there_is_another_try() {
    let sink = Sink::start();
    let fixture = Fixture::new(&webhook(&sink.url(), ", timeout: 300ms"), "").await;
    let told = |reason: &str| format!("ops/webhook[0]: {reason}");
    let table = [
        (Reply::Answer(Answer::new(500, "oops")), format!("failed None {}", told("status 500: oops"))),
        (
            Reply::Answer(Answer::new(429, "").header("retry-after", "7")),
            format!("failed Some(7) {}", told("status 429")),
        ),
        (Reply::Answer(Answer::new(404, "")), format!("rejected {}", told("status 404"))),
        (Reply::BreakOff(200), "delivered -".to_owned()),
        (Reply::BreakOff(503), format!("failed None {}", told("status 503: half"))),
        (Reply::Hang, format!("failed None {}", told("no answer within 300 ms"))),
        (Reply::Answer(Answer::new(200, "")), "delivered -".to_owned()),
    ];
    for (reply, expected) in table {
        sink.then(reply.clone());
        assert_eq!(fixture.carried().await, expected, "{reply:?}");
    }
    sink.then(Reply::Close);
    let said = fixture.carried().await;
    assert!(said.starts_with("failed None ops/webhook[0]: error sending request"), "{said}");
    assert_eq!(fixture.metrics.attempts("webhook", "ops", Cause::Deadline), (8, 1));
}

#[tokio::test]
async fn a_receiver_that_is_not_there_is_tried_again_and_its_address_is_not_told() {
    let gone = Sink::start().url();
    let fixture = Fixture::new(&webhook(&format!("{gone}secret-path"), ""), "").await;
    let said = fixture.carried().await;
    assert!(said.starts_with("failed None ops/webhook[0]: ") && !said.contains("secret-path"), "{said}");
}

#[tokio::test]
async fn who_shows_a_bad_certificate_is_not_told_anything() {
    let (tls, authority) = certificate("127.0.0.1");
    let sink = Sink::start_tls(tls);
    let fixture = Fixture::new(&webhook(&sink.url(), ""), "").await;
    let said = fixture.carried().await;
    assert!(said.starts_with("failed None ops/webhook[0]: ") && said.contains("certificate"), "{said}");
    assert!(sink.asked().is_empty());

    let ca = fixture.file("ca.pem", &authority);
    let adopt = |tls_config: &str| {
        let more = format!(", http_config: {{tls_config: {{{tls_config}}}}}");
        fixture.config.send_replace(Arc::new(compiled(fixture.folder.path(), &webhook(&sink.url(), &more), "")));
    };
    adopt(&format!("ca_file: {}", ca.display()));
    assert_eq!(fixture.carried().await, "delivered -");
    adopt(&format!("ca_file: {}, server_name: other.example", ca.display()));
    let said = fixture.carried().await;
    assert!(said.contains("other.example"), "{said}");
    adopt("insecure_skip_verify: true");
    assert_eq!(fixture.carried().await, "delivered -");
}

#[tokio::test]
async fn secrets_are_read_when_they_are_sent_and_quoted_by_nobody() {
    let sink = Sink::start();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let token = folder.path().join("token");
    let more = format!(", http_config: {{authorization: {{credentials_file: {}}}}}", token.display());
    let fixture = Fixture::new(&webhook(&sink.url(), &more), "").await;
    let said = fixture.carried().await;
    assert!(said.starts_with("failed None") && said.contains("cannot be read"), "{said}");
    for value in ["first-token", "second-token"] {
        std::fs::write(&token, value).expect("written");
        sink.then(Reply::Answer(Answer::new(401, &format!("unknown: {value}"))));
        assert_eq!(fixture.carried().await, "rejected ops/webhook[0]: status 401: unknown: <secret>");
        let asked = sink.asked();
        let sent = asked.last().and_then(|asked| asked.header("authorization"));
        assert_eq!(sent, Some(format!("Bearer {value}").as_str()));
    }
}

#[tokio::test]
async fn redirects_are_followed_unless_that_is_forbidden() {
    let (sink, other) = (Sink::start(), Sink::start());
    let moved = || Reply::Answer(Answer::new(307, "").header("location", &other.url()));
    let fixture = Fixture::new(&webhook(&sink.url(), ""), "").await;
    sink.then(moved());
    assert_eq!(fixture.carried().await, "delivered -");
    assert_eq!(other.asked().len(), 1);

    let fixture = Fixture::new(&webhook(&sink.url(), ", http_config: {follow_redirects: false}"), "").await;
    sink.then(moved());
    assert_eq!(fixture.carried().await, "rejected ops/webhook[0]: status 307");
}

#[tokio::test]
async fn slack_and_pagerduty_and_sms_name_what_they_took() {
    let sink = Sink::start();
    let own = format!(
        "receivers: {{ops: {{sms: [{{to: \"+43200\", from: \"+43100\", account: AC1, url: \"{}\", token: {{file: token}}}}]}}}}",
        sink.url()
    );
    let none = "route: {receiver: other}\nreceivers: [{name: other}]";
    let fixture = Fixture::new(none, &own).await;
    fixture.file("token", "s3cret-token\n");
    sink.then(Reply::Answer(Answer::new(201, "{\"sid\": \"SM1\"}")));
    assert_eq!(fixture.carried().await, "delivered SM1");
    let asked = sink.asked();
    assert_eq!(asked[0].header("authorization"), Some("Basic QUMxOnMzY3JldC10b2tlbg=="));
    assert!(asked[0].body.starts_with("From=%2B43100&To=%2B43200&Body="), "{}", asked[0].body);

    let slack = only(&format!("slack_configs: [{{api_url: \"{}\", channel: \"#ops\"}}]", sink.url()));
    let fixture = Fixture::new(&slack, "").await;
    sink.then(Reply::Answer(Answer::new(200, "{\"ok\": false, \"error\": \"channel_not_found\"}")));
    assert_eq!(fixture.carried().await, "rejected ops/slack[0]: Slack said channel_not_found");
    assert_eq!(fixture.carried().await, "delivered -");

    let pager_duty = only(&format!("pagerduty_configs: [{{routing_key: k, url: \"{}\"}}]", sink.url()));
    let fixture = Fixture::new(&pager_duty, "").await;
    sink.then(Reply::Answer(Answer::new(202, "{\"status\": \"success\", \"dedup_key\": \"d1\"}")));
    assert_eq!(fixture.carried().await, "delivered d1");
}

#[tokio::test]
async fn a_notifier_whose_plugin_is_gone_is_tried_again() {
    let fixture = Fixture::new(&only("webhook_configs: []"), "").await;
    let mut config = Config::clone(&fixture.config.borrow());
    let notifier = NotifierConfig {
        plugin: PluginName::new("notifier-gone"),
        config: serde_json::json!({}),
        rights: Default::default(),
        limits: Default::default(),
    };
    let alerting = Arc::make_mut(&mut config.alerting);
    let receiver = alerting.receivers.get_mut("ops").expect("the receiver");
    receiver.integrations = vec![Integration { kind: Kind::Notifier(notifier), send_resolved: true, timeout: None }];
    fixture.config.send_replace(Arc::new(config));
    let expected = "failed None ops/notifier[0]: the plugin `notifier-gone` is not installed";
    assert_eq!(fixture.carried().await, expected);
}

#[tokio::test]
async fn a_receiver_that_left_the_configuration_is_told_nothing() {
    let fixture = Fixture::new(&only("webhook_configs: []"), "").await;
    assert_eq!(fixture.carried().await, "rejected ops[0]: the configuration no longer has it");
}

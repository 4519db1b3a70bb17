//! From a target that breaks to the people who should know, through the real programs: one grouped notification, a
//! ladder that climbs while nobody answers, one word that it is over.

use tocsin_tests::{Answer, Home, Manners, Node, Server, Sink, Smtp, plugin, wait_for};

/// A node that tells a webhook and a mailbox, and escalates to two people.
fn write_configuration(home: &Home, sink: &Sink, smtp: &Smtp) {
    home.write(
        "tocsin.yaml",
        "node:\n  name: test\nshutdown_grace: 5s\nretention:\n  reserve: 64KiB\n\
         alerting: {config: alertmanager.yml}\n\
         receivers:\n  team: {escalation: ladder}\n\
         users:\n  anna: {contacts: [{email: anna@example.org}]}\n  ben: {contacts: [{email: ben@example.org}]}\n\
         escalation_policies:\n  ladder:\n    levels:\n\
         \x20     - {notify: [{user: anna}], wait: 1s}\n\
         \x20     - {notify: [{user: ben}], wait: 1h}\n",
    );
    let alertmanager = format!(
        "global:\n  smtp_smarthost: '{}'\n  smtp_from: tocsin@example.org\n  smtp_require_tls: false\n\
         route:\n  receiver: team\n  group_by: [check]\n  group_wait: 300ms\n  group_interval: 1s\n  repeat_interval: 1h\n\
         receivers:\n  - name: team\n    webhook_configs: [{{url: '{}'}}]\n    \
         email_configs: [{{to: team@example.org, send_resolved: true}}]\n",
        smtp.address,
        sink.url(),
    );
    home.write("alertmanager.yml", alertmanager);
}

fn start<'h>(home: &'h Home, shop: &Server) -> Node<'h> {
    let url = shop.url();
    let check = |name: &str| {
        format!("  - {{name: {name}, plugin: probe-http, interval: 200ms, timeout: 2s, config: {{url: \"{url}\"}}}}\n")
    };
    home.start_with(&[plugin("probe-http")], &format!("checks:\n{}{}", check("shop"), check("till")))
}

/// What the webhook heard of a check: status and alert names, each message once.
fn heard(sink: &Sink, check: &str) -> Vec<String> {
    let about = |asked: &tocsin_tests::Asked| {
        let body: serde_json::Value = serde_json::from_str(&asked.body).expect("the webhook's body is JSON");
        let is_about = body["groupLabels"]["check"] == check;
        let alerts = body["alerts"].as_array().expect("alerts is a list");
        let names: Vec<&str> = alerts.iter().filter_map(|alert| alert["labels"]["alertname"].as_str()).collect();
        is_about.then(|| format!("{} {}", body["status"].as_str().unwrap_or_default(), names.join(" ")))
    };
    sink.asked().iter().filter_map(about).collect()
}

fn mails_to(smtp: &Smtp, to: &str) -> Vec<String> {
    let mails = smtp.mails().into_iter();
    mails.filter(|mail| mail.to.iter().any(|known| known.contains(to))).map(|mail| mail.text).collect()
}

#[test]
fn a_break_is_told_once_climbs_while_nobody_answers_and_its_end_is_told_once() {
    let (home, shop, sink) = (Home::new(), Server::start(Answer::new(200, "open")), Sink::start());
    let smtp = Smtp::start(Manners::default());
    write_configuration(&home, &sink, &smtp);
    let node = start(&home, &shop);
    node.await_status("shop", "ok");
    assert_eq!(heard(&sink, "shop"), [""; 0], "nothing to tell of");

    shop.answers(Answer::new(500, "The shop is closed."));
    wait_for("the webhook is told", || (!heard(&sink, "shop").is_empty()).then_some(()));
    wait_for("the team has a mail", || (!mails_to(&smtp, "team@").is_empty()).then_some(()));
    wait_for("anna has a mail", || (!mails_to(&smtp, "anna@").is_empty()).then_some(()));
    wait_for("nobody answered, and ben has a mail", || (!mails_to(&smtp, "ben@").is_empty()).then_some(()));
    assert_eq!(heard(&sink, "shop"), ["firing CheckCritical"], "once, however often the check ran");

    shop.answers(Answer::new(200, "open"));
    wait_for("the webhook hears the end", || (heard(&sink, "shop").len() > 1).then_some(()));
    wait_for("anna hears the end", || {
        mails_to(&smtp, "anna@").iter().any(|mail| mail.contains("is over")).then_some(())
    });
    assert_eq!(heard(&sink, "shop"), ["firing CheckCritical", "resolved CheckCritical"]);
    assert_eq!(heard(&sink, "till"), ["firing CheckCritical", "resolved CheckCritical"], "a group of its own");
    assert!(node.stop().success());
    assert_eq!(heard(&sink, "shop").len(), 2, "the shutdown tells nothing more");
}

//! From a target that breaks to the people who should know, through the real programs: one grouped notification, a
//! ladder that climbs while nobody answers, one word that it is over.

use tocsin_tests::{Answer, Home, Manners, Node, Server, Sink, Smtp, plugin, wait_for};

/// A node that tells a webhook and a mailbox of a shop's checks together, and escalates to two people.
fn write_configuration(home: &Home, sink: &Sink, smtp: &Smtp) {
    home.write(
        "tocsin.yaml",
        "node:\n  name: test\nshutdown_grace: 5s\nretention:\n  reserve: 64KiB\n\
         alerting: {config: alertmanager.yml}\n\
         receivers:\n  team: {escalation: ladder}\n\
         users:\n  anna: {contacts: [{email: anna@example.org}]}\n  ben: {contacts: [{email: ben@example.org}]}\n\
         escalation_policies:\n  ladder:\n    levels:\n\
         \x20     - {notify: [{user: anna}], wait: 2s}\n\
         \x20     - {notify: [{user: ben}], wait: 1h}\n",
    );
    let alertmanager = format!(
        "global:\n  smtp_smarthost: '{}'\n  smtp_from: tocsin@example.org\n  smtp_require_tls: false\n\
         route:\n  receiver: team\n  group_by: [app]\n  group_wait: 1s\n  group_interval: 3s\n  repeat_interval: 1h\n\
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
        format!(
            "  - {{name: {name}, plugin: probe-http, interval: 200ms, timeout: 2s, labels: {{app: shop}}, \
             config: {{url: \"{url}\"}}}}\n"
        )
    };
    home.start_with(&[plugin("probe-http")], &format!("checks:\n{}{}", check("shop"), check("till")))
}

/// What the webhook heard: each message's status and the checks it is about.
fn heard(sink: &Sink) -> Vec<String> {
    let told = |asked: &tocsin_tests::Asked| {
        let body: serde_json::Value = serde_json::from_str(&asked.body).expect("the webhook's body is JSON");
        let alerts = body["alerts"].as_array().expect("alerts is a list");
        let checks: Vec<&str> = alerts.iter().filter_map(|alert| alert["labels"]["check"].as_str()).collect();
        format!("{}: {}", body["status"].as_str().unwrap_or_default(), checks.join(" "))
    };
    sink.asked().iter().map(told).collect()
}

/// Texts of the mails to somebody, without the breaks that only the way needs.
fn mails_to(smtp: &Smtp, to: &str) -> Vec<String> {
    let mails = smtp.mails().into_iter().filter(|mail| mail.to.iter().any(|known| known.contains(to)));
    mails.map(|mail| mail.text.replace("=\r\n", "")).collect()
}

/// `pluginctl why` of the shop's alert, which must say all of this.
fn why(node: &Node<'_>, parts: &[&str]) {
    let _said = node.pluginctl(&["why", "alertname=CheckCritical", "check=shop"]).expect_code(0).expect_text(parts);
}

/// Returns right after the shop's group was looked at: what happens now is told together at its next look.
fn await_look(node: &Node<'_>) {
    let next = || node.get("/api/v1/groups")["groups"][0]["next_look_at"].clone();
    let before = next();
    wait_for("the group is looked at", || (next() != before).then_some(()));
}

#[test]
fn a_break_is_told_once_climbs_while_nobody_answers_and_its_end_is_told_once() {
    let (home, shop, sink) = (Home::new(), Server::start(Answer::new(200, "open")), Sink::start());
    let smtp = Smtp::start(Manners::default());
    write_configuration(&home, &sink, &smtp);
    let node = start(&home, &shop);
    node.await_status("shop", "ok");
    node.await_status("till", "ok");
    assert_eq!(heard(&sink), [""; 0], "nothing to tell of");

    shop.answers(Answer::new(500, "The shop is closed."));
    wait_for("the webhook is told", || (!heard(&sink).is_empty()).then_some(()));
    wait_for("the team has a mail", || (!mails_to(&smtp, "team@").is_empty()).then_some(()));
    wait_for("anna has a mail", || (!mails_to(&smtp, "anna@").is_empty()).then_some(()));
    assert_eq!(heard(&sink), ["firing: shop till"], "one message for both");
    why(
        &node,
        &[
            "CheckCritical: firing since",
            "the rule CheckCritical on the check shop",
            "open, level 1 of 2 of ladder, the next at",
            "level 1: told anna, e-mail to anna@example.org: the page was opened",
            "team (webhook) is not told now: all of this was told already",
            "team (email) is not told now: all of this was told already",
            "group     {}:{app=\"shop\"}",
            "last told",
            "next      ",
            "(root)  takes it, for team",
        ],
    );

    wait_for("nobody answered, and ben has a mail", || (!mails_to(&smtp, "ben@").is_empty()).then_some(()));
    assert!(mails_to(&smtp, "ben@")[0].contains("nobody answered on the level before"));
    assert_eq!(heard(&sink), ["firing: shop till"], "once, however often the checks ran");
    why(
        &node,
        &[
            "open, level 2 of 2 of ladder",
            "level 2: told ben, e-mail to ben@example.org: nobody acknowledged it in time",
        ],
    );

    await_look(&node);
    shop.answers(Answer::new(200, "open"));
    wait_for("the webhook hears the end", || (heard(&sink).len() > 1).then_some(()));
    wait_for("anna hears the end", || {
        mails_to(&smtp, "anna@").iter().any(|mail| mail.contains("is over")).then_some(())
    });
    assert_eq!(heard(&sink), ["firing: shop till", "resolved: shop till"], "one message for both again");
    wait_for("the team reads that it is over", || (mails_to(&smtp, "team@").len() == 2).then_some(()));
    why(
        &node,
        &[
            "CheckCritical: resolved since",
            "closed, level 2 of 2 of ladder",
            "team (webhook) is not told now: it has resolved; whoever was told that it fires knows",
        ],
    );
    assert!(node.stop().success());
    assert_eq!(heard(&sink).len(), 2, "the shutdown tells nothing more");
}

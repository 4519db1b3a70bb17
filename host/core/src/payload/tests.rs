//! What each kind sends for one notice, as data; and what is sent when a template fails.

use std::sync::Arc;

use super::*;
use crate::alert::{Alert, AlertStatus};
use crate::alertmanager::{Config, IntegrationKind, compile};
use crate::config::Source;
use crate::label::Labels;
use crate::notify::{Destination, NoticeAlert, Reason};
use crate::receiver::{SmsConfig, TicketConfig, TicketRequest};
use crate::time::Timestamp;

/// 2026-01-02 15:04:05 UTC.
const NOON: i64 = 1_767_366_245_000;
const EXTERNAL: &str = "http://tocsin.example:7117";

fn config() -> Config {
    let text = include_str!("cases/alertmanager.yml").to_owned();
    compile(&Source { name: "alertmanager.yml".into(), folder: "/etc".into(), text }).expect("a valid file")
}

fn kind(name: &str) -> Kind {
    let all = config().receivers.remove(0).integrations;
    let one = all.into_iter().find(|integration| integration.kind.name() == name).expect("of this kind");
    match one.kind {
        IntegrationKind::Webhook(config) => Kind::Webhook(config),
        IntegrationKind::Email(config) => Kind::Email(config),
        IntegrationKind::Slack(config) => Kind::Slack(config),
        IntegrationKind::PagerDuty(config) => Kind::PagerDuty(config),
    }
}

fn notice(fires: bool) -> Notice {
    let labels = |pairs: &[(&str, &str)]| Labels::new(pairs.iter().copied()).expect("no name twice");
    let alert = |status, instance: &str, ended: i64| NoticeAlert {
        status,
        alert: Arc::new(Alert {
            labels: labels(&[
                ("alertname", "Disk<Full>"),
                ("instance", instance),
                ("job", "node"),
                ("severity", "critical"),
            ]),
            annotations: labels(&[("summary", "5 % of & left"), ("runbook_url", "https://example.com/r?a=1&b=2")]),
            starts_at: Timestamp::from_millis(NOON - 3_723_000),
            ends_at: Some(Timestamp::from_millis(ended)),
            timeout: true,
            updated_at: Timestamp::from_millis(NOON),
            generator_url: "http://prom.example/graph?g0.tab=1".to_owned(),
            origin: crate::alert::Origin::Posted,
        }),
    };
    let first = if fires {
        alert(AlertStatus::Firing, "web-1", NOON + 300_000)
    } else {
        alert(AlertStatus::Resolved, "web-1", NOON)
    };
    Notice {
        id: "0199-n1".into(),
        to: Destination { receiver: "every.one".into(), integration: 0 },
        group: r#"{}:{alertname="Disk<Full>", job="node"}"#.into(),
        group_labels: labels(&[("alertname", "Disk<Full>"), ("job", "node")]),
        alerts: Arc::from([first, alert(AlertStatus::Resolved, "web-2", NOON - 1_000)]),
        reason: Reason::First,
        remark: None,
        created_at: Timestamp::from_millis(NOON),
        attempts: 0,
        due_at: Timestamp::from_millis(NOON),
        last_error: None,
    }
}

fn templates() -> Templates {
    Templates::parse([]).expect("the defaults")
}

fn written(notice: &Notice, kind: &Kind) -> Written {
    let secret = match secret(kind) {
        Some(SecretSource::Inline(secret)) => secret.reveal().to_owned(),
        _ => String::new(),
    };
    write(notice, kind, &templates(), EXTERNAL, &secret).expect("sendable").expect("something to send")
}

/// For eyes: the address, and the body with line breaks.
fn shown(written: &Written) -> String {
    match &written.payload {
        Payload::Http(request) => {
            let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
            format!("{} {}\n{body:#}\n", request.method, request.url)
        }
        Payload::Email(mail) => {
            let headers: String = mail.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
            let part = |part: &Option<String>| part.clone().unwrap_or_else(|| "none\n".to_owned());
            format!(
                "from {}\nto {}\n{headers}\n=== text\n{}=== html\n{}",
                mail.from,
                mail.to,
                part(&mail.text),
                part(&mail.html)
            )
        }
        Payload::Plugin(notification) => serde_json::to_string_pretty(notification).expect("JSON") + "\n",
    }
}

#[test]
fn each_kind_sends_what_stands_beside_it() {
    let cases = [
        ("webhook", include_str!("cases/webhook.expected")),
        ("slack", include_str!("cases/slack.expected")),
        ("pagerduty", include_str!("cases/pagerduty.expected")),
        ("email", include_str!("cases/email.expected")),
    ];
    let mut wrong = String::new();
    for (name, expected) in cases {
        let written = written(&notice(true), &kind(name));
        assert_eq!(written.failed, [], "{name}");
        if shown(&written).trim_end() != expected.trim_end() {
            wrong.push_str(&format!("\n@@@ {name}\n{}", shown(&written)));
        }
    }
    assert!(wrong.is_empty(), "not what is expected:{wrong}");
}

fn body(written: &Written) -> serde_json::Value {
    let Payload::Http(request) = &written.payload else { panic!("no request") };
    serde_json::from_slice(&request.body).expect("JSON")
}

#[test]
fn what_has_resolved_closes_its_incident_under_the_same_key() {
    let (open, close) = (written(&notice(true), &kind("pagerduty")), written(&notice(false), &kind("pagerduty")));
    let (open, close) = (body(&open), body(&close));
    assert_eq!((&open["event_action"], &close["event_action"]), (&"trigger".into(), &"resolve".into()));
    assert_eq!(open["dedup_key"], close["dedup_key"]);
}

#[test]
fn a_template_that_fails_leaves_the_facts_and_says_so() {
    let Kind::Slack(mut slack) = kind("slack") else { panic!("slack") };
    slack.title = "{{ (index .Alerts 9).Status }}".to_owned();
    slack.color = "{{ .Nope }}".to_owned();
    let written = written(&notice(true), &Kind::Slack(slack));
    let attachment = &body(&written)["attachments"][0];
    let title = attachment["title"].as_str().expect("a title");
    assert!(title.starts_with(r#"[FIRING] {alertname="Disk<Full>", job="node", severity="critical"}"#), "{title}");
    assert!(title.ends_with("(the template failed: title:1:5: the index 9 is out of range: there are 2)"), "{title}");
    assert_eq!(attachment.get("color"), None);
    let failed: Vec<String> = written.failed.iter().map(|error| error.file.clone()).collect();
    assert_eq!(failed, ["title", "color"]);
}

#[test]
fn a_mail_whose_html_fails_is_sent_as_text() {
    let Kind::Email(mut email) = kind("email") else { panic!("email") };
    (email.html, email.text) = ("<p>{{ .Nope }}</p>".to_owned(), String::new());
    let written = written(&notice(true), &Kind::Email(email));
    let Payload::Email(mail) = &written.payload else { panic!("a mail") };
    let text = mail.text.as_deref().expect("a text");
    assert!(mail.html.is_none());
    assert!(text.starts_with("The template of this mail failed: html:1:7: template.Data has no `Nope`"), "{text}");
    assert!(text.contains(" - instance = web-1\n"), "{text}");
}

#[test]
fn no_template_makes_a_second_header() {
    let Kind::Email(mut email) = kind("email") else { panic!("email") };
    email.headers.insert("Subject".to_owned(), "{{ \"a\\r\\nBcc: x@example.com\" }}".to_owned());
    let written = written(&notice(true), &Kind::Email(email));
    let Payload::Email(mail) = &written.payload else { panic!("a mail") };
    assert_eq!(mail.headers.get("Subject").map(String::as_str), Some("a Bcc: x@example.com"));
}

#[test]
fn a_remark_stands_above_the_alerts_whatever_the_kind() {
    let mut notice = notice(true);
    notice.remark = Some("escalated: level 2 <ops>".to_owned());
    let pretext = &body(&written(&notice, &kind("slack")))["attachments"][0]["pretext"];
    assert_eq!(pretext, "escalated: level 2 <ops>");
    assert_eq!(body(&written(&notice, &kind("webhook")))["remark"], "escalated: level 2 <ops>");
    let details = &body(&written(&notice, &kind("pagerduty")))["payload"]["custom_details"];
    assert_eq!(details["remark"], "escalated: level 2 <ops>");
    let Payload::Email(mail) = written(&notice, &kind("email")).payload else { panic!("a mail") };
    assert!(mail.html.expect("html").contains("<p><strong>escalated: level 2 &lt;ops&gt;</strong></p>"));
    assert!(mail.text.expect("text").starts_with("escalated: level 2 <ops>\n\n"));
}

#[test]
fn an_event_too_large_for_pagerduty_goes_without_details() {
    let Kind::PagerDuty(mut pagerduty) = kind("pagerduty") else { panic!("pagerduty") };
    pagerduty.details.insert("much".to_owned(), "x".repeat(600_000));
    let event = body(&written(&notice(true), &Kind::PagerDuty(pagerduty)));
    let details = event["payload"]["custom_details"].as_object().expect("details");
    assert_eq!(details.keys().collect::<Vec<_>>(), ["error"]);
}

#[test]
fn long_titles_are_cut_by_characters() {
    assert_eq!(truncated("äöü".to_owned(), 3), "äöü");
    assert_eq!(truncated("äöüß".to_owned(), 3), "äö…");
}

#[test]
fn nowhere_to_send_is_an_error_and_not_a_request() {
    let templates = templates();
    let send = |kind: &Kind, secret| write(&notice(true), kind, &templates, EXTERNAL, secret).expect_err("unsendable");
    assert_eq!(send(&kind("pagerduty"), " ").to_string(), "`routing_key` is empty");
    assert_eq!(send(&kind("webhook"), "").to_string(), "`url` is empty");
    assert_eq!(
        send(&kind("webhook"), "http://{{ index .Alerts 7 }}").to_string(),
        "url:1:11: the index 7 is out of range: there are 2"
    );
}

#[test]
fn messages_and_tickets_have_their_own_forms() {
    let sms = Kind::Sms(SmsConfig {
        url: "https://sms.example/Messages.json".to_owned(),
        account: "AC1".to_owned(),
        token: crate::config::SecretSource::Env("T".to_owned()),
        from: "+431".to_owned(),
        to: "+432".to_owned(),
        text: "{{ .Status }} & {{ .GroupLabels.job }}".to_owned(),
    });
    let Payload::Http(request) = written(&notice(true), &sms).payload else { panic!("a request") };
    assert_eq!(request.body, b"From=%2B431&To=%2B432&Body=firing+%26+node");

    let open = TicketRequest {
        method: "PUT".to_owned(),
        url: "https://tickets.example/{{ .GroupLabels.job }}".to_owned(),
        headers: vec![("X-Severity".to_owned(), "{{ .CommonLabels.severity }}".to_owned())],
        body: "{{ .GroupLabels | toJson }}".to_owned(),
    };
    let ticket = Kind::Ticket(TicketConfig { open, resolve: None, http: Default::default() });
    let Payload::Http(request) = written(&notice(true), &ticket).payload else { panic!("a request") };
    assert_eq!((request.method.as_str(), request.url.as_str()), ("PUT", "https://tickets.example/node"));
    assert_eq!(request.headers, [("X-Severity".to_owned(), "critical".to_owned())]);
    assert_eq!(String::from_utf8_lossy(&request.body), r#"{"alertname":"Disk\u003cFull\u003e","job":"node"}"#);
    assert_eq!(write(&notice(false), &ticket, &templates(), EXTERNAL, ""), Ok(None), "nothing closes it");
}

#[test]
fn every_template_of_an_integration_is_read_with_the_configuration() {
    let templates = templates();
    for name in ["webhook", "slack", "pagerduty", "email"] {
        assert_eq!(check(&kind(name), &templates), [], "{name}");
    }
    let Kind::Slack(mut slack) = kind("slack") else { panic!("slack") };
    slack.fields[1].value = "{{ upper .Status }}".to_owned();
    slack.footer = "{{ template \"slack.default.fotter\" . }}".to_owned();
    let errors: Vec<String> = check(&Kind::Slack(slack), &templates).iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        [
            "footer:1:1: there is no template \"slack.default.fotter\"; did you mean \"slack.default.footer\"?",
            "fields[1].value:1:4: the function `upper` is not supported: it is of Sprig or Helm, which Alertmanager does not have either",
        ]
    );
}

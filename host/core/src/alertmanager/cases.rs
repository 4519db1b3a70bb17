//! Every rule of the file by example: `cases/NAME.yml` is compiled, and `cases/NAME.expected` is what the compiler says
//! of it. Where amtool says otherwise on purpose, the case's first lines say so.

use crate::config::cases::damaged;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;

use super::{Config, GroupBy, IntegrationKind, Secret, SecretSource, compile};
use crate::config::{ConfigErrors, Source};

fn compiled(text: &str) -> Result<Config, ConfigErrors> {
    let source = Source { name: "alertmanager.yml".into(), folder: "/etc/alertmanager".into(), text: text.to_owned() };
    compile(&source)
}

fn valid(text: &str) -> Config {
    compiled(text).unwrap_or_else(|errors| panic!("{errors}"))
}

#[expect(clippy::disallowed_methods, reason = "a test of core that reads files: its cases")]
fn text_of(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/alertmanager/cases");
    let mut cases: Vec<PathBuf> =
        folder.read_dir().expect("the cases").map(|entry| entry.expect("a case").path()).collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "yml"));
    cases.sort();
    assert!(!cases.is_empty(), "{} holds no cases", folder.display());
    cases
}

#[test]
fn every_case_says_what_stands_beside_it() {
    let mut wrong = String::new();
    for case in cases() {
        let said = match compiled(&text_of(&case).expect("a readable case")) {
            Ok(config) => format!("valid: {} receivers", config.receivers.len()),
            Err(errors) => errors.to_string(),
        };
        if text_of(&case.with_extension("expected")).as_deref().map(str::trim_end) != Some(&said) {
            wrong.push_str(&format!("\n=== {}\n{said}\n", case.display()));
        }
    }
    assert!(wrong.is_empty(), "these cases say something else than their .expected:{wrong}");
}

#[test]
fn what_is_shown_of_a_valid_file_compiles_again() {
    for case in cases() {
        let Ok(config) = compiled(&text_of(&case).expect("a readable case")) else { continue };
        // A hidden URL is none; Alertmanager's own reader makes an exception there.
        let shown = config.original.replace("<secret>", "http://hidden");
        let again = valid(&shown);
        assert_eq!((again.route, again.time_intervals), (config.route, config.time_intervals), "{}", case.display());
    }
}

const FULL: &str = "
global: {resolve_timeout: 1m, smtp_smarthost: 'mail:465', smtp_from: a@b, smtp_auth_password_file: secrets/smtp,
  http_config: {follow_redirects: no, basic_auth: {username: u, password: hunter2}}}
route:
  receiver: all
  group_by: [b, a]
  routes:
    - {matchers: [a=b], group_by: ['...'], group_wait: 0s}
    - {match: {x: 1}, match_re: {w: '.*'}, group_by: [], repeat_interval: 1y}
receivers:
  - name: all
    email_configs: [{to: c@d, headers: {reply-to: e@f}}]
    pagerduty_configs: [{routing_key: hunter2, details: {firing: mine}}]
    slack_configs: [{api_url_file: slack}]
    webhook_configs: [{url: 'http://h/hunter2'}, {url_file: u, http_config: {}, send_resolved: false, timeout: 3s}]
templates: ['templates/*.tmpl', /abs/x.tmpl]
inhibit_rules: [{source_matchers: ['s=\"1\", b=c'], target_match: {t: 2}, equal: [b, a, b]}]
";

#[test]
fn what_is_not_said_is_inherited_or_has_its_default() {
    let config = valid(FULL);
    assert_eq!(config.global.resolve_timeout, Duration::from_secs(60));
    let group_by = |index: usize| config.route.routes[index].group_by.clone();
    let labels = GroupBy::Labels(vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!((config.route.group_by.clone(), group_by(0), group_by(1)), (labels.clone(), GroupBy::All, labels));
    let waits =
        |route: &super::Route| [route.group_wait, route.group_interval, route.repeat_interval].map(|d| d.as_secs());
    assert_eq!(waits(&config.route), [30, 300, 14_400]);
    assert_eq!(waits(&config.route.routes[0]), [0, 300, 14_400]);
    assert_eq!(waits(&config.route.routes[1]), [30, 300, 31_536_000]);
    assert_eq!(config.route.routes[1].id, r#"{}/{w=~".*",x="1"}"#);
    assert_eq!(config.route.routes[1].receiver, "all");
    assert_eq!(config.templates, ["/etc/alertmanager/templates/*.tmpl", "/abs/x.tmpl"]);
    let rule = &config.inhibit_rules[0];
    let shown: Vec<String> = rule.source.iter().chain(&rule.target).map(ToString::to_string).collect();
    assert_eq!((shown.join(" ").as_str(), rule.equal.join(" ").as_str()), (r#"b="c" s="1" t="2""#, "a b"));
}

#[test]
fn an_integration_has_every_field() {
    let config = valid(FULL);
    let all = &config.receivers[0].integrations;
    let named: Vec<(&str, usize, bool)> =
        all.iter().map(|one| (one.kind.name(), one.index, one.send_resolved)).collect();
    let expected =
        [("email", 0, false), ("pagerduty", 0, true), ("slack", 0, false), ("webhook", 0, true), ("webhook", 1, false)];
    assert_eq!(named, expected);
    let [IntegrationKind::Email(email), IntegrationKind::PagerDuty(pagerduty), IntegrationKind::Slack(slack), ..] =
        [&all[0].kind, &all[1].kind, &all[2].kind]
    else {
        panic!("another order: {named:?}")
    };
    assert_eq!((email.from.as_str(), email.hello.as_str(), email.require_tls), ("a@b", "localhost", true));
    assert_eq!((email.smarthost.port, email.implicit_tls), (465, true));
    assert_eq!(email.auth_password, Some(SecretSource::File("/etc/alertmanager/secrets/smtp".into())));
    assert_eq!(email.headers["Reply-To"], "e@f");
    assert_eq!(email.html, r#"{{ template "email.default.html" . }}"#);
    assert_eq!(pagerduty.routing_key, SecretSource::Inline(Secret::new("hunter2")));
    assert_eq!((pagerduty.details["firing"].as_str(), pagerduty.details.len()), ("mine", 4));
    assert_eq!((pagerduty.severity.as_str(), &pagerduty.source), ("error", &pagerduty.client));
    assert_eq!(pagerduty.url.as_str(), "https://events.pagerduty.com/v2/enqueue");
    assert_eq!(slack.title, r#"{{ template "slack.default.title" . }}"#);
    assert!(!slack.http.follow_redirects && slack.http.authorization.is_some());
    let IntegrationKind::Webhook(second) = &all[4].kind else { panic!("another order: {named:?}") };
    // A receiver's own `http_config` takes the place of the global one as a whole.
    assert!(second.http.follow_redirects && second.http.authorization.is_none());
    assert_eq!(all[4].timeout, Some(Duration::from_secs(3)));
}

#[test]
fn no_secret_is_shown() {
    let config = valid(FULL);
    assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
    assert!(config.original.contains("smtp_auth_password_file: secrets/smtp"), "{}", config.original);
}

#[test]
fn a_tree_has_bounds() {
    let file = |routes: &str| format!("receivers: [{{name: a}}]\nroute:\n  receiver: a\n  routes:{routes}\n");
    let wide = |count: usize| compiled(&file(&"\n    - {}".repeat(count)));
    assert_eq!(wide(9_999).map(|config| config.route.routes.len()), Ok(9_999));
    let errors = wide(10_001).expect_err("one too many");
    assert_eq!(
        errors.to_string(),
        "alertmanager.yml:10004:7: route.routes[9999]: this is one route more than the 10000 a file may have"
    );
    // Deeper than a file may be nested only aliases can go.
    let level = |from: &str| format!("{}[{from}]{}", "[{routes: ".repeat(15), "}]".repeat(15));
    let deep = format!(
        "a: &a {}\nb: &b {}\nc: &c {}\nd: &d {}\n",
        level(""),
        level("{routes: *a}"),
        level("{routes: *b}"),
        level("{routes: *c}")
    );
    let errors = compiled(&format!("{deep}{}", file(" *d"))).expect_err("too deep");
    assert!(errors.to_string().contains("this route is more than 50 levels below the root"), "{errors}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Every error names a line of the text, and no text makes the compiler fall over.
    #[test]
    fn a_damaged_file_is_another_configuration_or_errors_at_its_lines(
        damages in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..20, "[-:{}\\[\\]\"'&*#!|>%@ \na0~<]{0,4}"), 1..6),
    ) {
        let text = damaged(FULL, damages);
        if let Err(errors) = compiled(&text) {
            prop_assert!(errors.count() > 0);
            for error in &errors {
                prop_assert!((1..=text.lines().count() + 1).contains(&error.place.line), "{}", error);
                prop_assert!(error.place.column >= 1 && !error.message.is_empty());
            }
        }
    }
}

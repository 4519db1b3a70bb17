//! Which verbs a grant holds, by table.

use serde_json::json;

use super::super::{Capabilities, EntryKind};
use super::*;
use crate::time::Timestamp;

fn rights() -> Rights {
    let all: Capabilities = serde_json::from_value(json!({
        "verbs": [
            "restart-service {unit}", "start-service {units[]}", "stop-service a.service", "signal-process {exe}",
            "run-command {command}", "http-request {url}", "http-request https://*.example.org", "write-file /etc/app",
            "set-sysctl {key}", "delete-files {folders[].path}", "run-check {check}",
        ],
        "secrets": ["{token}"],
    }))
    .unwrap();
    let config = json!({
        "unit": "nginx.service", "units": ["a.service", "b.service"], "exe": "/usr/bin/app", "command": "purge",
        "url": "http://127.0.0.1:8080/x", "key": "vm.swappiness", "check": "site", "token": "lb",
        "folders": [{"path": "/var/cache/app/"}, {"path": "/srv/tmp"}],
    });
    Rights::of(&all, &all, &config).unwrap()
}

fn call(url: &str) -> HttpCall {
    HttpCall { method: "POST".into(), url: url.into(), headers: vec![], body: vec![], expected_status: vec![200] }
}

fn request(url: &str) -> Verb {
    Verb::HttpRequest { request: call(url), compensate: None }
}

fn delete(folder: &str) -> Verb {
    let (older_than_seconds, count_max, bytes_max) = (1, 1, 1);
    Verb::DeleteFiles { folder: folder.into(), pattern: "*.log".into(), older_than_seconds, count_max, bytes_max }
}

fn write(path: &str) -> Verb {
    Verb::WriteFile { path: path.into(), content: vec![], mode: 0o644 }
}

#[test]
fn names_are_granted_exactly_folders_with_what_is_below_and_urls_by_their_origin() {
    let service = |unit: &str| unit.to_owned();
    let signal = |executable: &str| Verb::SignalProcess {
        name: "app".into(),
        executable: executable.into(),
        pid: 7,
        started_at: Timestamp::from_millis(1),
        signal: "TERM".into(),
    };
    let command = |command: &str| Verb::RunCommand { command: command.into(), arguments: vec![] };
    let sysctl = |key: &str| Verb::SetSysctl { key: key.into(), value: "1".into() };
    let check = |check: &str| Verb::RunCheck { check: check.into() };
    for (permitted, verb) in [
        (true, Verb::RestartService { unit: service("nginx.service") }),
        (false, Verb::RestartService { unit: service("nginx") }),
        (false, Verb::RestartService { unit: service("a.service") }),
        (false, Verb::RestartService { unit: service("*.service") }),
        (false, Verb::StopService { unit: service("nginx.service") }),
        (true, Verb::StopService { unit: service("a.service") }),
        (true, Verb::StartService { unit: service("b.service") }),
        (true, signal("/usr/bin/app")),
        (false, signal("/usr/bin/app2")),
        (false, signal("/usr/bin/app/deeper")),
        (true, command("purge")),
        (false, command("purge-all")),
        (false, command("/bin/purge")),
        (true, request("http://127.0.0.1:8080/other?x=1")),
        (true, request("HTTP://127.1:8080")),
        (false, request("http://127.0.0.1:8081/x")),
        (false, request("https://127.0.0.1:8080/x")),
        (true, request("https://lb.example.org/weights")),
        (false, request("https://example.org/weights")),
        (false, request("https://*.example.org/weights")),
        (false, request("http://u@10.0.0.7/")),
        (false, request("file:///etc/passwd")),
        (true, write("/etc/app/x.conf")),
        (true, write("/etc/app")),
        (false, write("/etc/app/../shadow")),
        (false, write("/etc/apple")),
        (false, write("etc/app/x")),
        (true, delete("/var/cache/app")),
        (true, delete("/srv/tmp/deep/er")),
        (false, delete("/srv")),
        (false, delete("/")),
        (false, delete("/srv/tmp/..")),
        (true, sysctl("vm.swappiness")),
        (false, sysctl("vm.overcommit_memory")),
        (false, sysctl("vm/../swappiness")),
        (true, check("site")),
        (false, check("other")),
    ] {
        let answer = rights().permits_verb(&verb);
        assert_eq!(answer.is_ok(), permitted, "{verb:?}: {answer:?}");
        assert!(Rights::default().permits_verb(&verb).is_err(), "{verb:?}");
    }
}

#[test]
fn a_requests_secrets_and_its_compensation_are_within_the_grant_too() {
    let good = call("http://127.0.0.1:8080/open");
    let with = |value: HeaderValue| HttpCall { headers: vec![("authorization".into(), value)], ..good.clone() };
    let asks = |request: &HttpCall, compensate: Option<&HttpCall>| {
        rights().permits_verb(&Verb::HttpRequest { request: request.clone(), compensate: compensate.cloned() })
    };
    assert_eq!(asks(&with(HeaderValue::Bearer("lb".into())), Some(&good)), Ok(()));
    assert_eq!(asks(&with(HeaderValue::Bearer("other".into())), None).unwrap_err().capability, "secrets");
    assert_eq!(asks(&good, Some(&with(HeaderValue::Secret("other".into())))).unwrap_err().capability, "secrets");
    assert_eq!(asks(&good, Some(&call("https://evil.example.net/"))).unwrap_err().capability, "verbs");
}

#[test]
fn a_refusal_says_what_the_plan_may_ask_for() {
    let all: Capabilities = serde_json::from_value(json!({"verbs": ["restart-service {unit}"]})).unwrap();
    let rights = Rights::of(&all, &all, &json!({"unit": "a.service"})).unwrap();
    for (unit, expected) in [
        ("b.service", "with this config it may only restart-service a.service"),
        ("b", "`b` is not one service's unit: write its full name, such as `nginx.service`, without wildcards"),
    ] {
        let refused = rights.permits_verb(&Verb::RestartService { unit: unit.into() }).unwrap_err().to_string();
        let lead = format!("the capability `verbs` does not reach restart-service {unit}: ");
        assert_eq!(refused, lead + expected);
    }
}

#[test]
fn loopback_that_a_verb_names_is_named_literally() {
    assert!(rights().names_literally("127.0.0.1"));
    assert!(!rights().names_literally("127.0.0.2"));
}

#[test]
fn the_host_sends_a_plans_requests_with_its_verbs_rights_and_the_guest_has_none_of_them() {
    let rights = rights();
    assert!(rights.permits_http("http", "127.0.0.1", 8080).is_err());
    let acting = rights.acting();
    assert!(acting.permits_http("http", "127.0.0.1", 8080).is_ok());
    assert!(acting.permits_http("https", "lb.example.org", 443).is_ok());
    assert!(acting.permits_http("https", "evil.example.net", 443).is_err());
    assert!(acting.names_literally("127.0.0.1") && acting.permits_secret("lb").is_ok());
}

#[test]
fn an_entry_is_one_verb_and_what_it_is_about() {
    for (entry, expected) in [
        ("restart-service {unit}", None),
        ("restart-service app-{tenant}.service", None),
        ("delete-files {folders[].path}", None),
        ("http-request https://*.example.org", None),
        ("write-file /etc/app", None),
        ("restart-service", Some(EntryProblem::NoTarget)),
        ("restart-service ", Some(EntryProblem::NoTarget)),
        ("restart-servce {unit}", Some(EntryProblem::UnknownVerb { nearest: Some("restart-service") })),
        ("format-disk /dev/sda", Some(EntryProblem::UnknownVerb { nearest: None })),
        ("{verb} {unit}", Some(EntryProblem::UnknownVerb { nearest: None })),
        ("{verb}", Some(EntryProblem::UnknownVerb { nearest: None })),
        ("restart-service *", Some(EntryProblem::Unit)),
        ("restart-service multi-user.target", Some(EntryProblem::Unit)),
        ("restart-service getty@.service", Some(EntryProblem::Unit)),
        ("signal-process app", Some(EntryProblem::Relative)),
        ("write-file /", Some(EntryProblem::Everything)),
        ("delete-files /./", Some(EntryProblem::Everything)),
        ("delete-files /var/../etc", Some(EntryProblem::Climbs)),
        ("http-request https://lb.example.org/weights", Some(EntryProblem::Path)),
        ("http-request lb.example.org", Some(EntryProblem::Origin)),
        ("run-command /bin/sh", Some(EntryProblem::Name)),
        ("set-sysctl vm", Some(EntryProblem::SysctlKey)),
        ("set-sysctl vm..x", Some(EntryProblem::SysctlKey)),
    ] {
        assert_eq!(EntryKind::Verbs.check(entry).err().map(|error| error.problem), expected, "{entry}");
    }
}

#[test]
fn a_config_fills_in_one_target_and_never_a_verb_more() {
    let ask: Capabilities = serde_json::from_value(json!({"verbs": ["restart-service {unit}"]})).unwrap();
    for unit in ["a.service b.service", "", "*", "a.service\nstop-service b.service"] {
        assert!(Rights::of(&ask, &ask, &json!({"unit": unit})).is_err(), "{unit:?}");
    }
    let granted: Capabilities = serde_json::from_value(json!({"verbs": ["restart-service a.service"]})).unwrap();
    assert!(Rights::of(&ask, &granted, &json!({"unit": "a.service"})).is_ok());
    let errors = Rights::of(&ask, &granted, &json!({"unit": "b.service"})).unwrap_err();
    let expected = "the grant does not reach restart-service b.service, which the config names: \
                    grant `verbs = [\"restart-service b.service\"]`, or `restart-service {unit}` as the plugin asks";
    assert_eq!(errors[0].to_string(), expected);
}

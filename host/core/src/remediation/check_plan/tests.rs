//! Each way in which a plan is wrong, by table: a good plan, one thing changed, and what is said of it.

use std::sync::Arc;

use super::*;
use crate::capability::Capabilities;
use crate::config::cases::compiled;
use crate::plan::{HeaderValue, HttpCall};
use crate::time::Timestamp;
use crate::verb::Command;

fn config() -> Config {
    let text =
        "checks: [{name: site, plugin: probe-any, interval: 10s}, {name: queue, plugin: probe-any, interval: 10s}]";
    let command = Command {
        name: "purge".into(),
        program: "/usr/bin/purge".into(),
        fixed: vec![],
        patterns: vec!["[a-z]+".into()],
        user: None,
        folder: None,
    };
    let config = compiled(text).unwrap_or_else(|errors| panic!("{errors}"));
    Config { commands: [(command.name.clone(), Arc::new(command))].into(), ..config }
}

fn rights() -> Rights {
    let all: Capabilities = serde_json::from_value(serde_json::json!({
        "verbs": [
            "restart-service a.service", "signal-process /usr/bin/app", "run-command purge", "run-command prge",
            "http-request https://lb.example.org", "write-file /etc/app", "write-file /proc/sys", "set-sysctl vm.swappiness",
            "delete-files /srv", "delete-files /etc/app", "run-check site", "run-check sit",
        ],
    }))
    .unwrap();
    Rights::of(&all, &all, &serde_json::json!({})).unwrap()
}

fn plan(verb: Verb) -> Plan {
    Plan {
        summary: "restart a".into(),
        why: "it hangs".into(),
        steps: vec![Step { verb, why: "a fresh start".into(), timeout_ms: 30_000 }],
        preconditions: vec![Precondition {
            check: "queue".into(),
            status: vec![Status::Ok],
            why: "nothing is lost".into(),
        }],
        verification: Verification { checks: vec!["site".into()], settle_ms: 1_000, times: 3 },
    }
}

fn restart() -> Verb {
    Verb::RestartService { unit: "a.service".into() }
}

fn signal(pid: u32, started_ms: i64, signal: &str) -> Verb {
    let started_at = Timestamp::from_millis(started_ms);
    Verb::SignalProcess {
        name: "app".into(),
        executable: "/usr/bin/app".into(),
        pid,
        started_at,
        signal: signal.into(),
    }
}

fn run(command: &str, arguments: &[&str]) -> Verb {
    Verb::RunCommand { command: command.into(), arguments: arguments.iter().map(|&it| it.to_owned()).collect() }
}

fn call(url: &str) -> HttpCall {
    let headers = vec![("Content-Type".to_owned(), HeaderValue::Text("text/plain".into()))];
    HttpCall { method: "POST".into(), url: url.into(), headers, body: vec![], expected_status: vec![200] }
}

fn request(request: HttpCall) -> Verb {
    Verb::HttpRequest { request, compensate: None }
}

fn write(path: &str, bytes: usize, mode: u32) -> Verb {
    Verb::WriteFile { path: path.into(), content: vec![0; bytes], mode }
}

fn delete(folder: &str, pattern: &str, older_than_seconds: u64, count_max: u32, bytes_max: u64) -> Verb {
    Verb::DeleteFiles { folder: folder.into(), pattern: pattern.into(), older_than_seconds, count_max, bytes_max }
}

fn said(plan: &Plan) -> Vec<String> {
    let faults = check_plan(plan, &rights(), &config()).err().unwrap_or_default();
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_good_plan_of_each_verb_passes() {
    let good = call("https://lb.example.org/weights?zone=a");
    for verb in [
        restart(),
        signal(7, 1, "TERM"),
        run("purge", &["web"]),
        request(good.clone()),
        Verb::HttpRequest { request: good.clone(), compensate: Some(good) },
        write("/etc/app/flag", 10, 0o644),
        Verb::SetSysctl { key: "vm.swappiness".into(), value: "10".into() },
        delete("/srv/tmp", "*.log", 3_600, 100, 1 << 30),
        delete("/srv/tmp", "**/cache-?/*.log", 60, 10_000, 1 << 30),
        Verb::RunCheck { check: "site".into() },
    ] {
        assert_eq!(said(&plan(verb.clone())), [""; 0], "{verb:?}");
    }
}

#[test]
fn a_verb_that_is_wrong_is_named_with_its_step_and_the_way_out() {
    let with = |change: &dyn Fn(&mut HttpCall)| {
        let mut call = call("https://lb.example.org/x");
        change(&mut call);
        request(call)
    };
    let header = |name: &str, text: &str| (name.to_owned(), HeaderValue::Text(text.into()));
    for (verb, expected) in [
        (Verb::RestartService { unit: "b.service".into() }, "does not reach restart-service b.service"),
        (Verb::RestartService { unit: "*".into() }, "not one service's unit"),
        (Verb::RestartService { unit: String::new() }, "not one service's unit"),
        (signal(0, 1, "TERM"), "0 is the number of no process"),
        (signal(1, 1, "TERM"), "1 is the number of no process"),
        (signal(u32::MAX, 1, "TERM"), "4294967295 is the number of no process"),
        (signal(7, 0, "TERM"), "does not say when the process started"),
        (signal(7, 1, "SIGTERM"), "`SIGTERM` is no signal that may be sent; did you mean `TERM`?"),
        (run("prge", &["web"]), "there is no command `prge`; did you mean `purge`?"),
        (run("purge", &[]), "takes 1 arguments, and 0 are given"),
        (run("purge", &["web", "db"]), "takes 1 arguments, and 2 are given"),
        (run("purge", &["web db"]), "argument 1, `web db`, does not match its pattern `[a-z]+`"),
        (run("purge", &["web\0"]), "argument 1 holds a NUL"),
        (request(call("https://evil.example.net/")), "does not reach http-request https://evil.example.net/"),
        (request(call("ftp://lb.example.org/")), "is no address of the web"),
        (request(call("https://lb.example.org/logs-*")), "holds a wildcard"),
        (request(call("https://lb.example.org/logs-%2A")), "holds a wildcard"),
        (request(call("https://lb.example.org/users//sessions")), "an empty part of its path"),
        (request(call("https://lb.example.org/users?id=")), "or an empty value"),
        (request(call("https://u:p@lb.example.org/users")), "holds a user or a password"),
        (
            with(&|call| call.method = "post".into()),
            "the method `post` of its request is not known; did you mean `POST`?",
        ),
        (with(&|call| call.expected_status.clear()), "does not say which status means success"),
        (with(&|call| call.headers.push(header("Host", "other"))), "the host's own to set"),
        (with(&|call| call.headers.push(header("a b", "x"))), "is no header's name"),
        (with(&|call| call.headers.push(header("X-A", "x\r\nHost: y"))), "has control characters"),
        (with(&|call| call.body = vec![0; (1 << 20) + 1]), "the body of its request has 1048577 bytes"),
        (write("/etc/app/*", 1, 0o644), "holds a wildcard"),
        (write("/etc/app/", 1, 0o644), "is a folder"),
        (write("/etc/app/../shadow", 1, 0o644), "climbs with `..`"),
        (write("/proc/sys/vm/swappiness", 1, 0o644), "nothing is written in /proc"),
        (write("/etc/app/x", (1 << 20) + 1, 0o644), "its content has 1048577 bytes"),
        (write("/etc/app/x", 1, 0), "its mode is 0000"),
        (write("/etc/app/x", 1, 0o4755), "its mode is 4755"),
        (write("/etc/app/x", 1, 0o666), "everyone could change the file"),
        (Verb::SetSysctl { key: "vm.swappiness".into(), value: " ".into() }, "its value is empty"),
        (Verb::SetSysctl { key: "vm.swappiness".into(), value: "1\n2".into() }, "control characters"),
        (Verb::SetSysctl { key: "vm/swappiness".into(), value: "1".into() }, "is not a kernel setting"),
        (delete("/srv", "*.log", 3_600, 1, 1), "`/srv` is as much as everything"),
        (delete("/etc/app", "*.log", 3_600, 1, 1), "is of /etc, which belongs to the system"),
        (delete("/srv/*", "*.log", 3_600, 1, 1), "holds a wildcard"),
        (delete("/srv/tmp", "", 3_600, 1, 1), "the pattern `` selects nothing, or everything"),
        (delete("/srv/tmp", "*", 3_600, 1, 1), "selects nothing, or everything"),
        (delete("/srv/tmp", "**", 3_600, 1, 1), "selects nothing, or everything"),
        (delete("/srv/tmp", "*.*", 3_600, 1, 1), "selects nothing, or everything"),
        (delete("/srv/tmp", "../*.log", 3_600, 1, 1), "is none of paths below a folder"),
        (delete("/srv/tmp", "cache/*", 3_600, 1, 1), "selects nothing, or everything"),
        (delete("/srv/tmp", "cache/**", 3_600, 1, 1), "selects nothing, or everything"),
        (delete("/srv/tmp", "a**/*.log", 3_600, 1, 1), "is none of paths below a folder"),
        (delete("/srv/tmp", "/a/*.log", 3_600, 1, 1), "is none of paths below a folder"),
        (delete("/srv/tmp", "[a-z]*", 3_600, 1, 1), "is none of paths below a folder"),
        (delete("/srv/tmp", "*.log", 0, 1, 1), "which may be being written"),
        (delete("/srv/tmp", "*.log", 3_600, 0, 1), "0 does not mean all"),
        (delete("/srv/tmp", "*.log", 3_600, 10_001, 1), "it may delete 10001 files"),
        (delete("/srv/tmp", "*.log", 3_600, 1, 0), "it may delete 0B"),
        (delete("/srv/tmp", "*.log", 3_600, 1, u64::MAX), "bound it by 1B to 100GiB"),
        (Verb::RunCheck { check: "sit".into() }, "there is no check `sit`; did you mean `site`?"),
    ] {
        let said = said(&plan(verb.clone()));
        let at = format!("step 1 ({}): ", verb.kind().as_str());
        assert!(said.iter().any(|fault| fault.starts_with(&at) && fault.contains(expected)), "{verb:?}: {said:?}");
        let one_too_many = said.iter().filter(|fault| !fault.starts_with(&at));
        assert_eq!(one_too_many.count(), 0, "{verb:?}: {said:?}");
    }
}

#[test]
fn a_compensating_request_is_held_to_the_same() {
    let compensate = Some(HttpCall { expected_status: vec![], ..call("https://lb.example.org/x") });
    let said = said(&plan(Verb::HttpRequest { request: call("https://lb.example.org/x"), compensate }));
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("its compensating request does not say which status means success"), "{said:?}");
}

#[test]
fn a_plan_that_is_wrong_as_a_whole_is_told_so() {
    type Change = fn(&mut Plan);
    let table: [(Change, &str); 15] = [
        (|plan| plan.steps.clear(), "the plan: it has no steps; refuse instead"),
        (|plan| plan.steps = vec![plan.steps[0].clone(); 21], "the plan: it has 21 steps, and 20 are possible"),
        (|plan| plan.summary = " ".into(), "the plan: its summary is empty"),
        (|plan| plan.why.clear(), "the plan: its reason is empty"),
        (|plan| plan.why = "x".repeat(5_000), "the plan: its reason has 5000 bytes"),
        (|plan| plan.steps[0].why.clear(), "step 1 (restart-service): its reason is empty"),
        (|plan| plan.steps[0].timeout_ms = 0, "step 1 (restart-service): its timeout is 0s"),
        (
            |plan| plan.steps[0].timeout_ms = 600_001,
            "its timeout is 10m1ms; give it one of more than 0s and at most 10m",
        ),
        (
            |plan| plan.preconditions[0].check = "quue".into(),
            "precondition 1: there is no check `quue`; did you mean `queue`?",
        ),
        (|plan| plan.preconditions[0].status.clear(), "precondition 1: it allows no status"),
        (
            |plan| plan.preconditions[0].status = vec![Status::Ok, Status::Warning, Status::Critical, Status::Unknown],
            "precondition 1: it allows every status",
        ),
        (|plan| plan.verification.checks.clear(), "the verification: it names no checks"),
        (|plan| plan.verification.checks.push("quue".into()), "the verification: there is no check `quue`"),
        (|plan| plan.verification.times = 0, "the verification: it runs its checks 0 times"),
        (
            |plan| plan.verification.settle_ms = 3_600_001,
            "the verification: it settles for 1h1ms; settle for at most 1h",
        ),
    ];
    for (change, expected) in table {
        let mut plan = plan(restart());
        change(&mut plan);
        let said = said(&plan);
        assert!(said.len() == 1 && said[0].contains(expected), "{expected}: {said:?}");
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once_in_the_order_of_the_plan() {
    let mut plan = plan(Verb::RestartService { unit: "*".into() });
    plan.steps.push(Step { verb: restart(), why: String::new(), timeout_ms: 0 });
    plan.verification.times = 99;
    let parts: Vec<String> =
        check_plan(&plan, &rights(), &config()).unwrap_err().iter().map(|fault| fault.at.to_string()).collect();
    let expected =
        ["step 1 (restart-service)", "step 2 (restart-service)", "step 2 (restart-service)", "the verification"];
    assert_eq!(parts, expected);
}

#[test]
fn what_all_steps_carry_together_is_bounded() {
    let mut plan = plan(write("/etc/app/x", 1 << 20, 0o644));
    plan.steps = vec![plan.steps[0].clone(); 3];
    assert_eq!(said(&plan).len(), 1, "{:?}", said(&plan));
    assert!(said(&plan)[0].contains("it carries 3145728 bytes of content"));
}

#[test]
fn nothing_is_within_no_rights() {
    let faults = check_plan(&plan(restart()), &Rights::default(), &config()).unwrap_err();
    assert!(faults[0].problem.contains("has no `verbs` right"), "{faults:?}");
}

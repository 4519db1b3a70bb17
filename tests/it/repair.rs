//! Repairs through the real programs: a service of its own is killed and started again, what did not help is taken back, a
//! person says yes to one plan and to no other, and what was happening when the node died is never tried blindly.

use std::net::TcpListener;

use serde_json::Value;
use tocsin_tests::{Home, Node, Said, Sink, plugin, program, record, wait_for};

/// A shop that can be killed: `start` is what a repair runs.
struct Shop<'h> {
    home: &'h Home,
    port: u16,
}

impl<'h> Shop<'h> {
    fn open(home: &'h Home) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let shop = Self { home, port: free.port() };
        let _opened = shop.ctl("start").expect_code(0);
        shop
    }

    fn ctl(&self, word: &str) -> Said {
        let mut command = std::process::Command::new(program("xtask"));
        let folder = self.home.path("");
        command.args(["shop", word, "--port", &self.port.to_string(), "--folder"]).arg(folder);
        Said::of(format!("shop {word}"), &mut command)
    }

    fn run(&self, word: &str) -> String {
        let (xtask, folder) = (program("xtask"), self.home.path(""));
        let (xtask, folder) = (xtask.display(), folder.display());
        format!("[{xtask}, shop, {word}, --port, '{}', --folder, {folder}]", self.port)
    }

    fn ask(&self, method: &str, path: &str) -> String {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.port)).expect("the shop is open");
        write!(stream, "{method} {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n").expect("it is asked");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer.split_once("\r\n\r\n").map(|(_, body)| body.trim().to_owned()).unwrap_or_default()
    }
}

impl Drop for Shop<'_> {
    fn drop(&mut self) {
        let _killed = self.ctl("kill");
    }
}

const NODE: &str = "node:\n  name: test\nshutdown_grace: 5s\nretention:\n  reserve: 64KiB\nincidents: {resolve_after: 1s}\n\
                    alerting: {config: alertmanager.yml}\n";

const CHECKS: &str = "
checks:
  - {name: shop, plugin: probe-http, interval: 200ms, timeout: 1s, labels: {service: shop}, config: {url: 'http://127.0.0.1:PORT/'}}
  - {name: stock, plugin: probe-http, interval: 200ms, timeout: 1s, labels: {service: shop}, depends_on: [shop], config: {url: 'http://127.0.0.1:PORT/stock'}}
commands:
  - {name: start-shop, run: START}
  - {name: hang, run: [/bin/sleep, '600']}
";

const VERIFICATION: &str = "verification: {settle: 200ms, times: 2, within: 30s}";

fn restart(mode: &str, more: &str) -> String {
    format!(
        "playbooks:\n  - name: start-the-shop\n    trigger: {{checks: [shop]}}\n    actions: [{{plugin: action-run-command, config: \
         {{command: start-shop, verify: {{settle: 100ms}}}}}}]\n    mode: {mode}\n    {VERIFICATION}\n{more}"
    )
}

fn start<'h>(home: &'h Home, shop: &Shop<'_>, sink: &Sink, playbooks: &str) -> Node<'h> {
    home.write("tocsin.yaml", NODE);
    home.write(
        "alertmanager.yml",
        format!(
            "route: {{receiver: team, group_by: [alertname], group_wait: 100ms, group_interval: 500ms, repeat_interval: 1h}}\n\
             receivers:\n  - name: team\n    webhook_configs: [{{url: '{}'}}]\n",
            sink.url()
        ),
    );
    let node = home.start();
    for name in ["probe-http", "action-run-command", "action-http"] {
        let _installed = node.install(&plugin(name), "all").expect_code(0);
    }
    let checks = CHECKS.replace("PORT", &shop.port.to_string()).replace("START", &shop.run("start"));
    home.write_checks(&format!("{checks}{playbooks}"));
    let _reloaded = node.pluginctl(&["reload"]).expect_code(0);
    node.await_status("shop", "ok");
    node.await_status("stock", "ok");
    node
}

/// The newest repair that fits.
fn repair(node: &Node<'_>, fits: impl Fn(&Value) -> bool) -> Option<Value> {
    let list = node.get("/api/v1/remediations");
    list["remediations"].as_array().expect("a list").iter().find(|it| fits(it)).cloned()
}

fn ended(node: &Node<'_>) -> Value {
    wait_for("a repair has ended", || repair(node, |it| it["ended"].is_object()))
}

fn incident(node: &Node<'_>, state: &str) -> Value {
    wait_for(&format!("the incident is {state}"), || {
        let list = node.get(&format!("/api/v1/incidents?state={state}"));
        let id = list["incidents"][0]["id"].as_str()?.to_owned();
        Some(node.get(&format!("/api/v1/incidents/{id}")))
    })
}

fn told(sink: &Sink, alert: &str) -> bool {
    sink.asked().iter().any(|asked| asked.body.contains(alert))
}

#[test]
fn a_service_that_is_killed_is_started_again_proved_and_written_down() {
    let (home, sink) = (Home::new(), Sink::start());
    let shop = Shop::open(&home);
    let node = start(&home, &shop, &sink, &restart("auto", ""));
    let _killed = shop.ctl("kill").expect_code(0);

    let repaired = ended(&node);
    assert_eq!(repaired["ended"]["how"], "verified", "{repaired:#}");
    let step = &repaired["plan"]["steps"][0];
    assert_eq!((&step["verb"], &step["state"]), (&"run-command".into(), &"done".into()), "{repaired:#}");
    assert!(step["output"].as_str().is_some_and(|output| output.contains("the shop is open")), "{repaired:#}");
    assert_eq!(repaired["gates"].as_array().map(Vec::len), Some(13), "every gate was asked: {repaired:#}");
    assert_eq!(shop.ask("GET", "/"), "The shop is open.");

    let resolved = incident(&node, "resolved");
    let text = resolved["timeline"].to_string();
    for part in ["alert", "remediation", "verification", "mitigated"] {
        assert!(text.contains(part), "{part}: {resolved:#}");
    }
    let id = resolved["id"].as_str().expect("an id");
    let shown = node.pluginctl(&["incident", "show", id]).expect_code(0);
    let _shown = shown.expect_text(&["timeline:", "repair ", "resolved"]);
    let number = repaired["id"].as_str().expect("an id");
    let shown = node.pluginctl(&["remediation", "show", number]).expect_code(0);
    let _shown = shown.expect_text(&["gates:", "kill-switch", "start-shop", "ended verified"]);
    let written = node.pluginctl(&["postmortem", "show", id]).expect_code(0);
    let _written = written.expect_text(&["## Timeline", "## Impact"]);
    let html = node.text(&format!("/api/v1/incidents/{id}/postmortem?format=html"));
    assert!(html.contains("<h1"), "{html}");
    assert!(node.stop().success());
}

#[test]
fn what_did_not_help_is_taken_back_and_a_person_is_told() {
    let (home, sink) = (Home::new(), Sink::start());
    let shop = Shop::open(&home);
    let breaker = |word: &str| {
        format!("{{method: PUT, url: 'http://127.0.0.1:{}/breaker/{word}', expected_status: [200]}}", shop.port)
    };
    let playbook = format!(
        "playbooks:\n  - name: do-without-the-stock\n    trigger: {{checks: [stock]}}\n    actions: [{{plugin: action-http, config: \
         {{summary: open the breaker, why: it may help, request: {}, compensate: {}, verify: {{settle: 100ms}}}}}}]\n    \
         mode: auto\n    {VERIFICATION}\n",
        breaker("open"),
        breaker("closed")
    );
    let node = start(&home, &shop, &sink, &playbook);
    shop.ask("POST", "/break");

    let undone = ended(&node);
    assert_eq!(undone["ended"]["how"], "undone", "{undone:#}");
    assert_eq!(undone["ended"]["escalated"], true, "{undone:#}");
    assert_eq!(undone["plan"]["steps"][0]["state"], "undone", "{undone:#}");
    assert_eq!(shop.ask("GET", "/breaker"), "closed", "the compensating request was sent");
    wait_for("a person is told", || told(&sink, "RemediationFailed").then_some(()));

    shop.ask("POST", "/repair");
    let _over = incident(&node, "resolved");
    assert!(node.stop().success());
}

#[test]
fn a_plan_waits_for_a_person_who_approves_this_plan_and_no_other() {
    let (home, sink) = (Home::new(), Sink::start());
    let shop = Shop::open(&home);
    let node = start(&home, &shop, &sink, &restart("approve", ""));
    let _killed = shop.ctl("kill").expect_code(0);
    let waiting = wait_for("a plan waits", || repair(&node, |it| it["stage"] == "awaiting-approval"));
    let (id, hash) = (waiting["id"].as_str().expect("an id"), waiting["plan"]["hash"].as_str().expect("a hash"));

    let other = format!("{}{}", if hash.starts_with('0') { "1" } else { "0" }, hash.get(1..).expect("it is long"));
    let forged = node.pluginctl(&["approve", id, "--hash", &other]).expect_code(1);
    let forged = forged.expect_text(&["look at it again"]);
    record("Repair: approval of another plan", &[&forged]);
    let unknown = node.pluginctl(&["approve", "nothing-like-it", "--hash", hash]).expect_code(3);
    record("Repair: approval of nothing", &[&unknown]);
    assert_eq!(repair(&node, |it| it["id"] == id).expect("it is there")["stage"], "awaiting-approval");
    let _approved = node.pluginctl(&["approve", id, "--hash", hash]).expect_code(0);
    let done = ended(&node);
    assert_eq!((&done["ended"]["how"], &done["approved"]["by"]), (&"verified".into(), &"admin".into()), "{done:#}");
    let late = node.pluginctl(&["approve", id, "--hash", hash]).expect_code(3);
    let late = late.expect_text(&["already approved by admin"]);
    record("Repair: approval given twice", &[&late]);
    let log = node.pluginctl(&["--json", "incident", "list"]).expect_code(0).json();
    assert!(log["incidents"][0]["remediations"].to_string().contains(id), "{log:#}");
    assert!(node.stop().success());
}

#[test]
fn a_kill_switch_stops_what_is_to_come_and_says_so_everywhere() {
    let (home, sink) = (Home::new(), Sink::start());
    let shop = Shop::open(&home);
    let node = start(&home, &shop, &sink, &restart("auto", ""));
    let thrown = node.pluginctl(&["killswitch", "on", "--playbook", "start-the-shop", "--reason", "a drill"]);
    let _thrown = thrown.expect_code(0).expect_text(&["the playbook start-the-shop"]);
    let unknown = node.pluginctl(&["killswitch", "on", "--playbook", "no-such", "--reason", "a drill"]).expect_code(3);
    record("Repair: a kill switch for a playbook that is not there", &[&unknown.expect_text(&["no-such"])]);
    let _killed = shop.ctl("kill").expect_code(0);

    let stopped = ended(&node);
    assert_eq!(stopped["ended"]["how"], "refused", "{stopped:#}");
    let gate = stopped["gates"].as_array().expect("gates").iter().find(|it| it["gate"] == "kill-switch").expect("it");
    assert!(gate["reason"].as_str().is_some_and(|reason| reason.contains("a drill")), "{gate:#}");
    let id = stopped["id"].as_str().expect("an id");
    let _shown = node.pluginctl(&["remediation", "show", id]).expect_code(0).expect_text(&["a drill", "refuse"]);
    let _listed = node.pluginctl(&["killswitch"]).expect_code(0).expect_text(&["a drill", "start-the-shop"]);
    let _off = node.pluginctl(&["killswitch", "off", "--playbook", "start-the-shop"]).expect_code(0);
    let none = node.pluginctl(&["killswitch", "off", "--playbook", "start-the-shop"]).expect_code(3);
    record("Repair: a kill switch taken back that is not thrown", &[&none]);
    assert!(node.stop().success());
}

/// What is configured, the gate that stops it, and what it says.
const GATES: &[(&str, &str, &str)] = &[
    ("mode: observe", "mode", "mode observe says what it would have answered"),
    (
        "mode: auto\n    gates: {blast_radius: {group: {service: shop}, percent_max: 50, count_max: 2, healthy_min: 0}}",
        "blast-radius",
        "in the group",
    ),
];

#[test]
fn a_gate_that_stops_a_repair_says_why_to_whoever_asks() {
    let (home, sink) = (Home::new(), Sink::start());
    let shop = Shop::open(&home);
    let node = start(&home, &shop, &sink, "");
    let checks = CHECKS.replace("PORT", &shop.port.to_string()).replace("START", &shop.run("start"));
    for (number, (limits, gate, says)) in GATES.iter().enumerate() {
        let name = format!("try-{number}");
        let playbook = restart("MODE", "").replace("start-the-shop", &name).replace("mode: MODE", limits);
        home.write_checks(&format!("{checks}{playbook}"));
        let _reloaded = node.pluginctl(&["reload"]).expect_code(0);
        let _killed = shop.ctl("kill").expect_code(0);
        let stopped = wait_for(&format!("{gate} stops it"), || {
            repair(&node, |it| {
                let gates = it["gates"].as_array().map(Vec::as_slice).unwrap_or_default();
                it["playbook"] == name.as_str() && gates.iter().any(|it| it["gate"] == *gate && it["ruling"] != "allow")
            })
        });
        let verdict = stopped["gates"].as_array().expect("gates").iter().find(|it| it["gate"] == *gate).expect("it");
        assert!(verdict["reason"].as_str().is_some_and(|reason| reason.contains(says)), "{verdict:#}");
        let id = stopped["id"].as_str().expect("an id");
        let _shown = node.pluginctl(&["remediation", "show", id]).expect_code(0).expect_text(&[gate, says]);
        assert_eq!(stopped["plan"]["steps"].as_array().map(Vec::len).unwrap_or_default(), 0, "nothing was planned");
        let _opened = shop.ctl("start").expect_code(0);
        wait_for("the incident is over", || {
            let open = node.get("/api/v1/incidents?state=open,acknowledged,mitigated");
            open["incidents"].as_array().is_some_and(Vec::is_empty).then_some(())
        });
    }
    let replayed = node.pluginctl(&["playbook", "simulate", "try-1"]).expect_code(0);
    let _replayed = replayed.expect_text(&["try-1"]);
    assert!(node.stop().success());
}

#[test]
fn what_was_happening_when_the_node_died_is_not_tried_again() {
    let (home, sink) = (Home::new(), Sink::start());
    let shop = Shop::open(&home);
    let hang = restart("auto", "").replace("command: start-shop", "command: hang, timeout: 60s");
    let node = start(&home, &shop, &sink, &hang);
    let _killed = shop.ctl("kill").expect_code(0);
    wait_for("the verb is under way", || repair(&node, |it| it["plan"]["steps"][0]["state"] == "under-way").map(drop));
    node.kill();

    let node = home.start();
    let lost = ended(&node);
    assert_eq!(lost["ended"]["how"], "indeterminate", "{lost:#}");
    assert_eq!(lost["plan"]["steps"][0]["state"], "indeterminate", "{lost:#}");
    assert_eq!(lost["ended"]["escalated"], true, "{lost:#}");
    wait_for("a person is told", || told(&sink, "RemediationFailed").then_some(()));
    let all = node.get("/api/v1/remediations")["remediations"].as_array().map(Vec::len);
    assert_eq!(all, Some(1), "nothing was tried again");
    assert!(node.stop().success());
}

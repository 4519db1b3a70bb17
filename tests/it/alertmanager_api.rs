//! Alertmanager's API of a real node, asked by Debian's own `amtool` where that is installed.

use std::process::Command;

use serde_json::Value;
use tocsin_tests::{Home, Node, Said};

const FILE: &str = "route:\n  receiver: all\n  group_by: [alertname]\n  routes:\n    - receiver: web\n      matchers: \
                    ['team=\"web\"']\nreceivers:\n  - name: all\n  - name: web\n";

/// A home whose node has routes, and a file that gives `amtool` the admin's token.
fn home() -> Home {
    let home = Home::new();
    home.write("alertmanager.yml", FILE);
    let own = std::fs::read_to_string(home.path("tocsin.yaml")).unwrap();
    home.write("tocsin.yaml", format!("{own}alerting:\n  config: alertmanager.yml\n"));
    home
}

/// `None` where it is not installed.
fn amtool(home: &Home, node: &Node<'_>, arguments: &[&str]) -> Option<Said> {
    let token = std::fs::read_to_string(home.path("data/admin.token")).unwrap();
    home.write("amtool-http.yml", format!("authorization:\n  credentials: {}\n", token.trim()));
    let mut command = Command::new("amtool");
    command.arg(format!("--alertmanager.url={}/alertmanager", node.url));
    command.arg(format!("--http.config.file={}", home.path("amtool-http.yml").display()));
    command.args(arguments).env("HOME", home.path("."));
    if Command::new("amtool").arg("--version").output().is_err() {
        return None;
    }
    Some(Said::of(format!("amtool {}", arguments.join(" ")), &mut command))
}

fn names(said: &Said, field: fn(&Value) -> &Value) -> Vec<String> {
    let mut names: Vec<String> =
        said.json().as_array().unwrap().iter().map(|it| field(it).as_str().unwrap().into()).collect();
    names.sort();
    names
}

fn alertname(alert: &Value) -> &Value {
    &alert["labels"]["alertname"]
}

#[test]
fn amtool_works_against_the_node() {
    let home = home();
    let node = home.start();
    let Some(added) = amtool(&home, &node, &["alert", "add", "Down", "team=web", "--annotation=summary=it is down"])
    else {
        eprintln!("amtool is not installed: apt-get install --no-install-recommends prometheus-alertmanager");
        return;
    };
    let _added = added.expect_code(0);
    let ask = |arguments: &[&str]| amtool(&home, &node, arguments).unwrap().expect_code(0);
    ask(&["alert", "add", "Slow", "site=x"]);
    let query = |more: &[&str]| names(&ask(&[&["alert", "query", "--output=json"][..], more].concat()), alertname);
    assert_eq!(query(&[]), ["Down", "Slow"]);
    assert_eq!(query(&["team=web"]), ["Down"]);
    assert_eq!(query(&["--receiver=all"]), ["Slow"]);

    let silence = ask(&["silence", "add", "--author=ada", "--comment=disk swap", "--duration=1h", "team=web"]);
    let id = silence.stdout.trim().to_owned();
    assert_eq!(query(&[]), ["Slow"]);
    assert_eq!(query(&["--silenced"]), ["Down"]);
    assert_eq!(names(&ask(&["silence", "query", "--output=json"]), |it| &it["id"]), std::slice::from_ref(&id));
    ask(&["silence", "update", "--duration=2h", "--comment=longer", &id]);
    let shown = ask(&["silence", "query", "--output=json"]).json();
    assert_eq!((&shown[0]["comment"], &shown[0]["id"]), (&Value::from("longer"), &Value::from(id.clone())));
    ask(&["silence", "expire", &id]);
    assert_eq!(names(&ask(&["silence", "query", "--expired", "--output=json"]), |it| &it["id"]), [id]);
    assert_eq!(query(&[]), ["Down", "Slow"]);

    let _config = ask(&["config", "show"]).expect_text(&["receiver: all", "receiver: web"]);
    let _routed = ask(&["config", "routes", "test", "team=web"]).expect_text(&["web"]);
    let _tree = ask(&["config", "routes", "show"]).expect_text(&["receiver: web"]);
}

#[test]
fn silences_and_alerts_survive_that_the_node_is_killed() {
    let home = home();
    let node = home.start();
    let Some(added) = amtool(&home, &node, &["alert", "add", "Down", "team=web"]) else { return };
    let _added = added.expect_code(0);
    let silence = ["silence", "add", "--author=ada", "--comment=disk swap", "--duration=1h", "team=web"];
    let id = amtool(&home, &node, &silence).unwrap().expect_code(0).stdout.trim().to_owned();
    node.kill();
    let node = home.start();
    let shown = node.get("/alertmanager/api/v2/alerts");
    assert_eq!(shown[0]["status"]["silencedBy"][0], Value::from(id));
}

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use tocsin_core::capability::Rights;
use tocsin_core::plan::Verb;
use tocsin_core::verb::{Command, Undo};

use super::*;
use crate::fixture::{Node, key};

fn write(node: &Node, name: &str, content: &str) -> Verb {
    let path = node.world(name).to_str().unwrap().to_owned();
    Verb::WriteFile { path, content: content.into(), mode: 0o644 }
}

#[tokio::test]
async fn nothing_is_carried_out_that_was_not_looked_at() {
    let node = Node::new();
    let order = node.order(0, write(&node, "a", "new"));
    let failure = node.executor.carry_out(&order).await.unwrap_err();
    assert!(failure.reason.contains("was not looked at before"), "{}", failure.reason);
    assert_eq!(failure.changed, Changed::No);
    assert!(!node.world("a").exists());
}

#[tokio::test]
async fn nothing_is_carried_out_twice() {
    let node = Node::new();
    let order = node.order(0, write(&node, "a", "new"));
    node.executor.prepare(&order).await.unwrap();
    node.executor.carry_out(&order).await.unwrap();
    fs::remove_file(node.world("a")).unwrap();
    for failure in
        [node.executor.carry_out(&order).await.unwrap_err(), node.executor.prepare(&order).await.unwrap_err()]
    {
        assert!(failure.reason.contains("was begun before"), "{}", failure.reason);
        assert_eq!(failure.changed, Changed::No);
    }
    assert!(!node.world("a").exists());
}

#[tokio::test]
async fn what_was_begun_before_a_crash_is_not_begun_again() {
    let node = Node::new();
    let order = node.order(0, write(&node, "a", "new"));
    node.executor.prepare(&order).await.unwrap();
    node.executor.journal.begin(&order.key).unwrap();
    assert!(node.executor.carry_out(&order).await.unwrap_err().reason.contains("was begun before"));
    assert!(!node.world("a").exists());
}

#[tokio::test]
async fn another_order_under_the_same_key_is_refused() {
    let node = Node::new();
    node.executor.prepare(&node.order(0, write(&node, "a", "new"))).await.unwrap();
    let failure = node.executor.carry_out(&node.order(0, write(&node, "a", "evil"))).await.unwrap_err();
    assert!(failure.reason.contains("was looked at as another order"), "{}", failure.reason);
    assert_eq!(failure.changed, Changed::No);
    assert!(!node.world("a").exists());
}

#[tokio::test]
async fn what_was_never_begun_has_nothing_to_take_back() {
    let node = Node::new();
    let undo = node.executor.prepare(&node.order(0, write(&node, "a", "new"))).await.unwrap().undo.unwrap();
    let failure = node.executor.prepare(&node.undo(0, undo)).await.unwrap_err();
    assert!(failure.reason.contains("was never begun"), "{}", failure.reason);
    let undo = Undo::MoveBack { folder: "/nowhere".to_owned(), count: 1 };
    let failure = node.executor.prepare(&node.undo(1, undo)).await.unwrap_err();
    assert!(failure.reason.contains("was not looked at"), "{}", failure.reason);
}

#[tokio::test]
async fn an_undo_that_does_not_fit_what_was_done_is_refused() {
    let node = Node::new();
    let order = node.order(0, write(&node, "a", "new"));
    node.executor.prepare(&order).await.unwrap();
    node.executor.carry_out(&order).await.unwrap();
    let path = node.world("a").to_str().unwrap().to_owned();
    for undo in [
        Undo::RestoreFile { path: path.clone(), existed: true, mode: 0o644 },
        Undo::MoveBack { folder: node.world("").to_str().unwrap().to_owned(), count: 1 },
    ] {
        let failure = node.executor.prepare(&node.undo(0, undo)).await.unwrap_err();
        assert_eq!(failure.changed, Changed::No, "{}", failure.reason);
    }
    assert!(node.world("a").exists());
}

#[tokio::test]
async fn every_verb_outside_its_rights_is_refused_before_it_is_looked_at() {
    let node = Node::new();
    let call = tocsin_core::plan::HttpCall {
        method: "POST".to_owned(),
        url: "http://127.0.0.1:9/x".to_owned(),
        headers: vec![],
        body: vec![],
        expected_status: vec![200],
    };
    let text = |text: &str| text.to_owned();
    let verbs = [
        Verb::RestartService { unit: text("web.service") },
        Verb::StartService { unit: text("web.service") },
        Verb::StopService { unit: text("web.service") },
        Verb::SignalProcess {
            name: text("sleep"),
            executable: text("/bin/sleep"),
            pid: 7,
            started_at: Timestamp::from_millis(0),
            signal: text("TERM"),
        },
        Verb::RunCommand { command: text("fix"), arguments: vec![] },
        Verb::HttpRequest { request: call, compensate: None },
        write(&node, "a", "new"),
        Verb::SetSysctl { key: text("vm.swappiness"), value: text("1") },
        Verb::DeleteFiles {
            folder: node.world("").to_str().unwrap().to_owned(),
            pattern: text("*.log"),
            older_than_seconds: 0,
            count_max: 1,
            bytes_max: 1,
        },
        Verb::RunCheck { check: "site".into() },
    ];
    for verb in verbs {
        let order = Order { rights: Rights::default(), ..node.order(0, verb.clone()) };
        let failure = node.executor.prepare(&order).await.unwrap_err();
        assert!(failure.reason.starts_with("the capability `verbs` does not reach"), "{}", failure.reason);
        assert_eq!(failure.changed, Changed::No);
    }
    assert_eq!(node.executor.kept().await.unwrap(), []);
}

#[tokio::test]
async fn rights_that_were_withdrawn_since_the_look_stop_the_deed() {
    let node = Node::new();
    let order = node.order(0, write(&node, "a", "new"));
    node.executor.prepare(&order).await.unwrap();
    let failure = node.executor.carry_out(&Order { rights: Rights::default(), ..order }).await.unwrap_err();
    assert_eq!(failure.changed, Changed::No, "{}", failure.reason);
    assert!(!node.world("a").exists());
}

#[tokio::test]
async fn a_check_is_no_order() {
    let node = Node::new();
    let failure = node.executor.prepare(&node.order(0, Verb::RunCheck { check: "site".into() })).await.unwrap_err();
    let expected = "the check `site` is run by the node itself, which is no change that an order carries out";
    assert_eq!((failure.reason.as_str(), failure.changed), (expected, Changed::No));
}

#[tokio::test]
async fn a_journal_that_cannot_be_written_stops_the_order_before_it_begins() {
    let node = Node::new();
    let order = node.order(0, write(&node, "a", "new"));
    // Something that is no folder has the entry's place, which stops root too.
    fs::write(node.path("journal").join(order.key.to_string()), "").unwrap();
    let failure = node.executor.prepare(&order).await.unwrap_err();
    assert!(failure.reason.contains("of the journal cannot be made"), "{}", failure.reason);
    assert_eq!(failure.changed, Changed::No);
    assert_eq!(node.executor.carry_out(&order).await.unwrap_err().changed, Changed::No);
    assert!(!node.world("a").exists());
}

#[tokio::test]
async fn a_damaged_entry_stops_the_order_and_names_the_file() {
    let node = Node::new();
    let order = node.order(0, write(&node, "a", "new"));
    node.executor.prepare(&order).await.unwrap();
    let entry = node.path("journal").join(order.key.to_string()).join("entry.json");
    fs::write(&entry, "rubbish\n").unwrap();
    let failure = node.executor.carry_out(&order).await.unwrap_err();
    assert!(failure.reason.contains(entry.to_str().unwrap()), "{}", failure.reason);
    assert_eq!(failure.changed, Changed::No);
    assert!(!node.world("a").exists());
}

#[tokio::test]
async fn the_journal_is_open_to_its_owner_alone() {
    let node = Node::new();
    let order = node.order(0, write(&node, "a", "new"));
    node.executor.prepare(&order).await.unwrap();
    let mode = |path: std::path::PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = node.path("journal");
    assert_eq!((mode(folder.clone()), mode(folder.join(order.key.to_string()))), (0o700, 0o700));
    assert_eq!(mode(folder.join(order.key.to_string()).join("entry.json")), 0o600);
}

#[tokio::test]
async fn a_setting_is_set_and_taken_back() {
    let mut node = Node::new();
    let path = node.write("sys/vm/swappiness", "60\n");
    node.executor.settings = Arc::from(node.world("sys").to_str().unwrap());
    let order = node.order(0, Verb::SetSysctl { key: "vm.swappiness".to_owned(), value: "10".to_owned() });
    let undo = node.executor.prepare(&order).await.unwrap().undo.unwrap();
    node.executor.carry_out(&order).await.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "10\n");
    let undo = node.undo(0, undo);
    assert_eq!(node.executor.prepare(&undo).await.unwrap().undo, None);
    node.executor.carry_out(&undo).await.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "60\n");
}

#[tokio::test]
async fn orders_that_are_over_are_forgotten_and_others_kept() {
    let node = Node::new();
    for step in 0..3 {
        let verb = Verb::RunCommand { command: "fix".to_owned(), arguments: vec![] };
        let command = Command {
            name: "fix".into(),
            program: "/bin/true".to_owned(),
            fixed: vec![],
            patterns: vec![],
            user: None,
            folder: None,
        };
        let order = Order { command: Some(Arc::new(command)), ..node.order(step, verb) };
        node.executor.prepare(&order).await.unwrap();
        node.executor.carry_out(&order).await.unwrap();
    }
    node.executor.forget(&key(1, false)).await.unwrap();
    assert_eq!(node.executor.kept().await.unwrap(), [key(0, false), key(2, false)]);
    assert_eq!(node.executor.empty_quarantine(&key(0, false)).await.unwrap(), Freed::default());
}

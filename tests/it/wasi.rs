//! A plugin that uses its language's own sockets instead of Tocsin's: WASI leads to the same rights, and to the same
//! refusal.

use tocsin_tests::{Answer, Home, Node, Server, guest, record};

/// Runs the one check with this config.
fn try_it(node: &Node<'_>, home: &Home, config: &str) -> serde_json::Value {
    home.write_checks(&format!("checks:\n  - {{name: try, plugin: wasi, interval: 1h, config: {config}}}\n"));
    let _reloaded = node.pluginctl(&["reload"]).expect_code(0);
    node.run_check("try")
}

#[test]
fn a_socket_of_the_standard_library_reaches_what_was_granted_and_nothing_else() {
    let (granted, other) = (Server::start(Answer::new(200, "")), Server::start(Answer::new(200, "")));
    let home = Home::new();
    let node = home.start_with(&[guest("wasi")], "checks: []\n");
    let (target, beyond) = (granted.address, other.address);

    let run = try_it(&node, &home, &format!("{{granted: \"{target}\"}}"));
    assert_eq!(run["observation"]["status"], "ok", "{run:#}");
    assert_eq!(run["observation"]["summary"], format!("connected to {target}"), "{run:#}");

    for lie in [false, true] {
        let run = try_it(&node, &home, &format!("{{granted: \"{target}\", other: \"{beyond}\", lie: {lie}}}"));
        assert_eq!(run["outcome"]["kind"], "denied", "{run:#}");
        assert_eq!(run["outcome"]["denied"]["capability"], "tcp", "{run:#}");
        let message = run["outcome"]["message"].as_str().unwrap();
        assert!(message.contains("`tcp`") && message.contains(&beyond.to_string()), "{message}");
        assert!(run["observation"].is_null(), "a denied run says nothing of its target: {run:#}");
    }
    record("Capability: a socket of WASI to a port that was not granted", &[&node.pluginctl(&["run-check", "try"])]);
    assert_eq!(other.asked(), 0, "the other port was never asked");
    let node_itself = node.url.trim_start_matches("http://").to_owned();
    let run = try_it(&node, &home, &format!("{{granted: \"{node_itself}\"}}"));
    assert_eq!(run["outcome"]["kind"], "denied", "{run:#}");
}

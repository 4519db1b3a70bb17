//! A plugin reaches what its manifest asks for, what was granted and what its check's own config names, all three. Each
//! way around is tried through a real node; the refusal names the capability.

use tocsin_tests::{Answer, Home, Node, Server, guest, record};

/// Runs the one check of the hostile guest with this config.
fn try_it(node: &Node<'_>, home: &Home, config: &str) -> serde_json::Value {
    home.write_checks(&format!("checks:\n  - {{name: try, plugin: hostile, interval: 1h, config: {config}}}\n"));
    let _reloaded = node.pluginctl(&["reload"]).expect_code(0);
    node.run_check("try")
}

fn assert_denied(run: &serde_json::Value, capability: &str, target: &str) {
    assert_eq!(run["outcome"]["kind"], "denied", "{run:#}");
    assert_eq!(run["outcome"]["denied"]["capability"], capability, "{run:#}");
    let message = run["outcome"]["message"].as_str().unwrap();
    assert!(message.contains(&format!("`{capability}`")) && message.contains(target), "{message}");
}

#[test]
fn a_plugin_reaches_the_origin_its_config_names_and_no_other() {
    let (granted, other) = (Server::start(Answer::new(200, "granted")), Server::start(Answer::new(200, "secret")));
    let home = Home::new();
    let node = home.start_with(&[guest("hostile")], "checks: []\n");
    let (url, beyond) = (granted.url(), other.url());

    let run = try_it(&node, &home, &format!("{{act: fetch, url: \"{url}\"}}"));
    assert_eq!(run["observation"]["status"], "ok", "{run:#}");

    for act in ["fetch-other", "fetch-other-and-lie"] {
        let run = try_it(&node, &home, &format!("{{act: {act}, url: \"{url}\", other: \"{beyond}\"}}"));
        assert_denied(&run, "http", &other.address.to_string());
        record("Capability: another origin", &[&node.pluginctl(&["run-check", "try"])]);
    }
    let named = format!("http://localhost:{}/", other.address.port());
    let run = try_it(&node, &home, &format!("{{act: fetch-other, url: \"{url}\", other: \"{named}\"}}"));
    assert_denied(&run, "http", "localhost");
    assert_eq!(other.asked(), 0, "the other origin was never asked");
}

#[test]
fn a_redirect_to_another_origin_is_not_followed() {
    let other = Server::start(Answer::new(200, "secret"));
    let granted = Server::start(Answer::new(302, "").header("location", &other.url()));
    let home = Home::new();
    let node = home.start_with(&[guest("hostile")], "checks: []\n");
    let run = try_it(&node, &home, &format!("{{act: fetch-and-follow, url: \"{}\"}}", granted.url()));
    assert_denied(&run, "http", &other.address.to_string());
    assert_eq!((granted.asked(), other.asked()), (1, 0));
    record("Capability: redirect to a forbidden address", &[&node.pluginctl(&["run-check", "try"])]);
}

#[test]
fn a_socket_to_another_port_is_refused() {
    let (granted, other) = (Server::start(Answer::new(200, "")), Server::start(Answer::new(200, "")));
    let home = Home::new();
    let node = home.start_with(&[guest("hostile")], "checks: []\n");
    let (host, port) = (granted.address.ip(), granted.address.port());
    let run = try_it(&node, &home, &format!("{{act: connect, host: \"{host}\", port: {port}}}"));
    assert_eq!(run["observation"]["status"], "ok", "{run:#}");
    let beyond = other.address;
    let config = format!("{{act: connect-other, host: \"{host}\", port: {port}, other: \"{beyond}\"}}");
    assert_denied(&try_it(&node, &home, &config), "tcp", &beyond.to_string());
    assert_eq!(other.asked(), 0, "the other port was never asked");
}

#[test]
fn the_node_itself_is_out_of_reach() {
    let home = Home::new();
    let node = home.start_with(&[guest("hostile")], "checks: []\n");
    let url = format!("{}/api/v1/status", node.url);
    let run = try_it(&node, &home, &format!("{{act: fetch, url: \"{url}\"}}"));
    assert_denied(&run, "http", "127.0.0.1");
}

#[test]
fn a_file_is_read_where_it_was_granted_and_a_link_out_of_there_is_not_followed() {
    let home = Home::new();
    home.write("granted/file", "four");
    home.write("secret", "do not read");
    std::os::unix::fs::symlink(home.path("secret"), home.path("granted/link")).unwrap();
    let node = home.start_with(&[guest("hostile")], "checks: []\n");
    let (granted, secret) = (home.path("granted"), home.path("secret"));
    let act = |act: &str, other: &std::path::Path| {
        let (path, other) = (granted.display(), other.display());
        format!("{{act: {act}, path: \"{path}\", other: \"{other}\"}}")
    };
    let run = try_it(&node, &home, &act("read-other", &home.path("granted/file")));
    assert_eq!(run["observation"]["summary"], "4 bytes", "{run:#}");
    for outside in [secret.clone(), home.path("granted/link"), home.path("granted/../secret")] {
        assert_denied(&try_it(&node, &home, &act("read-other", &outside)), "files", "does not lie below");
    }
}

#[test]
fn a_check_whose_config_names_what_was_not_granted_is_refused_before_it_runs() {
    let home = Home::new();
    let node = home.start();
    let _installed =
        node.install(&guest("hostile"), r#"{"http": ["https://example.org"], "state": true}"#).expect_code(0);
    home.write_checks(
        "checks:\n  - {name: beyond, plugin: hostile, interval: 1h, config: {act: fetch, url: \"http://127.0.0.1:9/\"}}\n",
    );
    let said = node.pluginctl(&["reload"]).expect_code(3).expect_text(&["checks.yaml:2", "http", "grant"]);
    record("Config: names what was not granted", &[&said]);
}

//! A run of a target that is gone, replayed byte for byte by the real `pluginctl`.

use tocsin_tests::{Answer, Home, Server, guest, wait_for};

#[test]
fn a_run_that_found_its_target_broken_replays_the_same_when_the_target_is_gone() {
    let home = Home::new();
    let target = Server::start(Answer::new(500, "broken"));
    let checks = format!(
        "checks:\n  - {{name: shop, plugin: hostile, interval: 1h, config: {{act: fetch, url: \"{}\"}}}}\n",
        target.url()
    );
    let node = home.start_with(&[guest("hostile")], &checks);
    let run = node.run_check("shop");
    let id = run["id"].as_str().unwrap();
    drop(target);
    wait_for("the run is written", || (node.status_of(&format!("/api/v1/runs/{id}")) == Some(200)).then_some(()));
    let replayed = node.pluginctl(&["replay", id, "--json"]).expect_code(0).json();
    assert_eq!(replayed["identical"], true, "{replayed:#}");
    assert_eq!(replayed["value"]["summary"], run["observation"]["summary"], "{replayed:#}");
    let _people = node.pluginctl(&["replay", id]).expect_code(0).expect_text(&["The same byte for byte"]);
}

//! A plugin's life on a node: what is refused at the door, upgrades, rollback, removal, and what becomes of its checks.

use tocsin_sandbox::package::Package;
use tocsin_tests::{Home, Node, Said, guest, record, root};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const CHECK: &str = "checks:\n  - {name: one, plugin: hostile, interval: 100ms, config: {act: count}}\n";

/// Writes these bytes as a component and offers them to the node.
fn offer(home: &Home, node: &Node<'_>, file: &str, bytes: &[u8]) -> Said {
    home.write(file, bytes);
    node.pluginctl(&["install", file, "--yes", "--trust", "--grant", "all"])
}

fn installed(node: &Node<'_>) -> usize {
    node.get("/api/v1/plugins")["plugins"].as_array().unwrap().len()
}

#[test]
fn what_is_no_plugin_of_this_node_is_refused_by_its_fault() {
    let home = Home::new();
    let node = home.start();
    let good = std::fs::read(guest("hostile")).unwrap();
    let component = |text: &str| wat::parse_str(text).unwrap();
    let manifest = r#"(@custom "tocsin:manifest" "{\"manifest\":\"name = 'later'\\nversion = '1.0.0'\\nkind = 'probe'\\ntarget = 'core'\\ndescription = 'Of another time.'\\nlicense = 'MIT'\\n\",\"schema\":{}}")"#;
    let exporting =
        |name: &str| component(&format!("(component {manifest} (instance $i) (export \"{name}\" (instance $i)))"));
    let newer = exporting("tocsin:plugin/run-probe@9.0.0");
    let unknown = exporting("tocsin:plugin/run-oracle@0.1.0");
    let greedy = component(&format!(
        "(component {manifest} (import \"tocsin:plugin/http@0.1.0\" (instance)) (instance $i) \
         (export \"tocsin:plugin/run-probe@0.1.0\" (instance $i)))"
    ));
    let mut tampered = good.clone();
    let middle = tampered.len() / 2;
    tampered[middle] ^= 1;
    let cases: [(&str, Vec<u8>, &[&str]); 8] = [
        ("Component: truncated", good[..good.len() / 2].to_vec(), &[]),
        ("Component: not a component", b"#!/bin/sh\necho hello\n".to_vec(), &[]),
        ("Component: a core module", component("(module)"), &[]),
        ("Component: without a manifest", component("(component)"), &["manifest"]),
        ("Component: of a newer version", newer, &["9.0.0"]),
        ("Component: of an unknown world", unknown, &[]),
        ("Component: an import outside the manifest", greedy, &["tocsin:plugin/http"]),
        ("Component: digest or signature that does not match", tampered, &["signature"]),
    ];
    for (title, bytes, parts) in cases {
        let said = offer(&home, &node, "offered.wasm", &bytes);
        assert!(said.code == 1 || said.code == 3, "{title}: {said:?}");
        let said = said.expect_text(parts);
        assert_eq!(installed(&node), 0, "{title}");
        record(title, &[&said]);
    }
}

/// A probe that is one in every way, but that its start function traps.
fn stumbling() -> Vec<u8> {
    let text = r#"(module
        (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "tocsin:plugin/run-probe@0.1.0#run") (param i32 i32 i32 i32 i32 i32) (result i32) unreachable)
        (func $start unreachable)
        (start $start))"#;
    let mut module = wat::parse_str(text).unwrap();
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(root().join("wit/tocsin-plugin-0.1.0")).unwrap();
    let world = resolve.select_world(&[package], Some("probe")).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).unwrap();
    let component = ComponentEncoder::default().module(&module).unwrap().encode().unwrap();
    let manifest = "name = 'stumbles'\nversion = '1.0.0'\nkind = 'probe'\ntarget = 'core'\n\
        description = 'Falls at the door.'\nlicense = 'MIT'\n";
    Package::embed(&component, manifest, &serde_json::json!({})).unwrap()
}

#[test]
fn a_component_that_traps_in_its_start_is_refused_and_the_node_goes_on() {
    let home = Home::new();
    let node = home.start_with(&[guest("hostile")], CHECK);
    home.write("stumbles.wasm", stumbling());
    let said = node.pluginctl(&["install", "stumbles.wasm", "--yes", "--allow-unsigned", "--grant", "all"]);
    let said = said.expect_code(3).expect_text(&["stumbles", "unreachable"]);
    assert_eq!(installed(&node), 1);
    record("Component: traps in its start", &[&said]);
    node.await_status("one", "ok");
}

#[test]
fn a_plugin_whose_signer_is_not_trusted_or_that_is_not_granted_enough_is_refused() {
    let home = Home::new();
    let node = home.start();
    let path = guest("hostile").display().to_string();
    let untrusted =
        node.pluginctl(&["install", &path, "--yes", "--grant", "all"]).expect_code(3).expect_text(&["--trust"]);
    let ungranted =
        node.pluginctl(&["install", &path, "--yes", "--trust"]).expect_code(3).expect_text(&["--grant all"]);
    assert_eq!(installed(&node), 0);
    record("Install: a signer who is not trusted", &[&untrusted]);
    record("Install: asks for more than it was granted", &[&ungranted]);
}

#[test]
fn a_plugin_that_a_check_uses_cannot_be_removed() {
    let home = Home::new();
    let node = home.start_with(&[guest("hostile")], CHECK);
    let refused = node.pluginctl(&["remove", "hostile"]).expect_code(3).expect_text(&["`hostile`", "one"]);
    home.write_checks("checks: []\n");
    let _reloaded = node.pluginctl(&["reload"]).expect_code(0);
    let removed = node.pluginctl(&["remove", "hostile"]).expect_code(0);
    assert_eq!(installed(&node), 0);
    record("Plugin removed while a check uses it", &[&refused, &removed]);
}

#[test]
fn changing_a_node_needs_a_token() {
    let home = Home::new();
    let node = home.start();
    let refused = node.pluginctl(&["reload", "--token", "not-the-token-of-this-node-at-all"]).expect_code(3);
    record("A wrong token", &[&refused]);
    let _status = node.pluginctl(&["status"]).expect_code(0);
}

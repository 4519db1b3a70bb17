//! Each way a file can fail to be a plugin, and the sentence that says so.

use minisign::KeyPair;
use serde_json::json;

use super::*;

const MANIFEST: &str = r#"
name = "probe-example"
version = "0.1.0"
kind = "probe"
description = "Looks at an example."
license = "MIT"
[capabilities]
state = true
"#;

/// A component that imports and exports instances of these names, and does nothing.
fn component(imports: &[&str], export: &str) -> Vec<u8> {
    let imports: String = imports.iter().map(|name| format!("(import \"{name}\" (instance))\n")).collect();
    wat::parse_str(format!("(component {imports} (instance $run) (export \"{export}\" (instance $run)))")).unwrap()
}

fn package(imports: &[&str], export: &str) -> Vec<u8> {
    Package::embed(&component(imports, export), MANIFEST, &json!({"type": "object"})).unwrap()
}

fn probe() -> Vec<u8> {
    package(
        &["tocsin:plugin/types@0.1.0", "tocsin:plugin/log@0.1.0", "tocsin:plugin/state@0.1.0"],
        "tocsin:plugin/run-probe@0.1.0",
    )
}

fn signed(bytes: &[u8]) -> Vec<u8> {
    let KeyPair { pk, sk } = KeyPair::generate_unencrypted_keypair().unwrap();
    let signature = minisign::sign(Some(&pk), &sk, bytes, Some("of a test"), None).unwrap();
    Package::sign(bytes, &pk.to_base64(), &signature.into_string()).unwrap()
}

fn refusal(bytes: &[u8]) -> String {
    Package::parse(bytes).unwrap_err().to_string()
}

#[test]
fn what_was_embedded_and_signed_is_read_back() {
    let bytes = signed(&probe());
    let package = Package::parse(bytes.as_slice()).unwrap();
    assert_eq!(package.manifest.name.as_str(), "probe-example");
    assert_eq!((package.world, package.wit_version), (Kind::Probe, WIT_VERSION));
    assert_eq!(package.schema, json!({"type": "object"}));
    assert_eq!(package.digest, digest(&bytes));
    let signature = package.signature.unwrap();
    assert_eq!((signature.trusted_comment.as_str(), signature.key_id.len()), ("of a test", 16));
    let imports: Vec<String> = package.imports.iter().map(ToString::to_string).collect();
    assert_eq!(imports, ["tocsin:plugin/log@0.1.0", "tocsin:plugin/state@0.1.0", "tocsin:plugin/types@0.1.0"]);
}

#[test]
fn an_unsigned_package_has_no_signature_and_embedding_again_drops_the_old_one() {
    assert_eq!(Package::parse(probe()).unwrap().signature, None);
    let again = Package::embed(&signed(&probe()), MANIFEST, &json!({"type": "object"})).unwrap();
    assert_eq!(again, probe());
}

#[test]
fn no_truncated_file_is_a_package() {
    let bytes = signed(&probe());
    for length in 0..bytes.len() {
        let cut = bytes.get(..length).unwrap();
        // Where the cut falls between sections, what is left may be a whole, unsigned component: never a signed one.
        assert!(Package::parse(cut).is_ok_and(|package| package.signature.is_none()) || Package::parse(cut).is_err());
    }
    assert_eq!(
        refusal(bytes.get(..bytes.len() - 1).unwrap()).split(" at byte").next().unwrap(),
        "the component ends or is damaged"
    );
}

#[test]
fn one_flipped_byte_breaks_the_signature() {
    let bytes = signed(&probe());
    let name = bytes.windows(13).position(|window| window == b"probe-example").unwrap();
    let mut flipped = bytes.clone();
    flipped[name] ^= 1;
    let error = refusal(&flipped);
    assert!(
        error.starts_with("the signature of key ") && error.ends_with("was changed after it was signed"),
        "{error}"
    );
}

#[test]
fn bytes_after_the_signature_are_refused() {
    let mut bytes = signed(&probe());
    sections::append(&mut bytes, "more", b"unsigned");
    assert!(refusal(&bytes).starts_with("the section `tocsin:signature` is not the last one"));
}

#[test]
fn each_wrong_file_has_its_own_sentence() {
    let core = wat::parse_str("(module)").unwrap();
    let threads = "(component (core module (memory 1 1 shared)))";
    let manifest_twice = {
        let mut bytes = probe();
        sections::append(&mut bytes, MANIFEST_SECTION, b"{}");
        bytes
    };
    let detector = MANIFEST.replace("\"probe\"", "\"detector\"");
    let run = "tocsin:plugin/run-probe@0.1.0";
    for (bytes, expected) in [
        (
            b"#!/bin/sh".to_vec(),
            "the file is not WebAssembly: it does not begin with `\\0asm` and a version this host knows",
        ),
        (core, "the file is a core module, not a component: build it with `pluginctl build`, which wraps it"),
        (component(&[], run), "the component has no section `tocsin:manifest`: build it with `pluginctl build`"),
        (manifest_twice, "the component has the section `tocsin:manifest` more than once"),
        (wat::parse_str(threads).unwrap(), "the component is not valid at byte"),
        (
            package(&[], "wasi:cli/run@0.2.6"),
            "the component exports no interface that this host calls (it exports wasi:cli/run@0.2.6)",
        ),
        (
            package(&[], "tocsin:plugin/run-probe@0.2.0"),
            "built for tocsin:plugin 0.2.0; this host knows up to 0.1.0: upgrade the host",
        ),
        (package(&[], "tocsin:plugin/run-probe@0.0.9"), "built for tocsin:plugin 0.0.9, which this host does not know"),
        (
            package(&["tocsin:plugin/http@0.1.0"], run),
            "the component imports `tocsin:plugin/http@0.1.0`, but plugin.toml asks for no `http`",
        ),
        (
            package(&["tocsin:plugin/gpu@0.1.0"], run),
            "the component imports `tocsin:plugin/gpu@0.1.0`, which tocsin:plugin 0.1.0 does not have",
        ),
        (package(&["tocsin:plugin/log@0.3.0"], run), "built for tocsin:plugin 0.3.0; this host knows up to 0.1.0"),
        (
            package(&["wasi:clocks/wall-clock@0.2.6"], run),
            "the component imports `wasi:clocks/wall-clock@0.2.6`, but plugin.toml has target = \"core\"",
        ),
        (
            package(&["acme:shell/run@1.0.0"], run),
            "the component imports `acme:shell/run@1.0.0`, which no host interface offers",
        ),
        (
            package(&["wasi:nn/tensor@0.2.0"], run),
            "the component imports `wasi:nn/tensor@0.2.0`, which no host interface offers",
        ),
        (
            Package::embed(&component(&[], run), &detector, &json!({})).unwrap(),
            "plugin.toml says kind = \"detector\", but the component exports the interface of a probe",
        ),
        (
            Package::embed(&component(&[], run), "name = \"x\"", &json!({})).unwrap(),
            "the embedded manifest is not valid: plugin.toml:1:1: version: missing",
        ),
        (
            Package::embed(&component(&[], run), MANIFEST, &json!([])).unwrap(),
            "the embedded config schema is not a JSON object",
        ),
    ] {
        let error = refusal(&bytes);
        assert!(error.starts_with(expected), "{error}\n  is not\n{expected}");
    }
    let oversized = vec![0; SIZE_BYTES_MAX + 1];
    assert_eq!(refusal(&oversized), "the file has 67108865 bytes; a plugin has at most 67108864");
}

#[test]
fn a_wasi_plugin_may_import_wasi() {
    let wasi = format!("target = \"wasi\"\n{MANIFEST}");
    let component = component(&["wasi:clocks/wall-clock@0.2.6"], "tocsin:plugin/run-probe@0.1.0");
    assert!(Package::parse(Package::embed(&component, &wasi, &json!({})).unwrap()).is_ok());
}

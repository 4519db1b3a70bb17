//! Guests as text: a core module with the body of `run`, made a component with the crate's own WIT.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tocsin_core::capability::Rights;
use tocsin_core::limits::Limits;
use tocsin_core::observation::Observation;
use tocsin_core::time::Timestamp;
use tokio_util::sync::CancellationToken;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::net::NetworkConfig;
use crate::package::Package;
use crate::{Call, Plugin, ProbeInput, Run, Sandbox, SandboxConfig, Secrets, WallClock};

/// Returns `ok` with the summary "fine".
pub(super) const FINE: &str = "(call $ok)";

/// A probe whose `run` has this body; it leaves the address of a result.
pub(super) fn probe(body: &str) -> Vec<u8> {
    module(&format!(
        "(func (export \"tocsin:plugin/run-probe@0.1.0#run\") (param i32 i32 i32 i32 i32 i32) (result i32) {body})"
    ))
}

/// The module's whole text but for what every guest has.
pub(super) fn module(rest: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "tocsin:plugin/log@0.1.0" "write" (func $log (param i32 i32 i32)))
            (import "tocsin:plugin/clock@0.1.0" "now" (func $now (result i64)))
            (import "tocsin:plugin/clock@0.1.0" "sleep-ms" (func $sleep (param i32)))
            (import "tocsin:plugin/state@0.1.0" "set" (func $set (param i32 i32 i32 i32 i32)))
            (memory (export "memory") 2)
            (global $top (mut i32) (i32.const 65536))
            (data (i32.const 16) "fine")
            (data (i32.const 32) "key")
            (data (i32.const 48) "the guest gave up")
            (data (i32.const 80) "\ff\fe broken")
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (global.set $top (i32.and (i32.add (global.get $top) (i32.const 15)) (i32.const -16)))
                (global.get $top)
                (global.set $top (i32.add (global.get $top) (local.get 3))))
            ;; result<observation, string>: discriminant, status, summary, and three empty lists.
            (func $answer (param $text i32) (param $length i32) (result i32)
                (i32.store (i32.const 1028) (i32.const 0))
                (i32.store (i32.const 1032) (local.get $text))
                (i32.store (i32.const 1036) (local.get $length))
                (i32.const 1024))
            (func $ok (result i32) (call $answer (i32.const 16) (i32.const 4)))
            ;; The current time is the summary's length, so that a replay that sees another time is seen.
            (func $told (result i32)
                (call $answer (i32.const 4096) (i32.wrap_i64 (i64.rem_u (call $now) (i64.const 1000)))))
            {rest})"#
    );
    component(&text, &["package test:guest; world guest { include tocsin:plugin/probe@0.1.0; }"])
}

/// The module as a component of the world `guest`, which the last of these WIT texts declares.
pub(super) fn component(text: &str, wit_texts: &[&str]) -> Vec<u8> {
    let mut module = wat::parse_str(text).unwrap();
    let mut resolve = Resolve::default();
    let wit = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/tocsin-plugin-0.1.0"));
    let (mut package, _) = resolve.push_path(wit).unwrap();
    for text in wit_texts {
        package = resolve.push_source("guest.wit", text).unwrap();
    }
    let world = resolve.select_world(&[package], Some("guest")).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

pub(super) fn package(bytes: Vec<u8>, limits: Limits) -> Package {
    package_for("core", bytes, limits)
}

pub(super) fn package_for(target: &str, bytes: Vec<u8>, limits: Limits) -> Package {
    let manifest = format!(
        r#"
        name = "test"
        version = "1.0.0"
        kind = "probe"
        target = "{target}"
        description = "A guest of the tests."
        license = "Apache-2.0"

        [capabilities]
        state = true
    "#
    );
    let schema = serde_json::json!({ "type": "object" });
    let mut package = Package::parse(Package::embed(&bytes, &manifest, &schema).unwrap()).unwrap();
    package.manifest.limits = limits;
    package
}

struct Noon;

impl WallClock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(43_200_123)
    }
}

pub(super) fn sandbox(cache: Option<PathBuf>) -> Sandbox {
    let clock = Arc::new(Noon);
    let network = NetworkConfig::default();
    let config = SandboxConfig { cache, concurrency: 2, memory_bytes_max: 64 * 1024 * 1024, network, clock };
    Sandbox::new(config).unwrap()
}

pub(super) fn limits() -> Limits {
    Limits { deadline: Duration::from_secs(20), cpu: Duration::from_millis(500), ..Limits::default() }
}

pub(super) async fn load(sandbox: &Sandbox, body: &str, limits: Limits) -> Plugin {
    sandbox.load(&package(probe(body), limits)).await.unwrap()
}

struct Nothing;

impl Secrets for Nothing {
    fn get(&self, _name: &str) -> Option<String> {
        None
    }
}

pub(super) fn call(limits: Limits) -> Call {
    let rights = Arc::new(Rights { state: true, ..Rights::default() });
    Call { rights, limits, secrets: Arc::new(Nothing), state: BTreeMap::new(), cancel: CancellationToken::new() }
}

pub(super) async fn run(plugin: &Plugin, call: Call) -> Run<Observation> {
    plugin.probe(call, ProbeInput { check: "check".into(), labels: Arc::from([]), config: Arc::from("{}") }).await
}

//! Every rule of the configuration by example: `cases/NAME.yaml` is compiled, and `cases/NAME.expected` is what the
//! compiler says of it. In a case of several files a line `#--- FILE` stands before each but the first.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{Catalog, CatalogEntry, Config, ConfigErrors, Defaults, Disk, Files, Source, compile};
use crate::capability::Capabilities;
use crate::id::Digest;
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::receiver::{Integration, Receiver};

/// The plugins that the cases use.
pub(crate) fn catalog() -> Catalog {
    let (anything, http) = (json!(true), "http = [\"{url}\"]\nsecrets = [\"{auth.secret}\"]");
    let granted_little = CatalogEntry {
        grant: Capabilities { http: ["https://*.example.org".to_owned()].into(), ..Capabilities::default() },
        ..plugin("probe-granted-little", "probe", http, schema_of_probe_http())
    };
    [
        plugin("probe-any", "probe", "", anything.clone()),
        plugin("detector-any", "detector", "", anything.clone()),
        plugin("notifier-any", "notifier", "", anything.clone()),
        plugin("detector-zscore", "detector", "", anything),
        plugin("probe-http", "probe", http, schema_of_probe_http()),
        plugin("probe-broken-schema", "probe", "", json!({"type": 7})),
        granted_little,
        plugin("action-any", "action", "", json!(true)),
        plugin("action-any-verb", "action", "verbs = [\"restart-service {unit}\"]", json!(true)),
        plugin("action-wide", "action", "verbs = [\"http-request https://*.example.org\"]", json!(true)),
        plugin("action-restart-service", "action", "verbs = [\"restart-service {unit}\"]", json!({
            "type": "object",
            "properties": {"unit": {"type": "string"}, "only_if": {"type": "string"}},
            "required": ["unit"],
            "additionalProperties": false
        })),
        plugin("action-run-command", "action", "verbs = [\"run-command {command}\"]", json!({
            "type": "object",
            "properties": {"command": {"type": "string"}, "arguments": {"type": "array", "items": {"type": "string"}}},
            "required": ["command"],
            "additionalProperties": false
        })),
    ]
    .into_iter()
    .collect()
}

/// An installed plugin that was granted what it asks for.
fn plugin(name: &str, kind: &str, capabilities: &str, schema: Json) -> CatalogEntry {
    let manifest = format!(
        "name = \"{name}\"\nversion = \"1.0.0\"\nkind = \"{kind}\"\ndescription = \"For tests.\"\n\
         license = \"Apache-2.0\"\n[capabilities]\n{capabilities}\n"
    );
    let manifest = Manifest::parse(&manifest).unwrap_or_else(|errors| panic!("{errors:?}"));
    CatalogEntry { grant: manifest.capabilities.clone(), manifest, schema, digest: Digest::new("0".repeat(64)) }
}

/// With the shapes that the SDK derives from Rust types: structs, options, enums with documented variants, tagged enums.
fn schema_of_probe_http() -> Json {
    let condition = |kind: &str, properties: &[&str]| {
        let text = properties.iter().map(|property| ((*property).to_owned(), json!({"type": "string"})));
        let mut all: serde_json::Map<String, Json> = text.collect();
        all.insert("kind".to_owned(), json!({"const": kind}));
        let required: Vec<&str> = ["kind"].iter().chain(properties).copied().collect();
        json!({"type": "object", "properties": all, "required": required, "additionalProperties": false})
    };
    json!({
        "type": "object",
        "properties": {
            "url": {"type": "string"},
            "method": {"enum": ["GET", "HEAD", "POST"]},
            "version": {"anyOf": [{"$ref": "#/$defs/Version"}, {"type": "null"}]},
            "status": {"type": "array", "items": {"type": "integer", "minimum": 100, "maximum": 599}},
            "tls": {"$ref": "#/$defs/Tls"},
            "auth": {"anyOf": [{"$ref": "#/$defs/Auth"}, {"type": "null"}]},
            "conditions": {"type": "array", "items": {
                "oneOf": [condition("body-contains", &["text"]), condition("json-path", &["path", "equals"])]
            }}
        },
        "required": ["url"],
        "additionalProperties": false,
        "$defs": {
            "Version": {"oneOf": [{"type": "string", "enum": ["auto", "http1"]}, {"type": "string", "const": "http2"}]},
            "Tls": {"type": "object", "properties": {"verify": {"type": "boolean"}}, "additionalProperties": false},
            "Auth": {
                "type": "object",
                "properties": {"user": {"type": "string"}, "secret": {"type": "string"}},
                "required": ["secret"],
                "additionalProperties": false
            }
        }
    })
}

fn sources(text: &str) -> Vec<Source> {
    let mut sources =
        vec![Source { name: "tocsin.yaml".to_owned(), folder: "/etc/tocsin".into(), text: String::new() }];
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("#--- ") {
            let folder = Path::new("/etc/tocsin").join(name).parent().map(PathBuf::from).unwrap_or_default();
            sources.push(Source { name: name.to_owned(), folder, text: String::new() });
        } else if let Some(source) = sources.last_mut() {
            source.text.push_str(line);
            source.text.push('\n');
        }
    }
    sources
}

fn is_own(source: &Source) -> bool {
    source.name == "tocsin.yaml" || source.name.starts_with("conf.d/")
}

/// The files of a case that others name.
struct Beside(Vec<Source>);

impl Beside {
    fn paths(&self) -> impl Iterator<Item = (PathBuf, &Source)> {
        self.0.iter().map(|source| (Path::new("/etc/tocsin").join(&source.name), source))
    }
}

impl Disk for Beside {
    fn read(&self, file: &Path) -> Result<String, String> {
        let found = self.paths().find(|(path, _)| path == file);
        found.map(|(_, source)| source.text.clone()).ok_or_else(|| "there is no such file".to_owned())
    }

    fn list(&self, folder: &Path) -> Result<Vec<String>, String> {
        let name = |path: PathBuf| path.strip_prefix(folder).ok().map(|name| name.display().to_string());
        Ok(self.paths().filter_map(|(path, _)| name(path)).collect())
    }
}

pub(crate) fn compiled(text: &str) -> Result<Config, ConfigErrors> {
    let defaults = Defaults { node: "this-host".to_owned(), data: "/var/lib/tocsin".into() };
    let (own, beside): (Vec<_>, Vec<_>) = sources(text).into_iter().partition(is_own);
    compile(&Files::of(own, &defaults, &Beside(beside)), &catalog(), &defaults)
}

#[expect(clippy::disallowed_methods, reason = "the one test of core that reads files: its cases")]
fn text_of(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

#[test]
fn every_case_says_what_stands_beside_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config/cases");
    let mut cases: Vec<PathBuf> =
        folder.read_dir().expect("the cases").map(|entry| entry.expect("a case").path()).collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    cases.sort();
    assert!(!cases.is_empty(), "{} holds no cases", folder.display());
    let mut wrong = String::new();
    for case in cases {
        let said = match compiled(&text_of(&case).expect("a readable case")) {
            Ok(config) => {
                let (checks, detectors) = (config.checks.len(), config.detectors.len());
                let receivers: Vec<String> = config.alerting.receivers.values().map(shown).collect();
                format!("valid: {checks} checks, {detectors} detectors{}", receivers.concat())
            }
            Err(errors) => errors.to_string(),
        };
        if text_of(&case.with_extension("expected")).as_deref().map(str::trim_end) != Some(&said) {
            wrong.push_str(&format!("\n=== {}\n{said}\n", case.display()));
        }
    }
    assert!(wrong.is_empty(), "these cases say something else than their .expected:{wrong}");
}

/// A receiver with its ways, the resolved of which it is told marked.
fn shown(receiver: &Receiver) -> String {
    let way = |way: &Integration| format!(" {}{}", way.kind.as_str(), if way.send_resolved { "+" } else { "" });
    format!("\n{}:{}", receiver.name, receiver.integrations.iter().map(way).collect::<String>())
}

fn documented_example() -> &'static str {
    let document = include_str!("../../../../docs/configuration.md");
    document.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example")
}

/// A text in which, one after the other, so many characters at each place are others.
pub(crate) fn damaged(text: &str, damages: Vec<(prop::sample::Index, usize, String)>) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for (at, cut, insert) in damages {
        let start = at.index(text.len());
        let end = (start + cut).min(text.len());
        text.splice(start..end, insert.chars());
    }
    text.into_iter().collect()
}

#[test]
fn the_documented_example_compiles() {
    let text = format!(
        "{}#--- alertmanager.yml\nglobal: {{smtp_from: a@b, smtp_smarthost: 'localhost:25'}}\nroute: {{receiver: ops}}\nreceivers: [{{name: ops}}]\n",
        documented_example()
    );
    let config = compiled(&text).unwrap_or_else(|errors| panic!("docs/configuration.md:\n{errors}"));
    assert_eq!(config.node, "web-1");
    assert!(!config.checks.is_empty() && !config.detectors.is_empty() && !config.tokens.is_empty());
    assert_eq!(config.alerting.receivers.len(), 3);
    assert!(config.secrets.len() == 2 && config.network.resolver.is_some());
}

#[test]
fn an_empty_file_is_a_node_without_checks() {
    let config = compiled("").unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!((config.node.as_str(), config.listen.to_string().as_str()), ("this-host", "127.0.0.1:7117"));
    assert_eq!((config.checks.len(), config.concurrency), (0, 256));
}

#[test]
fn relative_paths_are_relative_to_the_file_that_names_them() {
    let config = compiled(
        "data: data\nnetwork: {ca_file: /etc/ssl/x.pem}\nsecrets: {a: {file: a}}\n#--- conf.d/b.yaml\nsecrets: {b: {file: b}}",
    )
    .unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(config.data, Path::new("/etc/tocsin/data"));
    assert_eq!(config.network.ca_file.as_deref(), Some(Path::new("/etc/ssl/x.pem")));
    let files: Vec<_> = config.secrets.values().collect();
    let expected = ["/etc/tocsin/a", "/etc/tocsin/conf.d/b"].map(|path| super::SecretSource::File(path.into()));
    assert_eq!(files, expected.iter().collect::<Vec<_>>());
}

#[test]
fn a_check_that_says_nothing_has_its_plugins_limits_and_a_timeout_lowers_them() {
    let config = compiled(
        "checks:\n  - {name: a, plugin: probe-any, interval: 1s}\n  - {name: b, plugin: probe-any, interval: 1s, timeout: 500ms}",
    )
    .unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(config.checks["a"].limits, Limits::default());
    let lowered = Limits { deadline: std::time::Duration::from_millis(500), ..Limits::default() };
    assert_eq!(config.checks["b"].limits, lowered);
    assert_eq!(config.checks["b"].place.to_string(), "tocsin.yaml:3:5");
}

#[test]
fn one_check_too_many_is_one_error() {
    let checks = |count: usize| {
        let entries = (0..count).map(|check| format!("- {{name: c{check}, plugin: probe-any, interval: 60s}}\n"));
        format!("checks:\n{}", entries.collect::<String>())
    };
    assert_eq!(compiled(&checks(50_000)).map(|config| config.checks.len()), Ok(50_000));
    let errors = compiled(&checks(50_002)).expect_err("one too many");
    assert_eq!(
        errors.to_string(),
        "tocsin.yaml:50002:3: checks[50000]: this is one check more than the 50000 a node runs"
    );
}

#[test]
fn errors_beyond_a_thousand_are_counted() {
    let text: String = (0..1_500).map(|key| format!("key-{key}: 1\n")).collect();
    let errors = compiled(&text).expect_err("unknown keys");
    assert_eq!((errors.count(), errors.iter().count()), (1_500, 1_000));
    assert!(errors.to_string().ends_with("\nand 500 more"));
}

#[test]
fn errors_are_data_for_the_api() {
    let errors = compiled("lisen: 127.0.0.1:7117").expect_err("a typo");
    assert_eq!(
        serde_json::to_value(&errors).expect("they serialize"),
        json!({"omitted": 0, "errors": [{
            "place": {"file": "tocsin.yaml", "line": 1, "column": 1},
            "path": "lisen",
            "code": "unknown-key",
            "message": "unknown key",
            "help": "did you mean `listen`?",
        }]})
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Every error names a line of the text, and no text makes the compiler fall over.
    #[test]
    fn a_damaged_file_is_another_configuration_or_errors_at_its_lines(
        damages in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..20, "[-:{}\\[\\]\"'&*#!|>%@ \na0~]{0,4}"), 1..6),
    ) {
        let text = damaged(documented_example(), damages);
        if let Err(errors) = compiled(&text) {
            prop_assert!(errors.count() > 0);
            for error in &errors {
                prop_assert!((1..=text.lines().count() + 1).contains(&error.place.line), "{}", error);
                prop_assert!(error.place.column >= 1 && !error.message.is_empty());
            }
        }
    }
}

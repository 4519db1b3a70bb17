//! Which crate may depend on which, read from the manifests: the arrows of the house, and the crates that have one home.

use std::collections::BTreeMap;

use super::assert_none;
use super::tree::Tree;

/// Our own crates that a crate of ours may use outside its tests. A crate that is not named here may use none.
const ARROWS: &[(&str, &[&str])] = &[
    ("tocsin-sandbox", &["tocsin-core"]),
    ("tocsin-store", &["tocsin-core"]),
    ("tocsin-verbs", &["tocsin-core"]),
    ("pluginhost", &["tocsin-core", "tocsin-sandbox", "tocsin-store", "tocsin-verbs", "tocsin-promql", "tocsin-api"]),
    ("pluginctl", &["tocsin-core", "tocsin-sandbox", "tocsin-api"]),
    ("tocsin-sdk", &["tocsin-sdk-macros"]),
    ("tocsin-tests", &["tocsin-core", "tocsin-api"]),
];

/// Crates that one of ours alone may know.
const HOMES: &[(&str, &str)] =
    &[("wasmtime", "tocsin-sandbox"), ("rusqlite", "tocsin-store"), ("zbus", "tocsin-verbs")];

/// A crate of the workspace with the names of what it depends upon, tests apart.
fn packages() -> BTreeMap<String, (String, Vec<String>)> {
    let mut packages = BTreeMap::new();
    for file in Tree::manifests() {
        let manifest: toml::Table = file.text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.path));
        let Some(name) = manifest.get("package").and_then(|package| package.get("name")?.as_str()) else { continue };
        let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
        let dependencies = dependencies.into_iter().flat_map(toml::Table::keys).cloned().collect();
        packages.insert(name.to_owned(), (file.path.clone(), dependencies));
    }
    packages
}

#[test]
fn a_crate_depends_only_on_those_of_ours_that_the_design_names() {
    let packages = packages();
    let mut offenders = Vec::new();
    for (name, (path, dependencies)) in &packages {
        let is_plugin = path.starts_with("plugins/") || path.starts_with("tests/guests/");
        let allowed = ARROWS.iter().find(|(from, _)| from == name).map_or(&[][..], |(_, to)| to);
        let allowed = if is_plugin { &["tocsin-sdk"][..] } else { allowed };
        let ours = dependencies.iter().filter(|dependency| packages.contains_key(*dependency));
        let wrong = ours.filter(|dependency| !allowed.contains(&dependency.as_str()));
        offenders.extend(wrong.map(|dependency| format!("{path}: {name} -> {dependency}")));
    }
    assert_none("These arrows are not in the house's plan (DESIGN, ARCHITECTURE.md):", &offenders);
}

#[test]
fn a_library_with_a_home_is_known_there_alone() {
    let mut offenders = Vec::new();
    for (name, (path, dependencies)) in packages() {
        for (library, home) in HOMES {
            let known = dependencies.iter().filter(|dependency| dependency.starts_with(library));
            offenders
                .extend(known.filter(|_| name != *home).map(|known| format!("{path}: {known} (its home is {home})")));
        }
    }
    assert_none("These libraries have one home each:", &offenders);
}

#[test]
fn core_api_and_promql_know_no_runtime_no_network_and_no_disk() {
    const PURE: [&str; 3] = ["tocsin-core", "tocsin-api", "tocsin-promql"];
    const BANNED: [&str; 12] = [
        "tokio",
        "axum",
        "hyper",
        "ureq",
        "rusqlite",
        "wasmtime",
        "rustix",
        "procfs",
        "rand",
        "getrandom",
        "tracing",
        "futures-util",
    ];
    let packages = packages();
    let pure = PURE.iter().filter_map(|name| packages.get(*name));
    let offenders = pure.flat_map(|(path, dependencies)| {
        let banned = dependencies.iter().filter(|dependency| BANNED.contains(&dependency.as_str()));
        banned.map(move |dependency| format!("{path}: {dependency}"))
    });
    assert_none("What decides or describes does no IO:", &offenders.collect::<Vec<_>>());
}

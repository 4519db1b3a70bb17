//! ARCHITECTURE.md is held to what it says: the files it names exist, and so does the test that guards each invariant.

use super::assert_none;
use super::tree::{Tree, root};

fn page() -> String {
    std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md exists")
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn the_architecture_page_is_at_most_400_lines() {
    assert!(page().lines().count() <= 400, "ARCHITECTURE.md has {} lines", page().lines().count());
}

#[test]
fn every_file_that_the_architecture_page_names_exists() {
    let page = page();
    let paths = quoted(&page).into_iter().map(|quoted| quoted.split("::").next().unwrap_or_default());
    let top: Vec<String> = ["host/", "wit/", "sdk/", "plugins/", "examples/", "tests/", "xtask/", "docs/", ".ci/"]
        .map(str::to_owned)
        .to_vec();
    let named = paths.filter(|path| top.iter().any(|top| path.starts_with(top)) && !path.contains(['*', '<', ' ']));
    let missing: Vec<_> = named.filter(|path| !root().join(path).exists()).map(str::to_owned).collect();
    assert_none("ARCHITECTURE.md names what is not there:", &missing);
}

#[test]
fn every_invariant_names_a_test_that_exists() {
    let page = page();
    let (_, invariants) = page.split_once("## Invariants").expect("ARCHITECTURE.md has a section `## Invariants`");
    let invariants = invariants.split("\n## ").next().unwrap_or_default();
    let mut offenders = Vec::new();
    for invariant in invariants.split("\n1. ").skip(1) {
        let title = invariant.lines().next().unwrap_or_default();
        let guards: Vec<_> = quoted(invariant).into_iter().filter_map(|quoted| quoted.split_once("::")).collect();
        if guards.is_empty() {
            offenders.push(format!("no guard: {title}"));
        }
        let missing = guards.into_iter().filter(|(path, test)| !has_test(path, test));
        offenders.extend(missing.map(|(path, test)| format!("{path} has no test `{test}`: {title}")));
    }
    assert_none(
        "An invariant is worth the test that guards it, written `path/of/file.rs::name_of_the_test`:",
        &offenders,
    );
}

fn has_test(path: &str, test: &str) -> bool {
    let name = format!("fn {test}(");
    Tree::rust().iter().any(|file| file.path == path && file.text.contains(&name))
}

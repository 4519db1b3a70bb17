//! What manifests and lints cannot guard: the shape of the house. A rule a function; each names every offender at once.

use std::path::Path;

mod architecture;
mod arrows;
mod text;
mod tree;

use tree::Tree;

/// Fails with every offender, not with the first.
fn assert_none(rule: &str, offenders: &[String]) {
    assert!(offenders.is_empty(), "{rule}\n  {}", offenders.join("\n  "));
}

#[test]
fn no_source_file_is_longer_than_600_lines() {
    let long = Tree::rust().into_iter().filter(|file| file.text.lines().count() > 600);
    let long: Vec<_> = long.map(|file| format!("{} has {}", file.path, file.text.lines().count())).collect();
    assert_none("A file is a room of at most 600 lines; make two of it:", &long);
}

#[test]
fn every_source_file_opens_with_what_it_owns() {
    // A room's own tests belong to the room.
    let rooms = Tree::rust().into_iter().filter(|file| !file.path.ends_with("/tests.rs"));
    let silent = rooms.filter(|file| !file.text.starts_with("//! "));
    let silent: Vec<_> = silent.map(|file| file.path.clone()).collect();
    assert_none("The first line of a file is `//!`: what it owns and what it does not know.", &silent);
}

#[test]
fn no_room_is_called_mod_rs() {
    let named = Tree::rust().into_iter().filter(|file| Path::new(&file.path).ends_with("mod.rs"));
    let named: Vec<_> = named.map(|file| file.path.clone()).collect();
    assert_none("`foo.rs` beside `foo/`, never `foo/mod.rs`:", &named);
}

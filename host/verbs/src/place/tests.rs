use std::fs;
use std::os::unix::fs::symlink;

use super::*;

#[test]
fn only_plain_absolute_paths_without_links_are_reached() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path().canonicalize().unwrap();
    fs::create_dir_all(root.join("a/b")).unwrap();
    fs::write(root.join("a/file"), "").unwrap();
    symlink(root.join("a"), root.join("linked")).unwrap();
    let root = root.to_str().unwrap();
    for (path, says) in [
        (format!("{root}/a/b"), ""),
        (format!("{root}/linked"), "is a symbolic link"),
        (format!("{root}/linked/b"), "/linked` is a symbolic link"),
        (format!("{root}/a/file"), "is no folder"),
        (format!("{root}/a/nothing/b"), "/a/nothing`"),
        (format!("{root}/a/../a"), "is no absolute path"),
        (format!("{root}/a/./b"), "is no absolute path"),
        (format!("{root}//a"), "is no absolute path"),
        (format!("{root}/a/"), "is no absolute path"),
        (format!("{root}/a\0"), "is no absolute path"),
        ("a/b".to_owned(), "is no absolute path"),
        ("/".to_owned(), "is no absolute path"),
        (format!("/{}", "x/".repeat(3_000)), "is no absolute path"),
    ] {
        match folder(&path) {
            Ok(_) => assert_eq!(says, "", "{path:?}"),
            Err(error) => assert!(!says.is_empty() && error.to_string().contains(says), "{path:?}: {error}"),
        }
    }
}

#[test]
fn below_an_open_folder_no_link_leads_out() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path().canonicalize().unwrap();
    fs::create_dir_all(root.join("in/a")).unwrap();
    fs::create_dir_all(root.join("out")).unwrap();
    symlink(root.join("out"), root.join("in/linked")).unwrap();
    let open = folder(root.join("in").to_str().unwrap()).unwrap();
    let (_, name) = folder_below(&open, "a/file").unwrap();
    assert_eq!(name, "file");
    assert_eq!(folder_below(&open, "file").unwrap().1, "file");
    for path in ["linked/file", "../out/file", "a/../../out/file", "/etc/passwd", "", "a//file", "a/."] {
        assert!(folder_below(&open, path).is_err(), "{path}");
    }
}

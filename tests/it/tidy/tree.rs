//! The files of the checkout, as text. Knows no rule.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A text file; its path is relative to the checkout, with `/`.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

#[derive(Debug)]
pub(super) struct Tree(Vec<File>);

static TREE: LazyLock<Tree> = LazyLock::new(|| {
    let mut files = Vec::new();
    collect(&root(), &mut files);
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Tree(files)
});

impl Tree {
    /// Every text file of ours: no build output, nothing hidden but `.ci` and `.cargo`.
    pub(super) fn all() -> &'static [File] {
        &TREE.0
    }

    pub(super) fn rust() -> Vec<&'static File> {
        Self::all().iter().filter(|file| file.path.ends_with(".rs")).collect()
    }

    pub(super) fn manifests() -> Vec<&'static File> {
        Self::all().iter().filter(|file| file.path.ends_with("Cargo.toml")).collect()
    }
}

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the checkout").to_owned()
}

fn collect(folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("a folder of the checkout can be listed") {
        let path = entry.expect("a folder of the checkout can be listed").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let hidden = name.starts_with('.') && name != ".ci" && name != ".cargo";
        if hidden || name == "target" || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let relative = path.strip_prefix(root()).expect("found below the checkout");
            files.push(File { path: relative.to_string_lossy().into_owned(), text });
        }
    }
}

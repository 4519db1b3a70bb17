//! The files of a new project, compiled in. What they say is in `host/ctl/templates`.

use super::KindArg;

/// A kind's own files; the others are the same for all.
#[derive(Debug)]
pub(super) struct Template {
    manifest: &'static str,
    source: &'static str,
    tests: &'static str,
    readme: &'static str,
    /// What `pluginctl run` calls it with.
    example: &'static str,
    /// The part of the node's configuration that uses it.
    pub(super) config: &'static str,
}

macro_rules! template {
    ($kind:literal) => {
        Template {
            manifest: include_str!(concat!("../../templates/", $kind, "/plugin.toml")),
            source: include_str!(concat!("../../templates/", $kind, "/lib.rs.txt")),
            tests: include_str!(concat!("../../templates/", $kind, "/tests.rs.txt")),
            readme: include_str!(concat!("../../templates/", $kind, "/README.md")),
            example: include_str!(concat!("../../templates/", $kind, "/config.json")),
            config: include_str!(concat!("../../templates/", $kind, "/config.yaml")),
        }
    };
}

pub(super) const fn of(kind: KindArg) -> Template {
    match kind {
        KindArg::Probe => template!("probe"),
        KindArg::Detector => template!("detector"),
        KindArg::Action => template!("action"),
        KindArg::Notifier => template!("notifier"),
    }
}

impl Template {
    /// Path and text of each.
    pub(super) const fn files(&self) -> [(&'static str, &'static str); 8] {
        [
            ("Cargo.toml", include_str!("../../templates/Cargo.toml.txt")),
            ("clippy.toml", include_str!("../../templates/clippy.toml.txt")),
            (".gitignore", "/target\n"),
            ("plugin.toml", self.manifest),
            ("src/lib.rs", self.source),
            ("src/tests.rs", self.tests),
            ("config.json", self.example),
            ("README.md", self.readme),
        ]
    }
}

//! A node's folder: its configuration, its data, its developer's key. Gone when dropped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::node::Node;
use crate::programs::{Said, guest as built_guest, program, root};

/// A fresh folder with a `tocsin.yaml` that says nothing a test does not want.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
}

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let home = Self { folder };
        home.write("tocsin.yaml", "node:\n  name: test\nshutdown_grace: 5s\nretention:\n  reserve: 64KiB\n");
        fs::create_dir(home.path("conf.d")).expect("a folder can be made");
        home
    }

    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// Writes a file below the folder.
    pub fn write(&self, relative: &str, text: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder can be made");
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Replaces the checks of `conf.d/checks.yaml`.
    pub fn write_checks(&self, checks: &str) {
        self.write("conf.d/checks.yaml", checks);
    }

    /// A running, ready node with these guests installed, everything they ask for granted, and these checks in force.
    pub fn start_with(&self, components: &[PathBuf], checks: &str) -> Node<'_> {
        let node = self.start();
        for component in components {
            let _installed = node.install(component, "all").expect_code(0);
        }
        self.write_checks(checks);
        let _reloaded = node.pluginctl(&["reload"]).expect_code(0);
        node
    }

    /// A running, ready node.
    pub fn start(&self) -> Node<'_> {
        Node::start(self)
    }

    /// `pluginhost` that is expected to end by itself.
    pub fn start_refused(&self) -> Said {
        self.start_refused_at("127.0.0.1:0")
    }

    /// The same, told to listen there.
    pub fn start_refused_at(&self, address: &str) -> Said {
        Said::of(shown("pluginhost", &["--listen", address]), self.pluginhost().args(["--listen", address]))
    }

    /// `pluginhost` on a free port, in this folder.
    pub(crate) fn pluginhost(&self) -> Command {
        let mut command = Command::new(program("pluginhost"));
        command.args(["--config", "tocsin.yaml"]);
        command.env("NO_COLOR", "1").env_remove("RUST_LOG").env_remove("RUST_BACKTRACE");
        self.at_home(command)
    }

    /// A guest of the tests under another manifest, each text replaced by the one beside it: the same code, asking for
    /// other things. Built and signed as any plugin is.
    pub fn remade(&self, guest: &str, changes: &[(&str, &str)]) -> PathBuf {
        let manifest = root().join("tests/guests").join(guest).join("plugin.toml");
        let mut text = fs::read_to_string(&manifest).unwrap_or_else(|error| panic!("{}: {error}", manifest.display()));
        for (from, to) in changes {
            assert!(text.contains(from), "{} says nothing of {from:?}", manifest.display());
            text = text.replace(from, to);
        }
        let text = format!("component = \"guest.wasm\"\nconfig_schema = \"schema.json\"\n{text}");
        let folder = format!("{guest}-remade");
        self.write(&format!("{folder}/plugin.toml"), text);
        self.write(&format!("{folder}/schema.json"), r#"{"type": "object"}"#);
        let component = fs::read(built_guest(guest)).expect("a built guest can be read");
        self.write(&format!("{folder}/guest.wasm"), component);
        let output = format!("{guest}-remade.wasm");
        let _built = self.pluginctl(&["build", &folder, "--output", &output]).expect_code(0);
        self.path(output)
    }

    /// `pluginctl` without a node, in this folder.
    pub fn pluginctl(&self, arguments: &[&str]) -> Said {
        let mut command = self.pluginctl_command(arguments);
        Said::of(shown("pluginctl", arguments), &mut command)
    }

    pub(crate) fn pluginctl_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("pluginctl"));
        command.args(arguments).env("TOCSIN_DATA", self.path("data"));
        command.env_remove("TOCSIN_URL").env_remove("TOCSIN_TOKEN");
        self.at_home(command)
    }

    fn at_home(&self, mut command: Command) -> Command {
        command.current_dir(self.folder.path()).stdin(std::process::Stdio::null());
        command
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

/// A command as one would type it: a path is shown by its last part.
pub(crate) fn shown(program: &str, arguments: &[&str]) -> String {
    let word = |argument: &&str| {
        let word = argument.strip_prefix('/').map_or(*argument, |path| path.rsplit('/').next().unwrap_or(path));
        if word.contains([' ', '"', '{', '*']) { format!("'{word}'") } else { word.to_owned() }
    };
    std::iter::once(program.to_owned()).chain(arguments.iter().map(word)).collect::<Vec<_>>().join(" ")
}

//! The built programs and plugins, and what a program said when it was run.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// What a program printed and how it ended.
#[derive(Clone, Debug)]
pub struct Said {
    /// As one would have typed it.
    pub command: String,
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    /// Runs it to its end.
    pub fn of(shown: String, command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap_or_else(|error| panic!("{shown}: {error}"));
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("programs print UTF-8");
        Self { command: shown, code: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) }
    }

    /// Both streams, as a terminal shows them.
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Fails unless it ended with this code.
    #[must_use]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{} ended with {}:\n{}", self.command, self.code, self.all());
        self
    }

    /// Fails unless what it printed holds each of these.
    #[must_use]
    pub fn expect_text(self, parts: &[&str]) -> Self {
        let all = self.all();
        let missing: Vec<_> = parts.iter().filter(|part| !all.contains(**part)).collect();
        assert!(missing.is_empty(), "{} did not print {missing:?}:\n{all}", self.command);
        self
    }

    /// Its standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{}: {error}:\n{}", self.command, self.all()))
    }
}

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the checkout").to_owned()
}

/// A program of the workspace, beside the test that runs.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test knows its own file");
    let folder = test.parent().and_then(Path::parent).expect("tests lie in target/debug/deps");
    built(folder.join(name), "cargo build --workspace --bins")
}

/// A standard plugin's component.
pub fn plugin(name: &str) -> PathBuf {
    let folder =
        program("pluginctl").parent().and_then(Path::parent).expect("programs lie in target/debug").join("plugins");
    built(folder.join(format!("{name}.wasm")), "cargo xtask plugins")
}

/// A guest of the tests.
pub fn guest(name: &str) -> PathBuf {
    plugin(name)
}

fn built(path: PathBuf, command: &str) -> PathBuf {
    assert!(path.exists(), "{} is not built; `{command}` builds it, and `cargo xtask test` everything", path.display());
    path
}

//! Where the repository is and how its programs are run. Knows no task.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// A checkout of this repository.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The checkout that this xtask was built from, or is run in.
    pub(crate) fn here() -> Result<Self> {
        let manifest =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().context("xtask is not in a folder of the workspace")?.to_owned();
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder));
        Ok(Self { root, target })
    }

    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// The one folder that holds what was built.
    pub(crate) fn target(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.target.join(relative)
    }

    /// A program of the workspace, as `cargo build` leaves it.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }

    /// `cargo` with these arguments, in the workspace, its output shown as it comes.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Result<()> {
        run(self.cargo_command().args(arguments))
    }

    /// `cargo`, in the workspace, as one would type it: what `cargo run` says of xtask itself is taken back, for there are
    /// build scripts (ring's) that would be run again for it, and much would be built again after them.
    pub(crate) fn cargo_command(&self) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        let is_of_xtask = |name: &String| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|lead| name.starts_with(lead));
        let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        for name in names.filter(is_of_xtask) {
            command.env_remove(name);
        }
        command.current_dir(&self.root);
        command
    }

    /// Builds pluginhost and pluginctl. All packages are selected, here and in tests, so that every dependency is built
    /// with one set of features, once: Wasmtime takes minutes.
    pub(crate) fn build_programs(&self) -> Result<()> {
        self.cargo(&["build", "--locked", "--workspace", "--bin", "pluginhost", "--bin", "pluginctl"])
    }

    /// The path as a reader of this checkout would write it.
    pub(crate) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

/// Runs a program, its output shown as it comes.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("{} did not start", shown(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs a program and returns what it printed; its errors are shown as they come.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("{} did not start", shown(command)))?;
    if !output.status.success() {
        bail!("{} ended with {}", shown(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} printed something that is not UTF-8", shown(command)))
}

/// Whether a program of this name can be run.
pub(crate) fn is_installed(program: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    format!("`{}`", std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" "))
}

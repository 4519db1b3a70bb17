//! Runs cargo for a guest: the right target, profile and flags, and which file came out. Does not look into the file.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tocsin_core::manifest::Target;

use crate::output::Output;

/// A profile of this name is used where the workspace has one; the template's has.
const PROFILE: &str = "plugin";
/// A core guest's heap is an arena in its initial memory; a small stack keeps the memory that a call touches small.
const STACK_BYTES: u32 = 128 * 1024;

/// One guest crate, ready to be built.
#[derive(Debug)]
pub(super) struct Build {
    manifest: PathBuf,
    target: Target,
    profile: &'static str,
    progress: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// A core module that tells its config's schema; schemars is in this build alone.
    Describe,
    Real,
}

/// A line of cargo's `--message-format=json`.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

impl Build {
    pub(super) fn new(folder: &Path, target: Target, progress: Output) -> Result<Self> {
        let manifest = folder.join("Cargo.toml");
        if !manifest.is_file() {
            bail!(
                "{} has no Cargo.toml: in other languages, build a component and name it in plugin.toml with `component = \"path.wasm\"`",
                folder.display()
            );
        }
        let manifest =
            fs::canonicalize(&manifest).with_context(|| format!("{} cannot be found", manifest.display()))?;
        ensure_target(Target::Core, folder, progress)?;
        ensure_target(target, folder, progress)?;
        let profile = if workspace_has_profile(&manifest)? { PROFILE } else { "release" };
        Ok(Self { manifest, target, profile, progress })
    }

    /// The bytes of the Wasm file that cargo made.
    pub(super) fn run(&self, pass: Pass) -> Result<Vec<u8>> {
        let what = match pass {
            Pass::Describe => "the describing build",
            Pass::Real => "the build",
        };
        // A schema is the same on every target, and this one imports nothing that would have to be stubbed.
        let target = if pass == Pass::Describe { Target::Core } else { self.target };
        let mut command = cargo();
        command.arg("rustc").arg("--manifest-path").arg(&self.manifest);
        command.args(["--lib", "--crate-type", "cdylib", "--target", target.triple(), "--profile", self.profile]);
        command.arg("--message-format=json-render-diagnostics");
        if self.progress.is_json() {
            command.arg("--quiet");
        }
        command.arg("--").args(self.rustc_flags(pass));
        let output =
            command.stderr(Stdio::inherit()).stdin(Stdio::null()).output().context("cargo cannot be started")?;
        if !output.status.success() {
            bail!("cargo could not finish {what} of {}: see its messages above", self.manifest.display());
        }
        let file = self.artifact(&output.stdout).with_context(|| {
            format!("cargo built no Wasm file for {}: is it a library (`src/lib.rs`)?", self.manifest.display())
        })?;
        fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))
    }

    fn rustc_flags(&self, pass: Pass) -> Vec<String> {
        match (pass, self.target) {
            (Pass::Describe, _) => vec!["--cfg".to_owned(), "tocsin_describe".to_owned()],
            (Pass::Real, Target::Core) => vec!["-C".to_owned(), format!("link-arg=-zstack-size={STACK_BYTES}")],
            (Pass::Real, Target::Wasi) => Vec::new(),
        }
    }

    fn artifact(&self, messages: &[u8]) -> Option<PathBuf> {
        let is_wasm = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "wasm");
        messages
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice::<Message>(line).ok())
            .filter(|message| message.reason == "compiler-artifact" && message.manifest_path == self.manifest)
            .flat_map(|message| message.filenames)
            .find(is_wasm)
    }
}

/// The cargo that runs us, if one does; else the one in the path.
fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    // Flags meant for the host's own programs must not reach a guest.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    command
}

fn workspace_has_profile(manifest: &Path) -> Result<bool> {
    let mut command = cargo();
    command.args(["locate-project", "--workspace", "--message-format", "plain", "--manifest-path"]).arg(manifest);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .context("cargo cannot be started: install Rust from https://rustup.rs")?;
    if !output.status.success() {
        bail!("cargo finds no workspace for {}: see its message above", manifest.display());
    }
    let root = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let text = fs::read_to_string(&root).with_context(|| format!("{} cannot be read", root.display()))?;
    let root_manifest: toml::Table = text.parse().with_context(|| format!("{} is not TOML", root.display()))?;
    Ok(root_manifest.get("profile").and_then(|profiles| profiles.get(PROFILE)).is_some())
}

/// Adds the compile target with rustup where it is missing; the toolchain is the one of the guest's folder.
fn ensure_target(target: Target, folder: &Path, progress: Output) -> Result<()> {
    let triple = target.triple();
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", triple])
        .current_dir(folder)
        .output()
        .context("rustc cannot be started: install Rust from https://rustup.rs")?;
    let libraries = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if output.status.success() && libraries.is_dir() {
        return Ok(());
    }
    progress.note(&format!("adding the compile target {triple} with rustup"))?;
    let added =
        Command::new("rustup").args(["target", "add", triple]).current_dir(folder).stdout(Stdio::null()).status();
    match added {
        Ok(status) if status.success() => Ok(()),
        _ => bail!(
            "the compile target {triple} is missing and rustup could not add it: run `rustup target add {triple}`"
        ),
    }
}

//! What this machine must have besides Rust: Wasm targets for guests, and Debian's programs that some tests ask.
//! Adds what is missing where it may; else names the one command that does.

use std::process::Command;

use anyhow::{Context, Result};

use crate::say;
use crate::workspace::{is_installed, output, run};

const GUEST_TARGETS: [&str; 2] = ["wasm32-unknown-unknown", "wasm32-wasip2"];

/// A program that a test asks, and the Debian package that has it.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) program: &'static str,
    pub(crate) package: &'static str,
}

/// Judges `/metrics`.
pub(crate) const PROMTOOL: Peer = Peer { program: "promtool", package: "prometheus" };

/// Both targets that guests are built for.
pub(crate) fn guest_targets() -> Result<()> {
    let way_out = || format!("guests need the Wasm targets: rustup target add {}", GUEST_TARGETS.join(" "));
    let installed = output(Command::new("rustup").args(["target", "list", "--installed"])).with_context(way_out)?;
    let missing: Vec<_> =
        GUEST_TARGETS.into_iter().filter(|target| !installed.lines().any(|line| line == *target)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    say::step(&format!("adding the Wasm targets {}", missing.join(" and ")));
    run(Command::new("rustup").args(["target", "add"]).args(missing)).with_context(way_out)
}

/// Installs Debian's package of a peer where this user may. A test whose peer is missing says so and does not fail.
pub(crate) fn ensure(peer: &Peer) {
    if is_installed(peer.program) {
        return;
    }
    let command = format!("apt-get install --no-install-recommends {}", peer.package);
    if !rustix::process::geteuid().is_root() || !is_installed("apt-get") {
        say::note(&format!("{} is not installed, so the test that asks it is left out: sudo {command}", peer.program));
        return;
    }
    say::step(&format!("installing {} for the test that asks it", peer.program));
    if let Err(error) = apt(peer.package) {
        say::note(&format!("{} could not be installed, so the test that asks it is left out: {error}", peer.program));
    }
}

fn apt(package: &str) -> Result<()> {
    let apt =
        |arguments: &[&str]| run(Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(arguments));
    let install = ["install", "--quiet", "--yes", "--no-install-recommends", package];
    apt(&install).or_else(|_| apt(&["update", "--quiet"]).and_then(|()| apt(&install)))
}

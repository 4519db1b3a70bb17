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

/// Judges `/metrics`; the server that comes with it evaluates the same SLOs.
pub(crate) const PROMTOOL: Peer = Peer { program: "promtool", package: "prometheus" };

/// Speaks Alertmanager's API to a node. Debian starts the server that comes with it: see [`ensure`].
pub(crate) const AMTOOL: Peer = Peer { program: "amtool", package: "prometheus-alertmanager" };

/// Is sent the same hour of flapping.
pub(crate) const NAGIOS: Peer = Peer { program: "nagios4", package: "nagios4-core" };

/// Repairs what is killed, as a node does. Debian starts it once it is installed: see [`ensure`].
pub(crate) const MONIT: Peer = Peer { program: "monit", package: "monit" };

/// Carries the questions to systemd that a service in the tests answers.
pub(crate) const DBUS: Peer = Peer { program: "dbus-daemon", package: "dbus-daemon" };

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

/// Installs Debian's package of a peer where this user may. A test whose peer is missing says so and does not fail. A
/// server that Debian would start with it is kept from starting: a test starts its own, on a port of its own.
pub(crate) fn ensure(peer: &Peer) {
    if is_installed(peer.program) {
        return;
    }
    let command = format!("apt-get install --no-install-recommends {}", peer.package);
    if !rustix::process::geteuid().is_root() || !is_installed("apt-get") {
        say::note(&format!("{} is not installed, so what asks it is left out: sudo {command}", peer.program));
        return;
    }
    say::step(&format!("installing {} for what asks it", peer.program));
    if let Err(error) = apt(peer.package) {
        say::note(&format!("{} could not be installed, so what asks it is left out: {error}", peer.program));
    }
}

fn apt(package: &str) -> Result<()> {
    let apt =
        |arguments: &[&str]| run(Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(arguments));
    let install = ["install", "--quiet", "--yes", "--no-install-recommends", package];
    // `invoke-rc.d` asks this whether a service may start; 101 is no. One that is there already is somebody else's.
    let policy = Policy::forbid();
    let installed = apt(&install).or_else(|_| apt(&["update", "--quiet"]).and_then(|()| apt(&install)));
    drop(policy);
    installed
}

/// While it lives, Debian's packages start no services.
struct Policy(Option<&'static str>);

impl Policy {
    fn forbid() -> Self {
        const PATH: &str = "/usr/sbin/policy-rc.d";
        use std::os::unix::fs::OpenOptionsExt as _;
        let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o755).open(PATH);
        let written = made.and_then(|mut file| std::io::Write::write_all(&mut file, b"#!/bin/sh\nexit 101\n"));
        Self(written.is_ok().then_some(PATH))
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        if let Some(path) = self.0 {
            // Without it the next package only starts its service.
            let _gone = std::fs::remove_file(path);
        }
    }
}

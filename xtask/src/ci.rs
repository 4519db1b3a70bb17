//! The checks that read the code instead of running it. Knows no test.

use anyhow::Result;

use crate::say;
use crate::workspace::{Workspace, is_installed};

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    say::step("format");
    workspace.cargo(&["fmt", "--all", "--check"])?;
    say::step("lint");
    workspace.cargo(&["clippy", "--locked", "--workspace", "--all-targets", "--", "--deny", "warnings"])?;
    say::step("licences, bans and sources");
    if is_installed("cargo-deny") {
        workspace.cargo(&["deny", "--all-features", "check", "licenses", "bans", "sources"])?;
    } else {
        say::note("cargo-deny is not installed, so the crates' licences were not checked: cargo install cargo-deny");
    }
    Ok(())
}

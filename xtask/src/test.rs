//! Builds what the tests need, then runs all of them in one invocation of cargo.

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{peers, plugins, say};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also the long tests: comparisons with peers, many seeds, damaged disks.
    #[arg(long)]
    long: bool,
    /// Only tests whose name contains this.
    filter: Option<String>,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    peers::ensure(&peers::PROMTOOL);
    say::step("building pluginhost and pluginctl");
    workspace.cargo(&["build", "--locked", "--package", "pluginhost", "--package", "pluginctl"])?;
    plugins::build_all(workspace)?;
    say::step("testing");
    let mut arguments = vec!["test", "--locked", "--workspace", "--no-fail-fast"];
    arguments.extend(args.filter.as_deref());
    if args.long {
        arguments.extend(["--", "--include-ignored"]);
    }
    workspace.cargo(&arguments)
}

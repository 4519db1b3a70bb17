//! Builds what the tests need, runs all of them in one invocation of cargo, and writes `docs/bad-input.md` from what the
//! cases of bad input printed.

use std::fs;

use anyhow::{Context, Result};

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

/// Where the tests leave a record a case: its title, then what was said.
const RECORDS: &str = "bad-input";
const PAGE: &str = "docs/bad-input.md";

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    peers::ensure(&peers::PROMTOOL);
    peers::ensure(&peers::AMTOOL);
    peers::ensure(&peers::DBUS);
    say::step("building pluginhost and pluginctl");
    workspace.build_programs()?;
    plugins::build_all(workspace)?;
    say::step("testing");
    let mut arguments = vec!["test", "--locked", "--workspace", "--no-fail-fast"];
    arguments.extend(args.filter.as_deref());
    if args.long {
        arguments.extend(["--", "--include-ignored"]);
    }
    let records = workspace.target(RECORDS);
    if args.filter.is_none() && records.exists() {
        fs::remove_dir_all(&records).with_context(|| format!("{} cannot be emptied", records.display()))?;
    }
    workspace.cargo(&arguments)?;
    if args.filter.is_none() { write_page(workspace) } else { Ok(()) }
}

/// The page is the tests' own; whoever changes what is printed commits it with the change.
fn write_page(workspace: &Workspace) -> Result<()> {
    let mut files: Vec<_> =
        fs::read_dir(workspace.target(RECORDS))?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    let mut page = "# Bad input\n\nWhat happens when something is wrong: each case with the command and what it printed. \
        `cargo xtask test` writes this page from what the tests saw; temporary folders, ports, digests, ids and times are \
        replaced by what they stand for.\n"
        .to_owned();
    for file in files {
        let text = fs::read_to_string(&file)?;
        let (title, said) = text.split_once('\n').with_context(|| format!("{} has no title", file.display()))?;
        page += &format!("\n## {title}\n\n```console\n{}\n```\n", said.trim_end());
    }
    let path = workspace.path(PAGE);
    if fs::read_to_string(&path).unwrap_or_default() != page {
        fs::write(&path, page).with_context(|| format!("{} cannot be written", path.display()))?;
        say::note(&format!("{PAGE} is new: look at what changed, and commit it"));
    }
    Ok(())
}

//! `pluginctl playbook`: which there are, what is most likely not meant by them, what they would have done.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use tocsin_api::remediation::{PlaybookList, PlaybookSummary};
use tocsin_core::playbook::lint;
use tocsin_core::remediation::simulate::{Simulated, text};
use tocsin_core::zone::Zone;

use crate::check_config;
use crate::client::{Node, NodeArgs, segment};
use crate::output::{Field, Output};
use crate::words;

/// Playbooks: what answers which incident, under which gates.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl playbook list
  pluginctl playbook reset restart-shop       after its breaker stopped it
  pluginctl playbook lint                     what a valid playbook most likely does not mean
  pluginctl playbook simulate restart-shop    what it would have answered to past incidents, and why not")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// The playbooks of the configuration in force.
    List,
    Lint(LintArgs),
    Simulate(SimulateArgs),
    Reset(ResetArgs),
}

/// Lets a playbook go on that its breaker stopped. It looks at what is wrong now, and makes up for nothing.
#[derive(clap::Args, Debug)]
struct ResetArgs {
    name: String,
}

/// Says what valid playbooks most likely do not mean, from the configuration's files and the plugins in the data folder.
#[derive(clap::Args, Debug)]
struct LintArgs {
    /// The main file; conf.d/*.yaml beside it belongs to it.
    #[arg(default_value = "tocsin.yaml")]
    file: PathBuf,
    /// Exit 1 where there is a note.
    #[arg(long)]
    strict: bool,
}

/// Replays the incidents that the node remembers: what the playbook would have proposed, and which gate had let it pass or
/// not. It does nothing.
#[derive(clap::Args, Debug)]
struct SimulateArgs {
    /// A playbook of the node's configuration.
    name: String,
}

pub fn run(args: Args, at: &NodeArgs, node: &Node, output: Output) -> Result<ExitCode> {
    match args.command {
        Command::List => {
            let list: PlaybookList = node.get("/api/v1/playbooks")?;
            output.result(&list, |list| many(&list.playbooks, output))?;
        }
        Command::Lint(LintArgs { file, strict }) => {
            let config = check_config::compile(&file, at)?.map_err(|errors| anyhow::anyhow!("{errors}"))?;
            let notes = lint(&config);
            output.result(&notes, |notes| {
                let sum = format!("{} playbooks, {} notes", config.playbooks.len(), notes.len());
                notes.iter().map(ToString::to_string).chain([sum]).collect::<Vec<_>>().join("\n")
            })?;
            return Ok(if strict && !notes.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS });
        }
        Command::Simulate(SimulateArgs { name }) => {
            let path = format!("/api/v1/playbooks/{}/simulate", segment(&name));
            let simulated: Simulated = node.get(&path)?;
            output.result(&simulated, |simulated| {
                let lines = text(simulated, &Zone::utc());
                lines.lines().map(words::printable).collect::<Vec<_>>().join("\n")
            })?;
        }
        Command::Reset(ResetArgs { name }) => {
            let path = format!("/api/v1/playbooks/{}/reset", segment(&name));
            let after: PlaybookSummary = node.post(&path, &())?;
            output.result(&after, |it| format!("{} goes on", it.name))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn many(playbooks: &[PlaybookSummary], output: Output) -> String {
    if playbooks.is_empty() {
        return "The configuration in force has no `playbooks`.".to_owned();
    }
    let row = |it: &PlaybookSummary| -> Vec<Field> {
        let breaker = if it.stopped { "stopped".to_owned() } else { format!("{} failures", it.failures) };
        vec![
            it.name.as_str().into(),
            it.mode.as_str().into(),
            it.actions.join(", ").into(),
            it.under_way.to_string().into(),
            breaker.into(),
        ]
    };
    output.table(&["playbook", "mode", "actions", "under way", "breaker"], playbooks.iter().map(row).collect())
}

//! `pluginctl postmortem`: what an incident taught, as text, and what people fill in.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use tocsin_api::incident::{ChangeIncident, ChangePostmortem, Incident, IncidentList, IncidentQuery, NewAction};

use super::path;
use crate::client::Node;
use crate::output::{Field, Output};
use crate::words;

/// Post-mortems: written by the node when an incident resolves, completed by people.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl postmortem show 0192f1c4-...                    as Markdown
  pluginctl postmortem show 0192f1c4-... --html -o pm.html
  pluginctl postmortem fill 0192f1c4-... --root-cause 'the pool was too small' --why 'why 1' --why 'why 2'
  pluginctl postmortem fill 0192f1c4-... --action 'alert on pool use' --owner anna --due 2026-12-24
  pluginctl postmortem actions                              what is still to be done")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    Show(ShowArgs),
    Fill(FillArgs),
    /// Everything that is still to be done, of all incidents.
    Actions,
}

/// Prints one.
#[derive(clap::Args, Debug)]
struct ShowArgs {
    /// The incident.
    id: String,
    /// A page for a browser instead of Markdown.
    #[arg(long)]
    html: bool,
    /// Write it there.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Fills something in; what is not given stays as it is.
#[derive(clap::Args, Debug)]
struct FillArgs {
    /// The incident.
    id: String,
    #[arg(long, value_name = "TEXT")]
    root_cause: Option<String>,
    #[arg(long, value_name = "TEXT")]
    lessons: Option<String>,
    /// The answer to the first why, the second, ...: up to five.
    #[arg(long = "why", value_name = "TEXT")]
    whys: Vec<String>,
    /// Something to do.
    #[arg(long, value_name = "TEXT")]
    action: Option<String>,
    #[arg(long, value_name = "NAME", requires = "action")]
    owner: Option<String>,
    /// `2026-12-24`
    #[arg(long, value_name = "DATE", requires = "action")]
    due: Option<String>,
    /// The number of something that is done.
    #[arg(long, value_name = "NUMBER")]
    done: Vec<u32>,
    /// Nothing is left to be filled in.
    #[arg(long)]
    complete: bool,
}

pub fn run(args: Args, node: &Node, output: Output) -> Result<ExitCode> {
    match args.command {
        Command::Show(args) => show(&args, node, output),
        Command::Fill(args) => fill(args, node, output),
        Command::Actions => actions(node, output),
    }
}

fn show(args: &ShowArgs, node: &Node, output: Output) -> Result<ExitCode> {
    let format = if args.html { "html" } else { "markdown" };
    let text = node.get_bytes(&format!("{}/postmortem?format={format}", path(&args.id)))?;
    match &args.output {
        Some(file) => {
            std::fs::write(file, &text).with_context(|| format!("{} cannot be written", file.display()))?;
            output.note(&format!("{} holds the post-mortem", file.display()))?;
        }
        None => std::io::stdout().write_all(&text)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn fill(args: FillArgs, node: &Node, output: Output) -> Result<ExitCode> {
    let FillArgs { id, root_cause, lessons, whys, action, owner, due, done, complete } = args;
    let filled = ChangePostmortem {
        whys: Some(whys).filter(|whys| !whys.is_empty()),
        root_cause,
        lessons,
        add: action.map(|text| NewAction { text, owner, due }).into_iter().collect(),
        done,
        complete: complete.then_some(true),
    };
    anyhow::ensure!(
        filled != ChangePostmortem::default(),
        "nothing to fill in; `postmortem fill --help` shows what can be"
    );
    let body = ChangeIncident { postmortem: Some(filled), ..ChangeIncident::default() };
    let after: Incident = node.patch(&path(&id), &body)?;
    output.result(&after, |after| format!("{} is filled in", after.summary.id))?;
    Ok(ExitCode::SUCCESS)
}

fn actions(node: &Node, output: Output) -> Result<ExitCode> {
    let query = IncidentQuery { state: None, limit: Some(5_000) };
    let list: IncidentList = node.get_with("/api/v1/incidents", &query)?;
    let mut open = Vec::new();
    for summary in list.incidents {
        let incident: Incident = node.get(&path(&summary.id))?;
        let actions = incident.postmortem.map(|it| it.actions).unwrap_or_default();
        open.extend(actions.into_iter().filter(|item| item.done.is_none()).map(|item| (summary.id.clone(), item)));
    }
    output.result(&open, |open| {
        if open.is_empty() {
            return "Nothing is left to do.".to_owned();
        }
        let row = |(id, item): &(String, tocsin_api::incident::ActionItem)| -> Vec<Field> {
            vec![
                id.as_str().into(),
                item.number.to_string().into(),
                item.due.clone().unwrap_or_default().into(),
                words::printable(&item.owner.clone().unwrap_or_default()).into(),
                words::printable(&item.text).into(),
            ]
        };
        output.table(&["incident", "no", "due", "owner", "what"], open.iter().map(row).collect())
    })?;
    Ok(ExitCode::SUCCESS)
}

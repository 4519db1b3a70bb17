//! `pluginctl incident`, `postmortem` and `change`: what is going on, who is on it, what it taught. One room a subject.

use std::process::ExitCode;

use anyhow::Result;
use tocsin_api::incident::{ChangeIncident, Incident, IncidentState, OpenIncident};

use crate::client::{Node, segment};
use crate::output::Output;

mod change;
mod figures;
mod postmortem;
mod show;

pub use change::Args as ChangeArgs;
pub use change::run as change;
pub use postmortem::Args as PostmortemArgs;
pub use postmortem::run as postmortem;

/// Incidents: correlated alerts with a timeline, and who is on them.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl incident list                           open ones first
  pluginctl incident show 0192f1c4-...              its timeline, impact and repairs
  pluginctl incident open 'Orders stuck' --severity SEV-2 --label service=shop
  pluginctl incident ack 0192f1c4-... --assign anna
  pluginctl incident note 0192f1c4-... 'failing over to db-2'
  pluginctl incident resolve 0192f1c4-...
  pluginctl incident figures                        how long they take: n, median, p90")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    List(show::ListArgs),
    Show(show::ShowArgs),
    Open(OpenArgs),
    Ack(AckArgs),
    /// Its impact is over, though it is not.
    Mitigate(OneArgs),
    /// It is over.
    Resolve(OneArgs),
    /// What was resolved is not.
    Reopen(OneArgs),
    Note(NoteArgs),
    Set(SetArgs),
    Figures,
}

/// Opens one by hand.
#[derive(clap::Args, Debug)]
struct OpenArgs {
    title: String,
    /// SEV-1 (worst) to SEV-4.
    #[arg(long, short, default_value = "SEV-3")]
    severity: String,
    /// `service=shop`; may be given more than once.
    #[arg(long = "label", short = 'l', value_name = "NAME=VALUE", value_parser = pair)]
    labels: Vec<(String, String)>,
}

/// Somebody is on it.
#[derive(clap::Args, Debug)]
struct AckArgs {
    id: String,
    /// Who works on it.
    #[arg(long, value_name = "NAME")]
    assign: Option<String>,
}

#[derive(clap::Args, Debug)]
struct OneArgs {
    id: String,
}

/// Adds a line to its timeline.
#[derive(clap::Args, Debug)]
struct NoteArgs {
    id: String,
    text: String,
}

/// Changes how severe it is, who is on it, where people talk. An empty text takes something away.
#[derive(clap::Args, Debug)]
struct SetArgs {
    id: String,
    /// SEV-1 (worst) to SEV-4.
    #[arg(long)]
    severity: Option<String>,
    #[arg(long, value_name = "NAME")]
    assignee: Option<String>,
    #[arg(long, value_name = "NAME")]
    commander: Option<String>,
    /// Where people talk about it.
    #[arg(long, value_name = "URL")]
    link: Option<String>,
}

pub fn run(args: Args, node: &Node, output: Output) -> Result<ExitCode> {
    let state = |state| ChangeIncident { state: Some(state), ..ChangeIncident::default() };
    match args.command {
        Command::List(args) => show::list(args, node, output),
        Command::Show(args) => show::one(&args, node, output),
        Command::Figures => figures::run(node, output),
        Command::Open(OpenArgs { title, severity, labels }) => {
            let body = OpenIncident { title, severity, labels: labels.into_iter().collect() };
            let opened: Incident = node.post("/api/v1/incidents", &body)?;
            output.result(&opened, |it| {
                format!("{} is open: {} ({})", it.summary.id, it.summary.title, it.summary.severity)
            })?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Ack(AckArgs { id, assign }) => {
            tell(&id, &ChangeIncident { assignee: assign, ..state(IncidentState::Acknowledged) }, node, output)
        }
        Command::Mitigate(OneArgs { id }) => tell(&id, &state(IncidentState::Mitigated), node, output),
        Command::Resolve(OneArgs { id }) => tell(&id, &state(IncidentState::Resolved), node, output),
        Command::Reopen(OneArgs { id }) => tell(&id, &state(IncidentState::Open), node, output),
        Command::Note(NoteArgs { id, text }) => {
            tell(&id, &ChangeIncident { note: Some(text), ..ChangeIncident::default() }, node, output)
        }
        Command::Set(SetArgs { id, severity, assignee, commander, link }) => {
            let body = ChangeIncident { severity, assignee, commander, link, ..ChangeIncident::default() };
            tell(&id, &body, node, output)
        }
    }
}

fn tell(id: &str, body: &ChangeIncident, node: &Node, output: Output) -> Result<ExitCode> {
    let after: Incident = node.patch(&path(id), body)?;
    output.result(&after, |it| {
        let summary = &it.summary;
        let by = summary.assignee.as_ref().map(|who| format!(", {who} is on it")).unwrap_or_default();
        format!("{}: {}, {}{by}", summary.id, summary.state.as_str(), summary.severity)
    })?;
    Ok(ExitCode::SUCCESS)
}

fn path(id: &str) -> String {
    format!("/api/v1/incidents/{}", segment(id))
}

/// `NAME=VALUE`, for clap.
fn pair(written: &str) -> Result<(String, String), String> {
    let pair = written.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = pair.ok_or_else(|| format!("`{written}` is no label; write `service=shop`"))?;
    Ok((name.to_owned(), value.to_owned()))
}

//! `pluginctl remediation`, `approve`, `reject` and `killswitch`: what playbooks do, and who lets or stops them.

use std::process::ExitCode;

use anyhow::Result;
use tocsin_api::remediation::{Approve, Remediation, RemediationList, RemediationQuery};

use crate::client::{Node, segment};
use crate::output::Output;
use crate::words;

mod show;
mod switch;

pub use switch::Args as SwitchArgs;
pub use switch::run as killswitch;

/// Repairs: each with its plan, what every gate says of it, what was done and what proved that it helped.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl remediation list --open              what is under way or waits for somebody
  pluginctl remediation show 0193a4e2c71f-...    plan, gates, journal
  pluginctl approve 0193a4e2c71f-...             shows the plan, then asks")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    List(ListArgs),
    Show(ShowArgs),
}

/// Those under way first, then newest first.
#[derive(clap::Args, Debug)]
struct ListArgs {
    #[arg(long, value_name = "ID")]
    incident: Option<String>,
    #[arg(long, value_name = "NAME")]
    playbook: Option<String>,
    /// Only those that have not ended.
    #[arg(long)]
    open: bool,
    /// At most this many.
    #[arg(long)]
    limit: Option<usize>,
}

/// One with everything that is known of it.
#[derive(clap::Args, Debug)]
struct ShowArgs {
    id: String,
}

/// Approves a remediation's plan: this very plan, by its hash, and no other.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl approve 0193a4e2c71f-...                     shows the plan and asks
  pluginctl approve 0193a4e2c71f-... --hash 5f2c81...    for programs: only if the plan is still this one")]
pub struct ApproveArgs {
    id: String,
    /// The plan's hash, as `remediation show` prints it; at least its first 12 digits.
    #[arg(long)]
    hash: Option<String>,
}

pub fn run(args: Args, node: &Node, output: Output) -> Result<ExitCode> {
    match args.command {
        Command::List(ListArgs { incident, playbook, open, limit }) => {
            let query = RemediationQuery { incident, playbook, open, limit };
            let list: RemediationList = node.get_with("/api/v1/remediations", &query)?;
            output.result(&list, |list| show::many(&list.remediations, output))?;
        }
        Command::Show(ShowArgs { id }) => {
            let found: Remediation = node.get(&path(&id))?;
            output.result(&found, |it| show::one(it, output))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub fn approve(args: ApproveArgs, node: &Node, output: Output) -> Result<ExitCode> {
    say(args, "approve", node, output)
}

/// Rejects a remediation's plan: it ends, and nothing is done.
pub fn reject(args: ApproveArgs, node: &Node, output: Output) -> Result<ExitCode> {
    say(args, "reject", node, output)
}

const HASH_DIGITS_MIN: usize = 12;

fn say(args: ApproveArgs, word: &str, node: &Node, output: Output) -> Result<ExitCode> {
    let before: Remediation = node.get(&path(&args.id))?;
    let plan = before.plan.as_ref();
    let plan =
        plan.ok_or_else(|| anyhow::anyhow!("{} has no plan yet: {}", before.id, words::printable(&before.words)))?;
    match &args.hash {
        Some(hash) => {
            let hash = hash.to_ascii_lowercase();
            let is_it = hash.len() >= HASH_DIGITS_MIN && plan.hash.starts_with(&hash);
            anyhow::ensure!(is_it, "the plan has the hash {}, not {hash}: look at it again", plan.hash);
        }
        None => {
            output.note(&show::one(&before, output))?;
            anyhow::ensure!(output.can_ask(), "nobody can be asked here: name the plan with --hash {}", plan.hash);
            if !output.ask(&format!("{word} this plan?"))? {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    let body = Approve { hash: plan.hash.clone() };
    let after: Remediation = node.post(&format!("{}/{word}", path(&args.id)), &body)?;
    output.result(&after, |it| format!("{}: {}", it.id, words::printable(&it.words)))?;
    Ok(ExitCode::SUCCESS)
}

fn path(id: &str) -> String {
    format!("/api/v1/remediations/{}", segment(id))
}

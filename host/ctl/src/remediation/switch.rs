//! `pluginctl killswitch`: stops repairs before the next verb begins.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use tocsin_api::remediation::{KillSwitchShown, KillSwitches, SwitchScope, ThrowSwitch};

use crate::client::{Node, query_string};
use crate::moment;
use crate::output::{Field, Output};
use crate::words::printable;

/// Stops repairs: all of them, of one playbook, or on one target, before the next verb begins.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl killswitch on --reason 'something odd is going on'
  pluginctl killswitch on --playbook restart-shop --for 2h --reason 'deploying by hand'
  pluginctl killswitch off --playbook restart-shop
  pluginctl killswitch                              what stops repairs now")]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    On(OnArgs),
    Off(ScopeArgs),
    /// What stops repairs now.
    List,
}

/// Throws one.
#[derive(clap::Args, Debug)]
struct OnArgs {
    #[command(flatten)]
    scope: ScopeArgs,
    /// Why: whoever wonders reads this.
    #[arg(long, short)]
    reason: String,
    /// How long; else until it is taken back.
    #[arg(long = "for", value_name = "DURATION", value_parser = moment::duration)]
    duration: Option<Duration>,
}

/// Takes one back.
#[derive(clap::Args, Debug)]
struct ScopeArgs {
    /// Of one playbook; else of all.
    #[arg(long, value_name = "NAME", conflicts_with = "target")]
    playbook: Option<String>,
    /// On one target; else on all.
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
}

pub fn run(args: Args, node: &Node, output: Output) -> Result<ExitCode> {
    const PATH: &str = "/api/v1/killswitches";
    match args.command {
        Some(Command::On(OnArgs { scope: ScopeArgs { playbook, target }, reason, duration })) => {
            // A part of a second is a second: less would stop nothing.
            let duration_seconds = duration.map(|duration| duration.as_secs().max(1));
            let body = ThrowSwitch { playbook, target, reason, duration_seconds };
            let thrown: KillSwitchShown = node.put(PATH, &body)?;
            output.result(&thrown, |it| format!("repairs are stopped: {}{}", words(&it.scope), until(it)))?;
        }
        Some(Command::Off(ScopeArgs { playbook, target })) => {
            let scope = SwitchScope { playbook, target };
            let was: KillSwitchShown = node.delete(&format!("{PATH}{}", query_string(&scope)))?;
            output.result(&was, |it| format!("repairs go on: {}", words(&it.scope)))?;
        }
        None | Some(Command::List) => {
            let list: KillSwitches = node.get(PATH)?;
            output.result(&list, |list| many(&list.switches, output))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn many(switches: &[KillSwitchShown], output: Output) -> String {
    if switches.is_empty() {
        return "No kill switch is thrown.".to_owned();
    }
    let row = |it: &KillSwitchShown| -> Vec<Field> {
        let until = it.until.map_or_else(|| "taken back".to_owned(), |until| until.to_string());
        vec![words(&it.scope).into(), printable(&it.by).into(), until.into(), printable(&it.reason).into()]
    };
    output.table(&["stops", "by", "until", "reason"], switches.iter().map(row).collect())
}

fn words(scope: &SwitchScope) -> String {
    match (&scope.playbook, &scope.target) {
        (Some(playbook), _) => format!("the playbook {playbook}"),
        (None, Some(target)) => format!("the target {}", printable(target)),
        (None, None) => "everything".to_owned(),
    }
}

fn until(it: &KillSwitchShown) -> String {
    it.until.map(|until| format!(", until {until}")).unwrap_or_default()
}

//! `pluginctl slo`: objectives and their error budgets, on a node or from files. One room a subcommand.

use std::process::ExitCode;

use anyhow::Result;

use crate::client::Node;
use crate::output::Output;

mod downtime;
mod files;
mod gate;
mod push;
mod report;
mod show;
mod simulate;

/// Service level objectives: where they stand, what is left of their error budgets, and what follows from that.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl slo list                          every objective with what is left of its budget
  pluginctl slo show checkout                 burn rates, alerts, and when the budget is used up
  pluginctl slo gate checkout && ./deploy     exits 1 while its error budget policy freezes deploys
  pluginctl slo report --period month         attainment, downtimes, causes, trend
  pluginctl slo simulate checkout --target 99.95
  pluginctl slo lint                          what valid SLO files probably do not mean
  pluginctl slo export prometheus             equal recording and alerting rules
  pluginctl slo push checkout --good 998 --total 1000
  pluginctl slo downtime checkout --from 2026-12-24T08:00 --until 2026-12-24T08:40 --reason network")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    List(show::ListArgs),
    Show(show::ShowArgs),
    Gate(gate::Args),
    Push(push::Args),
    Downtime(downtime::Args),
    Report(report::Args),
    Simulate(simulate::Args),
    Lint(files::LintArgs),
    Export(files::ExportArgs),
}

pub fn run(args: Args, node: &Node, output: Output) -> Result<ExitCode> {
    match args.command {
        Command::List(args) => show::list(args, node, output),
        Command::Show(args) => show::one(&args, node, output),
        Command::Gate(args) => gate::run(&args, node, output),
        Command::Push(args) => push::run(args, node, output),
        Command::Downtime(args) => downtime::run(args, node, output),
        Command::Report(args) => report::run(args, node, output),
        Command::Simulate(args) => simulate::run(args, node, output),
        Command::Lint(args) => files::lint(&args, output),
        Command::Export(args) => files::export(&args, output),
    }
}

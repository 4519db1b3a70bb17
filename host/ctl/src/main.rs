//! The command line of pluginctl: its words, its help, its exit codes. Each subcommand is a module of the library.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use pluginctl::client::{Node, NodeArgs, NodeError};
use pluginctl::output::Output;
use pluginctl::{
    ack, alerts, build, check_config, checks, escalation, incident, inspect, install, key, maintenance, new, oncall,
    playbook, plugins, reload, remediation, replay, route, run, run_check, silence, slo, status, why,
};

/// Builds, tries out and installs Tocsin's plugins, and shows what a node found.
#[derive(Debug, Parser)]
#[command(name = "pluginctl", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    node: NodeArgs,
    /// Print JSON for programs.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
A plugin of your own, from nothing to running:
  pluginctl new probe my-check && cd my-check
  pluginctl build
  pluginctl run                        one call, here, under the real limits
  pluginctl install .                  shows what it asks for, then installs it on the node
  pluginctl reload                     after pasting the check that `new` printed into conf.d/

Looking at a node:
  pluginctl status                     the node at a glance
  pluginctl checks                     every check with what it last found
  pluginctl run-check web              runs it now and prints the result
  pluginctl replay 0192f1c4-...        what a recorded run returned, byte for byte

When something is wrong:
  pluginctl alerts                     what fires, and what is suppressed by what
  pluginctl why 02e5ac1bc9ed84f7       who was told of it, who was not, and why
  pluginctl ack 02e5ac1bc9ed84f7       stops the ladder: somebody is on it
  pluginctl silence add team=db --for 2h --comment 'new disks'

When it is serious, and what repairs it:
  pluginctl incident list              open ones first; `incident show` has the timeline
  pluginctl remediation list --open    what is under way, or waits for somebody
  pluginctl approve 0193a4e2c71f-...   shows the plan, then asks
  pluginctl killswitch on --reason '...'   stops every repair before its next step

What was promised, and what is left of it:
  pluginctl slo list                   every objective with its error budget
  pluginctl slo gate checkout          exits 1 while its policy freezes deploys

Who is told, from the configuration's files alone:
  pluginctl check-config               every error with its file, line and the way out
  pluginctl route test team=db         which receivers an alert goes to, and why
  pluginctl oncall                     who is on call; `oncall gaps` finds when nobody is
  pluginctl escalation simulate web    who is told when, if nobody acknowledges

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the node refused; 4 no node answers.
`run --nagios` exits as a Nagios plugin does: 0 ok, 1 warning, 2 critical, 3 unknown.";

#[derive(Debug, Subcommand)]
enum Command {
    New(new::Args),
    Build(build::Args),
    Inspect(inspect::Args),
    Key(key::Args),
    Run(run::Args),
    Install(install::Args),
    List(plugins::ListArgs),
    Remove(plugins::RemoveArgs),
    Rollback(plugins::RollbackArgs),
    Checks(checks::Args),
    RunCheck(run_check::Args),
    Replay(replay::Args),
    Status(status::Args),
    Alerts(alerts::Args),
    Why(why::Args),
    Silence(silence::Args),
    Pages(ack::PagesArgs),
    Ack(ack::AckArgs),
    Unack(ack::UnackArgs),
    Maintenance(maintenance::Args),
    Incident(incident::Args),
    Postmortem(incident::PostmortemArgs),
    Change(incident::ChangeArgs),
    Remediation(remediation::Args),
    Approve(remediation::ApproveArgs),
    /// Rejects a remediation's plan: it ends, and nothing is done.
    Reject(remediation::ApproveArgs),
    Killswitch(remediation::SwitchArgs),
    Playbook(playbook::Args),
    Slo(slo::Args),
    Route(route::Args),
    Oncall(oncall::Args),
    Escalation(escalation::Args),
    CheckConfig(check_config::Args),
    Reload(reload::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.json);
    match perform(cli.command, &cli.node, output) {
        Ok(code) => code,
        Err(error) => {
            // A reader that is gone cannot be told.
            let _told = output.error(&error);
            error.downcast_ref::<NodeError>().map_or(ExitCode::FAILURE, NodeError::exit_code)
        }
    }
}

fn perform(command: Command, at: &NodeArgs, output: Output) -> anyhow::Result<ExitCode> {
    let node = &Node::new(at);
    match command {
        Command::New(args) => new::run(args, output),
        Command::Build(args) => build::run(args, output),
        Command::Inspect(args) => inspect::run(args, output),
        Command::Key(args) => key::run(args, output),
        Command::Run(args) => run::run(args, output),
        Command::Install(args) => install::run(args, node, output),
        Command::List(args) => plugins::list(args, node, output),
        Command::Remove(args) => plugins::remove(args, node, output),
        Command::Rollback(args) => plugins::rollback(args, node, output),
        Command::Checks(args) => checks::run(args, node, output),
        Command::RunCheck(args) => run_check::run(args, node, output),
        Command::Replay(args) => replay::run(args, node, output),
        Command::Alerts(args) => alerts::run(args, node, output),
        Command::Why(args) => why::run(args, node, output),
        Command::Silence(args) => silence::run(args, node, output),
        Command::Pages(args) => ack::pages(args, node, output),
        Command::Ack(args) => ack::ack(args, node, output),
        Command::Unack(args) => ack::unack(args, node, output),
        Command::Maintenance(args) => maintenance::run(args, node, output),
        Command::Incident(args) => incident::run(args, node, output),
        Command::Postmortem(args) => incident::postmortem(args, node, output),
        Command::Change(args) => incident::change(args, node, output),
        Command::Remediation(args) => remediation::run(args, node, output),
        Command::Approve(args) => remediation::approve(args, node, output),
        Command::Reject(args) => remediation::reject(args, node, output),
        Command::Killswitch(args) => remediation::killswitch(args, node, output),
        Command::Playbook(args) => playbook::run(args, at, node, output),
        Command::Slo(args) => slo::run(args, node, output),
        Command::Route(args) => route::run(args, output),
        Command::Oncall(args) => oncall::run(args, node, output),
        Command::Escalation(args) => escalation::run(args, output),
        Command::CheckConfig(args) => check_config::run(args, at, output),
        Command::Status(args) => status::run(args, node, output),
        Command::Reload(args) => reload::run(args, node, output),
    }
}

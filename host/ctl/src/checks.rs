//! `pluginctl checks`: every check with what it last found, or everything about one.

use std::process::ExitCode;

use tocsin_api::{CheckDetail, CheckList, CheckQuery, CheckSummary, Time};

use crate::client::Node;
use crate::output::{Field, Output};
use crate::{clock, observation, words};

/// Every check with what it last found; with a name, everything about that one.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  pluginctl checks\n  pluginctl checks --status critical,warning\n  pluginctl checks web"
)]
pub struct Args {
    /// One check's name.
    name: Option<String>,
    /// Only checks in one of these states, parted by commas.
    #[arg(long)]
    status: Option<String>,
    /// Only checks with all of these labels: `team=web,tier=1`.
    #[arg(long)]
    label: Option<String>,
    /// Only checks of this plugin.
    #[arg(long)]
    plugin: Option<String>,
}

pub fn run(args: Args, node: &Node, output: Output) -> anyhow::Result<ExitCode> {
    if let Some(name) = &args.name {
        let check: CheckDetail = node.get(&format!("/api/v1/checks/{}", crate::client::segment(name)))?;
        output.result(&check, |check| one(check, output))?;
        return Ok(ExitCode::SUCCESS);
    }
    let list = all(node, args)?;
    output.result(&list, |list| many(&list.checks, output))?;
    Ok(ExitCode::SUCCESS)
}

/// Page after page until the last.
fn all(node: &Node, args: Args) -> anyhow::Result<CheckList> {
    let Args { status, label, plugin, .. } = args;
    let mut query = CheckQuery { status, label, plugin, recent: Some(false), ..CheckQuery::default() };
    let mut list: CheckList = node.get_with("/api/v1/checks", &query)?;
    while let Some(after) = list.next.take() {
        query.after = Some(after);
        let more: CheckList = node.get_with("/api/v1/checks", &query)?;
        list.checks.extend(more.checks);
        list.next = more.next;
    }
    Ok(list)
}

fn many(checks: &[CheckSummary], output: Output) -> String {
    if checks.is_empty() {
        return "No check fits. Checks are written into conf.d/*.yaml; `pluginctl reload` takes them in.".to_owned();
    }
    let row = |check: &CheckSummary| {
        vec![
            check.name.as_str().into(),
            Field::Status(check.status.as_str().to_owned()),
            since(check.since).into(),
            check.plugin.as_str().into(),
            check.schedule.as_str().into(),
            check.summary.as_str().into(),
        ]
    };
    output.table(&["check", "status", "for", "plugin", "schedule", "found"], checks.iter().map(row).collect())
}

fn one(check: &CheckDetail, output: Output) -> String {
    let CheckDetail { summary, config, rights, place, observation, trouble, .. } = check;
    let status = output.status(summary.status.as_str());
    let mut lines = vec![
        format!("{}: {status} for {}", summary.name, since(summary.since)),
        format!("  {}", summary.summary),
        format!("plugin    {} {}, at {place}", summary.plugin, summary.schedule),
        format!("config    {config}"),
    ];
    let rights = rights.iter().map(|right| right.words.as_str());
    lines.extend(rights.enumerate().map(|(index, words)| format!("{:10}{words}", if index == 0 { "may" } else { "" })));
    if let Some(pause) = &summary.paused {
        lines.push(format!("resting   until {}, after {} failures of its plugin in a row", pause.until, pause.faults));
    }
    if let Some(soft) = &summary.soft {
        let status = output.status(soft.status.as_str());
        lines.push(format!("soft      {status} for {}, {} of {} runs", since(soft.since), soft.attempt, soft.needed));
    }
    if summary.flapping {
        lines.push("flapping  what its runs find changes too often to be believed".to_owned());
    }
    if let Some(parent) = &summary.unreachable_behind {
        lines.push(format!("behind    {parent}, which is down: the check cannot reach its target"));
    }
    lines.extend(observation.iter().map(|found| format!("\n{}", observation::people(found, output))));
    lines.extend(trouble.iter().map(|run| {
        format!(
            "\nlast trouble: run {} at {}: {} (pluginctl replay {})",
            run.id, run.started_at, run.outcome.message, run.id
        )
    }));
    lines.join("\n")
}

fn since(time: Time) -> String {
    let then = tocsin_core::time::Timestamp::from_millis(time.as_millis());
    words::duration(clock::now().since(then))
}

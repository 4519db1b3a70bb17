//! `pluginctl status`: the node at a glance.

use std::process::ExitCode;
use std::time::Duration;

use tocsin_api::Status;

use crate::client::Node;
use crate::output::Output;
use crate::words;

/// The node at a glance: checks by state, runs a second, how long a run takes.
#[derive(clap::Args, Debug)]
pub struct Args {}

pub fn run(_: Args, node: &Node, output: Output) -> anyhow::Result<ExitCode> {
    let status: Status = node.get("/api/v1/status")?;
    output.result(&status, |status| people(status, output))?;
    Ok(ExitCode::SUCCESS)
}

fn people(status: &Status, output: Output) -> String {
    let Status { node, version, uptime_seconds, plugins, checks, runs, .. } = status;
    let states = [
        ("critical", checks.critical),
        ("warning", checks.warning),
        ("unknown", checks.unknown),
        ("stale", checks.stale),
        ("ok", checks.ok),
    ];
    let states: Vec<_> = states.iter().filter(|(_, count)| *count > 0).collect();
    let states: Vec<_> = states.iter().map(|(word, count)| format!("{count} {}", output.status(word))).collect();
    let checks = match checks.total {
        0 => "none yet: add some to conf.d/ and run `pluginctl reload`".to_owned(),
        total => format!("{total}: {}", states.join(", ")),
    };
    let micros = |us: u64| words::duration(Duration::from_micros(us));
    format!(
        "node     {node}, tocsin {version}, up {}\nplugins  {plugins}\nchecks   {checks}\n\
         runs     {} since the start, {:.1}/s, half within {}, 99 of 100 within {}",
        words::duration(Duration::from_secs(*uptime_seconds)),
        runs.total,
        runs.per_second,
        micros(runs.p50_us),
        micros(runs.p99_us),
    )
}

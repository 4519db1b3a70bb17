//! `pluginctl run-check`: runs a check on the node now, beside its schedule.

use std::process::ExitCode;
use std::time::Duration;

use tocsin_api::{Outcome, OutcomeKind, Run};

use crate::client::{Node, segment};
use crate::output::Output;
use crate::{observation, words};

/// Runs a check on the node now and prints what it found. Exits 1 where the run did not complete.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  pluginctl run-check web")]
pub struct Args {
    /// The check's name.
    name: String,
}

pub fn run(args: Args, node: &Node, output: Output) -> anyhow::Result<ExitCode> {
    let run: Run = node.post(&format!("/api/v1/checks/{}/run", segment(&args.name)), &())?;
    output.result(&run, |run| people(run, output))?;
    Ok(if run.outcome.kind == OutcomeKind::Completed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How the run ended, what it found, and what it cost.
#[must_use]
pub fn people(run: &Run, output: Output) -> String {
    let mut parts = vec![match &run.observation {
        Some(found) => observation::people(found, output),
        None => ended(&run.outcome, output),
    }];
    parts.extend(run.problems.iter().map(|problem| format!("  left out: {problem}")));
    let cost = &run.cost;
    parts.push(format!(
        "\nrun {}: {} wall, {} CPU, {} memory, {} host calls",
        run.id,
        words::duration(Duration::from_micros(cost.wall_us)),
        words::duration(Duration::from_micros(cost.cpu_us)),
        words::bytes(cost.memory_peak_bytes),
        cost.host_calls,
    ));
    parts.join("\n")
}

fn ended(outcome: &Outcome, output: Output) -> String {
    let frames: String = outcome.frames.iter().map(|frame| format!("\n  at {frame}")).collect();
    format!("{}: {}{frames}", output.status(outcome.kind.as_str()), outcome.message)
}

//! Which alerts other targets would have brought, on what a node recorded.

use std::process::ExitCode;

use anyhow::Result;
use tocsin_api::slo::Simulate;
use tocsin_core::slo::simulate::{Simulated, text};
use tocsin_core::zone::Zone;

use crate::client::{Node, segment};
use crate::moment;
use crate::output::Output;

/// Plays recorded history through one target or several: which alerts would have fired, when, and at what budget, so that
/// an objective is chosen from evidence.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl slo simulate checkout                                the target it has
  pluginctl slo simulate checkout --target 99.9 --target 99.95   two that are thought of
  pluginctl slo simulate checkout --target 99.5 --from 2026-10-01T00:00 --until 2026-11-01T00:00")]
pub(super) struct Args {
    name: String,
    #[arg(long)]
    objective: Option<String>,
    /// In percent; may be given several times. Else the target it has.
    #[arg(long = "target", value_name = "PERCENT")]
    targets: Vec<String>,
    /// In UTC unless it names its own zone; else the beginning of the period.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Else now.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

pub(super) fn run(args: Args, node: &Node, output: Output) -> Result<ExitCode> {
    let time = |at: Option<String>| at.map(|at| moment::parse(&at, &Zone::utc()).map(moment::wire)).transpose();
    let Args { name, objective, targets, from, until } = args;
    let wanted = Simulate { objective, targets, from: time(from)?, until: time(until)? };
    let played: Vec<Simulated> = node.post(&format!("/api/v1/slos/{}/simulate", segment(&name)), &wanted)?;
    output.result(&played, |played| text(played, &Zone::utc()))?;
    Ok(ExitCode::SUCCESS)
}

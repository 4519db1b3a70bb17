//! `pluginctl reload`: the node reads its configuration again, whole or not at all.

use std::process::ExitCode;

use tocsin_api::Reloaded;

use crate::client::Node;
use crate::output::Output;

/// Makes the node read its configuration again. One error and nothing changes: all of them are printed.
#[derive(clap::Args, Debug)]
pub struct Args {}

pub fn run(_: Args, node: &Node, output: Output) -> anyhow::Result<ExitCode> {
    let reloaded: Reloaded = node.post("/api/v1/reload", &())?;
    output.result(&reloaded, people)?;
    Ok(ExitCode::SUCCESS)
}

fn people(reloaded: &Reloaded) -> String {
    let changes = [("added", &reloaded.added), ("changed", &reloaded.changed), ("removed", &reloaded.removed)];
    let changes: String = changes
        .iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(word, names)| format!("\n{word:10}{}", names.join(", ")))
        .collect();
    let changes = if changes.is_empty() { "\nno check changed".to_owned() } else { changes };
    format!("{} checks and {} detectors are in force{changes}", reloaded.checks, reloaded.detectors)
}

//! `pluginctl status`: the node at a glance.

use std::process::ExitCode;

use serde_json::Value;

use crate::client::Node;
use crate::output::Output;

/// The node at a glance: checks by state, runs a second, how long a run takes.
#[derive(clap::Args, Debug)]
pub struct Args {}

pub fn run(_: Args, node: &Node, output: Output) -> anyhow::Result<ExitCode> {
    let status: Value = node.get("/api/v1/status")?;
    output.result(&status, |status| format!("{status:#}"))?;
    Ok(ExitCode::SUCCESS)
}

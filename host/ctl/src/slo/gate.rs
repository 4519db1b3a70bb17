//! The gate of an error budget policy, for a pipeline that is about to deploy.

use std::process::ExitCode;

use anyhow::Result;
use tocsin_api::slo::SloPolicy;

use crate::client::{Node, segment};
use crate::output::Output;

/// Whether an SLO's error budget policies let deploys through. Exits 0 while they do, 1 while deploys are frozen; a node
/// that cannot be asked is neither, and exits 4.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The SLO.
    name: String,
}

pub(super) fn run(args: &Args, node: &Node, output: Output) -> Result<ExitCode> {
    let policy: SloPolicy = node.get(&format!("/api/v1/slos/{}/policy", segment(&args.name)))?;
    output.result(&policy, said)?;
    Ok(if policy.frozen { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn said(policy: &SloPolicy) -> String {
    let gate = if policy.frozen { "closed: deploys are frozen" } else { "open" };
    let mut said = vec![format!("{}: {gate}", policy.slo), format!("  {}", policy.because)];
    for response in &policy.responses {
        said.push(format!(
            "  {} since {} by {}: {}",
            response.response, response.since, response.policy, response.because
        ));
    }
    said.join("\n")
}

//! `pluginctl replay`: a recorded run again, here, with its target gone: what the guest returned, byte for byte.

use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use serde_json::Value;
use tocsin_api::Run;
use tocsin_core::run::RunOutcome;
use tocsin_sandbox::package::Package;
use tocsin_sandbox::{Replayed, Transcript};

use crate::client::{Node, segment};
use crate::local::Local;
use crate::observation;
use crate::output::Output;

/// Replays a recorded run of the node here, without network, clock or disk, and says whether it came out the same.
/// Exits 1 where it did not.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Example:
  pluginctl checks web            names the run of the last trouble
  pluginctl replay 0192f1c4-7a3e-7000-8000-000000000000")]
pub struct Args {
    /// The run's id.
    run: String,
    /// Print the whole transcript as well: every host call with its answer.
    #[arg(long)]
    transcript: bool,
}

#[derive(Debug, Serialize)]
struct Shown {
    run: String,
    check: String,
    plugin: String,
    digest: String,
    #[serde(flatten)]
    replayed: Replayed,
    #[serde(skip_serializing_if = "Option::is_none")]
    transcript: Option<Value>,
}

pub fn run(args: Args, node: &Node, output: Output) -> Result<ExitCode> {
    let run: Run = node.get(&format!("/api/v1/runs/{}", segment(&args.run)))?;
    let bytes = node.get_bytes(&format!("/api/v1/runs/{}/transcript", segment(&args.run)))?;
    let transcript =
        Transcript::decode(&bytes).with_context(|| format!("the transcript of run {} cannot be read", run.id))?;
    let component = node.get_bytes(&format!("/api/v1/runs/{}/component", segment(&args.run)))?;
    let package = Package::parse(component).context("the node's component of that run is not whole")?;
    ensure!(
        package.digest.as_str() == run.digest,
        "the node sent the component {} for a run of {}",
        package.digest,
        run.digest
    );
    let local = Local::load(&package)?;
    let replayed = local.block_on(local.plugin.replay(&transcript))?;
    let identical = replayed.identical;
    let whole = args.transcript.then(|| transcript.to_json());
    let Run { id, check, plugin, digest, .. } = run;
    output.result(&Shown { run: id, check, plugin, digest, replayed, transcript: whole }, |shown| {
        people(shown, output)
    })?;
    Ok(if identical { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn people(shown: &Shown, output: Output) -> String {
    let Replayed { identical, outcome, value, recorded, divergence } = &shown.replayed;
    let found = value.clone().and_then(|value| serde_json::from_value(value).ok());
    let mut parts = vec![match (outcome, found, value) {
        (RunOutcome::Completed, Some(found), _) => observation::people(&observation::shown(&found), output),
        (RunOutcome::Completed, None, Some(value)) => format!("{value:#}"),
        (outcome, ..) => format!("{}: {outcome}", output.status(outcome.as_str())),
    }];
    parts.extend(shown.transcript.iter().map(|transcript| format!("\n{transcript:#}")));
    parts.push(match (identical, divergence) {
        (true, _) => format!("\nThe same byte for byte as run {} of {} recorded.", shown.run, shown.check),
        (false, Some(divergence)) => format!("\nNOT the same: {divergence}"),
        (false, None) => format!("\nNOT the same: recorded was \"{recorded}\", and what the guest returned differs"),
    });
    parts.join("\n")
}

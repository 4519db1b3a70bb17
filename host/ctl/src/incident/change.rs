//! `pluginctl change`: tells a node of a deployment or another change, for whoever looks for a cause later.

use std::process::ExitCode;

use anyhow::Result;
use tocsin_api::incident::{TellChange, ToldChange};
use tocsin_core::zone::Zone;

use super::pair;
use crate::client::Node;
use crate::moment;
use crate::output::Output;

/// Tells the node of a deployment or another change to the world. Incidents that begin soon after name it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl change deploy 'shop 2.14.0 to all nodes' --label service=shop --link https://ci.example.org/runs/81
  pluginctl change flag 'new-checkout on for 10 %'")]
pub struct Args {
    /// `deploy`, `migration`, `flag`, or any word.
    kind: String,
    /// What changed, in a sentence.
    summary: String,
    /// When; else now. In UTC unless it names its own zone.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Which parts it is about: `service=shop`; may be given more than once.
    #[arg(long = "label", short = 'l', value_name = "NAME=VALUE", value_parser = pair)]
    labels: Vec<(String, String)>,
    /// Where more is said of it.
    #[arg(long, value_name = "URL")]
    link: Option<String>,
}

pub fn run(args: Args, node: &Node, output: Output) -> Result<ExitCode> {
    let Args { kind, summary, at, labels, link } = args;
    let at = at.as_deref().map(|at| moment::parse(at, &Zone::utc())).transpose()?.map(moment::wire);
    let body = TellChange { kind, summary, at, labels: labels.into_iter().collect(), url: link };
    let told: ToldChange = node.post("/api/v1/changes", &body)?;
    output.result(&told, |told| format!("told as {}", told.id))?;
    Ok(ExitCode::SUCCESS)
}

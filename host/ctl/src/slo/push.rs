//! Events for an indicator, from scripts that have no HTTP client of their own.

use std::io::Read as _;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde_json::Value;
use tocsin_api::slo::{SliEvent, SliTaken};
use tocsin_core::zone::Zone;

use crate::client::{Node, segment};
use crate::moment;
use crate::output::Output;

/// Reports events for an indicator: counts, a value, or a whole batch as JSON.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl slo push checkout --good 998 --total 1000
  pluginctl slo push order-latency --value 0.042
  pluginctl slo push checkout --batch events.json --key 2026-12-24T08:00
                                     a batch sent twice under one key counts once; `-` reads it from standard input")]
pub(super) struct Args {
    /// The indicator, as OpenSLO's SLI is named.
    name: String,
    #[arg(long, requires = "total", conflicts_with_all = ["value", "batch"])]
    good: Option<u64>,
    #[arg(long, requires = "good")]
    total: Option<u64>,
    /// One value, judged by the objective's limit.
    #[arg(long, conflicts_with = "batch", required_unless_present_any = ["good", "batch"])]
    value: Option<f64>,
    /// When it happened, in UTC unless it names its own zone; else now.
    #[arg(long, value_name = "TIME", conflicts_with = "batch")]
    at: Option<String>,
    /// A file of events: `[{\"at\": \"2026-12-24T08:00:00Z\", \"good\": 998, \"total\": 1000}, ...]`.
    #[arg(long, value_name = "FILE")]
    batch: Option<String>,
    /// Makes it safe to send the same again.
    #[arg(long)]
    key: Option<String>,
}

/// Events as they are written: the node says of each what is wrong with it, and counts the others.
#[derive(Debug, Serialize)]
struct Batch {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    events: Vec<Value>,
}

pub(super) fn run(args: Args, node: &Node, output: Output) -> Result<ExitCode> {
    let Args { name, good, total, value, at, batch, key } = args;
    let events = match batch {
        Some(file) => read(&file)?,
        None => {
            let at = at.as_deref().map(|at| moment::parse(at, &Zone::utc())).transpose()?.map(moment::wire);
            vec![serde_json::to_value(SliEvent { at, good, total, value })?]
        }
    };
    let taken: SliTaken = node.post(&format!("/api/v1/sli/{}/events", segment(&name)), &Batch { key, events })?;
    output.result(&taken, said)?;
    Ok(if taken.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read(file: &str) -> Result<Vec<Value>> {
    let text = if file == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("standard input cannot be read")?;
        text
    } else {
        std::fs::read_to_string(file).with_context(|| format!("{file} cannot be read"))?
    };
    serde_json::from_str(&text).with_context(|| format!("{file} is no list of events"))
}

fn said(taken: &SliTaken) -> String {
    let mut said = vec![if taken.repeated {
        "this batch was counted before; nothing was counted again".to_owned()
    } else {
        format!("{} counted", taken.counted)
    }];
    for refused in &taken.refused {
        let (count, first) = (refused.count, refused.first);
        said.push(format!("{count} refused ({}), the first at index {first}: {}", refused.code, refused.message));
    }
    said.join("\n")
}

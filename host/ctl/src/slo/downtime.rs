//! What people say a downtime was, for reports.

use std::process::ExitCode;

use anyhow::Result;
use tocsin_api::slo::{Downtime, NewDowntime};
use tocsin_core::zone::Zone;

use crate::client::{Node, segment};
use crate::moment;
use crate::output::Output;

/// Says what a stretch of downtime was; reports name the reason. Without --reason, lists what was said.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The SLO.
    name: String,
    /// Only this objective of it.
    #[arg(long)]
    objective: Option<String>,
    /// In UTC unless it names its own zone.
    #[arg(long, value_name = "TIME", requires = "reason")]
    from: Option<String>,
    #[arg(long, value_name = "TIME", requires = "reason")]
    until: Option<String>,
    /// planned-maintenance, unplanned-outage, network, hardware, software, capacity, security or third-party.
    #[arg(long, requires_all = ["from", "until"])]
    reason: Option<String>,
    #[arg(long, short, default_value = "")]
    comment: String,
}

pub(super) fn run(args: Args, node: &Node, output: Output) -> Result<ExitCode> {
    let path = format!("/api/v1/slos/{}/downtime", segment(&args.name));
    let time = |written: &str| moment::parse(written, &Zone::utc()).map(moment::wire);
    let noted: Vec<Downtime> = match (args.reason, args.from, args.until) {
        (Some(reason), Some(from), Some(until)) => {
            let (starts_at, ends_at) = (time(&from)?, time(&until)?);
            let new = NewDowntime { objective: args.objective, starts_at, ends_at, reason, comment: args.comment };
            vec![node.post(&path, &new)?]
        }
        _ => node.get(&path)?,
    };
    output.result(&noted, |noted| said(noted))?;
    Ok(ExitCode::SUCCESS)
}

fn said(noted: &[Downtime]) -> String {
    if noted.is_empty() {
        return "Nobody has explained a downtime of this SLO yet.".to_owned();
    }
    let line = |one: &Downtime| {
        let objective = one.objective.as_deref().unwrap_or("all objectives");
        let Downtime { starts_at, ends_at, reason, author, comment, .. } = one;
        format!("{starts_at} to {ends_at}  {objective}  {reason}  {author}  {comment}").trim_end().to_owned()
    };
    noted.iter().map(line).collect::<Vec<_>>().join("\n")
}

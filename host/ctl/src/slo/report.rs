//! What became of objectives in a calendar period: from a node's recorded slots, as text, Markdown, HTML or JSON.

use std::process::ExitCode;

use anyhow::Result;
use tocsin_api::slo::ReportQuery;
use tocsin_core::slo::report::{Report, html, markdown, text};
use tocsin_core::zone::Zone;

use crate::client::Node;
use crate::moment;
use crate::output::Output;

/// Attainment, budgets, downtimes and their causes, worst hours, and the trend, for a day, week, month or quarter.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl slo report                                  this month so far
  pluginctl slo report checkout --period week
  pluginctl slo report --period quarter --at 2026-09-30T00:00 --time-zone Europe/Vienna --format html > q3.html")]
pub(super) struct Args {
    /// Only of this SLO.
    name: Option<String>,
    /// day, week, month, quarter or year.
    #[arg(long, default_value = "month")]
    period: String,
    /// A moment within the period that is wanted, in UTC unless it names its own zone; else now.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Where days begin, by IANA name.
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    time_zone: String,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, Default)]
enum Format {
    #[default]
    Text,
    Markdown,
    Html,
}

pub(super) fn run(args: Args, node: &Node, output: Output) -> Result<ExitCode> {
    let at = args
        .at
        .as_deref()
        .map(|at| moment::parse(at, &Zone::utc()))
        .transpose()?
        .map(|at| moment::wire(at).to_string());
    let query = ReportQuery { period: Some(args.period), at, slo: args.name, time_zone: Some(args.time_zone) };
    let reports: Vec<Report> = node.get_with("/api/v1/slo-report", &query)?;
    output.result(&reports, |reports| match (args.format, reports.as_slice()) {
        (Format::Text, []) | (Format::Markdown, []) => "No SLO is configured.".to_owned(),
        (Format::Text, reports) => joined(reports, text),
        (Format::Markdown, reports) => joined(reports, markdown),
        (Format::Html, reports) => joined(reports, html),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn joined(reports: &[Report], page: impl Fn(&Report) -> String) -> String {
    reports.iter().map(page).collect::<Vec<_>>().join("\n")
}

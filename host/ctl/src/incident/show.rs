//! Incidents on a terminal.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use tocsin_api::incident::{BudgetSpent, Incident, IncidentList, IncidentQuery, IncidentSummary};

use super::path;
use crate::client::Node;
use crate::output::{Field, Output};
use crate::words;

/// Those that are not resolved first, then newest first.
#[derive(clap::Args, Debug)]
pub(super) struct ListArgs {
    /// Only in these states, parted by commas: open, acknowledged, mitigated, resolved.
    #[arg(long)]
    state: Option<String>,
    /// At most this many.
    #[arg(long)]
    limit: Option<usize>,
}

/// One incident: how it stands, what happened, what it cost.
#[derive(clap::Args, Debug)]
pub(super) struct ShowArgs {
    id: String,
}

pub(super) fn list(args: ListArgs, node: &Node, output: Output) -> Result<ExitCode> {
    let query = IncidentQuery { state: args.state, limit: args.limit };
    let list: IncidentList = node.get_with("/api/v1/incidents", &query)?;
    output.result(&list, |list| many(&list.incidents, output))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn one(args: &ShowArgs, node: &Node, output: Output) -> Result<ExitCode> {
    let incident: Incident = node.get(&path(&args.id))?;
    output.result(&incident, |incident| shown(incident, output))?;
    Ok(ExitCode::SUCCESS)
}

fn many(incidents: &[IncidentSummary], output: Output) -> String {
    if incidents.is_empty() {
        return "No incident fits.".to_owned();
    }
    let row = |it: &IncidentSummary| -> Vec<Field> {
        vec![
            it.id.as_str().into(),
            Field::Status(it.state.as_str().to_owned()),
            it.severity.as_str().into(),
            it.opened_at.to_string().into(),
            format!("{}/{}", it.alerts_firing, it.alerts_total).into(),
            it.origin.clone().unwrap_or_default().into(),
            words::printable(&it.assignee.clone().unwrap_or_default()).into(),
            words::printable(&it.title).into(),
        ]
    };
    let header = ["incident", "state", "severity", "opened", "alerts", "origin", "assignee", "title"];
    output.table(&header, incidents.iter().map(row).collect())
}

fn shown(it: &Incident, output: Output) -> String {
    let summary = &it.summary;
    let mut said = vec![
        format!("{}: {} ({})", summary.id, words::printable(&summary.title), summary.severity),
        format!("  {}, opened {} by {}", output.status(summary.state.as_str()), summary.opened_at, summary.opened_by),
    ];
    let signed = [("acknowledged", &it.acknowledged), ("mitigated", &it.mitigated), ("resolved", &it.resolved)];
    for (word, signed) in signed.into_iter().filter_map(|(word, it)| Some((word, it.as_ref()?))) {
        said.push(format!("  {word} {} by {}", signed.at, words::printable(&signed.by)));
    }
    let people = [("assignee", &summary.assignee), ("commander", &it.commander), ("link", &it.link)];
    for (word, text) in people.into_iter().filter_map(|(word, text)| Some((word, text.as_ref()?))) {
        said.push(format!("  {word}: {}", words::printable(text)));
    }
    said.extend(summary.origin.iter().map(|origin| format!("  most likely began at {origin}")));
    said.push(format!(
        "  {} of {} alerts fire; checks: {}",
        summary.alerts_firing,
        summary.alerts_total,
        it.checks.join(", ")
    ));
    said.push(format!("  {}", durations(it)));
    said.extend(it.impact.iter().map(|spent| format!("  {}", budget(spent))));
    said.extend(summary.remediations.iter().map(|id| format!("  repair {id}: pluginctl remediation show {id}")));
    said.push("timeline:".to_owned());
    said.extend(it.timeline.iter().map(|entry| {
        format!(
            "  {}  {:<15} {} ({})",
            entry.at,
            entry.kind,
            words::printable(&entry.text),
            words::printable(&entry.source)
        )
    }));
    said.join("\n")
}

fn durations(it: &Incident) -> String {
    let shown = |seconds: Option<u64>| {
        seconds.map_or_else(|| "not yet".to_owned(), |seconds| words::duration(Duration::from_secs(seconds)))
    };
    let of = &it.durations;
    format!(
        "detected {} after the onset; then acknowledged {}, mitigated {}, resolved {}",
        shown(of.detect_seconds),
        shown(of.acknowledge_seconds),
        shown(of.mitigate_seconds),
        shown(of.resolve_seconds)
    )
}

fn budget(spent: &BudgetSpent) -> String {
    let share = spent
        .share
        .map_or_else(|| "nothing counted".to_owned(), |share| format!("{:.2} % of its budget", share * 100.0));
    format!("cost {} / {}: {share} ({} bad of {})", spent.slo, spent.objective, spent.bad, spent.total)
}

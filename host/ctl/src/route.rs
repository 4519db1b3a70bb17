//! `pluginctl route test`: where an alert with these labels would go, and why, from configuration files alone.

use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, ensure};
use serde::Serialize;
use tocsin_api::Time;
use tocsin_core::alertmanager::GroupBy;
use tocsin_core::config::Config;
use tocsin_core::group::{group_key, group_labels};
use tocsin_core::id::CheckName;
use tocsin_core::label::Labels;
use tocsin_core::matcher::{MatchOp, parse_list, parse_one};
use tocsin_core::route::{FlatRoute, Routes, Verdict};
use tocsin_core::time::Timestamp;
use tocsin_core::zone::Zone;

use crate::files::ConfigArgs;
use crate::output::Output;
use crate::{clock, moment};

mod show;

/// Tries out the routing tree of Alertmanager's file.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    Test(TestArgs),
}

/// Which receivers an alert with these labels goes to, through which routes, in which group and when; and whether a
/// time interval or a maintenance window keeps it from being told.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl route test alertname=DiskFull team=db severity=P1
  pluginctl route test --config alertmanager.yml '{alertname=\"DiskFull\", team=\"db\"}'
  pluginctl route test team=db --at 2026-12-24T22:00      what is muted then
  pluginctl route test --tree                             all routes
  pluginctl route test --tree team=db                     all routes, and what each says to it")]
struct TestArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The alert's labels: `team=db`, or all of them in braces.
    labels: Vec<String>,
    /// Show the whole tree, not only the routes that are asked.
    #[arg(long)]
    tree: bool,
    /// Another time than now, in UTC unless it names its own zone.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

#[derive(Debug, Serialize)]
struct Tested {
    labels: Labels,
    at: Time,
    /// Each once, in the order of the routes.
    receivers: Vec<String>,
    /// The routes that take the alert.
    taken: Vec<Taken>,
    /// Maintenance windows that keep it from being told now.
    maintenance: Vec<String>,
    /// The routes that were asked, or with `--tree` all of them; parents before their children.
    routes: Vec<Asked>,
}

#[derive(Debug, Serialize)]
struct Taken {
    receiver: String,
    route: String,
    group_key: String,
    group_labels: Labels,
    group_wait_seconds: f64,
    group_interval_seconds: f64,
    repeat_interval_seconds: f64,
    /// The policy that a page to this receiver climbs.
    #[serde(skip_serializing_if = "Option::is_none")]
    escalation: Option<String>,
    /// The time interval that mutes it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    muted_by: Option<String>,
    /// When that changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    mute_changes_at: Option<Time>,
}

#[derive(Debug, Serialize)]
struct Asked {
    route: String,
    depth: usize,
    /// None at the root.
    matchers: Vec<String>,
    receiver: String,
    group_by: Vec<String>,
    group_wait_seconds: f64,
    group_interval_seconds: f64,
    repeat_interval_seconds: f64,
    #[serde(rename = "continue")]
    continue_: bool,
    mute_time_intervals: Vec<String>,
    active_time_intervals: Vec<String>,
    /// None where it was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    /// The matcher that does not match.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_by: Option<String>,
}

pub fn run(args: Args, output: Output) -> Result<ExitCode> {
    let Command::Test(args) = args.command;
    let config = args.config.compile()?;
    let at = args.at.as_deref().map_or_else(|| Ok(clock::now()), |at| moment::parse(at, &Zone::utc()))?;
    let tested = tested(&config, labels(&args.labels)?, args.tree, at)?;
    output.result(&tested, |tested| match (args.tree, args.labels.is_empty()) {
        (true, true) => show::tree(&tested.routes, output),
        _ => show::tested(tested, output),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn tested(config: &Config, labels: Labels, whole: bool, at: Timestamp) -> Result<Tested> {
    let routes = config.alerting.routes.as_ref().context(
        "the configuration names no file of Alertmanager, so there are no routes: `alerting: {config: alertmanager.yml}`",
    )?;
    let taken: Vec<Taken> =
        routes.matching(&labels).into_iter().map(|route| taken(config, route, &labels, at)).collect();
    let mut receivers: Vec<String> = Vec::new();
    for one in &taken {
        if !receivers.contains(&one.receiver) {
            receivers.push(one.receiver.clone());
        }
    }
    let check = Some(labels.get("check")).filter(|name| !name.is_empty()).map(CheckName::new);
    let windows = config.maintenance.iter();
    let windows = windows.filter(|window| window.is_active(at, None) && window.covers(check.as_ref(), &labels));
    Ok(Tested {
        at: moment::wire(at),
        receivers,
        taken,
        maintenance: windows.map(|window| window.name.to_string()).collect(),
        routes: asked(routes, &labels, whole),
        labels,
    })
}

fn taken(config: &Config, route: &FlatRoute, labels: &Labels, at: Timestamp) -> Taken {
    let receiver = config.alerting.receivers.get(route.receiver.as_str());
    Taken {
        receiver: route.receiver.clone(),
        route: route.id.clone(),
        group_key: group_key(route, labels).to_string(),
        group_labels: group_labels(route, labels),
        group_wait_seconds: route.group_wait.as_secs_f64(),
        group_interval_seconds: route.group_interval.as_secs_f64(),
        repeat_interval_seconds: route.repeat_interval.as_secs_f64(),
        escalation: receiver.and_then(|receiver| receiver.escalation.clone()),
        muted_by: config.alerting.muted_by(route, at),
        mute_changes_at: config.alerting.mute_changes_at(route, at).map(moment::wire),
    }
}

fn asked(routes: &Routes, labels: &Labels, whole: bool) -> Vec<Asked> {
    let path = routes.path(labels);
    let verdict = |route: &FlatRoute| path.iter().find(|step| step.route.id == route.id).map(|step| &step.verdict);
    let one = |route: &FlatRoute| {
        let verdict = verdict(route);
        if verdict.is_none() && !whole {
            return None;
        }
        let refused_by = match verdict {
            Some(Verdict::Refused(matcher)) => Some(matcher.to_string()),
            Some(Verdict::Taken | Verdict::Passed) | None => None,
        };
        Some(Asked {
            route: route.id.clone(),
            depth: route.depth,
            matchers: route.matchers.iter().map(ToString::to_string).collect(),
            receiver: route.receiver.clone(),
            group_by: match &route.group_by {
                GroupBy::All => vec!["...".to_owned()],
                GroupBy::Labels(names) => names.clone(),
            },
            group_wait_seconds: route.group_wait.as_secs_f64(),
            group_interval_seconds: route.group_interval.as_secs_f64(),
            repeat_interval_seconds: route.repeat_interval.as_secs_f64(),
            continue_: route.continue_,
            mute_time_intervals: route.mute_time_intervals.clone(),
            active_time_intervals: route.active_time_intervals.clone(),
            verdict: verdict.map(|verdict| match verdict {
                Verdict::Taken => "taken",
                Verdict::Passed => "passed",
                Verdict::Refused(_) => "refused",
            }),
            refused_by,
        })
    };
    routes.iter().filter_map(one).collect()
}

/// Written as matchers are, so that names and values may stand in quotes.
fn labels(written: &[String]) -> Result<Labels> {
    let mut pairs = Vec::new();
    for text in written {
        let matchers = if text.starts_with('{') { parse_list(text) } else { parse_one(text).map(|one| vec![one]) };
        for matcher in matchers.map_err(|error| anyhow!("`{text}` is not a label: {error}; write it as `team=db`"))? {
            ensure!(
                matcher.op() == MatchOp::Equal,
                "`{text}` is a matcher; an alert's label has one value: `{}=...`",
                matcher.name()
            );
            pairs.push((matcher.name().to_owned(), matcher.value().to_owned()));
        }
    }
    Ok(Labels::new(pairs)?)
}

#[cfg(test)]
mod tests;

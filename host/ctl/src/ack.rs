//! `pluginctl ack` and `unack`: somebody is on it, or no longer is; and `pluginctl pages`.

use std::process::ExitCode;
use std::time::Duration;

use tocsin_api::alert::Alert;
use tocsin_api::page::{Acknowledge, Page, PageList, PageQuery};
use tocsin_core::label::Fingerprint;
use tocsin_core::zone::Zone;

use crate::client::{Node, segment};
use crate::output::{Field, Output};
use crate::{moment, words};

/// Acknowledges a page: its ladder stops, and what was told is not repeated.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl ack 02e5ac1bc9ed84f7 --comment 'looking'    every page about this alert
  pluginctl ack 0192f1c4-... --for 1h                   one page; after an hour the ladder goes on")]
pub struct AckArgs {
    /// An alert's fingerprint (`pluginctl alerts`) or a page's id (`pluginctl pages`).
    alert_or_page: String,
    /// What the others should know.
    #[arg(long, short)]
    comment: Option<String>,
    /// How long it holds; else as long as the policy says.
    #[arg(long = "for", value_name = "DURATION", value_parser = moment::duration)]
    duration: Option<Duration>,
    /// Holds also when a worse alert joins.
    #[arg(long)]
    sticky: bool,
}

/// Takes an acknowledgement back: the level that was told last is told again at once.
#[derive(clap::Args, Debug)]
pub struct UnackArgs {
    /// An alert's fingerprint or a page's id.
    alert_or_page: String,
}

/// The pages on the node: what somebody is to answer for, how far up its ladder.
#[derive(clap::Args, Debug)]
pub struct PagesArgs {
    /// Only in these states, parted by commas: open, acknowledged, closed.
    #[arg(long)]
    state: Option<String>,
}

pub fn ack(args: AckArgs, node: &Node, output: Output) -> anyhow::Result<ExitCode> {
    let AckArgs { alert_or_page, comment, duration, sticky } = args;
    let duration_seconds = duration.map(|duration| duration.as_secs());
    let body = Acknowledge { comment, duration_seconds, sticky, until: None };
    let answer: serde_json::Value = node.post(&path(&alert_or_page), &body)?;
    output.result(&answer, |_| {
        format!("{alert_or_page} is acknowledged; pluginctl unack {alert_or_page} takes it back")
    })?;
    Ok(ExitCode::SUCCESS)
}

pub fn unack(args: UnackArgs, node: &Node, output: Output) -> anyhow::Result<ExitCode> {
    let mut freed: Vec<Page> = Vec::new();
    for page in pages_of(&args.alert_or_page, node)? {
        freed.push(node.delete(&path(&page))?);
    }
    output.result(&freed, |_| format!("{} is no longer acknowledged: its ladder goes on", args.alert_or_page))?;
    Ok(ExitCode::SUCCESS)
}

/// Acknowledgements are taken back page by page.
fn pages_of(alert_or_page: &str, node: &Node) -> anyhow::Result<Vec<String>> {
    if alert_or_page.parse::<Fingerprint>().is_err() {
        return Ok(vec![alert_or_page.to_owned()]);
    }
    let alert: Alert = node.get(&format!("/api/v1/alerts/{alert_or_page}"))?;
    anyhow::ensure!(
        !alert.pages.is_empty(),
        "no open page is about the alert {alert_or_page}; `pluginctl pages` shows all"
    );
    Ok(alert.pages)
}

pub fn pages(args: PagesArgs, node: &Node, output: Output) -> anyhow::Result<ExitCode> {
    let list: PageList = node.get_with("/api/v1/pages", &PageQuery { state: args.state })?;
    output.result(&list, |list| many(&list.pages, output))?;
    Ok(ExitCode::SUCCESS)
}

/// A fingerprint is 16 hex digits, and no page's id is.
fn path(alert_or_page: &str) -> String {
    let of = if alert_or_page.parse::<Fingerprint>().is_ok() { "alerts" } else { "pages" };
    format!("/api/v1/{of}/{}/acknowledge", segment(alert_or_page))
}

fn many(pages: &[Page], output: Output) -> String {
    if pages.is_empty() {
        return "No page fits: one opens when a receiver with an escalation policy is told.".to_owned();
    }
    let row = |page: &Page| -> Vec<Field> {
        let next = page.next_step_at.map(|at| Zone::utc().show(moment::read(at))).unwrap_or_default();
        let labels: Vec<String> = page.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        vec![
            page.id.as_str().into(),
            Field::Status(page.state.as_str().to_owned()),
            page.severity.as_str().into(),
            format!("{}/{}", page.level, page.levels).into(),
            next.into(),
            page.policy.as_str().into(),
            words::printable(&page.acknowledged.as_ref().map(|ack| ack.by.clone()).unwrap_or_default()).into(),
            words::printable(&labels.join(" ")).into(),
        ]
    };
    let header = ["page", "state", "severity", "level", "next (UTC)", "policy", "acknowledged by", "about"];
    output.table(&header, pages.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_an_alert_and_anything_else_a_page() {
        assert_eq!(path("02e5ac1bc9ed84f7"), "/api/v1/alerts/02e5ac1bc9ed84f7/acknowledge");
        assert_eq!(path("0192f1c4-7a3e"), "/api/v1/pages/0192f1c4-7a3e/acknowledge");
    }
}

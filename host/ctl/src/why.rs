//! `pluginctl why`: who was told of an alert and who was not, why, and when they will be.

use std::process::ExitCode;

use anyhow::{Result, ensure};
use tocsin_api::Time;
use tocsin_api::alert::{AlertQuery, AlertState, RouteStep, RouteVerdict};
use tocsin_api::page::{Page, PageNote};
use tocsin_api::why::{Why, WhyReceiver};
use tocsin_core::label::Fingerprint;

use crate::alerts;
use crate::client::Node;
use crate::output::Output;
use crate::words;

/// Of an alert, for each receiver: why it was or was not told, and when it will be next.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl why 02e5ac1bc9ed84f7
  pluginctl why alertname=DiskFull team=db     of every alert that matches, ten at most")]
pub struct Args {
    /// The alert's fingerprint, as `pluginctl alerts` shows it, or matchers.
    #[arg(required = true)]
    alert: Vec<String>,
}

/// More would be read by nobody.
const ALERTS_MAX: usize = 10;
/// Of what happened on a page, the newest.
const NOTES_SHOWN: usize = 20;

pub fn run(args: Args, node: &Node, output: Output) -> Result<ExitCode> {
    let all: Vec<Why> = fingerprints(&args.alert, node)?
        .iter()
        .map(|fingerprint| Ok(node.get(&format!("/api/v1/alerts/{fingerprint}/why"))?))
        .collect::<Result<_>>()?;
    output.result(&all, |all| all.iter().map(|why| people(why, output)).collect::<Vec<_>>().join("\n\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// The one that is named, or those that match.
pub fn fingerprints(written: &[String], node: &Node) -> Result<Vec<String>> {
    if let [one] = written
        && one.parse::<Fingerprint>().is_ok()
    {
        return Ok(vec![one.clone()]);
    }
    let query = AlertQuery { matchers: alerts::joined(written), ..AlertQuery::default() };
    let found = alerts::all(node, query)?.alerts;
    ensure!(!found.is_empty(), "no alert matches {}; `pluginctl alerts` shows all", written.join(","));
    ensure!(
        found.len() <= ALERTS_MAX,
        "{} alerts match {}; name more labels, or one fingerprint",
        found.len(),
        written.join(",")
    );
    Ok(found.into_iter().map(|alert| alert.fingerprint).collect())
}

fn people(why: &Why, output: Output) -> String {
    let Why { alert, rule, path, receivers, pages, .. } = why;
    let labels: Vec<String> = alert.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    let state = output.status(alert.state.as_str());
    let since = alert.ends_at.filter(|_| alert.state == AlertState::Resolved);
    let since = since.map_or_else(|| alert.starts_at.to_string(), |end| format!("{end}, began {}", alert.starts_at));
    let mut lines = vec![
        format!("{}: {state} since {since}", words::printable(&alert.name)),
        format!("  {{{}}}", words::printable(&labels.join(", "))),
    ];
    lines.extend(rule.iter().map(|rule| format!("rule      {}", words::printable(rule))));
    let suppressors = alert.suppressed_by.iter().map(|by| words::printable(&by.words));
    lines.extend(suppressors.map(|words| format!("muted     {words}")));
    lines.extend(pages.iter().flat_map(page));
    lines.push(String::new());
    lines.extend(receivers.iter().map(receiver));
    if receivers.is_empty() {
        lines.push("Nobody is told: no route leads anywhere yet.".to_owned());
    }
    lines.push("\nroutes, in the order they were asked:".to_owned());
    lines.extend(path.iter().map(step));
    lines.join("\n")
}

fn receiver(one: &WhyReceiver) -> String {
    let WhyReceiver { receiver, integration, group, sends, words: reason, told_at, next_at, .. } = one;
    let integration = if integration.is_empty() { "no integration" } else { integration };
    let verdict = if *sends { "is told" } else { "is not told now" };
    let mut lines = vec![
        format!("{receiver} ({integration}) {verdict}: {}", words::printable(reason)),
        format!("  group     {}", words::printable(group)),
    ];
    let time = |lead: &str, at: &Time| format!("  {lead:10}{at}");
    lines.extend(told_at.iter().map(|at| time("last told", at)));
    lines.extend(next_at.iter().map(|at| time("next", at)));
    lines.join("\n")
}

fn step(step: &RouteStep) -> String {
    let matchers = if step.depth == 0 { "(root)".to_owned() } else { step.matchers.join(" ") };
    let says = match (step.verdict, &step.refused_by) {
        (RouteVerdict::Taken, _) => format!("takes it, for {}", step.receiver),
        (RouteVerdict::Passed, _) => "passes it on below".to_owned(),
        (RouteVerdict::Refused, Some(matcher)) => format!("no: {matcher} does not match"),
        (RouteVerdict::Refused, None) => "no".to_owned(),
    };
    let depth = usize::try_from(step.depth).unwrap_or_default();
    format!("  {}{matchers}  {says}", "| ".repeat(depth))
}

/// How far the ladder is, and what happened on it.
fn page(page: &Page) -> Vec<String> {
    let ladder = format!("level {} of {} of {}", page.level, page.levels, page.policy);
    let next = page.next_step_at.map(|at| format!(", the next at {at}")).unwrap_or_default();
    let by = page.acknowledged.as_ref().map(|ack| format!(" by {}", words::printable(&ack.by))).unwrap_or_default();
    let first = format!("page      {}: {}{by}, {ladder}{next}", page.id, page.state.as_str());
    let skipped = page.notes.len().saturating_sub(NOTES_SHOWN);
    let note = |note: &PageNote| {
        let level = if note.level == 0 { String::new() } else { format!("level {}: ", note.level) };
        format!("          {}  {level}{}", note.at, words::printable(&note.words))
    };
    std::iter::once(first).chain(page.notes.iter().skip(skipped).map(note)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_receiver_says_why_and_when_and_each_route_why_not() {
        let at = Time::from_millis(1_700_000_000_000);
        let why = serde_json::json!({
            "at": at,
            "alert": {
                "fingerprint": "02e5ac1bc9ed84f7", "name": "DiskFull", "state": "firing",
                "labels": {"alertname": "DiskFull", "team": "db"},
                "starts_at": at, "updated_at": at, "origin": {"kind": "posted"},
            },
            "path": [
                {"route": "{}", "depth": 0, "receiver": "ops", "matchers": [], "verdict": "passed"},
                {"route": "a", "depth": 1, "receiver": "web", "matchers": ["team=\"web\""], "verdict": "refused",
                 "refused_by": "team=\"web\""},
                {"route": "b", "depth": 1, "receiver": "db", "matchers": ["team=\"db\""], "verdict": "taken"},
            ],
            "receivers": [{
                "receiver": "db", "integration": "webhook", "route": "b", "group": "b:{}", "sends": false,
                "reason": "said", "told": true, "words": "all of it was told", "told_at": at, "next_at": at,
            }],
            "pages": [{
                "id": "77f0", "state": "open", "group": "b:{}", "labels": {}, "receiver": "db", "policy": "day",
                "severity": "P1", "opened_at": at, "level": 1, "levels": 4, "round": 1, "next_step_at": at,
                "exhausted": false, "told": [], "alerts": [],
                "notes": [{"at": at, "round": 1, "level": 1, "words": "told anna"}],
            }],
        });
        let expected = "\
DiskFull: firing since 2023-11-14T22:13:20.000Z
  {alertname=\"DiskFull\", team=\"db\"}
page      77f0: open, level 1 of 4 of day, the next at 2023-11-14T22:13:20.000Z
          2023-11-14T22:13:20.000Z  level 1: told anna

db (webhook) is not told now: all of it was told
  group     b:{}
  last told 2023-11-14T22:13:20.000Z
  next      2023-11-14T22:13:20.000Z

routes, in the order they were asked:
  (root)  passes it on below
  | team=\"web\"  no: team=\"web\" does not match
  | team=\"db\"  takes it, for db";
        assert_eq!(people(&serde_json::from_value(why).unwrap(), Output::new(false)), expected);
    }
}

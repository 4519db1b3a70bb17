//! `pluginctl alerts`: the node's alerts, with what suppresses them.

use std::process::ExitCode;

use tocsin_api::alert::{Alert, AlertList, AlertQuery};

use crate::client::Node;
use crate::output::{Field, Output};
use crate::{clock, moment, words};

/// The alerts of the node: those that fire, wait, are suppressed or have just resolved.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl alerts
  pluginctl alerts 'team=~\"web|db\"' severity=P1
  pluginctl alerts --state suppressed      with what suppresses each

`pluginctl why FINGERPRINT` says who is told of one, and why.")]
pub struct Args {
    /// Matchers as Alertmanager writes them; all must match.
    matchers: Vec<String>,
    /// Only in these states, parted by commas: firing, pending, suppressed, resolved.
    #[arg(long)]
    state: Option<String>,
    /// Only of this check.
    #[arg(long)]
    check: Option<String>,
    /// Only those that go to this receiver.
    #[arg(long)]
    receiver: Option<String>,
}

pub fn run(args: Args, node: &Node, output: Output) -> anyhow::Result<ExitCode> {
    let Args { matchers, state, check, receiver } = args;
    let query = AlertQuery { state, matchers: joined(&matchers), check, receiver, ..AlertQuery::default() };
    let list = all(node, query)?;
    output.result(&list, |list| people(&list.alerts, output))?;
    Ok(ExitCode::SUCCESS)
}

/// Several matchers as one text.
#[must_use]
pub fn joined(matchers: &[String]) -> Option<String> {
    (!matchers.is_empty()).then(|| matchers.join(","))
}

/// Part after part until the last.
pub fn all(node: &Node, mut query: AlertQuery) -> anyhow::Result<AlertList> {
    let mut list: AlertList = node.get_with("/api/v1/alerts", &query)?;
    while let Some(after) = list.next.take() {
        query.after = Some(after);
        let more: AlertList = node.get_with("/api/v1/alerts", &query)?;
        list.alerts.extend(more.alerts);
        list.next = more.next;
    }
    Ok(list)
}

fn people(alerts: &[Alert], output: Output) -> String {
    if alerts.is_empty() {
        return "No alert fits.".to_owned();
    }
    let row = |alert: &Alert| -> Vec<Field> {
        vec![
            alert.fingerprint.as_str().into(),
            Field::Status(alert.state.as_str().to_owned()),
            words::duration(clock::now().since(moment::read(alert.starts_at))).into(),
            alert.name.as_str().into(),
            labels(alert).into(),
            alert.receivers.join(", ").into(),
            remark(alert).into(),
        ]
    };
    let header = ["fingerprint", "state", "for", "alert", "labels", "receivers", "but"];
    output.table(&header, alerts.iter().map(row).collect())
}

/// All but the name, which has a column of its own.
fn labels(alert: &Alert) -> String {
    let labels = alert.labels.iter().filter(|(name, _)| *name != "alertname");
    words::printable(&labels.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" "))
}

/// What keeps it from being told, or who is on it.
fn remark(alert: &Alert) -> String {
    let suppressed = alert.suppressed_by.iter().map(|by| by.words.clone());
    let acknowledged = alert.acknowledged_by.iter().map(|by| format!("acknowledged by {by}"));
    words::printable(&suppressed.chain(acknowledged).collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_a_line_with_what_suppresses_it() {
        let alert = serde_json::json!({
            "fingerprint": "02e5ac1bc9ed84f7", "name": "DiskFull", "state": "suppressed",
            "labels": {"alertname": "DiskFull", "team": "db", "disk": "a\u{1b}[2J"},
            "starts_at": moment::wire(clock::now()), "updated_at": moment::wire(clock::now()),
            "origin": {"kind": "posted"}, "receivers": ["db", "ops"],
            "suppressed_by": [{"by": "silence", "id": "x", "words": "silenced by anna"}],
        });
        let said = people(&[serde_json::from_value(alert).unwrap()], Output::new(false));
        let line = said.lines().nth(1).unwrap();
        assert!(line.starts_with("02e5ac1bc9ed84f7  suppressed"), "{said}");
        assert!(line.ends_with("DiskFull  disk=a\u{fffd}[2J team=db  db, ops    silenced by anna"), "{said}");
    }

    #[test]
    fn matchers_are_one_text() {
        assert_eq!(joined(&[]), None);
        assert_eq!(joined(&["a=1".to_owned(), "b!=2".to_owned()]).as_deref(), Some("a=1,b!=2"));
    }
}

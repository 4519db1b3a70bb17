//! `pluginctl silence`: add, list and expire silences.

use std::process::ExitCode;
use std::time::Duration;

use tocsin_api::silence::{NewSilence, Recurrence, Silence, SilenceList, SilenceQuery};
use tocsin_core::zone::Zone;

use crate::client::{Node, segment};
use crate::output::{Field, Output};
use crate::{moment, words};

/// Keeps alerts from being notified for a while.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    Add(AddArgs),
    List(ListArgs),
    Expire(ExpireArgs),
}

/// Adds a silence: nobody is told of the alerts that all its matchers match.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl silence add team=db 'instance=~\"db-[12]\"' --for 2h --comment 'new disks'
  pluginctl silence add alertname=DiskFull --for 30m --start 2026-12-24T22:00Z --comment 'the backup'
  pluginctl silence add job=backup --for 30d --cron '0 2 * * *' --during 1h --comment 'each night'")]
struct AddArgs {
    /// As Alertmanager writes them: `team=db`, `job=~"web|db"`.
    #[arg(required = true)]
    matchers: Vec<String>,
    /// How long.
    #[arg(long = "for", value_name = "DURATION", value_parser = moment::duration)]
    duration: Duration,
    /// Why: whoever misses a notification reads this.
    #[arg(long, short)]
    comment: String,
    /// When it begins, in UTC unless it names its own zone; else now.
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// Between start and end only during stretches that come again, each beginning as this cron expression says.
    #[arg(long, value_name = "EXPRESSION", requires = "during")]
    cron: Option<String>,
    /// How long each such stretch is.
    #[arg(long, value_name = "DURATION", requires = "cron", value_parser = moment::duration)]
    during: Option<Duration>,
    /// In whose clocks the cron expression is meant; else UTC.
    #[arg(long, value_name = "ZONE", requires = "cron")]
    time_zone: Option<String>,
    /// Who; else the name of the token.
    #[arg(long)]
    author: Option<String>,
}

/// All silences: active ones, those to come, those that expired last.
#[derive(clap::Args, Debug)]
struct ListArgs {
    /// Only in these states, parted by commas: active, pending, expired.
    #[arg(long)]
    state: Option<String>,
}

/// Ends a silence now.
#[derive(clap::Args, Debug)]
struct ExpireArgs {
    /// As `silence list` shows it.
    id: String,
}

pub fn run(args: Args, node: &Node, output: Output) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Add(args) => {
            let silence: Silence = node.post("/api/v1/silences", &new(args)?)?;
            output.result(&silence, added)?;
        }
        Command::List(ListArgs { state }) => {
            let list: SilenceList = node.get_with("/api/v1/silences", &SilenceQuery { state })?;
            output.result(&list, |list| many(&list.silences, output))?;
        }
        Command::Expire(ExpireArgs { id }) => {
            let expired: serde_json::Value = node.delete(&format!("/api/v1/silences/{}", segment(&id)))?;
            output.result(&expired, |_| format!("the silence {id} has ended"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn new(args: AddArgs) -> anyhow::Result<NewSilence> {
    let AddArgs { matchers, duration, comment, start, author, cron, during, time_zone } = args;
    let starts_at = start.as_deref().map(|start| moment::parse(start, &Zone::utc())).transpose()?.map(moment::wire);
    let duration_seconds = Some(duration.as_secs());
    let stretch =
        |(cron, during): (String, Duration)| Recurrence { cron, time_zone, duration_seconds: during.as_secs() };
    let recurs = cron.zip(during).map(stretch);
    Ok(NewSilence {
        matchers,
        starts_at,
        duration_seconds,
        created_by: author,
        comment,
        recurs,
        ..NewSilence::default()
    })
}

fn added(silence: &Silence) -> String {
    let Silence { id, state, matchers, ends_at, alerts, .. } = silence;
    let now = if *alerts == 1 { "1 alert that fires now".to_owned() } else { format!("{alerts} alerts that fire now") };
    format!(
        "{id}\n{} until {ends_at}: {{{}}} matches {now}\npluginctl silence expire {id} ends it",
        state.as_str(),
        matchers.join(", ")
    )
}

fn many(silences: &[Silence], output: Output) -> String {
    if silences.is_empty() {
        return "No silence fits.".to_owned();
    }
    let row = |silence: &Silence| -> Vec<Field> {
        vec![
            silence.id.as_str().into(),
            Field::Status(silence.state.as_str().to_owned()),
            Zone::utc().show(moment::read(silence.starts_at)).into(),
            Zone::utc().show(moment::read(silence.ends_at)).into(),
            Field::Number(silence.alerts.to_string()),
            words::printable(&silence.matchers.join(", ")).into(),
            words::printable(&silence.created_by).into(),
            words::printable(&silence.comment).into(),
        ]
    };
    let header = ["silence", "state", "from (UTC)", "until (UTC)", "alerts", "matchers", "by", "comment"];
    output.table(&header, silences.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_silence_says_what_it_matches_and_how_to_end_it() {
        let silence = serde_json::json!({
            "id": "s1", "state": "active", "matchers": ["team=\"db\""], "starts_at": "2026-11-21T10:00:00Z",
            "ends_at": "2026-11-21T12:00:00Z", "created_by": "admin", "comment": "disks",
            "updated_at": "2026-11-21T10:00:00Z", "alerts": 1,
        });
        let silence: Silence = serde_json::from_value(silence).unwrap();
        let expected = "s1\nactive until 2026-11-21T12:00:00.000Z: {team=\"db\"} matches 1 alert that fires now\n\
                        pluginctl silence expire s1 ends it";
        assert_eq!(added(&silence), expected);
        let expected = "\
SILENCE  STATE   FROM (UTC)            UNTIL (UTC)           ALERTS  MATCHERS   BY     COMMENT
s1       active  Sat 2026-11-21 10:00  Sat 2026-11-21 12:00       1  team=\"db\"  admin  disks";
        assert_eq!(many(&[silence], Output::new(false)), expected);
    }
}

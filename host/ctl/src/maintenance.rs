//! `pluginctl maintenance`: list, start and end planned work.

use std::process::ExitCode;
use std::time::Duration;

use tocsin_api::silence::{MaintenanceList, MaintenanceWindow, NewMaintenance};
use tocsin_core::zone::Zone;

use crate::client::{Node, segment};
use crate::output::{Field, Output};
use crate::{moment, words};

/// Planned work, during which nobody is told of what it covers.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// All windows: those under way first.
    List,
    Start(StartArgs),
    End(EndArgs),
}

/// Starts a window: about some checks, about what matchers match, or about the whole node.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl maintenance start --check web --for 1h --comment 'new kernel'
  pluginctl maintenance start --match dc=vie --for 4h --end-when-healthy
  pluginctl maintenance start --node --for 30m")]
struct StartArgs {
    /// A check's name; may be given several times.
    #[arg(long, required_unless_present_any = ["matchers", "node"], conflicts_with_all = ["matchers", "node"])]
    check: Vec<String>,
    /// What it covers, as a silence's matchers; may be given several times, and then all must match.
    #[arg(long = "match", value_name = "MATCHER", id = "matchers", conflicts_with = "node")]
    matchers: Vec<String>,
    /// Every check of the node.
    #[arg(long, id = "node")]
    node: bool,
    /// How long.
    #[arg(long = "for", value_name = "DURATION", value_parser = moment::duration)]
    duration: Duration,
    /// When it begins, in UTC unless it names its own zone; else now.
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// Ends as soon as what broke during it is well again.
    #[arg(long)]
    end_when_healthy: bool,
    /// Its name; else one is made up.
    #[arg(long)]
    name: Option<String>,
    #[arg(long, short, default_value = "")]
    comment: String,
}

/// Ends a window that was started here. Those of the configuration are ended there.
#[derive(clap::Args, Debug)]
struct EndArgs {
    /// As `maintenance list` shows it.
    name: String,
}

pub fn run(args: Args, node: &Node, output: Output) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::List => {
            let list: MaintenanceList = node.get("/api/v1/maintenance")?;
            output.result(&list, |list| many(&list.windows, output))?;
        }
        Command::Start(args) => {
            let window: MaintenanceWindow = node.post("/api/v1/maintenance", &new(args)?)?;
            output.result(&window, started)?;
        }
        Command::End(EndArgs { name }) => {
            let ended: serde_json::Value = node.delete(&format!("/api/v1/maintenance/{}", segment(&name)))?;
            output.result(&ended, |_| format!("the maintenance {name} has ended"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn new(args: StartArgs) -> anyhow::Result<NewMaintenance> {
    let StartArgs { check, matchers, node, duration, start, end_when_healthy, name, comment } = args;
    let starts_at = start.as_deref().map(|start| moment::parse(start, &Zone::utc())).transpose()?.map(moment::wire);
    let duration_seconds = Some(duration.as_secs());
    let ends_at = None;
    Ok(NewMaintenance {
        name,
        checks: check,
        matchers,
        node,
        starts_at,
        ends_at,
        duration_seconds,
        end_when_healthy,
        comment,
    })
}

fn started(window: &MaintenanceWindow) -> String {
    let MaintenanceWindow { name, covers, ends_at, .. } = window;
    let until = ends_at.map(|at| format!(" until {at}")).unwrap_or_default();
    format!("{name}: {covers}{until}\npluginctl maintenance end {name} ends it")
}

fn many(windows: &[MaintenanceWindow], output: Output) -> String {
    if windows.is_empty() {
        return "No maintenance is planned.".to_owned();
    }
    let time = |at: Option<tocsin_api::Time>| at.map(|at| Zone::utc().show(moment::read(at))).unwrap_or_default();
    let row = |window: &MaintenanceWindow| -> Vec<Field> {
        vec![
            window.name.as_str().into(),
            if window.active { "now" } else { "" }.into(),
            time(window.starts_at).into(),
            time(window.ends_at).into(),
            words::printable(&window.covers).into(),
            window.recurs.as_deref().unwrap_or_default().into(),
            words::printable(&window.comment).into(),
        ]
    };
    let header = ["maintenance", "active", "from (UTC)", "until (UTC)", "covers", "recurs", "comment"];
    output.table(&header, windows.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_says_what_it_covers_and_how_to_end_it() {
        let window = serde_json::json!({
            "name": "move", "configured": false, "covers": "the whole node", "active": true,
            "starts_at": "2026-11-21T10:00:00Z", "ends_at": "2026-11-21T12:00:00Z", "end_when_healthy": false,
        });
        let window: MaintenanceWindow = serde_json::from_value(window).unwrap();
        let expected = "move: the whole node until 2026-11-21T12:00:00.000Z\npluginctl maintenance end move ends it";
        assert_eq!(started(&window), expected);
        let expected = "\
MAINTENANCE  ACTIVE  FROM (UTC)            UNTIL (UTC)           COVERS          RECURS  COMMENT
move         now     Sat 2026-11-21 10:00  Sat 2026-11-21 12:00  the whole node";
        assert_eq!(many(&[window], Output::new(false)), expected);
    }
}

//! How long incidents take, as a table.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use tocsin_api::incident::{FiguresRow, IncidentFigures, Spread};

use crate::client::Node;
use crate::output::{Field, Output};
use crate::words;

pub(super) fn run(node: &Node, output: Output) -> Result<ExitCode> {
    let figures: IncidentFigures = node.get("/api/v1/incidents/figures")?;
    output.result(&figures, |figures| many(&figures.rows, output))?;
    Ok(ExitCode::SUCCESS)
}

fn many(rows: &[FiguresRow], output: Output) -> String {
    if rows.is_empty() {
        return "There was no incident yet.".to_owned();
    }
    let row = |row: &FiguresRow| -> Vec<Field> {
        let service = if row.service.is_empty() { "(none)" } else { &row.service };
        let spreads = [row.detect, row.acknowledge, row.mitigate, row.resolve];
        let first = [Field::from(row.month.as_str()), words::printable(service).into()];
        first.into_iter().chain(spreads.map(|it| spread(it).into())).collect()
    };
    let header = ["month", "service", "detected (TTD)", "acknowledged (TTA)", "mitigated (TTM)", "resolved (TTR)"];
    let table = output.table(&header, rows.iter().map(row).collect());
    format!("{table}\nEach: median, 90th percentile, of how many.")
}

fn spread(spread: Spread) -> String {
    let shown = |seconds: u64| words::duration(Duration::from_secs(seconds));
    match (spread.median_seconds, spread.p90_seconds) {
        (Some(median), Some(p90)) => format!("{}, {} (n {})", shown(median), shown(p90), spread.n),
        _ => "none".to_owned(),
    }
}

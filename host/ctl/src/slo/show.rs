//! Where objectives stand: a line each, or one SLO with everything that is known of it.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use tocsin_api::slo::{Budget, Objective, Slo, SloList, SloQuery, SloState};

use crate::client::{Node, segment};
use crate::output::{Field, Output};
use crate::{moment, words};

/// Every objective with what is left of its error budget.
#[derive(clap::Args, Debug)]
pub(super) struct ListArgs {
    /// Only of this service.
    #[arg(long)]
    service: Option<String>,
}

/// One SLO: burn rates over all windows, alerts, and when the budget will be used up.
#[derive(clap::Args, Debug)]
pub(super) struct ShowArgs {
    name: String,
}

pub(super) fn list(args: ListArgs, node: &Node, output: Output) -> Result<ExitCode> {
    let mut query = SloQuery { service: args.service, ..SloQuery::default() };
    let mut list: SloList = node.get_with("/api/v1/slos", &query)?;
    while let Some(after) = list.next.take() {
        query.after = Some(after);
        let more: SloList = node.get_with("/api/v1/slos", &query)?;
        list.slos.extend(more.slos);
        list.next = more.next;
    }
    output.result(&list, |list| lines(&list.slos, output))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn one(args: &ShowArgs, node: &Node, output: Output) -> Result<ExitCode> {
    let slo: Slo = node.get(&format!("/api/v1/slos/{}", segment(&args.name)))?;
    output.result(&slo, |slo| whole(slo, output))?;
    Ok(ExitCode::SUCCESS)
}

fn lines(slos: &[Slo], output: Output) -> String {
    if slos.is_empty() {
        return "No SLO is configured. `slos: {files: [slos/*.yaml]}` in tocsin.yaml names OpenSLO files.".to_owned();
    }
    let row = |slo: &Slo, one: &Objective| -> Vec<Field> {
        vec![
            slo.name.as_str().into(),
            one.name.as_str().into(),
            slo.service.as_str().into(),
            Field::Number(one.target.clone()),
            Field::Number(compliance(one.compliance)),
            Field::Status(one.state.as_str().to_owned()),
            Field::Number(left(&one.budget)),
            exhaustion(&one.budget).into(),
        ]
    };
    let rows = slos.iter().flat_map(|slo| slo.objectives.iter().map(|one| row(slo, one))).collect();
    let header = ["slo", "objective", "service", "target", "now", "state", "budget left", "nothing left in"];
    output.table(&header, rows)
}

fn whole(slo: &Slo, output: Output) -> String {
    let mut said = vec![
        format!("{}: {} of {}, {}", words::printable(&slo.title), slo.kind, slo.service, slo.period),
        format!("from {}, counted in slots of {}", slo.source, seconds(slo.slot_seconds)),
    ];
    if !slo.description.is_empty() {
        said.push(words::printable(&slo.description));
    }
    for response in &slo.responses {
        said.push(format!("{} since {}: {}", response.response, response.since, response.because));
    }
    for one in &slo.objectives {
        said.push(String::new());
        said.extend(objective(one, output));
    }
    said.join("\n")
}

fn objective(one: &Objective, output: Output) -> Vec<String> {
    let limit = one.limit.as_ref().map(|limit| format!(" {limit}")).unwrap_or_default();
    let mut said = vec![
        format!("{}: {}{limit} ({}): {}", one.name, one.target, one.method, output.status(one.state.as_str())),
        format!("  {}", one.because),
        format!("  {} good of {}: {}", one.good, one.total, compliance(one.compliance)),
        format!("  budget left: {}{}", left(&one.budget), if one.budget.provisional { " (provisional)" } else { "" }),
    ];
    if one.renewed {
        said.push(format!("  counted anew since {}: its definition became another one then", one.since));
    }
    let exhaustion = exhaustion(&one.budget);
    if !exhaustion.is_empty() && one.state != SloState::Exhausted {
        said.push(format!("  nothing left in {exhaustion}, if it goes on like this"));
    }
    let rate = |rate: Option<f64>| rate.map_or_else(|| "no data".to_owned(), |rate| format!("{rate:.2}"));
    let burns: Vec<String> = one.burn.iter().map(|burn| format!("{} {}", burn.window, rate(burn.rate))).collect();
    said.push(format!("  burn rates: {}", burns.join(", ")));
    for alert in &one.alerts {
        let since = alert.since.map(|since| format!(" since {since}")).unwrap_or_default();
        let state = output.status(&alert.state);
        said.push(format!("  {} ({}): {}: {state}{since}", alert.name, alert.severity, alert.when));
    }
    let counters = one.counters;
    let left_out = [
        (counters.late, "came too late"),
        (counters.future, "came from the future"),
        (counters.excluded, "fell into planned maintenance"),
    ];
    said.extend(left_out.iter().filter(|(count, _)| *count > 0).map(|(count, why)| format!("  {count} {why}")));
    said
}

fn seconds(seconds: f64) -> String {
    moment::span(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

/// Cut to four decimals, not rounded: 99.99996 % is not 100 %.
fn compliance(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "no data".to_owned(), |ratio| format!("{:.4}%", (ratio * 1e6).floor() / 1e4))
}

fn left(budget: &Budget) -> String {
    match (budget.remaining_ratio, budget.remaining_seconds) {
        (None, _) => "unknown".to_owned(),
        (Some(ratio), Some(time)) if ratio > 0.0 => format!("{:.1}% ({})", ratio * 100.0, seconds(time)),
        (Some(ratio), _) => format!("{:.1}%", ratio * 100.0),
    }
}

fn exhaustion(budget: &Budget) -> String {
    let Some(exhausted) = budget.exhausted else { return String::new() };
    let earliest = seconds(exhausted.earliest_seconds);
    match exhausted.latest_seconds.map(seconds) {
        Some(latest) if latest != earliest => format!("{earliest} to {latest}"),
        _ => earliest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slo() -> Slo {
        let objective = serde_json::json!({
            "name": "99.9", "target": "99.9%", "target_ratio": 0.999, "method": "occurrences", "state": "burning",
            "because": "the alert fast fires", "good": 999_999, "total": 1_000_000, "compliance": 0.999_999,
            "budget": {"allowed": 1_000.0, "consumed": 1, "remaining_ratio": 0.999, "remaining_seconds": 2_589.0,
                "provisional": true, "exhausted": {"earliest_seconds": 3_600.0, "latest_seconds": 7_200.0}},
            "burn": [{"window": "5m", "window_seconds": 300.0, "good": 1, "total": 2, "rate": 500.0},
                {"window": "30d", "window_seconds": 2_592_000.0, "good": 0, "total": 0}],
            "alerts": [{"name": "fast", "when": "burn above 14.4 over 1h and 5m", "severity": "page", "state": "firing"}],
            "since": "2026-11-14T22:13:20Z", "counters": {"late": 2, "future": 0, "excluded": 0},
        });
        serde_json::from_value(serde_json::json!({
            "name": "checkout", "title": "Check\u{1b}out", "service": "shop", "kind": "availability",
            "source": "the check shop", "period": "rolling 30d", "period_seconds": 2_592_000, "slot_seconds": 60.0,
            "late_seconds": 300.0, "objectives": [objective],
        }))
        .unwrap()
    }

    #[test]
    fn an_objective_is_a_line_with_what_is_left() {
        let said = lines(&[slo()], Output::new(false));
        let line = said.lines().nth(1).unwrap();
        assert!(line.starts_with("checkout  99.9"), "{said}");
        assert!(line.ends_with("99.9999%  burning  99.9% (43m9s)  1h to 2h"), "{said}");
    }

    #[test]
    fn one_slo_is_told_whole_and_cannot_steer_the_terminal() {
        let said = whole(&slo(), Output::new(false));
        assert!(said.starts_with("Check\u{fffd}out: availability of shop, rolling 30d\n"), "{said}");
        for line in [
            "  burn rates: 5m 500.00, 30d no data",
            "  fast (page): burn above 14.4 over 1h and 5m: firing",
            "  nothing left in 1h to 2h, if it goes on like this",
            "  2 came too late",
        ] {
            assert!(said.lines().any(|said| said == line), "{line} is not in\n{said}");
        }
    }
}

//! A report in words and tables, for every form alike. Knows nothing of how they look.

use std::time::Duration;

use super::{BudgetReport, Counted, Direction, ObjectiveReport, Report};
use crate::quantity::show_duration;
use crate::slo::figures;
use crate::time::Timestamp;
use crate::zone::Zone;

pub(crate) struct Sheet {
    pub(crate) title: String,
    pub(crate) lines: Vec<String>,
    pub(crate) sections: Vec<Section>,
}

pub(crate) struct Section {
    pub(crate) title: String,
    /// Millionths, where it is known.
    pub(crate) budget_left_ppm: Option<i64>,
    pub(crate) lines: Vec<String>,
    /// None is empty.
    pub(crate) tables: Vec<Table>,
}

pub(crate) struct Table {
    pub(crate) title: String,
    pub(crate) heads: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
}

pub(super) fn sheet(report: &Report) -> Sheet {
    let show = |at: Timestamp| report.zone.show(at);
    let mut lines = vec![format!(
        "SLO {} of the service {}, {} from {} to {} ({})",
        report.slo,
        report.service,
        report.unit.as_str(),
        show(report.from),
        show(report.until),
        report.zone
    )];
    if report.so_far < report.until {
        lines.push(format!("The {} is not over: this is so far, until {}.", report.unit.as_str(), show(report.so_far)));
    }
    let sections = report.objectives.iter().map(|objective| section(objective, report)).collect();
    Sheet { title: format!("Report: {}", report.title), lines, sections }
}

fn section(objective: &ObjectiveReport, report: &Report) -> Section {
    let ObjectiveReport { name, target, counts, budget, .. } = objective;
    let verdict = match objective.met {
        Some(true) => format!("met: {} of {target}", figures::attained(*counts)),
        Some(false) => format!("missed: {} of {target}", figures::attained(*counts)),
        None => format!("nothing was counted, of {target}"),
    };
    let mut lines = Vec::new();
    if let Some(left) = budget.left_ppm {
        lines.push(budget_line(budget, left, objective.counted));
    }
    lines.push(trend_line(objective, report));
    if objective.slots_without_data > 0 {
        let (without, slots) = (objective.slots_without_data, objective.slots);
        let part = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let share = figures::part(part(without), part(slots));
        lines.push(format!("No data: {without} of {slots} slots ({share})."));
    }
    let tables = [causes(objective), incidents(objective, &report.zone), hours(objective, &report.zone)];
    let tables = tables.into_iter().chain([downtimes(objective, &report.zone)]).filter(|table| !table.rows.is_empty());
    Section {
        title: format!("Objective {name}: {verdict}"),
        budget_left_ppm: budget.left_ppm,
        lines,
        tables: tables.collect(),
    }
}

fn budget_line(budget: &BudgetReport, left: i64, counted: Counted) -> String {
    format!(
        "Error budget: {} left; {} of {} are spent, or {} of {}.",
        figures::left(left),
        number(budget.bad, counted),
        amount(budget.allowed, counted),
        time(budget.spent_ms),
        time(budget.allowed_ms)
    )
}

fn trend_line(objective: &ObjectiveReport, report: &Report) -> String {
    let (before, unit) = (figures::attained(objective.trend.previous), report.unit.as_str());
    match objective.trend.direction {
        Direction::Better => format!("Trend: better than the {unit} before ({before})."),
        Direction::Worse => format!("Trend: worse than the {unit} before ({before})."),
        Direction::Same => format!("Trend: the same as in the {unit} before."),
        Direction::Unknown => format!("Trend: there is nothing to compare with in the {unit} before."),
    }
}

fn causes(objective: &ObjectiveReport) -> Table {
    let row = |cause: &super::Cause| {
        vec![
            cause.reason.map_or("outside of downtimes", super::Reason::as_str).to_owned(),
            cause.events.to_string(),
            time(cause.duration_ms),
            amount(cause.bad, objective.counted),
            spent(cause.spent_ppm),
        ]
    };
    Table {
        title: "Budget spent by cause".to_owned(),
        heads: vec!["cause", "downtimes", "time", "bad", "of the budget"],
        rows: objective.causes.iter().map(row).collect(),
    }
}

fn incidents(objective: &ObjectiveReport, zone: &Zone) -> Table {
    let row = |cost: &super::IncidentCost| {
        let incident = &cost.incident;
        vec![
            incident.id.clone(),
            incident.title.clone(),
            zone.show(incident.start),
            incident.end.map_or_else(|| "still open".to_owned(), |end| zone.show(end)),
            amount(cost.counts.bad(), objective.counted),
            spent(cost.spent_ppm),
        ]
    };
    Table {
        title: "Budget spent by incident".to_owned(),
        heads: vec!["incident", "title", "from", "to", "bad", "of the budget"],
        rows: objective.incidents.iter().map(row).collect(),
    }
}

fn hours(objective: &ObjectiveReport, zone: &Zone) -> Table {
    let row = |hour: &super::Hour| {
        vec![
            zone.show(hour.start),
            figures::attained(hour.counts),
            amount(hour.counts.bad(), objective.counted),
            spent(hour.spent_ppm),
        ]
    };
    Table {
        title: "Worst hours".to_owned(),
        heads: vec!["from", "attained", "bad", "of the budget"],
        rows: objective.worst_hours.iter().map(row).collect(),
    }
}

fn downtimes(objective: &ObjectiveReport, zone: &Zone) -> Table {
    let row = |downtime: &super::Downtime| {
        let said = if downtime.comment.is_empty() {
            downtime.author.clone()
        } else {
            format!("{} ({})", downtime.comment, downtime.author)
        };
        let lasted = downtime.end.since(downtime.start);
        vec![
            zone.show(downtime.start),
            zone.show(downtime.end),
            show_duration(lasted),
            amount(downtime.counts.bad(), objective.counted),
            spent(downtime.spent_ppm),
            downtime.reason.as_str().to_owned(),
            said,
        ]
    };
    let omitted = objective.downtimes_omitted;
    let more = if omitted == 0 { String::new() } else { format!(" (the dearest; {omitted} more are not listed)") };
    Table {
        title: format!("Downtime events{more}"),
        heads: vec!["from", "to", "time", "bad", "of the budget", "reason", "note"],
        rows: objective.downtimes.iter().map(row).collect(),
    }
}

fn amount(count: u64, counted: Counted) -> String {
    let number = number(count, counted);
    let plural = if number == "1" { "" } else { "s" };
    match counted {
        Counted::Events => format!("{number} event{plural}"),
        Counted::Slices | Counted::SliceShares => format!("{number} slice{plural}"),
    }
}

fn number(count: u64, counted: Counted) -> String {
    match counted {
        Counted::Events | Counted::Slices => count.to_string(),
        Counted::SliceShares => format!("{}.{:02}", count / 1_000_000_000, count % 1_000_000_000 / 10_000_000),
    }
}

fn spent(ppm: Option<i64>) -> String {
    ppm.map_or_else(|| "-".to_owned(), figures::spent)
}

/// To the second: finer is not said of months.
fn time(millis: u64) -> String {
    let whole = if millis < 60_000 { millis } else { millis / 1_000 * 1_000 };
    show_duration(Duration::from_millis(whole))
}

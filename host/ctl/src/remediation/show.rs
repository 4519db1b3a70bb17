//! Remediations on a terminal.

use tocsin_api::remediation::{PlanShown, PlanStep, Remediation};

use crate::output::{Field, Output};
use crate::words::{self, printable};

pub(super) fn many(remediations: &[Remediation], output: Output) -> String {
    if remediations.is_empty() {
        return "No remediation fits.".to_owned();
    }
    let row = |it: &Remediation| -> Vec<Field> {
        let how = it.ended.as_ref().map_or(it.stage.as_str(), |ended| ended.how.as_str());
        vec![
            it.id.as_str().into(),
            Field::Status(how.to_owned()),
            it.playbook.as_str().into(),
            printable(&it.target).into(),
            it.mode.as_str().into(),
            it.proposed_at.to_string().into(),
            printable(&it.words).into(),
        ]
    };
    let header = ["remediation", "stage", "playbook", "target", "mode", "proposed", "now"];
    output.table(&header, remediations.iter().map(row).collect())
}

pub(super) fn one(it: &Remediation, output: Output) -> String {
    let how = it.ended.as_ref().map_or(it.stage.as_str(), |ended| ended.how.as_str());
    let mut said = vec![
        format!("{}: {} of {} on {}", it.id, output.status(how), it.playbook, printable(&it.target)),
        format!("  {}", printable(&it.words)),
        format!("  answers the incident {}, checks {}", it.incident, it.checks.join(", ")),
        format!("  mode {}, action {} of its ladder, proposed {}", it.mode, it.rung, it.proposed_at),
    ];
    said.extend(it.approved.iter().map(|it| format!("  approved {} by {}, until {}", it.at, it.by, it.until)));
    said.extend(it.plan.iter().flat_map(|plan| plan_lines(plan, output)));
    if !it.gates.is_empty() {
        said.push("gates:".to_owned());
    }
    let gate = |it: &tocsin_api::remediation::GateVerdict| {
        format!("  {:<13} {}  {}", it.gate, output.status(&it.ruling), printable(&it.reason))
    };
    said.extend(it.gates.iter().map(gate));
    said.extend(it.ended.iter().map(|ended| {
        let told = if ended.escalated { "; a person was told" } else { "" };
        format!("ended {}: {}{told}", ended.at, printable(&ended.reason))
    }));
    said.join("\n")
}

fn plan_lines(plan: &PlanShown, output: Output) -> Vec<String> {
    let mut said = vec![
        format!("plan {} ({}):", plan.hash, words::digest(&plan.digest)),
        format!("  {}", printable(&plan.summary)),
        format!("  because {}", printable(&plan.why)),
    ];
    said.extend(plan.preconditions.iter().map(|it| format!("  only if {}", printable(it))));
    said.extend(plan.steps.iter().zip(1..).flat_map(|(step, number)| step_lines(step, number, output)));
    let checks = plan.verified_by.join(", ");
    said.push(format!("  then {checks} ok {} times in a row, after {} s", plan.times, plan.settle_seconds));
    said
}

fn step_lines(step: &PlanStep, number: u32, output: Output) -> Vec<String> {
    let undo = if step.undoable { ", can be taken back" } else { "" };
    let arguments = printable(&step.arguments.to_string());
    let mut said = vec![
        format!("  {number}. {} {arguments}: {}{undo}", step.verb, output.status(&step.state)),
        format!("     {}", printable(&step.why)),
    ];
    said.extend(step.prepared.iter().map(|text| format!("     {}", printable(text))));
    said.extend(step.said.iter().map(|text| format!("     {}", printable(text))));
    said.extend(step.output.lines().map(|line| format!("     | {}", printable(line))));
    said
}

//! On call as people read it: each schedule's times on its own clock.

use tocsin_api::Time;
use tocsin_core::zone::Zone;

use super::{Gaps, OnCall, OneShift};
use crate::moment;
use crate::output::{Field, Output};

const NONE: &str = "No schedule is configured: they stand under `schedules` in tocsin.yaml or conf.d/.";

pub(super) fn all(all: &[OnCall], output: Output) -> String {
    if all.is_empty() {
        return NONE.to_owned();
    }
    let row = |one: &OnCall| -> Vec<Field> {
        vec![
            one.schedule.as_str().into(),
            one.user.as_deref().unwrap_or("NOBODY").into(),
            one.because.as_str().into(),
            one.until.map(|until| local(until, &one.time_zone)).unwrap_or_default().into(),
            relief(one).into(),
            one.time_zone.as_str().into(),
        ]
    };
    let header = ["schedule", "on call", "because", "until", "then", "clock of"];
    output.table(&header, all.iter().map(row).collect())
}

pub(super) fn one(one: &OnCall) -> String {
    let OnCall { schedule, time_zone, user, full_name, contacts, because, until, .. } = one;
    let until = until.map(|until| format!(" until {} ({time_zone}), then {}", local(until, time_zone), relief(one)));
    let until = until.unwrap_or_default();
    let Some(user) = user else { return format!("{schedule}: NOBODY is on call{until}") };
    let full_name = full_name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    let mut lines = vec![format!("{schedule}: {user}{full_name} is on call{until}")];
    lines.push(format!("because   {because}"));
    lines
        .extend(contacts.iter().enumerate().map(|(n, way)| format!("{:10}{way}", if n == 0 { "told by" } else { "" })));
    lines.join("\n")
}

pub(super) fn gaps(found: &Gaps, output: Output) -> String {
    let weeks = if found.weeks == 1 { "week".to_owned() } else { format!("{} weeks", found.weeks) };
    match (found.schedules, found.gaps.is_empty()) {
        (0, _) => return NONE.to_owned(),
        (_, true) => return format!("somebody is on call at every instant of the next {weeks}"),
        _ => {}
    }
    let row = |gap: &super::Uncovered| -> Vec<Field> {
        vec![
            gap.schedule.as_str().into(),
            local(gap.start, &gap.time_zone).into(),
            local(gap.end, &gap.time_zone).into(),
            Field::Number(length(gap.start, gap.end)),
            gap.time_zone.as_str().into(),
        ]
    };
    let table = output.table(&["schedule", "from", "until", "for", "clock of"], found.gaps.iter().map(row).collect());
    format!("{table}\n\nnobody is on call in {} stretches of the next {weeks}", found.gaps.len())
}

pub(super) fn shifts(all: &[OneShift], output: Output) -> String {
    if all.is_empty() {
        return NONE.to_owned();
    }
    let row = |shift: &OneShift| -> Vec<Field> {
        vec![
            shift.schedule.as_str().into(),
            shift.user.as_str().into(),
            local(shift.start, &shift.time_zone).into(),
            local(shift.end, &shift.time_zone).into(),
            Field::Number(length(shift.start, shift.end)),
            shift.by.as_str().into(),
            shift.time_zone.as_str().into(),
        ]
    };
    let header = ["schedule", "on call", "from", "until", "for", "by", "clock of"];
    output.table(&header, all.iter().map(row).collect())
}

fn relief(one: &OnCall) -> &str {
    match (one.until, &one.next) {
        (None, _) => "",
        (Some(_), None) => "NOBODY",
        (Some(_), Some(next)) => next,
    }
}

fn local(time: Time, zone: &str) -> String {
    Zone::find(zone).unwrap_or_else(|_| Zone::utc()).show(moment::read(time))
}

fn length(start: Time, end: Time) -> String {
    moment::span(moment::read(end).since(moment::read(start)))
}

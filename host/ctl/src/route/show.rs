//! Routes as people read them.

use std::time::Duration;

use tocsin_core::zone::Zone;

use super::{Asked, Taken, Tested};
use crate::moment;
use crate::output::{Field, Output};

/// Each receiver with what becomes of the alert there, then who was asked.
pub(super) fn tested(tested: &Tested, output: Output) -> String {
    let Tested { labels, receivers, taken, maintenance, routes, .. } = tested;
    let mut parts = vec![format!("{labels} goes to {}", receivers.join(", "))];
    if !maintenance.is_empty() {
        parts.push(format!("but nobody is told during the maintenance {}", maintenance.join(", ")));
    }
    parts.extend(taken.iter().map(one));
    parts.push(format!("\n{}", table(routes, true, output)));
    parts.join("\n")
}

fn one(taken: &Taken) -> String {
    let Taken { receiver, route, group_key, escalation, muted_by, mute_changes_at, .. } = taken;
    let mut lines = vec![
        format!("\n{receiver}"),
        format!("  route     {route}"),
        format!("  group     {group_key}"),
        format!(
            "  told      after {}, then of changes each {}, and again each {}",
            seconds(taken.group_wait_seconds),
            seconds(taken.group_interval_seconds),
            seconds(taken.repeat_interval_seconds)
        ),
    ];
    lines.extend(escalation.iter().map(|policy| format!("  climbs    the policy {policy}")));
    let until = mute_changes_at.map(|at| format!("until {} UTC", Zone::utc().show(moment::read(at))));
    let until = until.as_deref().unwrap_or("for ever");
    match muted_by {
        // A name, or `outside of` names.
        Some(interval) => lines.push(format!("  muted     {interval}, {until}")),
        None if mute_changes_at.is_some() => lines.push(format!("  not muted {until}")),
        None => {}
    }
    lines.join("\n")
}

/// All routes as they are configured.
pub(super) fn tree(routes: &[Asked], output: Output) -> String {
    table(routes, false, output)
}

/// One route a line, children below their parents.
fn table(routes: &[Asked], is_asked: bool, output: Output) -> String {
    let row = |route: &Asked| -> Vec<Field> {
        let matchers = if route.depth == 0 { "(root)".to_owned() } else { route.matchers.join(" ") };
        let matchers = if matchers.is_empty() { "(everything)".to_owned() } else { matchers };
        let mut row: Vec<Field> =
            vec![format!("{}{matchers}", "| ".repeat(route.depth)).into(), route.receiver.as_str().into()];
        if is_asked {
            row.push(verdict(route).into());
        } else {
            row.push(route.group_by.join(" ").into());
            row.push(timing(route).into());
            row.push(muting(route).into());
        }
        row
    };
    let header: &[&str] = match is_asked {
        true => &["route", "receiver", "says"],
        false => &["route", "receiver", "group by", "wait/interval/repeat", "muted"],
    };
    output.table(header, routes.iter().map(row).collect())
}

fn verdict(route: &Asked) -> String {
    let goes_on = if route.continue_ { ", and asks the next" } else { "" };
    match (route.verdict, &route.refused_by) {
        (Some("taken"), _) => format!("takes it{goes_on}"),
        (Some("passed"), _) => format!("passes it on below{goes_on}"),
        (Some(_), Some(matcher)) => format!("no: {matcher} does not match"),
        (Some(_), None) => "no".to_owned(),
        (None, _) => "is not asked".to_owned(),
    }
}

fn timing(route: &Asked) -> String {
    let times = [route.group_wait_seconds, route.group_interval_seconds, route.repeat_interval_seconds];
    let goes_on = if route.continue_ { ", continue" } else { "" };
    format!("{}{goes_on}", times.map(seconds).join("/"))
}

fn muting(route: &Asked) -> String {
    let during = (!route.mute_time_intervals.is_empty()).then(|| route.mute_time_intervals.join(", "));
    let outside = (!route.active_time_intervals.is_empty())
        .then(|| format!("outside of {}", route.active_time_intervals.join(", ")));
    during.into_iter().chain(outside).collect::<Vec<_>>().join("; ")
}

fn seconds(seconds: f64) -> String {
    moment::span(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

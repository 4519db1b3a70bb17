//! A post-mortem in words and tables, for every form alike. Knows nothing of how they look.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{ActionItem, Postmortem, WHYS_MAX};
use crate::incident::{Incident, Miss, OpenedBy, Severity};
use crate::quantity::show_duration;
use crate::slo::figures;
use crate::slo::report::{Section, Sheet, Table};
use crate::time::Timestamp;
use crate::zone::Zone;

const TO_FILL: &str = "Not filled in yet.";

pub(super) fn sheet(incident: &Incident, zone: &Zone, now: Timestamp) -> Sheet {
    let none = Postmortem::default();
    let learnt = incident.postmortem.as_ref().unwrap_or(&none);
    let sections = [
        summary(incident, zone, now),
        impact(incident, zone),
        response(incident),
        changes(incident, learnt, zone),
        metrics(learnt),
        cause(learnt),
        texts("Lessons", &learnt.lessons),
        actions(&learnt.actions, zone),
        timeline(incident, zone),
    ];
    let state = match &learnt.completed {
        Some(signed) => format!("Completed by {} on {}.", signed.by, zone.show(signed.at)),
        None if learnt.required => {
            format!("A post-mortem is required of a {}; this one is not complete yet.", severity(incident))
        }
        None => "This post-mortem is not complete yet; of this severity none is required.".to_owned(),
    };
    let lines = vec![format!("Incident {}, times in {zone}.", incident.id), state];
    Sheet { title: format!("Post-mortem: {}", incident.title), lines, sections: sections.into_iter().collect() }
}

fn severity(incident: &Incident) -> &'static str {
    incident.severity.as_str()
}

fn section(title: &str, lines: Vec<String>, tables: Vec<Table>) -> Section {
    let tables = tables.into_iter().filter(|table| !table.rows.is_empty()).collect();
    Section { title: title.to_owned(), budget_left_ppm: None, lines, tables }
}

fn summary(incident: &Incident, zone: &Zone, now: Timestamp) -> Section {
    let by = match &incident.opened_by {
        OpenedBy::Rule(rule) => format!("the rule {rule}"),
        OpenedBy::Person(person) => person.clone(),
        OpenedBy::Playbook(playbook) => format!("the playbook {playbook}"),
    };
    let service = incident.service();
    let service = if service.is_empty() { String::new() } else { format!(" of the service {service}") };
    let mut lines = vec![format!(
        "A {}{service}, opened by {by} on {}. Its onset was {}.",
        severity(incident),
        zone.show(incident.opened_at),
        zone.show(incident.onset)
    )];
    lines.push(match &incident.resolved {
        Some(signed) => format!(
            "Resolved by {} on {}, after {}.",
            signed.by,
            zone.show(signed.at),
            time(signed.at.since(incident.opened_at))
        ),
        None => format!("It is {}, {} after it was opened.", incident.state(), time(now.since(incident.opened_at))),
    });
    if incident.course.reopened > 0 {
        lines.push(format!("It was reopened {} times.", incident.course.reopened));
    }
    if let Some(origin) = &incident.origin {
        lines.push(format!("It most likely began at {origin}."));
    }
    let people = [("Commander", &incident.people.commander), ("Assignee", &incident.people.assignee)];
    lines.extend(people.into_iter().filter_map(|(role, name)| Some(format!("{role}: {}.", name.as_ref()?))));
    section("Summary", lines, Vec::new())
}

fn impact(incident: &Incident, zone: &Zone) -> Section {
    let mut checks: BTreeMap<&str, (Timestamp, Option<Timestamp>, usize)> = BTreeMap::new();
    for member in incident.alerts.values() {
        let Some(check) = &member.check else { continue };
        let entry = checks.entry(check.as_str()).or_insert((member.starts_at, member.ended_at, 0));
        let ended_at = entry.1.zip(member.ended_at).map(|(a, b)| a.max(b));
        *entry = (entry.0.min(member.starts_at), ended_at, entry.2 + 1);
    }
    let row = |(check, (from, to, count)): (&str, (Timestamp, Option<Timestamp>, usize))| {
        let to = to.map_or_else(|| "still".to_owned(), |to| zone.show(to));
        vec![check.to_owned(), zone.show(from), to, count.to_string()]
    };
    let affected = Table {
        title: "Affected checks".to_owned(),
        heads: vec!["check", "from", "to", "alerts"],
        rows: checks.into_iter().map(row).collect(),
    };
    let row = |cost: &crate::incident::Impact| {
        let spent = cost.spent_ppm.map_or_else(|| "-".to_owned(), figures::spent);
        vec![cost.slo.to_string(), cost.objective.to_string(), figures::attained(cost.counts), spent]
    };
    let budget = Table {
        title: "Error budget spent while it was open".to_owned(),
        heads: vec!["SLO", "objective", "attained", "of the budget"],
        rows: incident.impact.iter().map(row).collect(),
    };
    let count = incident.alerts.len();
    let more = if incident.course.alerts_omitted { ", and more that are not listed" } else { "" };
    let plural = if count == 1 { "" } else { "s" };
    let mut lines = vec![format!("{count} alert{plural}{more}.")];
    if incident.impact.is_empty() {
        lines.push("No SLO is about what it concerned.".to_owned());
    }
    section("Impact", lines, vec![affected, budget])
}

fn response(incident: &Incident) -> Section {
    let times = incident.times();
    let target = |by: Option<Timestamp>| by.map(|by| by.since(incident.opened_at));
    let row = |what: &str, took: Option<Duration>, target: Option<Duration>, miss: Option<&Miss>| {
        let verdict = match (target, miss) {
            (None, _) => "-",
            (Some(_), Some(_)) => "missed",
            (Some(_), None) => "met",
        };
        let show = |time_taken: Option<Duration>| time_taken.map_or_else(|| "-".to_owned(), time);
        vec![what.to_owned(), show(took), show(target), verdict.to_owned()]
    };
    let course = &incident.course;
    let (respond, resolve) = (target(course.respond_by), target(course.resolve_by));
    let rows = vec![
        row("detected (from the onset)", times.detect, None, None),
        row("acknowledged", times.acknowledge, respond, course.response_missed.as_ref()),
        row("mitigated", times.mitigate, resolve, course.resolution_missed.as_ref()),
        row("resolved", times.resolve, None, None),
    ];
    let heads = vec!["", "after", "target", ""];
    let table = Table { title: "Against the targets".to_owned(), heads, rows };
    let none = incident.severity == Severity::Sev4 && respond.is_none() && resolve.is_none();
    let lines = if none { vec!["Of this severity there are no targets.".to_owned()] } else { Vec::new() };
    section("Detection and response", lines, vec![table])
}

fn changes(incident: &Incident, learnt: &Postmortem, zone: &Zone) -> Section {
    let row = |it: &super::Contributing| {
        let told = &it.told;
        let apart = if told.at <= incident.onset {
            format!("{} before", time(incident.onset.since(told.at)))
        } else {
            format!("{} after", time(told.at.since(incident.onset)))
        };
        let said = told.url.as_ref().map_or_else(|| told.summary.clone(), |url| format!("{} ({url})", told.summary));
        vec![zone.show(told.at), apart, told.kind.clone(), told.by.clone(), said]
    };
    let table = Table {
        title: "The nearest to the onset first".to_owned(),
        heads: vec!["at", "the onset", "kind", "by", "change"],
        rows: learnt.contributions.iter().map(row).collect(),
    };
    let none =
        learnt.contributions.is_empty().then(|| "Nobody told of a change in the day before the onset.".to_owned());
    section("Contributing changes", none.into_iter().collect(), vec![table])
}

fn metrics(learnt: &Postmortem) -> Section {
    let row = |it: &super::Moved| {
        let (check, metric) = (it.check.to_string(), it.metric.to_string());
        vec![check, metric, number(it.before), number(it.after), format!("{:.1}", it.spreads)]
    };
    let table = Table {
        title: "The furthest first, in units of the spread before".to_owned(),
        heads: vec!["check", "metric", "median before", "after", "moved by"],
        rows: learnt.moved.iter().map(row).collect(),
    };
    let none = learnt.moved.is_empty().then(|| "No metric of its checks moved around the onset.".to_owned());
    section("Metrics around the onset", none.into_iter().collect(), vec![table])
}

fn cause(learnt: &Postmortem) -> Section {
    let rows = (1..=WHYS_MAX).map(|number| {
        let answer = learnt.whys.get(number - 1).filter(|answer| !answer.is_empty());
        vec![format!("{number}. Why?"), answer.map_or("", String::as_str).to_owned()]
    });
    let whys = Table { title: "Five whys".to_owned(), heads: vec!["", "because"], rows: rows.collect() };
    Section { tables: vec![whys], ..texts("Root cause", &learnt.root_cause) }
}

/// What people wrote, a paragraph a line.
fn texts(title: &str, text: &str) -> Section {
    let paragraphs = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned);
    let mut lines: Vec<String> = paragraphs.collect();
    if lines.is_empty() {
        lines.push(TO_FILL.to_owned());
    }
    section(title, lines, Vec::new())
}

fn actions(items: &[ActionItem], zone: &Zone) -> Section {
    let row = |item: &ActionItem| {
        let done = match &item.done {
            Some(signed) => format!("by {}, {}", signed.by, zone.show(signed.at)),
            None => "open".to_owned(),
        };
        let said = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        vec![item.number.to_string(), item.text.clone(), said(&item.owner), said(&item.due), done]
    };
    let open = items.iter().filter(|item| item.done.is_none()).count();
    let line = if items.is_empty() { TO_FILL.to_owned() } else { format!("{open} of {} are open.", items.len()) };
    let heads = vec!["number", "what", "owner", "due", "done"];
    let table = Table { title: "To do".to_owned(), heads, rows: items.iter().map(row).collect() };
    section("Action items", vec![line], vec![table])
}

fn timeline(incident: &Incident, zone: &Zone) -> Section {
    let row = |entry: &std::sync::Arc<crate::incident::Entry>| {
        vec![zone.show(entry.at), entry.kind.as_str().to_owned(), entry.source.clone(), entry.text.clone()]
    };
    let omitted = incident.course.entries_omitted;
    let lines = if omitted == 0 {
        Vec::new()
    } else {
        vec![format!("{omitted} entries about alerts and notifications are left out.")]
    };
    let heads = vec!["at", "kind", "source", "what"];
    let table = Table { title: "What happened".to_owned(), heads, rows: incident.timeline.iter().map(row).collect() };
    section("Timeline", lines, vec![table])
}

fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// To the second: finer is not said of incidents.
fn time(duration: Duration) -> String {
    show_duration(Duration::from_secs(duration.as_secs()))
}

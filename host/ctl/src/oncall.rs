//! `pluginctl oncall`: who is on call, in which shifts, and when nobody is. From configuration files, or from a node.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use serde::Serialize;
use tocsin_api::Time;
use tocsin_api::oncall::{OnCall, OnCallNow, OnCallQuery};
use tocsin_core::config::Config;
use tocsin_core::oncall::{Directory, Schedule, Shift, Source};
use tocsin_core::time::Timestamp;
use tocsin_core::zone::Zone;

use crate::client::Node;
use crate::files::ConfigArgs;
use crate::output::Output;
use crate::{clock, moment};

mod show;

/// Who is on call, by whom and when they are relieved; in which shifts; and whether an instant is uncovered.
#[derive(clap::Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  pluginctl oncall                             every schedule, now
  pluginctl oncall web --at 2026-12-24T20:00   one of them, at another time, on its own clock
  pluginctl oncall shifts web --weeks 4        who relieves whom
  pluginctl oncall gaps --weeks 8              exits 1 where an instant has nobody: for a nightly job

The configuration is read from files; with --node, a node says who is on call now."
)]
pub struct Args {
    #[command(flatten)]
    now: NowArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Args, Debug)]
struct NowArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Ask a node instead of files.
    #[arg(long)]
    node: bool,
    /// One schedule; else all.
    schedule: Option<String>,
    /// Another time than now: on the schedule's clock, unless it names its own zone.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// When nobody is on call within the next weeks. Exits 1 where that is ever so.
    Gaps(WeeksArgs),
    /// Who is on call from when to when within the next weeks.
    Shifts(WeeksArgs),
}

#[derive(clap::Args, Debug)]
struct WeeksArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// One schedule; else all.
    schedule: Option<String>,
    /// How far to look; 52 at most.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=52))]
    weeks: u32,
    /// From another time on than now.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

pub fn run(args: Args, node: &Node, output: Output) -> Result<ExitCode> {
    match args.command {
        None => now(&args.now, node, output),
        Some(Command::Gaps(args)) => gaps(&args, output),
        Some(Command::Shifts(args)) => shifts(&args, output),
    }
}

fn now(args: &NowArgs, node: &Node, output: Output) -> Result<ExitCode> {
    let all = if args.node { of_node(args, node)? } else { of_files(args)? };
    output.result(&all, |all| match (all.as_slice(), &args.schedule) {
        ([one], Some(_)) => show::one(one),
        (all, _) => show::all(all, output),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn of_node(args: &NowArgs, node: &Node) -> Result<Vec<OnCall>> {
    // The node has many clocks: a time without a zone is UTC's.
    let at = args.at.as_deref().map(|at| moment::parse(at, &Zone::utc())).transpose()?;
    let query = OnCallQuery { at: at.map(|at| at.to_string()), schedule: args.schedule.clone() };
    let now: OnCallNow = node.get_with("/api/v1/oncall", &query)?;
    Ok(now.schedules)
}

fn of_files(args: &NowArgs) -> Result<Vec<OnCall>> {
    let config = args.config.compile()?;
    let mut all = Vec::new();
    for schedule in chosen(&config, args.schedule.as_deref())? {
        all.push(on_call(schedule, &config.people, at(args.at.as_deref(), &schedule.zone)?));
    }
    Ok(all)
}

fn on_call(schedule: &Schedule, people: &Directory, at: Timestamp) -> OnCall {
    let on_call = schedule.on_call(at);
    let user = on_call.as_ref().and_then(|on_call| people.users.get(on_call.user));
    let until = schedule.next_handoff(at);
    let next = until.and_then(|until| schedule.on_call(until));
    OnCall {
        schedule: schedule.name.to_string(),
        time_zone: schedule.zone.name().to_owned(),
        user: on_call.as_ref().map(|on_call| on_call.user.to_string()),
        full_name: user.and_then(|user| user.full_name.clone()),
        contacts: user.iter().flat_map(|user| &user.contacts).map(ToString::to_string).collect(),
        because: on_call.map(|on_call| by(&on_call.source)).unwrap_or_default(),
        until: until.map(moment::wire),
        next: next.map(|next| next.user.to_string()),
    }
}

#[derive(Debug, Serialize)]
struct Uncovered {
    schedule: String,
    time_zone: String,
    start: Time,
    end: Time,
}

#[derive(Debug, Serialize)]
struct Gaps {
    weeks: u32,
    schedules: usize,
    gaps: Vec<Uncovered>,
}

fn gaps(args: &WeeksArgs, output: Output) -> Result<ExitCode> {
    let config = args.config.compile()?;
    let schedules = chosen(&config, args.schedule.as_deref())?;
    let mut gaps = Vec::new();
    for schedule in &schedules {
        let (from, until) = weeks(args, &schedule.zone)?;
        let uncovered = |(start, end): (Timestamp, Timestamp)| Uncovered {
            schedule: schedule.name.to_string(),
            time_zone: schedule.zone.name().to_owned(),
            start: moment::wire(start),
            end: moment::wire(end),
        };
        gaps.extend(schedule.gaps(from, until).into_iter().map(uncovered));
    }
    let found = Gaps { weeks: args.weeks, schedules: schedules.len(), gaps };
    output.result(&found, |found| show::gaps(found, output))?;
    Ok(if found.gaps.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[derive(Debug, Serialize)]
struct OneShift {
    schedule: String,
    time_zone: String,
    user: String,
    start: Time,
    end: Time,
    by: String,
}

fn shifts(args: &WeeksArgs, output: Output) -> Result<ExitCode> {
    let config = args.config.compile()?;
    let mut all = Vec::new();
    for schedule in chosen(&config, args.schedule.as_deref())? {
        let (from, until) = weeks(args, &schedule.zone)?;
        let one = |shift: Shift| OneShift {
            schedule: schedule.name.to_string(),
            time_zone: schedule.zone.name().to_owned(),
            user: shift.user.to_string(),
            start: moment::wire(shift.start),
            end: moment::wire(shift.end),
            by: by(&shift.source),
        };
        all.extend(schedule.shifts(from, until).into_iter().map(one));
    }
    output.result(&all, |all| show::shifts(all, output))?;
    Ok(ExitCode::SUCCESS)
}

/// The one that is named, or all of them.
fn chosen<'c>(config: &'c Config, name: Option<&str>) -> Result<Vec<&'c Schedule>> {
    let schedules = &config.people.schedules;
    match name {
        None => Ok(schedules.values().collect()),
        Some(name) => match schedules.get(name) {
            Some(schedule) => Ok(vec![schedule]),
            None => {
                let known: Vec<&str> = schedules.keys().map(|name| name.as_str()).collect();
                let known = if known.is_empty() { "there is none".to_owned() } else { known.join(", ") };
                bail!("there is no schedule `{name}`; known are: {known}")
            }
        },
    }
}

fn at(written: Option<&str>, zone: &Zone) -> Result<Timestamp> {
    written.map_or_else(|| Ok(clock::now()), |written| moment::parse(written, zone))
}

fn weeks(args: &WeeksArgs, zone: &Zone) -> Result<(Timestamp, Timestamp)> {
    let from = at(args.at.as_deref(), zone)?;
    Ok((from, from.after(Duration::from_secs(u64::from(args.weeks) * 7 * 86_400))))
}

fn by(source: &Source) -> String {
    match source {
        Source::Layer(name) => format!("layer {name}"),
        Source::Override => "override".to_owned(),
    }
}

#[cfg(test)]
mod tests;

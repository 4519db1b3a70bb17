//! `pluginctl escalation simulate`: a page on virtual time, from configuration files alone.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use serde::Serialize;
use tocsin_api::Time;
use tocsin_core::config::Config;
use tocsin_core::escalate::{Policy, Step, Who, simulate};
use tocsin_core::time::Timestamp;
use tocsin_core::zone::Zone;

use crate::files::ConfigArgs;
use crate::output::{Field, Output};
use crate::{clock, moment};

/// Plays an escalation policy through on virtual time: who is told when.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    Simulate(SimulateArgs),
}

/// Who would be told when, were a page opened: by the same code as a real page, so the answer is the same.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl escalation simulate web                              a page opened now that nobody acknowledges
  pluginctl escalation simulate web --ack-after 10m              and one that somebody does
  pluginctl escalation simulate web --severity P3 --at 2026-12-24T22:00 --for 12h")]
struct SimulateArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The policy's name.
    policy: String,
    /// The page's severity; levels may be for some severities only.
    #[arg(long, default_value = "P1")]
    severity: String,
    /// When it is opened; else now. On the clock of the policy's first schedule, unless it names its own zone.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Acknowledged so long after it was opened.
    #[arg(long, value_name = "DURATION", value_parser = moment::duration)]
    ack_after: Option<Duration>,
    /// How far to play it.
    #[arg(long = "for", value_name = "DURATION", default_value = "6h", value_parser = moment::duration)]
    horizon: Duration,
}

#[derive(Debug, Serialize)]
struct Simulation {
    policy: String,
    severity: String,
    time_zone: String,
    opened_at: Time,
    horizon_seconds: u64,
    steps: Vec<Shown>,
}

#[derive(Debug, Serialize)]
struct Shown {
    after_seconds: u64,
    at: Time,
    round: u32,
    /// 0 where it concerns no level.
    level: usize,
    who: String,
    how: String,
    note: String,
}

pub fn run(args: Args, output: Output) -> Result<ExitCode> {
    let Command::Simulate(args) = args.command;
    let config = args.config.compile()?;
    let simulation = played(&config, &args)?;
    output.result(&simulation, |simulation| people(simulation, output))?;
    Ok(ExitCode::SUCCESS)
}

fn played(config: &Config, args: &SimulateArgs) -> Result<Simulation> {
    let Some(policy) = config.policies.get(args.policy.as_str()) else {
        let known: Vec<&str> = config.policies.keys().map(|name| name.as_str()).collect();
        let known = if known.is_empty() { "there is none".to_owned() } else { known.join(", ") };
        bail!("there is no escalation policy `{}`; known are: {known}", args.policy)
    };
    let zone = zone(policy, config);
    let start = args.at.as_deref().map_or_else(|| Ok(clock::now()), |at| moment::parse(at, &zone))?;
    let ack_at = args.ack_after.map(|after| start.after(after));
    let steps = simulate(policy, &config.people, &args.severity, start, ack_at, args.horizon);
    Ok(Simulation {
        policy: policy.name.to_string(),
        severity: args.severity.clone(),
        time_zone: zone.name().to_owned(),
        opened_at: moment::wire(start),
        horizon_seconds: args.horizon.as_secs(),
        steps: steps.into_iter().map(|step| shown(step, start)).collect(),
    })
}

fn shown(step: Step, start: Timestamp) -> Shown {
    let Step { at, round, level, who, how, note } = step;
    Shown { after_seconds: at.since(start).as_secs(), at: moment::wire(at), round, level, who, how, note }
}

/// The clock of the first schedule that the policy names.
fn zone(policy: &Policy, config: &Config) -> Zone {
    let schedule = policy.levels.iter().flat_map(|level| &level.notify).find_map(|who| match who {
        Who::Schedule(name) => config.people.schedules.get(name),
        Who::User(_) | Who::Receiver(_) => None,
    });
    schedule.map_or_else(Zone::utc, |schedule| schedule.zone.clone())
}

fn people(simulation: &Simulation, output: Output) -> String {
    let Simulation { policy, severity, time_zone, opened_at, horizon_seconds, steps } = simulation;
    let zone = Zone::find(time_zone).unwrap_or_else(|_| Zone::utc());
    let local = |time: &Time| zone.show(moment::read(*time));
    let row = |step: &Shown| -> Vec<Field> {
        vec![
            Field::Number(format!("+{}", moment::span(Duration::from_secs(step.after_seconds)))),
            local(&step.at).into(),
            Field::Number(step.round.to_string()),
            Field::Number(if step.level == 0 { String::new() } else { step.level.to_string() }),
            step.who.as_str().into(),
            step.how.as_str().into(),
            step.note.as_str().into(),
        ]
    };
    let header = ["after", "at", "round", "level", "told", "how", "why"];
    format!(
        "A page of severity {severity} on the policy {policy}, opened {} ({time_zone}), for {}:\n\n{}",
        local(opened_at),
        moment::span(Duration::from_secs(*horizon_seconds)),
        output.table(&header, steps.iter().map(row).collect())
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::tests::with_ways_to_tell;

    const FILE: &str = "
users:
  anna: {contacts: [{email: anna@example.org}]}
  ben: {contacts: [{sms: '+431234567'}]}
schedules:
  web: {time_zone: Europe/Vienna, layers: [{users: [anna]}]}
escalation_policies:
  web:
    ack_timeout: 30m
    levels:
      - {notify: [{schedule: web}], wait: 5m}
      - {notify: [{user: ben}], wait: 15m, when: {severity: [P1]}}
";

    fn said(severity: &str, ack_after: Option<Duration>) -> String {
        let compiled = with_ways_to_tell(FILE);
        let args = SimulateArgs {
            config: ConfigArgs { config: "tocsin.yaml".into() },
            policy: "web".to_owned(),
            severity: severity.to_owned(),
            at: Some("2026-11-21T12:00".to_owned()),
            ack_after,
            horizon: Duration::from_secs(1_800),
        };
        people(&played(&compiled, &args).unwrap(), Output::new(false))
    }

    #[test]
    fn a_page_nobody_acknowledges_climbs_to_its_end() {
        let expected = "\
A page of severity P1 on the policy web, opened Sat 2026-11-21 12:00 (Europe/Vienna), for 30m:

AFTER  AT                    ROUND  LEVEL  TOLD  HOW                         WHY
  +0s  Sat 2026-11-21 12:00      1      1  anna  e-mail to anna@example.org  on call in web; the page was opened
  +5m  Sat 2026-11-21 12:05      1      2  ben   SMS to +431234567           nobody acknowledged it in time
 +20m  Sat 2026-11-21 12:20      1                                           the ladder has ended and nobody acknowledged";
        assert_eq!(said("P1", None), expected);
    }

    #[test]
    fn an_acknowledgement_stops_it_and_a_level_for_another_severity_is_left_out() {
        let said = said("P3", Some(Duration::from_secs(120)));
        assert!(said.contains("+2m  Sat 2026-11-21 12:02"), "{said}");
        assert!(said.contains("acknowledged by whoever was told until 2026-11-21T11:32:00.000Z"), "{said}");
        assert!(!said.contains("ben"), "{said}");
    }
}

//! Whether a plan may be carried out at all: everything that is wrong with it at once, each with its place and the way
//! out. A plan that selects nothing, or everything, is refused: "zero means all" has taken sites down. Knows the node's
//! configuration and the action's rights; nothing of gates, and nothing of how a verb is carried out.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::capability::Rights;
use crate::config::Config;
use crate::id::CheckName;
use crate::nearest::nearest;
use crate::observation::Status;
use crate::plan::{Plan, Precondition, Step, Verb, Verification};
use crate::quantity::show_duration;

mod command;
mod file;
mod request;
mod signal;

pub use signal::SIGNALS;

pub(crate) const STEPS_MAX: usize = 20;
pub(crate) const TIMEOUT_MAX: Duration = Duration::from_secs(600);
pub(crate) const SETTLE_MAX: Duration = Duration::from_secs(3_600);
pub(crate) const TIMES_MAX: u32 = 20;
const PRECONDITIONS_MAX: usize = 20;
const CHECKS_MAX: usize = 50;
const TEXT_BYTES_MAX: usize = 4_096;
const SYSCTL_BYTES_MAX: usize = 1_024;
/// Contents and bodies of all steps together: a plan is kept, hashed and shown.
const CARRIED_BYTES_MAX: usize = 2 * 1024 * 1024;

/// One thing that is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{at}: {problem}; {way_out}")]
pub struct PlanFault {
    pub at: PlanPart,
    pub problem: String,
    /// What the plan's author, or the node's operator, can do about it.
    pub way_out: String,
}

/// Where in a plan. Steps and preconditions count from 1, as people do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanPart {
    Plan,
    Step { number: usize, verb: String },
    Precondition(usize),
    Verification,
}

impl fmt::Display for PlanPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan => f.write_str("the plan"),
            Self::Step { number, verb } => write!(f, "step {number} ({verb})"),
            Self::Precondition(number) => write!(f, "precondition {number}"),
            Self::Verification => f.write_str("the verification"),
        }
    }
}

/// Holds a plan against its bounds, the rights of the action that made it, and the node's configuration.
///
/// # Errors
/// Everything that is wrong with it, in the order of the plan.
pub fn check_plan(plan: &Plan, rights: &Rights, config: &Config) -> Result<(), Vec<PlanFault>> {
    let mut faults = Faults { at: PlanPart::Plan, found: Vec::new() };
    whole(plan, &mut faults);
    for (index, step) in plan.steps.iter().take(STEPS_MAX).enumerate() {
        faults.at = PlanPart::Step { number: index + 1, verb: step.verb.kind().as_str().to_owned() };
        check_step(step, rights, config, &mut faults);
    }
    for (index, precondition) in plan.preconditions.iter().take(PRECONDITIONS_MAX).enumerate() {
        faults.at = PlanPart::Precondition(index + 1);
        check_precondition(precondition, config, &mut faults);
    }
    faults.at = PlanPart::Verification;
    check_verification(&plan.verification, config, &mut faults);
    if faults.found.is_empty() { Ok(()) } else { Err(faults.found) }
}

/// What was found so far, and where one is.
#[derive(Debug)]
struct Faults {
    at: PlanPart,
    found: Vec<PlanFault>,
}

impl Faults {
    fn say(&mut self, problem: impl Into<String>, way_out: impl Into<String>) {
        let (at, problem, way_out) = (self.at.clone(), problem.into(), way_out.into());
        self.found.push(PlanFault { at, problem, way_out });
    }

    /// A text for people.
    fn text(&mut self, what: &str, text: &str) {
        if text.trim().is_empty() {
            self.say(format!("its {what} is empty"), "say in a sentence what it is for: people decide by it");
        } else if text.len() > TEXT_BYTES_MAX {
            let problem = format!("its {what} has {} bytes, and {TEXT_BYTES_MAX} are possible", text.len());
            self.say(problem, "shorten it to a sentence");
        }
    }

    fn known_check(&mut self, check: &CheckName, config: &Config) {
        if config.checks.contains_key(check) {
            return;
        }
        let near = nearest(check.as_str(), config.checks.keys().map(CheckName::as_str));
        let way_out = near.map_or_else(
            || "name a check of this node's configuration".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        self.say(format!("there is no check `{check}`"), way_out);
    }

    fn at_most(&mut self, what: &str, count: usize, max: usize) {
        if count > max {
            self.say(format!("it has {count} {what}, and {max} are possible"), "do less at a time");
        }
    }
}

fn whole(plan: &Plan, faults: &mut Faults) {
    faults.text("summary", &plan.summary);
    faults.text("reason", &plan.why);
    if plan.steps.is_empty() {
        faults.say("it has no steps", "refuse instead, and say why there is nothing to do");
    }
    faults.at_most("steps", plan.steps.len(), STEPS_MAX);
    faults.at_most("preconditions", plan.preconditions.len(), PRECONDITIONS_MAX);
    let carried: usize = plan.steps.iter().map(|step| carried_bytes(&step.verb)).sum();
    if carried > CARRIED_BYTES_MAX {
        let problem = format!("it carries {carried} bytes of content, and {CARRIED_BYTES_MAX} are possible");
        faults.say(problem, "write less, or name a command that has it");
    }
}

fn carried_bytes(verb: &Verb) -> usize {
    match verb {
        Verb::WriteFile { content, .. } => content.len(),
        Verb::HttpRequest { request, compensate } => {
            request.body.len() + compensate.as_ref().map_or(0, |compensate| compensate.body.len())
        }
        _ => 0,
    }
}

fn check_step(step: &Step, rights: &Rights, config: &Config, faults: &mut Faults) {
    faults.text("reason", &step.why);
    let timeout = Duration::from_millis(u64::from(step.timeout_ms));
    if timeout.is_zero() || timeout > TIMEOUT_MAX {
        let (given, most) = (show_duration(timeout), show_duration(TIMEOUT_MAX));
        faults.say(format!("its timeout is {given}"), format!("give it one of more than 0s and at most {most}"));
    }
    if let Err(refused) = rights.permits_verb(&step.verb) {
        let way_out = "plan within what the playbook's config names and the plugin was granted";
        faults.say(refused.to_string(), way_out);
    }
    match &step.verb {
        Verb::RestartService { .. } | Verb::StartService { .. } | Verb::StopService { .. } => {}
        Verb::SignalProcess { name, executable: _, pid, started_at, signal } => {
            signal::check(name, *pid, *started_at, signal, faults);
        }
        Verb::RunCommand { command, arguments } => command::check(command, arguments, config, faults),
        Verb::HttpRequest { request, compensate } => {
            request::check("request", request, faults);
            if let Some(compensate) = compensate {
                request::check("compensating request", compensate, faults);
            }
        }
        Verb::WriteFile { path, content, mode } => file::check_write(path, content, *mode, faults),
        Verb::SetSysctl { key: _, value } => check_sysctl(value, faults),
        Verb::DeleteFiles { folder, pattern, older_than_seconds, count_max, bytes_max } => {
            file::check_folder(folder, faults);
            file::check_pattern(pattern, faults);
            file::check_bounds(*older_than_seconds, *count_max, *bytes_max, faults);
        }
        Verb::RunCheck { check } => faults.known_check(check, config),
    }
}

fn check_sysctl(value: &str, faults: &mut Faults) {
    if value.trim().is_empty() || value.len() > SYSCTL_BYTES_MAX || value.chars().any(|c| c != '\t' && c.is_control()) {
        let problem = "its value is empty, has control characters, or is longer than 1024 bytes";
        faults.say(problem, "write the value as it stands in /proc/sys, on one line");
    }
}

fn check_precondition(precondition: &Precondition, config: &Config, faults: &mut Faults) {
    faults.known_check(&precondition.check, config);
    faults.text("reason", &precondition.why);
    if precondition.status.is_empty() {
        faults.say("it allows no status", "name those it allows, `ok` for example; none does not mean all");
    }
    let all = [Status::Ok, Status::Warning, Status::Critical, Status::Unknown];
    if all.iter().all(|status| precondition.status.contains(status)) {
        faults.say("it allows every status, and so asks for nothing", "leave it out, or name fewer");
    }
}

fn check_verification(verification: &Verification, config: &Config, faults: &mut Faults) {
    if verification.checks.is_empty() {
        let way_out = "name the checks that must be ok afterwards, the triggering one first";
        faults.say("it names no checks, and so would prove nothing", way_out);
    }
    faults.at_most("checks", verification.checks.len(), CHECKS_MAX);
    for check in verification.checks.iter().take(CHECKS_MAX) {
        faults.known_check(check, config);
    }
    let settle = Duration::from_millis(u64::from(verification.settle_ms));
    if settle > SETTLE_MAX {
        let (given, most) = (show_duration(settle), show_duration(SETTLE_MAX));
        faults.say(format!("it settles for {given}"), format!("settle for at most {most}"));
    }
    if !(1..=TIMES_MAX).contains(&verification.times) {
        let problem = format!("it runs its checks {} times", verification.times);
        faults.say(problem, format!("run them 1 to {TIMES_MAX} times"));
    }
}

#[cfg(test)]
mod tests;

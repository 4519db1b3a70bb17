//! Plans one command that the node's configuration names, with arguments from the config and from the incident.
//! What the name stands for, which arguments it takes and who runs it is the node's; this plugin knows no paths.

use tocsin_sdk::actions::{Decision, Input, NoPlan, Plan, RunCommand, Template, Trigger, Verb, Verify};
use tocsin_sdk::{Error, Period};

#[cfg(test)]
mod tests;

const SUMMARY_CHARS_MAX: usize = 200;
/// No command that a repair needs has more.
const ARGUMENTS_MAX: usize = 64;

/// Which command, and when.
#[tocsin_sdk::config]
struct Config {
    /// The command's name in the node's configuration, never a path.
    command: String,
    /// Its arguments, one each. They may hold values: `{incident.labels.host}`, `{finding.subject}`; a brace that is meant
    /// is written twice.
    #[serde(default)]
    arguments: Vec<String>,
    /// Acts only on a critical finding of this code.
    only_if: Option<String>,
    /// One sentence: why the command helps.
    why: Option<String>,
    /// What must be ok afterwards.
    #[serde(default)]
    verify: Verify,
    /// How long it may run before it is killed, with all that it started.
    #[serde(default = "one_minute")]
    timeout: Period,
}

fn one_minute() -> Period {
    Period::from_secs(60)
}

#[tocsin_sdk::action]
fn plan(config: Config, input: Input) -> Result<Decision, Error> {
    Decision::of(command(&config, &input))
}

fn command(config: &Config, input: &Input) -> Result<Plan, NoPlan> {
    let trigger = input.trigger(config.only_if.as_deref())?;
    let name = &config.command;
    let first = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !name.starts_with(first) || !name.chars().all(|c| first(c) || "._-".contains(c)) {
        return Err(NoPlan::because(format!(
            "config: `{name}` is no command's name: write the name it has in the node's configuration, never a path"
        )));
    }
    if config.arguments.len() > ARGUMENTS_MAX {
        return Err(NoPlan::because(format!("config: a command takes at most {ARGUMENTS_MAX} arguments")));
    }
    let arguments = config.arguments.iter().map(|text| argument(text, &trigger)).collect::<Result<Vec<_>, NoPlan>>()?;
    let summary = [name.clone()].into_iter().chain(arguments.iter().map(|argument| shown(argument)));
    let summary = clipped(&format!("run {}", summary.collect::<Vec<_>>().join(" ")));
    let plan = config.verify.plan(&trigger, summary, trigger.says())?;
    let why = config.why.clone().unwrap_or_else(|| format!("{name} is this playbook's answer to what is critical"));
    Ok(plan.step(Verb::RunCommand(RunCommand { command: name.clone(), arguments }), why, config.timeout.into()))
}

/// One argument with its values. A value that came from outside never turns an argument into an option.
fn argument(text: &str, trigger: &Trigger<'_>) -> Result<String, NoPlan> {
    let template = Template::parse(text)?;
    let filled = template.fill(|name| trigger.value(name))?;
    if filled.is_empty() {
        return Err(NoPlan::because("config: an argument is empty: leave it out, or say what it is"));
    }
    if filled.starts_with('-') && !template.beginning().starts_with('-') {
        return Err(NoPlan::because(format!("the argument `{text}` would become `{filled}`, which is an option")));
    }
    Ok(filled)
}

/// The beginning of a summary, which people read in one line; the step has it in full.
fn clipped(summary: &str) -> String {
    match summary.char_indices().nth(SUMMARY_CHARS_MAX) {
        Some((end, _)) => format!("{}…", summary.get(..end).unwrap_or_default()),
        None => summary.to_owned(),
    }
}

/// An argument as a person reads it.
fn shown(argument: &str) -> String {
    if argument.contains(char::is_whitespace) { format!("'{argument}'") } else { argument.to_owned() }
}

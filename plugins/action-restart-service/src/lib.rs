//! Plans a restart of one systemd unit: the one its config names, or the one that the finding is about, if the config
//! lists it. The host asks systemd; this plans.

use tocsin_sdk::actions::{Decision, Input, NoPlan, Plan, Service, Trigger, Verb, Verify};
use tocsin_sdk::{Error, Period};

#[cfg(test)]
mod tests;

/// As systemd has it.
const UNIT_BYTES_MAX: usize = 255;

/// Which unit, and when. Either `unit` or `units`.
#[tocsin_sdk::config]
struct Config {
    /// The unit to restart: `nginx.service`.
    unit: Option<String>,
    /// Restarts the one of these units that the finding is about: its subject is the unit's name, with or without
    /// `.service`.
    #[serde(default)]
    units: Vec<String>,
    /// Acts only on a critical finding of this code.
    only_if: Option<String>,
    /// What must be ok afterwards.
    #[serde(default)]
    verify: Verify,
    /// How long systemd may take to restart it.
    #[serde(default = "thirty_seconds")]
    timeout: Period,
}

fn thirty_seconds() -> Period {
    Period::from_secs(30)
}

#[tocsin_sdk::action]
fn plan(config: Config, input: Input) -> Result<Decision, Error> {
    Decision::of(restart(&config, &input))
}

fn restart(config: &Config, input: &Input) -> Result<Plan, NoPlan> {
    let trigger = input.trigger(config.only_if.as_deref())?;
    let unit = wanted(config, &trigger)?;
    let check = &trigger.first().check;
    let plan = config.verify.plan(&trigger, format!("restart {unit}"), trigger.says())?;
    let restart = Verb::RestartService(Service { unit: unit.to_owned() });
    let why = format!("{unit} is what {check} looks at, and a fresh start is the smallest repair there is");
    Ok(plan.step(restart, why, config.timeout.into()))
}

/// The unit to restart, which is one that the config names in full.
fn wanted<'a>(config: &'a Config, trigger: &Trigger<'_>) -> Result<&'a str, NoPlan> {
    let listed = config.unit.iter().chain(&config.units);
    if let Some(reason) = listed.clone().find_map(|unit| wrong(unit)) {
        return Err(NoPlan::because(reason));
    }
    match (&config.unit, config.units.is_empty()) {
        (Some(unit), true) => return Ok(unit),
        (None, false) => {}
        _ => return Err(NoPlan::because("config: name either `unit`, or `units` for the finding to choose from")),
    }
    let Some(subject) = trigger.subject() else {
        let check = &trigger.first().check;
        return Err(NoPlan::because(format!("the finding of {check} is about no unit, so none of `units` is chosen")));
    };
    let is_meant = |unit: &&String| unit.as_str() == subject || unit.strip_suffix(".service") == Some(subject);
    config.units.iter().find(is_meant).map(String::as_str).ok_or_else(|| {
        NoPlan::because(format!(
            "the finding is about `{subject}`, which is none of `units`: {}",
            config.units.join(", ")
        ))
    })
}

/// What is wrong with a unit's name, if anything. Only services: a target, a slice or a mount takes others with it.
fn wrong(unit: &str) -> Option<String> {
    let Some(name) = unit.strip_suffix(".service").filter(|name| !name.is_empty() && !name.starts_with('-')) else {
        return Some(format!("config: `{unit}` is no service's unit: write its name in full, such as `nginx.service`"));
    };
    if name.ends_with('@') {
        return Some(format!(
            "config: `{unit}` is a template and no unit: write its instance, such as `{name}1.service`"
        ));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    let bad = name.chars().find(|c| !plain(*c));
    match bad {
        Some(bad) => Some(format!("config: `{unit}` names no one unit: it holds `{bad}`")),
        None if unit.len() > UNIT_BYTES_MAX => {
            Some(format!("config: a unit's name is longer than {UNIT_BYTES_MAX} bytes"))
        }
        None => None,
    }
}

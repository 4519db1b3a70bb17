//! The key `playbooks`: what one entry says. Where it is silent, the safest holds. A playbook that could answer nothing is
//! an error: whoever wrote it believes to be helped.

use super::check;
use super::detector::Wanted;
use super::error::{ConfigError, ConfigErrors};
use super::names::Named;
use super::plugins::Plugins;
use super::read::{self, At, Fields, some};
use super::tree::Value;
use crate::id::{CheckName, PlaybookName};
use crate::manifest::Kind;
use crate::observation::{self, Status};
use crate::playbook::{Diagnosis, Mode, Playbook, Rung};

mod bind;
mod limits;
mod trigger;

pub(super) use bind::Whole;

const PLAYBOOKS_MAX: usize = 1_000;
const ACTIONS_MAX: usize = 10;
const DIAGNOSIS_MAX: usize = 20;
const FINDINGS_MAX: usize = 50;

const MODES: [(&str, Mode); 4] =
    [("observe", Mode::Observe), ("dry-run", Mode::DryRun), ("approve", Mode::Approve), ("auto", Mode::Auto)];
const STATUSES: [(&str, Status); 3] =
    [("ok", Status::Ok), ("warning", Status::Warning), ("critical", Status::Critical)];

/// The entries of all files.
#[derive(Debug, Default)]
pub(super) struct Entries {
    named: Named<Entry>,
}

#[derive(Debug)]
struct Entry {
    playbook: Playbook,
    /// Each pattern of the trigger with what it is if no check is called so.
    patterns: Vec<(String, ConfigError)>,
    /// If it turns out that it can answer nothing, with the reason to come.
    never: ConfigError,
    /// If there is no such SLO.
    unknown_slo: Option<ConfigError>,
    /// If the group of its blast radius lets nothing through, with the reason to come.
    group: Option<ConfigError>,
}

impl Entries {
    /// Reads an entry and defines it under its name.
    pub(super) fn read(
        &mut self,
        at: &At<'_>,
        plugins: &mut Plugins<'_>,
        wanted: &mut Wanted,
        errors: &mut ConfigErrors,
    ) {
        if self.named.count() >= PLAYBOOKS_MAX {
            if self.named.count() == PLAYBOOKS_MAX {
                let message = format!("this is one playbook more than the {PLAYBOOKS_MAX} a node has");
                errors.push(at.error("too-many", message));
            }
            return;
        }
        let Some(mut fields) = Fields::of(at, errors) else { return };
        let name = fields.required("name", errors, |at, errors| {
            let name = read::name(at, errors)?;
            self.named.claim("playbook", name, at, errors);
            Some(name)
        });
        let trigger = fields.required("trigger", errors, |at, errors| trigger::read(at, wanted, errors));
        let actions =
            fields.required("actions", errors, |at, errors| ladder(at, plugins, wanted, errors)).unwrap_or_default();
        let before = errors.count();
        let diagnosis = fields
            .optional("diagnosis", errors, |at, errors| {
                some(at, DIAGNOSIS_MAX, errors, |at, errors| diagnosis(at, &actions, wanted, errors))
            })
            .unwrap_or_default();
        let is_diagnosed = errors.count() == before;
        let mode = fields.optional("mode", errors, |at, errors| read::word(at, &MODES, errors)).unwrap_or_default();
        let target_label = fields.optional("target_label", errors, target_label);
        let limits = limits::read(&mut fields, errors);
        let escalate = fields.optional("escalate", errors, severity).unwrap_or_else(|| "P1".to_owned());
        let hold_notifications = limits::hold_notifications(&mut fields, errors);
        fields.finish(errors);
        let rungs: Option<Vec<Rung>> = actions.into_iter().map(|action| action.rung).collect();
        let (Some(name), Some(trigger), Some(limits)) = (name, trigger, limits) else { return };
        let Some(actions) = rungs.filter(|rungs| is_diagnosed && !rungs.is_empty()) else { return };
        let playbook = Playbook {
            name: PlaybookName::new(name),
            trigger: trigger.trigger,
            diagnosis,
            actions,
            mode,
            target_label,
            gates: limits.gates,
            verification: limits.verification,
            escalate,
            hold_notifications,
            place: at.place(),
        };
        let (unknown_slo, group) = (limits.unknown_slo, limits.group);
        let (patterns, never) = (trigger.patterns, trigger.never);
        self.named.define(name, Entry { playbook, patterns, never, unknown_slo, group });
    }
}

/// One action, under the name by which a diagnosis chooses it; without a rung where it turned out wrong.
#[derive(Debug)]
struct Action {
    name: String,
    rung: Option<Rung>,
}

fn ladder(
    at: &At<'_>,
    plugins: &mut Plugins<'_>,
    wanted: &mut Wanted,
    errors: &mut ConfigErrors,
) -> Option<Vec<Action>> {
    let mut names: Named<()> = Named::default();
    some(at, ACTIONS_MAX, errors, |at, errors| {
        let mut fields = Fields::of(at, errors)?;
        let name = fields.optional("name", errors, |at, errors| {
            let name = read::name(at, errors)?;
            names.claim("action", name, at, errors);
            Some(name.to_owned())
        });
        let named_plugin = at.child("plugin").and_then(|at| match &at.node.value {
            Value::Text(plugin) => Some(plugin.clone()),
            _ => None,
        });
        let plugin = plugins.read(Kind::Action, &mut fields, &mut wanted.secrets, errors);
        let limits = check::limits(&mut fields, plugin.as_ref(), errors);
        fields.finish(errors);
        let rung = plugin.map(|plugin| Rung {
            plugin: plugin.entry.manifest.name.clone(),
            config: plugin.config,
            rights: plugin.rights,
            limits,
        });
        Some(Action { name: name.or(named_plugin).unwrap_or_default(), rung })
    })
}

fn diagnosis(at: &At<'_>, actions: &[Action], wanted: &mut Wanted, errors: &mut ConfigErrors) -> Option<Diagnosis> {
    let mut fields = Fields::of(at, errors)?;
    let check = fields.required("check", errors, |at, errors| {
        let check = read::text(at, errors)?;
        wanted.checks.want(check, at.error("unknown-check", format!("there is no check `{check}`")));
        Some(check)
    });
    let findings = fields.optional("findings", errors, |at, errors| {
        some(at, FINDINGS_MAX, errors, |at, errors| read::text(at, errors).map(str::to_owned))
    });
    let status = fields.optional("status", errors, |at, errors| {
        some(at, STATUSES.len(), errors, |at, errors| read::word(at, &STATUSES, errors))
    });
    let then = fields.required("then", errors, |at, errors| then(at, actions, errors));
    fields.finish(errors);
    Some(Diagnosis {
        check: CheckName::new(check?),
        findings: findings.unwrap_or_default(),
        status: status.unwrap_or_default(),
        then: then?,
    })
}

/// An action by its name, or by its number from 1.
fn then(at: &At<'_>, actions: &[Action], errors: &mut ConfigErrors) -> Option<usize> {
    // What is wrong with the actions as a whole was said already.
    if actions.is_empty() {
        return None;
    }
    if let Value::Integer(_) = at.node.value {
        let count = u32::try_from(actions.len()).unwrap_or(u32::MAX);
        return read::whole(at, 1, count, errors).and_then(|number| usize::try_from(number - 1).ok());
    }
    let name = read::text(at, errors)?;
    let mut called = actions.iter().enumerate().filter(|(_, action)| action.name == name);
    match (called.next(), called.next()) {
        (Some((index, _)), None) => Some(index),
        (Some(_), Some(_)) => {
            let error = at.error("unknown-action", format!("several actions of this playbook are called `{name}`"));
            errors.push(error.help("give each a `name` of its own"));
            None
        }
        (None, _) => {
            let known = actions.iter().map(|action| action.name.as_str());
            let error = at.error("unknown-action", format!("this playbook has no action `{name}`"));
            errors.push(error.did_you_mean(name, known));
            None
        }
    }
}

fn target_label(at: &At<'_>, errors: &mut ConfigErrors) -> Option<String> {
    let label = read::text(at, errors)?;
    if let Some(message) = observation::bad_label(label, "") {
        errors.push(at.error("label", message));
        return None;
    }
    Some(label.to_owned())
}

fn severity(at: &At<'_>, errors: &mut ConfigErrors) -> Option<String> {
    let severity = read::text(at, errors)?;
    if let Some(message) = observation::bad_label("severity", severity) {
        errors.push(at.error("label", message));
        return None;
    }
    Some(severity.to_owned())
}

#[cfg(test)]
mod tests;

//! Actions that may do nothing, or more than their config names; and what follows when none of them helps.

use serde_json::Value;

use super::Notes;
use crate::capability::{VerbKind, VerbRight};
use crate::config::Config;
use crate::id::{CheckName, CommandName};
use crate::nearest::nearest;
use crate::page::severity_rank;

/// From here on nobody is woken.
const QUIET_RANK: u8 = 4;

pub(super) fn lint(config: &Config, notes: &mut Notes<'_>) {
    let playbook = notes.playbook;
    for rung in &playbook.actions {
        if rung.rights.verbs.is_empty() {
            let message = format!("the action `{}` has no right to any verb with this config", rung.plugin);
            notes.say(
                "no-verbs",
                message,
                "every plan of it would be refused: grant what it asks for, or name its target",
            );
        }
        let named = scalars(&rung.config);
        for right in &rung.rights.verbs {
            reach(&rung.plugin, right, &named, notes);
            known(right, config, notes);
        }
    }
    if playbook.actions.len() == 1 && severity_rank(&playbook.escalate) >= QUIET_RANK && notes.repairs() {
        let message = format!("it has one action, and says with {} that this did not help", playbook.escalate);
        notes.say("quiet-escalation", message, "escalate with a severity that somebody is told of, P1 for example");
    }
}

/// What a manifest asks for whatever the config says.
fn reach(plugin: &crate::id::PluginName, right: &VerbRight, named: &[String], notes: &mut Notes<'_>) {
    let target = right.target.to_ascii_lowercase();
    let is_named = named.iter().any(|value| target.contains(value.as_str()) || value.contains(&target));
    if target.contains('*') || !is_named {
        let message = format!("the action `{plugin}` may {right}, which its config does not name");
        notes.say("wide-grant", message, "install it with a grant of what this config names, if that is all it needs");
    }
}

fn known(right: &VerbRight, config: &Config, notes: &mut Notes<'_>) {
    let target = right.target.as_str();
    let (kind, near) = match right.verb {
        VerbKind::RunCommand if !config.commands.contains_key(target) => {
            ("command", nearest(target, config.commands.keys().map(CommandName::as_str)))
        }
        VerbKind::RunCheck if !config.checks.contains_key(target) => {
            ("check", nearest(target, config.checks.keys().map(CheckName::as_str)))
        }
        _ => return,
    };
    let help = near.map_or_else(
        || format!("every plan with it would be refused: add it under `{kind}s`"),
        |near| format!("did you mean `{near}`?"),
    );
    notes.say("unknown-target", format!("its plans may {right}, and there is no such {kind}"), help);
}

/// Every text and number of a config, in lower case; those of one letter say nothing.
pub(super) fn scalars(config: &Value) -> Vec<String> {
    match config {
        Value::String(text) if text.len() > 1 => vec![text.to_ascii_lowercase()],
        Value::Number(number) if number.to_string().len() > 1 => vec![number.to_string()],
        Value::Array(items) => items.iter().flat_map(scalars).collect(),
        Value::Object(fields) => fields.values().flat_map(scalars).collect(),
        _ => Vec::new(),
    }
}

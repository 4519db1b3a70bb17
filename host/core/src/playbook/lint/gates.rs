//! Limits that are missing where nobody looks, or that do not fit each other.

use std::time::Duration;

use super::Notes;
use super::ladder::scalars;
use crate::config::Config;
use crate::id::PolicyName;
use crate::playbook::Rate;
use crate::quantity::show_duration;

pub(super) fn lint(config: &Config, notes: &mut Notes<'_>) {
    let (gates, verify) = (&notes.playbook.gates, &notes.playbook.verification);
    if notes.is_auto() && gates.blast.is_none() {
        let help = "add `blast_radius` to `gates`: how much of a group may be down at once";
        notes.say(
            "no-blast-radius",
            "it acts by itself, and nothing limits how much of a group it takes down at once",
            help,
        );
    }
    if notes.is_auto() && verify.slo.is_none() && !proves_more(config, notes) {
        let message = "it acts by itself, and only the check that triggered it says whether that helped";
        notes.say("self-verified", message, "name an `slo` in `verification`, or another check in the action's config");
    }
    if notes.repairs() && gates.cooldown < verify.within {
        let (cooldown, within) = (show_duration(gates.cooldown), show_duration(verify.within));
        let message = format!("its cooldown of {cooldown} is shorter than verification may take, which is {within}");
        notes.say("short-cooldown", message, "lengthen `cooldown`: what has not settled is no reason to begin again");
    }
    if notes.repairs() && is_faster(gates.rate, gates.node_rate) {
        let message = "its own `rate` is more than its `node_rate` lets all playbooks do together";
        notes.say("idle-rate", message, "lower `rate`, or raise `node_rate`");
    }
    hold(config, notes);
}

/// Whether an action's config names a check of this node that does not trigger the playbook.
fn proves_more(config: &Config, notes: &Notes<'_>) -> bool {
    let mut named = notes.playbook.actions.iter().flat_map(|rung| scalars(&rung.config));
    named.any(|text| config.checks.get(text.as_str()).is_some_and(|check| !notes.playbook.trigger.names(&check.name)))
}

fn is_faster(own: Rate, all: Rate) -> bool {
    u128::from(own.count) * all.per.as_millis() > u128::from(all.count) * own.per.as_millis()
}

fn hold(config: &Config, notes: &mut Notes<'_>) {
    let held = notes.playbook.hold_notifications;
    if held.is_zero() {
        return;
    }
    if !notes.repairs() {
        let help = "leave it out, or let the playbook repair";
        notes.say("idle-hold", "`hold_notifications` holds nothing back: this mode carries nothing out", help);
        return;
    }
    let Some((policy, wait)) = first_climb(config).filter(|(_, wait)| held > *wait) else { return };
    let (held, wait) = (show_duration(held), show_duration(wait));
    let message =
        format!("it holds notifications back for {held}, and a page of the policy `{policy}` climbs after {wait}");
    notes.say("long-hold", message, "shorten it: a second level should not be told before the first was");
}

/// The shortest time to a second level, of the policies that receivers climb.
fn first_climb(config: &Config) -> Option<(PolicyName, Duration)> {
    let named = config.alerting.receivers.values().filter_map(|receiver| receiver.escalation.as_deref());
    let climbs = named.filter_map(|name| config.policies.get(name));
    let waits = climbs.filter_map(|policy| Some((policy.name.clone(), policy.levels.first()?.wait)));
    waits.min_by_key(|(_, wait)| *wait)
}

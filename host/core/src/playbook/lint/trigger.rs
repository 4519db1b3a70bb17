//! Triggers that answer more, or less, than was most likely meant; diagnoses that change nothing.

use super::Notes;
use crate::config::{Config, Schedule};
use crate::matcher::MatchOp;
use crate::nearest::nearest;
use crate::quantity::show_duration;

pub(super) fn lint(config: &Config, notes: &mut Notes<'_>) {
    everything(config, notes);
    alert_name(config, notes);
    freshness(config, notes);
    diagnosis(notes);
}

fn everything(config: &Config, notes: &mut Notes<'_>) {
    let trigger = &notes.playbook.trigger;
    let is_wide = config.checks.len() > 1 && config.checks.keys().all(|check| trigger.names(check));
    if is_wide && trigger.alert.is_empty() && trigger.incident.is_empty() && notes.repairs() {
        let help = "name the checks that its action is about, or match the labels of their alerts";
        notes.say("answers-everything", "its trigger fits an alert about any check of this node", help);
    }
}

/// A name that no rule gives its alerts. Those of SLOs have names of their own, so there only a near miss is told.
fn alert_name(config: &Config, notes: &mut Notes<'_>) {
    let known = || config.rules.iter().map(|rule| rule.alert.as_str());
    let alert = &notes.playbook.trigger.alert;
    let asked = alert.iter().filter(|matcher| matcher.name() == "alertname" && matcher.op() == MatchOp::Equal);
    let unknown: Vec<String> =
        asked.map(|matcher| matcher.value().to_owned()).filter(|name| !known().any(|it| it == name)).collect();
    for name in unknown {
        match nearest(&name, known()) {
            Some(near) => {
                notes.say(
                    "unknown-alert",
                    format!("no rule makes an alert `{name}`"),
                    format!("did you mean `{near}`?"),
                );
            }
            None if config.slos.is_empty() => {
                let help = "name an alert of `rules`, or one that is posted with a check of this node";
                notes.say("unknown-alert", format!("no rule makes an alert `{name}`"), help);
            }
            None => {}
        }
    }
}

fn freshness(config: &Config, notes: &mut Notes<'_>) {
    let Some(fresh) = notes.playbook.gates.fresh_within else { return };
    let slower = config.checks.values().filter(|check| notes.playbook.trigger.names(&check.name)).find_map(|check| {
        let Schedule::Every(interval) = check.schedule else { return None };
        (interval > fresh).then(|| (check.name.clone(), interval))
    });
    if let Some((check, interval)) = slower {
        let (fresh, interval) = (show_duration(fresh), show_duration(interval));
        let message = format!("`fresh_within` is {fresh}, and the check `{check}` runs every {interval}");
        notes.say("never-fresh", message, "most of the time it would hold: lengthen it, or leave it out");
    }
}

fn diagnosis(notes: &mut Notes<'_>) {
    let playbook = notes.playbook;
    if !playbook.diagnosis.is_empty() && playbook.diagnosis.iter().all(|step| step.then == 0) {
        let help = "let a step choose another action, or leave the diagnosis out";
        notes.say(
            "idle-diagnosis",
            "every step of its diagnosis chooses the first action, which is tried anyway",
            help,
        );
    }
    for (index, step) in playbook.diagnosis.iter().enumerate() {
        let asks_the_same = |earlier: &&super::super::Diagnosis| {
            (&earlier.check, &earlier.findings, &earlier.status) == (&step.check, &step.findings, &step.status)
        };
        if playbook.diagnosis.iter().take(index).any(|earlier| asks_the_same(&earlier)) {
            let message = format!("step {} of its diagnosis asks what an earlier one asked", index + 1);
            notes.say("idle-diagnosis", message, "the earlier one decides: leave this out, or ask for another finding");
        }
    }
}

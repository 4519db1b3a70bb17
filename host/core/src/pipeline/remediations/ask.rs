//! What the shell needs to act on an effect: the question for an action, and the order that is to be looked at. Both are
//! derived from the state as it is, and are nothing where it is about something else by now.

use super::patience;
use crate::config::Config;
use crate::id::{CheckName, RemediationId};
use crate::observation::Label;
use crate::pipeline::State;
use crate::plan::{ActionInput, IncidentBrief, Verb};
use crate::playbook::Rung;
use crate::remediation::{Remediation, Stage};
use crate::verb::{Errand, Order, OrderKey};

/// What an action is to be asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    pub rung: Rung,
    /// Without the evidence.
    pub input: ActionInput,
    /// The newest runs of these are its evidence: those that triggered it first, then those of its diagnosis.
    pub evidence_of: Vec<CheckName>,
}

/// What the action of a remediation is asked, while it waits for a plan.
#[must_use]
pub fn question(state: &State, id: &RemediationId) -> Option<Question> {
    let (config, it, rung) = under_way(state, id)?;
    if !matches!(it.stage, Stage::Planning { .. }) {
        return None;
    }
    let incident = state.incidents.get(&it.incident)?;
    let label = |(name, value): (&str, &str)| -> Label { (name.to_owned(), value.to_owned()) };
    let diagnosis = config.playbooks.get(&it.playbook).into_iter().flat_map(|playbook| &playbook.diagnosis);
    let mut evidence_of = it.checks.clone();
    for step in diagnosis {
        if !evidence_of.contains(&step.check) {
            evidence_of.push(step.check.clone());
        }
    }
    let brief = IncidentBrief {
        id: incident.id.to_string(),
        title: incident.title.clone(),
        severity: incident.severity.number(),
        labels: incident.labels.iter().map(label).collect(),
        opened_at: incident.opened_at,
    };
    let input = ActionInput {
        playbook: it.playbook.to_string(),
        config: rung.config.to_string(),
        incident: brief,
        evidence: Vec::new(),
    };
    Some(Question { rung: rung.clone(), input, evidence_of })
}

/// The order that is looked at before its step is carried out.
#[must_use]
pub fn order(state: &State, key: &OrderKey) -> Option<Order> {
    let (config, it, rung) = under_way(state, &key.remediation)?;
    if it.stage != (Stage::Running { step: key.step }) || key.undo {
        return None;
    }
    let plan = &it.planned.as_ref()?.plan;
    let step = usize::try_from(key.step).ok().and_then(|step| plan.steps.get(step))?;
    let command = match &step.verb {
        Verb::RunCommand { command, .. } => config.commands.get(command.as_str()).cloned(),
        _ => None,
    };
    let (errand, timeout) = (Errand::Do(step.verb.clone()), patience::verb(plan, key.step));
    Some(Order { key: key.clone(), errand, timeout, rights: rung.rights.acting(), command })
}

fn under_way<'s>(state: &'s State, id: &RemediationId) -> Option<(&'s Config, &'s Remediation, &'s Rung)> {
    let config = state.config()?;
    let it = state.remediations.get(id).filter(|it| !it.is_over())?;
    let rung = config.playbooks.get(&it.playbook)?.actions.get(it.rung)?;
    Some((config, it, rung))
}

//! What a playbook would have answered to incidents that are over, so that its trigger and its gates are chosen from
//! evidence. It decides as the running node does when it proposes: by [`judge`]. What an action would have planned, and
//! whether it would have helped, nobody can tell afterwards. Knows nothing of where the record lies.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::id::{CheckName, IncidentId, PlaybookName};
use crate::incident::Incident;
use crate::playbook::{Mode, Playbook};
use crate::remediation::gate::decisive;
use crate::remediation::{Account, End, Gate, LedgerKey, Ruling, Verdict, hold_until, judge, ruling};
use crate::time::Timestamp;

mod record;
mod text;

pub use record::{Record, Seen};
pub use text::text;

use record::Past;

/// So often one that is held is asked again; beyond that the simulation goes on to the next.
const ASKED_MAX: u32 = 1_000;

/// What would have happened, incident by incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Simulated {
    pub playbook: PlaybookName,
    pub mode: Mode,
    /// In the order in which they were opened.
    pub incidents: Vec<Replayed>,
    pub proposed: u64,
    /// Of those that were proposed: an action would have been asked for a plan.
    pub allowed: u64,
    pub refused: u64,
    pub dropped: u64,
    /// Held until there was nothing left to repair, or the record ends.
    pub held: u64,
    /// What is not recorded, and what was taken for it, each in a sentence.
    pub presumed: Vec<String>,
}

/// One incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    pub incident: IncidentId,
    pub title: String,
    pub opened_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
    /// Empty, where the playbook does not answer it.
    pub answers: Vec<Answer>,
}

/// One remediation that would have been proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub proposed_at: Timestamp,
    pub target: String,
    pub checks: Vec<CheckName>,
    /// When the gates said their last word.
    pub judged_at: Timestamp,
    pub ruling: Ruling,
    /// Of the gate that decided, in a sentence.
    pub reason: String,
    /// How often the gates were asked.
    pub asked: u32,
    pub verdicts: Vec<Verdict>,
}

/// Replays a record for one playbook of a configuration.
#[must_use]
pub fn simulate(playbook: &Playbook, config: &Config, record: &Record) -> Simulated {
    let mut past = Past::new(playbook, config, record);
    let mut incidents: Vec<&Incident> = record.incidents.iter().collect();
    incidents.sort_by_key(|incident| (incident.opened_at, &incident.id));
    let mut simulated = Simulated {
        playbook: playbook.name.clone(),
        mode: playbook.mode,
        incidents: Vec::new(),
        proposed: 0,
        allowed: 0,
        refused: 0,
        dropped: 0,
        held: 0,
        presumed: Vec::new(),
    };
    for incident in incidents {
        let answers = replay(&mut past, incident);
        for answer in &answers {
            simulated.proposed += 1;
            match answer.ruling {
                Ruling::Allow => simulated.allowed += 1,
                Ruling::Refuse => simulated.refused += 1,
                Ruling::Drop => simulated.dropped += 1,
                Ruling::Hold => simulated.held += 1,
            }
        }
        simulated.incidents.push(Replayed {
            incident: incident.id.clone(),
            title: incident.title.clone(),
            opened_at: incident.opened_at,
            resolved_at: incident.resolved.as_ref().map(|resolved| resolved.at),
            answers,
        });
    }
    simulated.presumed = past.presumed();
    simulated
}

/// Whenever an alert joined it the playbook looks at it, and answers what began since it answered last.
fn replay(past: &mut Past<'_>, incident: &Incident) -> Vec<Answer> {
    let moments: BTreeSet<Timestamp> = incident.alerts.values().map(|member| member.joined_at).collect();
    let mut answers: Vec<Answer> = Vec::new();
    let mut answered: Option<Timestamp> = None;
    for at in moments {
        if answers.last().is_some_and(|last| at < last.judged_at) {
            continue;
        }
        let then = record::as_of(incident, at);
        let Some(checks) = past.playbook.answers(&then) else { continue };
        let Some(onset) = record::onset(&then, &checks).filter(|onset| answered.is_none_or(|before| before < *onset))
        else {
            continue;
        };
        answered = Some(onset);
        answers.push(answer(past, incident, &then, &checks, at));
    }
    answers
}

/// Proposes, and asks again what is held, for as long as there is something to repair.
fn answer(past: &mut Past<'_>, incident: &Incident, then: &Incident, checks: &[CheckName], at: Timestamp) -> Answer {
    let target = past.playbook.target(then);
    let mut answer = Answer {
        proposed_at: at,
        target: target.clone().unwrap_or_default(),
        checks: checks.to_vec(),
        judged_at: at,
        ruling: Ruling::Refuse,
        reason: "no alert of the incident says what its target is".to_owned(),
        asked: 0,
        verdicts: Vec::new(),
    };
    let Some(target) = target else { return answer };
    loop {
        let now = answer.judged_at;
        let facts = past.facts(incident, checks, &target, at, now);
        answer.verdicts = judge(&facts, &past.playbook.gates, now);
        answer.asked += 1;
        // The mode says who would have been asked, and not whether there was reason to.
        let others: Vec<Verdict> =
            answer.verdicts.iter().filter(|verdict| verdict.gate != Gate::Mode).cloned().collect();
        answer.ruling = ruling(&others);
        answer.reason = decisive(&others).map(|verdict| verdict.reason.clone()).unwrap_or_default();
        match (answer.ruling, hold_until(&others)) {
            (Ruling::Hold, Some(until)) if answer.asked < ASKED_MAX && !past.is_over(incident, now) => {
                answer.judged_at = until.max(now.after(record::MOMENT));
            }
            (Ruling::Allow, _) => {
                past.repaired(&target, now);
                return answer;
            }
            _ => return answer,
        }
    }
}

impl Past<'_> {
    /// Counts it as the node would, and takes it to have helped: what failed would have stopped more.
    fn repaired(&mut self, target: &str, now: Timestamp) {
        let limits = &self.playbook.gates;
        let over = now.after(self.playbook.verification.settle);
        let keys = [
            LedgerKey::Node,
            LedgerKey::Fleet,
            LedgerKey::Playbook(self.playbook.name.clone()),
            LedgerKey::Target(target.to_owned()),
        ];
        for key in keys {
            let before: Account = self.account(&key);
            self.ledger.insert(key.clone(), before.began(&key, limits, now).ended(End::Verified, over).healthy(over));
        }
    }
}

#[cfg(test)]
mod tests;

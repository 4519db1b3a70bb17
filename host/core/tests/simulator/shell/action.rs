//! What actions answer and verbs do: mostly what they should, sometimes anything else.

use std::sync::Arc;

use tocsin_core::id::{CheckName, Digest, RemediationId};
use tocsin_core::observation::Status;
use tocsin_core::pipeline::{Event, approve};
use tocsin_core::plan::{Decision, Plan, Precondition, Step, Verb, Verification};
use tocsin_core::verb::{Changed, Done, Errand, OrderKey, Prepared, Undo, VerbFailure};

use super::{Job, Shell};

impl Shell {
    /// An action is asked for a plan.
    pub(super) fn propose(&mut self, remediation: RemediationId) {
        let Some(it) = self.store.remediations.get(&remediation) else { return };
        let (unit, checks) = (format!("{}.service", it.target), it.checks.clone());
        let plan = |verbs| plan(verbs, &checks);
        let answer = match self.dice.between(0, 40) {
            0 => Err("the plugin trapped: unreachable".to_owned()),
            1 => Ok(Decision::Refuse("it has no idea".to_owned())),
            2 => return,
            3 => Ok(Decision::Plan(plan(vec![Verb::RestartService { unit: "other.service".to_owned() }]))),
            4 => Ok(Decision::Plan(plan(Vec::new()))),
            5..14 => {
                let steps = vec![Verb::StopService { unit: unit.clone() }, Verb::StartService { unit }];
                Ok(Decision::Plan(plan(steps)))
            }
            14..20 => {
                let mut made = plan(vec![Verb::RestartService { unit }]);
                let (why, status) = ("it is behind it".to_owned(), vec![Status::Ok]);
                made.preconditions.push(Precondition { check: super::GATEWAY.into(), status, why });
                Ok(Decision::Plan(made))
            }
            _ => Ok(Decision::Plan(plan(vec![Verb::RestartService { unit }]))),
        };
        let event = Event::Planned { remediation, digest: Digest::new("0".repeat(64)), answer: answer.map(Arc::new) };
        self.after(20, 3_000, Job::Tell(event));
    }

    /// A step is looked at: nothing is changed.
    pub(super) fn prepare(&mut self, order: OrderKey) {
        let planned = self.store.remediations.get(&order.remediation).and_then(|it| it.planned.clone());
        let step = usize::try_from(order.step).unwrap_or(usize::MAX);
        let verb = planned.as_ref().and_then(|planned| planned.plan.steps.get(step)).map(|step| step.verb.clone());
        let undo = match verb {
            Some(Verb::StopService { unit }) => Some(Undo::StartService { unit }),
            Some(Verb::StartService { unit }) => Some(Undo::StopService { unit }),
            _ => None,
        };
        let result = if self.dice.hits(20) {
            Err(VerbFailure { reason: "there is no bus".to_owned(), changed: Changed::No, output: String::new() })
        } else {
            Ok(Prepared { says: "it would be done".to_owned(), undo })
        };
        self.after(5, 1_500, Job::Tell(Event::Prepared { order, result }));
    }

    /// A verb that was decided upon: the core is asked once more, on what is committed, and then it happens.
    pub(super) fn carry(&mut self, key: &OrderKey) {
        if self.crashes(self.fragile * 20) {
            return self.crash("before a verb");
        }
        let wall = self.wall();
        let approved = match approve(&self.state, key, wall) {
            Ok(approved) => approved,
            Err(verdict) => {
                self.oracle.figures.stopped += 1;
                let failure = VerbFailure { reason: verdict.reason, changed: Changed::No, output: String::new() };
                self.note(format!("{key} is stopped: {}", failure.reason));
                return self.after(1, 5, Job::Tell(Event::Carried { order: key.clone(), result: Err(failure) }));
            }
        };
        let failed = |changed| Err(VerbFailure { reason: "it failed".to_owned(), changed, output: String::new() });
        let kind = self.dice.between(0, 50);
        self.oracle.acts(key, &self.state, &self.store, wall, self.now);
        self.note(format!("{key} is carried out: {:?}", approved.order().errand));
        if kind == 0 {
            return self.after(5, 500, Job::Tell(Event::Carried { order: key.clone(), result: failed(Changed::No) }));
        }
        self.happen(&approved.order().errand);
        if self.crashes(self.fragile * 20) {
            return self.crash("in the middle of a verb");
        }
        let result = match kind {
            1 | 2 => failed(Changed::Yes),
            3 => failed(Changed::Perhaps),
            // No word of it ever comes.
            4 => return,
            _ => Ok(Done { says: "it was done".to_owned(), output: String::new() }),
        };
        let told = Job::Tell(Event::Carried { order: key.clone(), result });
        // Now and then far too late.
        if kind == 5 {
            self.after(20_000, 90_000, told);
        } else {
            self.after(20, 4_000, told);
        }
    }

    fn happen(&mut self, errand: &Errand) {
        match errand {
            Errand::Do(Verb::RestartService { unit } | Verb::StartService { unit })
            | Errand::Undo(Undo::StartService { unit }) => self.world.start(unit),
            Errand::Do(Verb::StopService { unit }) | Errand::Undo(Undo::StopService { unit }) => self.world.stop(unit),
            other => self.oracle.broke(format!("nobody planned {other:?}")),
        }
    }
}

fn plan(verbs: Vec<Verb>, checks: &[CheckName]) -> Plan {
    let step = |verb| Step { verb, why: "it is down".to_owned(), timeout_ms: 10_000 };
    Plan {
        summary: "bring it up again".to_owned(),
        why: "its probe finds nobody there".to_owned(),
        steps: verbs.into_iter().map(step).collect(),
        preconditions: Vec::new(),
        verification: Verification { checks: checks.to_vec(), settle_ms: 2_000, times: 1 },
    }
}

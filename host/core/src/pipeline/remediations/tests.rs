//! The whole life of remediations through the real pipeline, on virtual time: a node, what its checks find, an action that
//! plans, and hands that carry out. Whatever the pipeline asks for is answered here, or lost.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::config::Config;
use crate::config::cases::compiled;
use crate::id::{CheckName, Digest, PluginName, RunId};
use crate::incident::Incident;
use crate::observation::{Observation, Status};
use crate::pipeline::{
    Effect, Event, IncidentChange, Kept, KeptIncidents, KeptRemediations, KeptState, State, Transition, advance,
    approve,
};
use crate::plan::{Decision, Plan, Precondition, Step, Verb, Verification};
use crate::remediation::{End, Gate, KillSwitch, PlanHash, Remediation, Ruling, Scope, Stage};
use crate::run::{RunCause, RunCost, RunOutcome, RunRecord};
use crate::time::Timestamp;
use crate::verb::{Changed, Done, Errand, OrderKey, Prepared, Undo, VerbFailure};

mod approving;
mod gates;
mod good;
mod held;
mod laws;
mod recovery;
mod trouble;

/// What a verb does to the world, and what is said of it; nothing is said where `None`.
type Hand = fn(&mut World, &OrderKey) -> Option<Result<Done, VerbFailure>>;

struct World {
    state: State,
    text: String,
    /// In milliseconds.
    now: i64,
    /// What a run of each check finds; one that is not here does not complete.
    found: BTreeMap<&'static str, Status>,
    plan: fn() -> Result<Decision, String>,
    prepare: fn(u32) -> Result<Prepared, VerbFailure>,
    hand: Hand,
    /// Effects of these kinds are lost: `probe`, `plan`, `prepare`, `carry`.
    lost: BTreeSet<&'static str>,
    pending: VecDeque<Effect>,
    /// What was asked for and what was carried out, in order.
    log: Vec<String>,
    next_run: i64,
}

const NODE: &str = "\
checks:
  - {name: web, plugin: probe-any, interval: 10s}
  - {name: page, plugin: probe-any, interval: 10s, depends_on: [web]}
  - {name: disk, plugin: probe-any, interval: 10s}
playbooks:
  - name: mend
    trigger: {checks: [web]}
    actions: [{plugin: action-restart-service, config: {unit: web.service}}]
    mode: auto
    verification: {settle: 5s, times: 2, within: 2m}
";

impl World {
    fn new(text: &str) -> Self {
        let found = [("web", Status::Ok), ("page", Status::Ok), ("disk", Status::Ok)].into();
        let mut world = Self {
            state: State::default(),
            text: text.to_owned(),
            now: 0,
            found,
            plan: || Ok(Decision::Plan(plan(1))),
            prepare: |_| Ok(prepared(None)),
            hand: heal,
            lost: BTreeSet::new(),
            pending: VecDeque::new(),
            log: Vec::new(),
            next_run: 10_000,
        };
        world.configure(text);
        world.run(10);
        world
    }

    /// A good node that has changed in one word of its configuration.
    fn with(from: &str, to: &str) -> Self {
        assert!(NODE.contains(from), "{from}");
        Self::new(&NODE.replace(from, to))
    }

    fn config(&self) -> Arc<Config> {
        Arc::clone(self.state.config().expect("configured"))
    }

    fn configure(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        let config = compiled(text).unwrap_or_else(|errors| panic!("{errors}"));
        self.tell(&Event::Configured(Arc::new(config)));
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    fn tell(&mut self, event: &Event) {
        drop(self.step(event));
    }

    fn step(&mut self, event: &Event) -> Transition {
        let transition = advance(&mut self.state, event, Timestamp::from_millis(self.now));
        self.pending.extend(transition.effects.iter().cloned());
        self.correlate();
        transition
    }

    /// Opens, joins and resolves incidents where nobody does: one for every alert of the check `web`.
    fn correlate(&mut self) {
        let now = self.at();
        let is_down = |alert: &crate::alert::Alert| {
            let is_web = alert.origin.check().is_some_and(|check| check.as_str().starts_with("web"));
            is_web && alert.labels.get("alertname") == "CheckCritical"
        };
        let alerts = self.state.book().alerts().filter(|(_, alert)| is_down(alert));
        let alerts: Vec<_> = alerts.map(|(fingerprint, alert)| (fingerprint, Arc::clone(alert))).collect();
        for (fingerprint, alert) in alerts {
            let open = self.state.incidents().iter().find(|it| it.is_open() && it.alerts.contains_key(&fingerprint));
            let mut next = match (open, alert.is_resolved(now)) {
                (None, true) => continue,
                (None, false) => incident(self.state.incidents().iter().count(), now),
                (Some(open), is_over) => {
                    if open.alerts[&fingerprint].ended_at.is_some() == is_over {
                        continue;
                    }
                    Incident::clone(open)
                }
            };
            let member = json!({
                "labels": alert.labels, "check": alert.origin.check(), "starts_at": alert.starts_at,
                "ended_at": alert.ends_at.filter(|end| *end <= now), "joined_at": now,
            });
            let member = serde_json::from_value(member).expect("a member");
            next.alerts.insert(fingerprint, member);
            let id = next.id.clone();
            let change = IncidentChange::Incident(id.clone(), Some(Arc::new(next)));
            self.state.apply(&crate::pipeline::Change::Incident(change));
            self.tell(&Event::Respond(id));
        }
    }

    /// Answers what was asked for, until nothing is.
    fn settle(&mut self) {
        while let Some(effect) = self.pending.pop_front() {
            match effect {
                Effect::Probe(check) => self.probe(&check),
                Effect::Plan(remediation) if self.takes("plan", &remediation.to_string()) => {
                    let answer = (self.plan)().map(Arc::new);
                    self.tell(&Event::Planned { remediation, digest: Digest::new("d"), answer });
                }
                Effect::Prepare(order) if self.takes("prepare", &order.step.to_string()) => {
                    let result = (self.prepare)(order.step);
                    self.tell(&Event::Prepared { order, result });
                }
                Effect::Carry(order) if !self.lost.contains("carry") => self.carry(&order),
                _ => {}
            }
        }
    }

    fn takes(&mut self, kind: &'static str, what: &str) -> bool {
        let what = if kind == "plan" { String::new() } else { format!(" {what}") };
        self.log.push(format!("{kind}{what}"));
        !self.lost.contains(kind)
    }

    fn probe(&mut self, check: &CheckName) {
        if self.takes("probe", check.as_str()) {
            let found = self.found.get(check.as_str()).copied();
            self.ran(check.as_str(), found);
        }
    }

    fn carry(&mut self, order: &OrderKey) {
        let result = match approve(&self.state, order, self.at()) {
            Ok(approved) => {
                assert_eq!(approved.order().key, *order);
                assert_eq!(matches!(approved.order().errand, Errand::Undo(_)), order.undo);
                let word = if order.undo { "undo" } else { "do" };
                self.log.push(format!("{word} {}", order.step));
                let hand = self.hand;
                hand(self, order)
            }
            Err(verdict) => Some(Err(failure(&verdict.reason, Changed::No))),
        };
        if let Some(result) = result {
            self.tell(&Event::Carried { order: order.clone(), result });
        }
    }

    fn ran(&mut self, check: &str, found: Option<Status>) {
        let outcome = match found {
            Some(_) => RunOutcome::Completed,
            None => RunOutcome::Trap { message: "unreachable".into(), frames: Vec::new() },
        };
        let now = self.at();
        self.tell(&Event::RunFinished(Arc::new(RunRecord {
            id: RunId::new("run"),
            check: check.into(),
            plugin: PluginName::new("probe-any"),
            digest: Digest::new("0"),
            cause: RunCause::Schedule,
            due_at: now,
            started_at: now,
            outcome,
            cost: RunCost::default(),
            observation: found.map(|status| Observation::new(status, "found")),
            problems: Vec::new(),
            transcript: false,
        })));
    }

    /// Lets so many seconds pass: checks run every ten, and whatever waits is woken.
    fn run(&mut self, seconds: i64) {
        let until = self.now + seconds * 1_000;
        self.settle();
        loop {
            let wake = self.state.next_wake().map_or(i64::MAX, Timestamp::as_millis).max(self.now + 1);
            let next = wake.min(self.next_run);
            if next > until {
                break;
            }
            self.now = next;
            if next == self.next_run {
                self.next_run += 10_000;
                let checks: Vec<CheckName> = self.config().checks.keys().cloned().collect();
                for check in checks {
                    let found = self.found.get(check.as_str()).copied();
                    self.ran(check.as_str(), found);
                    self.settle();
                }
            }
            if self.state.next_wake().is_some_and(|wake| wake <= self.at()) {
                self.tell(&Event::Tick);
            }
            self.settle();
        }
        self.now = until;
    }

    /// The web breaks, and is seen to be.
    fn fault(&mut self) {
        self.found.insert("web", Status::Critical);
        self.run((self.next_run - self.now) / 1_000);
    }

    /// The node dies, and begins anew with what is on disk.
    fn crash(&mut self) {
        self.crash_for(0);
    }

    fn crash_for(&mut self, seconds: i64) {
        self.pending.clear();
        self.now += seconds * 1_000;
        self.next_run = self.next_run.max(self.now + 1);
        let state = &self.state;
        let remediations = state.remediations();
        let incidents = state.incidents().iter().map(|incident| Incident::clone(incident)).collect();
        let kept = KeptState {
            checks: state.checks().map(|name| (name.clone(), state.check(name).expect("there").clone())).collect(),
            instances: state.instances().iter().map(|(key, instance)| (key.clone(), instance.clone())).collect(),
            book: Kept {
                alerts: state.book().alerts().map(|(_, alert)| crate::alert::Alert::clone(alert)).collect(),
                ..Kept::default()
            },
            incidents: KeptIncidents { incidents, ..KeptIncidents::default() },
            remediations: KeptRemediations {
                remediations: remediations.iter().map(|it| Remediation::clone(it)).collect(),
                ledger: remediations.ledger().map(|(key, account)| (key.clone(), (**account).clone())).collect(),
                switches: remediations.switches().map(|(scope, thrown)| (scope.clone(), (**thrown).clone())).collect(),
            },
            ..KeptState::default()
        };
        self.state = State::restore(kept);
        let text = self.text.clone();
        self.configure(&text);
    }

    fn switch(&mut self, scope: Scope, thrown: bool) {
        let switch = KillSwitch { reason: "not today".into(), by: "ada".into(), at: self.at(), until: None };
        self.tell(&Event::KillSwitch(scope, thrown.then(|| Arc::new(switch))));
        self.settle();
    }

    fn all(&self) -> Vec<Arc<Remediation>> {
        self.state.remediations().iter().cloned().collect()
    }

    fn last(&self) -> Arc<Remediation> {
        self.all().pop().expect("one was proposed")
    }

    /// How each ended, oldest first, with a star where a person was told.
    fn ends(&self) -> Vec<String> {
        let end = |it: &Arc<Remediation>| match &it.ended {
            Some(ended) => format!("{}{}", ended.how.as_str(), if ended.escalated { "*" } else { "" }),
            None => format!("{:?}", it.stage),
        };
        self.all().iter().map(end).collect()
    }

    fn reason(&self) -> String {
        self.last().ended.as_ref().map_or_else(String::new, |ended| ended.reason.clone())
    }

    fn refused_by(&self) -> Option<Gate> {
        self.stopped_by(Ruling::Refuse)
    }

    /// The only gate that says so.
    fn stopped_by(&self, ruling: Ruling) -> Option<Gate> {
        let it = self.last();
        let mut gates = it.verdicts.iter().filter(|verdict| verdict.ruling == ruling).map(|verdict| verdict.gate);
        gates.next().filter(|_| gates.next().is_none())
    }

    /// What was done and taken back.
    fn done(&self) -> Vec<&str> {
        self.log.iter().map(String::as_str).filter(|line| line.starts_with("do") || line.starts_with("undo")).collect()
    }

    /// Names of alerts that fire and are the node's own.
    fn alarms(&self) -> Vec<String> {
        let now = self.at();
        let own = self.state.book().alerts().filter(|(_, alert)| !alert.is_resolved(now));
        let names = own.map(|(_, alert)| alert.labels.get("alertname").to_owned());
        names.filter(|name| name.starts_with("Remediation")).collect()
    }

    fn timeline(&self) -> Vec<String> {
        let last = self.state.incidents().iter().last();
        last.iter().flat_map(|incident| &incident.timeline).map(|entry| entry.text.clone()).collect()
    }
}

fn incident(number: usize, now: Timestamp) -> Incident {
    let value = json!({
        "id": format!("i{number}"), "title": "web is down", "severity": "SEV-2", "opened_by": {"rule": "test"},
        "labels": {}, "opened_at": now, "onset": now, "alerts": {}, "timeline": [],
    });
    serde_json::from_value(value).expect("an incident")
}

/// Restarts so many times, with what else a plan may say left out.
fn plan(steps: usize) -> Plan {
    let verb = Verb::RestartService { unit: "web.service".into() };
    Plan {
        summary: "restart the web".into(),
        why: "it is down".into(),
        steps: vec![Step { verb, why: "it is down".into(), timeout_ms: 10_000 }; steps],
        preconditions: Vec::new(),
        verification: Verification { checks: vec!["web".into()], settle_ms: 0, times: 1 },
    }
}

fn prepared(undo: Option<Undo>) -> Prepared {
    Prepared { says: "would restart web.service".into(), undo }
}

fn undoable() -> Result<Prepared, VerbFailure> {
    Ok(prepared(Some(Undo::StopService { unit: "web.service".into() })))
}

#[expect(clippy::unnecessary_wraps, reason = "as hands say it")]
fn done(says: &str) -> Result<Done, VerbFailure> {
    Ok(Done { says: says.into(), output: String::new() })
}

fn failure(reason: &str, changed: Changed) -> VerbFailure {
    VerbFailure { reason: reason.into(), changed, output: String::new() }
}

fn heal(world: &mut World, order: &OrderKey) -> Option<Result<Done, VerbFailure>> {
    world.found.insert("web", if order.undo { Status::Critical } else { Status::Ok });
    Some(done("restarted web.service"))
}

fn nothing(_: &mut World, _: &OrderKey) -> Option<Result<Done, VerbFailure>> {
    Some(done("restarted web.service"))
}

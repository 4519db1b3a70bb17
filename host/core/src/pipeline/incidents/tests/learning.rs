//! What an incident cost, what people fill in, and the door they come through.

use std::sync::Arc;
use std::time::Duration;

use super::node::{MINUTE, Node, labels};
use crate::config::Config;
use crate::incident::postmortem::Act;
use crate::incident::report::{costs_of, incidents_of};
use crate::incident::{IncidentAct, Severity};
use crate::pipeline::{Event, admit_incident_act, impact_of};
use crate::slo::sample;
use crate::slo::{Number, PostedEvent, PostedEvents, door};

impl Node {
    /// An SLO that is fed by pushed events.
    fn with_slo() -> Self {
        let mut node = Self::new();
        let slo = sample::slo("shop", "0.99");
        let slos = [(slo.name.clone(), slo)].into();
        node.config = Arc::new(Config { slos, ..Config::clone(&node.config) });
        node.tell(&Event::Configured(Arc::clone(&node.config)));
        node
    }

    fn count(&mut self, good: u64, total: u64) {
        let number = |count| Some(Number::Count(count));
        let event = PostedEvent { at: Some(self.now), good: number(good), total: number(total), value: None };
        let batch = PostedEvents { key: None, source: None, events: vec![event] };
        let report = door(&self.config, &"shop".into(), &batch, 1, self.now).expect("taken");
        self.tell(&Event::SliReported(Arc::new(report)));
    }
}

#[test]
fn what_was_bad_while_it_was_open_is_its_cost_and_nothing_else_is() {
    let mut node = Node::with_slo();
    node.count(900, 1_000);
    node.fire("alertname=Errors,slo=shop,service=shop,severity=P1");
    node.count(500, 1_000);
    node.pass(MINUTE);
    let incident = node.only();
    assert_eq!(impact_of(&node.state, &incident)[0].counts.bad(), 500, "as it stands");
    node.act(&incident.id, IncidentAct::Resolve);
    node.count(0, 1_000);
    node.act(&incident.id, IncidentAct::Reopen);
    node.count(990, 1_000);
    node.act(&incident.id, IncidentAct::Resolve);
    let incident = node.only();
    assert_eq!((incident.impact[0].counts.bad(), incident.impact[0].counts.total), (510, 2_000));
    // Of 4,000 in the period 40 may be bad.
    assert_eq!(incident.impact[0].spent_ppm, Some(12_750_000));
    let listed = incidents_of([&*incident], &"shop".into());
    assert_eq!((listed.len(), listed[0].end), (1, Some(node.now)));
    assert_eq!(costs_of([&*incident], &"shop".into(), &"answers".into())[0].counts.bad(), 510);
    assert!(incidents_of([&*incident], &"till".into()).is_empty());
}

#[test]
fn the_door_says_what_cannot_be_done_and_why() {
    let mut node = Node::new();
    let id = crate::id::IncidentId::new("one");
    let open = || IncidentAct::Open { title: "t".into(), severity: Severity::Sev1, labels: labels("a=b") };
    let admit = |node: &Node, id: &str, act: IncidentAct| {
        admit_incident_act(&node.state, &id.into(), act).map_err(|error| error.to_string())
    };
    assert_eq!(admit(&node, "one", IncidentAct::Resolve), Err("there is no incident `one`".into()));
    assert_eq!(admit(&node, "one", open()), Ok(open()));
    node.act(&id, open());
    let taken = "there is an incident `one` already: give the new one another id, or none";
    assert_eq!(admit(&node, "one", open()), Err(taken.into()));
    let early = IncidentAct::Postmortem(Act::Complete(true));
    let none = "the incident has not been resolved yet: its post-mortem begins then";
    assert_eq!(admit(&node, "one", early.clone()), Err(none.into()));
    assert_eq!(admit(&node, "one", IncidentAct::Reopen), Err("the incident is open: it cannot be reopened".into()));
    node.act(&id, IncidentAct::Acknowledge);
    let already = format!("the incident is acknowledged already, by anna at {}", node.now);
    assert_eq!(admit(&node, "one", IncidentAct::Acknowledge), Err(already));
    node.act(&id, IncidentAct::Resolve);
    let over = "the incident is resolved: it cannot be acknowledged";
    assert_eq!(admit(&node, "one", IncidentAct::Acknowledge), Err(over.into()));
    let missing = IncidentAct::Postmortem(Act::Done { number: 3, done: true });
    assert_eq!(admit(&node, "one", missing), Err("`number`: the post-mortem has no action 3".into()));
    assert_eq!(admit(&node, "one", early.clone()), Ok(early));
    let long = IncidentAct::Note("x".repeat(1 << 20));
    assert!(admit(&node, "one", long).is_err_and(|error| error.starts_with("`note` is 1048576 bytes")));
}

#[test]
fn a_post_mortem_is_kept_with_its_incident_over_restarts_and_reopenings() {
    let mut node = Node::new();
    node.breaks("db");
    let id = node.only().id.clone();
    node.act(&id, IncidentAct::Postmortem(Act::RootCause("too early".into())));
    node.mends("db");
    node.pass(5 * MINUTE);
    let fill = |act| IncidentAct::Postmortem(act);
    node.act(&id, fill(Act::RootCause("the disk was full".into())));
    node.act(&id, fill(Act::AddAction { text: "watch it".into(), owner: Some("bert".into()), due: None }));
    node.restart();
    node.breaks("db");
    node.mends("db");
    node.pass(5 * MINUTE);
    let incident = node.only();
    let postmortem = incident.postmortem.as_ref().expect("it resolved");
    assert_eq!((postmortem.root_cause.as_str(), postmortem.actions.len()), ("the disk was full", 1));
    assert_eq!(incident.course.reopened, 1);
    assert!(postmortem.begun_at < node.now.before(Duration::from_secs(MINUTE)));
}

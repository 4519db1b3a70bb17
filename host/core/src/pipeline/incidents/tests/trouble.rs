//! What nobody hopes for: floods, flapping, acts that come too late, and any order of events.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::node::{MINUTE, Node, labels, texts};
use crate::id::IncidentId;
use crate::incident::{ENTRIES_MAX, Incident, IncidentAct, IncidentState, MEMBERS_MAX, Severity};
use crate::pipeline::Event;

#[test]
fn thousands_of_alerts_are_one_bounded_incident_that_forgets_none_that_fires() {
    let mut node = Node::new();
    let name = |n: usize| format!("alertname=Down,n={n},service=shop,severity=P1");
    for n in 0..1_500 {
        node.fire(&name(n));
    }
    let incident = node.only();
    assert_eq!(incident.alerts.len(), MEMBERS_MAX);
    assert!(incident.timeline.len() <= ENTRIES_MAX && texts(&incident)[0].starts_with("opened"));
    let is_listed = |n: &usize| incident.alerts.contains_key(&labels(&name(*n)).fingerprint());
    let (listed, others): (Vec<usize>, Vec<usize>) = (0..1_500).partition(|n| is_listed(n));
    for n in listed {
        node.end(&name(n));
    }
    node.pass(6 * MINUTE);
    assert_eq!(node.shown(), [format!("SEV-2 open {MEMBERS_MAX}/{MEMBERS_MAX}")], "1,000 fire still");
    for n in others {
        node.end(&name(n));
    }
    node.pass(6 * MINUTE);
    assert_eq!(node.only().state(), IncidentState::Resolved);
}

#[test]
fn an_alert_that_comes_and_goes_fills_no_timeline() {
    let mut node = Node::new();
    for _ in 0..1_000 {
        node.breaks("db");
        node.pass(1);
        node.mends("db");
        node.pass(1);
    }
    let incident = node.only();
    let member = incident.alerts.values().next().expect("one");
    assert_eq!((incident.alerts.len(), member.times), (1, 1_000));
    let said = texts(&incident);
    assert!(said.iter().any(|said| said.contains("again, for the 512. time")));
    assert!(said.iter().filter(|said| said.contains("began") || said.ends_with("is over")).count() < 40, "{said:?}");
    assert!(incident.timeline.len() <= ENTRIES_MAX);
}

#[test]
fn an_alert_that_could_belong_to_two_belongs_to_the_closest_and_to_no_other() {
    let mut node = Node::new();
    node.act(
        &IncidentId::new("0"),
        IncidentAct::Open { title: "t".into(), severity: Severity::Sev1, labels: labels("service=shop") },
    );
    node.breaks("disk");
    let text = "alertname=DiskFull,check=disk,service=shop,severity=P1";
    node.alert(text, crate::alert::Origin::Check { rule: "r".into(), check: "disk".into() }, None);
    assert_eq!(node.shown(), ["SEV-1 open 0/0", "SEV-2 open 2/2"], "the same check is closer than a label");
    node.pass(MINUTE);
    node.end("alertname=DiskFull,check=disk,service=shop,severity=P1");
    assert_eq!(node.shown(), ["SEV-1 open 0/0", "SEV-2 open 1/2"]);
}

#[test]
fn acts_on_what_is_not_there_or_not_so_change_nothing() {
    let mut node = Node::new();
    let open = |title: &str| IncidentAct::Open {
        title: title.into(),
        severity: Severity::Sev4,
        labels: labels("service=shop"),
    };
    node.act(&"one".into(), open("first"));
    node.act(&"one".into(), open("second"));
    assert_eq!(node.only().title, "first", "an id is opened once");
    let before = node.only();
    for act in [IncidentAct::Reopen, IncidentAct::Severity(Severity::Sev4), IncidentAct::Assign(None)] {
        node.act(&"one".into(), act);
    }
    node.act(&"other".into(), IncidentAct::Resolve);
    node.act(&"other".into(), IncidentAct::Note("hello".into()));
    assert_eq!(node.only(), before);
    node.act(&"one".into(), IncidentAct::Resolve);
    let resolved = node.only();
    for act in [IncidentAct::Acknowledge, IncidentAct::Mitigate, IncidentAct::Resolve] {
        node.act(&"one".into(), act);
    }
    assert_eq!(node.only(), resolved);
}

#[test]
fn old_ones_are_forgotten_and_open_ones_never() {
    let mut node = Node::new();
    node.act(&"one".into(), IncidentAct::Open { title: "t".into(), severity: Severity::Sev4, labels: labels("a=b") });
    node.breaks("db");
    node.mends("db");
    node.pass(400 * 86_400);
    assert_eq!(node.incidents().len(), 2);
    node.pass(2 * 86_400);
    assert_eq!(node.shown(), ["SEV-4 open 0/0"]);
    assert_eq!(node.state.incidents().created().values().sum::<u64>(), 2, "what was created stays counted");
}

#[derive(Clone, Debug)]
enum Step {
    Breaks(&'static str),
    Mends(&'static str),
    Fires(u8),
    Ends(u8),
    Act(u8),
    Pass(u64),
    Back(u64),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let checks = prop_oneof![Just("db"), Just("api"), Just("shop"), Just("disk")];
    let step = prop_oneof![
        4 => checks.clone().prop_map(Step::Breaks),
        4 => checks.prop_map(Step::Mends),
        3 => (0_u8..6).prop_map(Step::Fires),
        3 => (0_u8..6).prop_map(Step::Ends),
        4 => (0_u8..8).prop_map(Step::Act),
        6 => prop_oneof![Just(1), Just(30), Just(400), Just(4_000)].prop_map(Step::Pass),
        1 => prop_oneof![Just(10), Just(3_600)].prop_map(Step::Back),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec(step, 0..40)
}

fn take(node: &mut Node, step: &Step) {
    let name = |n: u8| {
        let severity = ["P0", "P1", "P2"][usize::from(n % 3)];
        format!("alertname=A{n},service=s{},severity={severity}", n % 2)
    };
    match step {
        Step::Breaks(check) => drop(node.breaks(check)),
        Step::Mends(check) => drop(node.mends(check)),
        Step::Fires(n) => drop(node.fire(&name(*n))),
        Step::Ends(n) => drop(node.end(&name(*n))),
        Step::Act(n) => {
            let Some(id) = node.incidents().last().map(|it| it.id.clone()) else { return };
            let act = match n {
                0 => IncidentAct::Acknowledge,
                1 => IncidentAct::Mitigate,
                2 => IncidentAct::Resolve,
                3 => IncidentAct::Reopen,
                4 => IncidentAct::Severity(Severity::Sev1),
                5 => IncidentAct::Note("n".into()),
                6 => IncidentAct::Severity(Severity::Sev4),
                _ => IncidentAct::Assign(Some("bert".into())),
            };
            node.act(&id, act);
        }
        Step::Pass(seconds) => node.pass(*seconds),
        Step::Back(seconds) => {
            let by = Duration::from_secs(*seconds);
            node.now = node.now.before(by);
            node.tell(&Event::ClockSetBack(by));
        }
        Step::Restart => node.restart(),
    }
}

fn assert_legal(incident: &Incident) -> Result<(), TestCaseError> {
    let course = &incident.course;
    prop_assert!(!incident.timeline.is_empty() && incident.timeline.len() <= ENTRIES_MAX);
    prop_assert!(incident.alerts.len() <= MEMBERS_MAX);
    prop_assert!(incident.resolved.is_none() || incident.mitigated.is_some(), "resolved is mitigated too");
    prop_assert!(incident.is_open() != course.reopen_until.is_some() || !incident.is_open());
    prop_assert!(course.closes_at.is_none() || incident.is_open() && incident.mitigated.is_some());
    prop_assert!(course.closes_at.is_none() || incident.holding().next().is_none(), "what fires keeps it open");
    prop_assert!(incident.is_open() || incident.postmortem.is_some());
    prop_assert!(incident.alerts.values().all(|member| member.ended_at.is_none_or(|end| end >= member.starts_at)));
    prop_assert!(incident.alerts.values().all(|member| member.starts_at >= incident.onset));
    let answered = !incident.awaits_response();
    let is_over = course.response_missed.as_ref().is_none_or(|miss| miss.over_at.is_some());
    prop_assert!(!answered || is_over, "its alert ended with the answer");
    let told = course.told.as_ref().map(|told| told.state);
    prop_assert!(told == Some(incident.state()) || incident.comes_and_goes(), "{:?}", told);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_every_incident_is_in_a_legal_state_and_a_replay_gives_the_same(steps in steps()) {
        let (mut node, mut again) = (Node::new(), Node::new());
        for step in &steps {
            take(&mut node, step);
            take(&mut again, step);
            for incident in node.incidents() {
                assert_legal(&incident)?;
            }
            // No alert that fires belongs to two that are open.
            let open: Vec<Arc<Incident>> = node.state.incidents().open().cloned().collect();
            for (alert, it) in node.state.book().alerts().filter(|(_, it)| !it.is_resolved(node.now)) {
                let fires_in = open.iter().filter(|incident| {
                    incident.alerts.get(&alert).is_some_and(|member| member.ended_at.is_none())
                });
                prop_assert!(fires_in.count() <= 1, "{} belongs to two", it.labels);
            }
        }
        prop_assert_eq!(node.incidents(), again.incidents());
        prop_assert_eq!(node.state.next_wake(), again.state.next_wake());
    }
}

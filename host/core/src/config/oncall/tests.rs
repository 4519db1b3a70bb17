use super::super::cases;
use super::super::{Defaults, Files, Source, compile};
use super::*;
use crate::id::PolicyName;
use crate::oncall::{Contact, Layer, Rotation};
use crate::time::Timestamp;
use crate::zone::Zone;

fn compiled(text: &str) -> Config {
    let source = |name: &str, text: &str| Source { name: name.to_owned(), folder: "/".into(), text: text.to_owned() };
    let beside = "global: {smtp_from: a@b, smtp_smarthost: 'localhost:25'}\nroute: {receiver: ops}\nreceivers: [{name: ops}, {name: cleo-slack}]";
    let files = Files {
        alertmanager: Some(Ok(source("alertmanager.yml", beside))),
        ..vec![source("tocsin.yaml", text)].into()
    };
    let defaults = Defaults { node: "node-1".to_owned(), data: "/data".into() };
    compile(&files, &cases::catalog(), &defaults).unwrap_or_else(|errors| panic!("{errors}"))
}

fn utc(text: &str) -> Timestamp {
    Zone::utc().instant(text.parse().expect("a date and time"))
}

fn layers(layers: &str) -> Schedule {
    let text = format!(
        "users: {{anna: {{contacts: [{{email: a@b}}]}}, ben: {{contacts: [{{email: b@b}}]}}}}\n\
         schedules: {{s: {{time_zone: Europe/Vienna, layers: [{layers}]}}}}"
    );
    compiled(&text).people.schedules.remove("s").expect("the schedule")
}

#[test]
fn turns_are_counted_from_the_start_or_from_a_monday_long_ago() {
    let first = |layer: &str| match layers(layer).layers.remove(0) {
        Layer { rotation: Rotation::Days { first, every }, begins, .. } => (first.to_string(), every, begins.is_some()),
        layer => panic!("{layer:?}"),
    };
    let table = [
        ("rotation: daily", ("2001-01-01T09:00:00", 1, false)),
        ("rotation: daily, handoff: '08:30', start: 2026-01-07", ("2026-01-07T08:30:00", 1, true)),
        ("rotation: weekly", ("2001-01-01T09:00:00", 7, false)),
        ("rotation: weekly, weekday: fri, handoff: '17:00'", ("2001-01-05T17:00:00", 7, false)),
        ("rotation: weekly, start: 2026-01-07", ("2026-01-12T09:00:00", 7, true)),
        ("rotation: {every: 3d}, start: '2026-01-07T10:00'", ("2026-01-07T10:00:00", 3, true)),
    ];
    for (rotation, (expected, every, begins)) in table {
        assert_eq!(
            first(&format!("{{users: [anna, ben], {rotation}}}")),
            (expected.to_owned(), every, begins),
            "{rotation}"
        );
    }
    let elapsed = layers("{users: [anna, ben], rotation: {every: 12h}, start: '2026-07-01T08:00'}").layers.remove(0);
    let twelve_hours = Duration::from_secs(12 * 3_600);
    assert_eq!(elapsed.rotation, Rotation::Elapsed { first: utc("2026-07-01T06:00"), every: twelve_hours });
}

fn documented_example() -> &'static str {
    let document = include_str!("../../../../../docs/alerting.md");
    let section = document.split("## On call and escalation").nth(1).expect("the section");
    section.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example")
}

#[test]
fn the_documented_example_compiles_and_covers_every_instant() {
    let config = compiled(documented_example());
    assert_eq!(config.people.users["anna"].contacts[0], Contact::Email("anna@example.org".to_owned()));
    for schedule in config.people.schedules.values() {
        let from = utc("2026-02-01T00:00");
        assert_eq!(schedule.gaps(from, from.after(52 * 7 * DAY)), [], "{}", schedule.name);
    }
    let names: Vec<&str> = config.policies.keys().map(PolicyName::as_str).collect();
    assert_eq!(names, ["critical", "default", "emergency", "web"]);
    let levels = |name: &str| config.policies[name].levels.len();
    assert_eq!((levels("default"), levels("critical"), levels("emergency")), (4, 4, 1));
    assert_eq!(config.maintenance.len(), 3);
}

#[test]
fn ones_own_policy_takes_the_place_of_a_built_in_one() {
    let config = compiled(
        "users: {anna: {contacts: [{email: a@b}]}}\nescalation_roles: {primary: {user: anna}}\n\
         escalation_policies: {default: {levels: [{notify: [{user: anna}], wait: 1m}], repeat: 9}}",
    );
    assert_eq!((config.policies["default"].repeat, config.policies["critical"].levels.len()), (9, 2));
}

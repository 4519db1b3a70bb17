use super::*;
use crate::escalate::{Roles, Who, builtin};
use crate::id::{ReceiverName, UserName};
use crate::oncall::{Contact, User};

fn people() -> Directory {
    let user = |name: &str| User {
        name: UserName::new(name),
        full_name: None,
        contacts: vec![Contact::Sms("+43123456".to_owned())],
        zone: None,
    };
    let users = ["anna", "ben"].map(|name| (UserName::new(name), user(name))).into();
    Directory { users, ..Directory::default() }
}

/// The built-in policies for roles without a director.
fn policies() -> [Arc<Policy>; 3] {
    let roles = Roles {
        primary: Who::User(UserName::new("anna")),
        secondary: Some(Who::User(UserName::new("ben"))),
        manager: Some(Who::Receiver(ReceiverName::new("boss"))),
        director: None,
    };
    builtin(&roles).map(Arc::new)
}

fn lines(policy: &Arc<Policy>, ack_minute: Option<u64>, hours: u64) -> Vec<String> {
    let minute = |minutes: u64| Timestamp::default().after(Duration::from_secs(minutes * 60));
    let horizon = Duration::from_secs(hours * 3_600);
    let steps = simulate(policy, &people(), "P0", minute(0), ack_minute.map(minute), horizon);
    let line = |step: &Step| {
        let minutes = step.at.as_millis() / 60_000;
        format!("{minutes} {}.{} {}: {}", step.round, step.level, step.who, step.note)
    };
    steps.iter().map(line).collect()
}

#[test]
fn the_answer_is_who_is_told_when() {
    let [default, _, emergency] = policies();
    let escalated = "nobody acknowledged it in time";
    assert_eq!(
        lines(&default, None, 2),
        [
            "0 1.1 anna: the page was opened".to_owned(),
            format!("15 1.2 anna: {escalated}"),
            format!("15 1.2 ben: {escalated}"),
            format!("45 1.3 boss: {escalated}"),
            "90 2.1 anna: nobody acknowledged it in the round before".to_owned(),
            format!("105 2.2 anna: {escalated}"),
            format!("105 2.2 ben: {escalated}"),
        ]
    );
    let all_at_once = lines(&emergency, None, 0);
    assert_eq!(all_at_once.len(), 3);
}

#[test]
fn an_acknowledgement_stops_it_until_it_expires() {
    let [_, critical, _] = policies();
    assert_eq!(
        lines(&critical, Some(3), 1),
        [
            "0 1.1 anna: the page was opened",
            "3 1.0 : acknowledged by whoever was told until 1970-01-01T00:33:00.000Z",
            "33 1.0 : the acknowledgement by whoever was told expired",
            "33 1.1 anna: its acknowledgement ended",
            "38 1.2 anna: nobody acknowledged it in time",
            "38 1.2 ben: nobody acknowledged it in time",
            "43 1.3 boss: nobody acknowledged it in time",
            "53 2.1 anna: nobody acknowledged it in the round before",
            "58 2.2 anna: nobody acknowledged it in time",
            "58 2.2 ben: nobody acknowledged it in time",
        ]
    );
}

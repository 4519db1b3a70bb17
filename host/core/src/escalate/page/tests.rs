use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::escalate::{Level, When, Who};
use crate::hours::{DailyRange, Days, Hours, TimeOfDay};
use crate::id::{PolicyName, ReceiverName, UserName};
use crate::oncall::{Contact, Layer, Rotation, Schedule, User};
use crate::zone::Zone;

const START: Timestamp = Timestamp::from_millis(1_767_571_200_000);

fn minute(minutes: u64) -> Timestamp {
    START.after(Duration::from_secs(minutes * 60))
}

fn schedule(name: &str, users: &[&str], restrict: Option<Hours>) -> Schedule {
    let users = users.iter().map(UserName::new).collect();
    let layer = Layer { name: "l".to_owned(), users, rotation: Rotation::Never, begins: None, restrict };
    Schedule { name: ScheduleName::new(name), zone: Zone::utc(), layers: vec![layer], overrides: Vec::new() }
}

/// From an hour after the start on.
fn later() -> Hours {
    let (from, to) = (TimeOfDay::parse("01:00").expect("a time"), TimeOfDay::parse("24:00").expect("a time"));
    Hours { zone: Zone::utc(), ranges: vec![DailyRange { days: Days::ALL, from, to }] }
}

fn people() -> Directory {
    let user = |name: &str| User {
        name: UserName::new(name),
        full_name: None,
        contacts: vec![Contact::Email(format!("{name}@example.org"))],
        zone: None,
    };
    let schedules =
        [schedule("week", &["anna"], None), schedule("nobody", &[], None), schedule("later", &["cleo"], Some(later()))];
    Directory {
        users: ["anna", "ben", "cleo"].map(|name| (UserName::new(name), user(name))).into(),
        schedules: schedules.into_iter().map(|it| (it.name.clone(), it)).collect::<BTreeMap<_, _>>(),
    }
}

fn level(minutes: u64, who: &[&str]) -> Level {
    let who = who.iter().map(|who| match who.split_once(':') {
        Some(("schedule", name)) => Who::Schedule(ScheduleName::new(name)),
        Some((_, name)) => Who::Receiver(ReceiverName::new(name)),
        None => Who::User(UserName::new(who)),
    });
    Level { notify: who.collect(), wait: Duration::from_secs(minutes * 60), when: When::default() }
}

fn for_severity(severity: &str, level: Level) -> Level {
    Level { when: When { severities: vec![severity.to_owned()], ..When::default() }, ..level }
}

fn policy(repeat: u32, levels: Vec<Level>) -> Policy {
    Policy { name: PolicyName::new("p"), levels, repeat, ack_timeout: None }
}

fn open(policy: Policy) -> (PageState, Turn) {
    let policy = Arc::new(policy);
    let new = NewPage { id: PageId::new("1"), key: "k".to_owned(), policy, severity: "P1".to_owned() };
    PageState::open(new, START, &people())
}

/// `anna@1` for each tell: who, on which level.
fn told(turn: &Turn) -> Vec<String> {
    let name = |tell: &Tell| match &tell.target {
        Target::User { user, .. } => format!("{user}@{}", tell.level),
        Target::Receiver(name) => format!("{name}@{}", tell.level),
    };
    turn.tells.iter().map(name).collect()
}

/// Looks whenever asked to: who is told in which minute.
fn run(page: &mut PageState, until: Timestamp) -> Vec<(u64, Vec<String>)> {
    let mut all = Vec::new();
    while let Some(at) = page.next_at().filter(|at| *at <= until) {
        let turn = page.due(at, &people());
        all.push((at.since(START).as_secs() / 60, told(&turn)));
    }
    all
}

fn of(table: &[(u64, &[&str])]) -> Vec<(u64, Vec<String>)> {
    table.iter().map(|(minute, who)| (*minute, who.iter().map(|who| (*who).to_owned()).collect())).collect()
}

fn three_levels() -> Vec<Level> {
    vec![level(10, &["schedule:week", "anna"]), level(20, &["ben", "other:ops"]), level(30, &["cleo"])]
}

#[test]
fn a_page_climbs_repeats_and_ends_and_says_so() {
    let (mut page, opened) = open(policy(1, three_levels()));
    assert_eq!(told(&opened), ["anna@1"], "who is named twice is told once");
    assert_eq!(opened.tells[0].reason, Reason::Opened);
    assert_eq!(opened.tells[0].schedule, Some(ScheduleName::new("week")));
    let expected: [(u64, &[&str]); 6] = [
        (10, &["ben@2", "ops@2"]),
        (30, &["cleo@3"]),
        (60, &["anna@1"]),
        (70, &["ben@2", "ops@2"]),
        (90, &["cleo@3"]),
        (120, &[]),
    ];
    assert_eq!(run(&mut page, minute(10_000)), of(&expected));
    assert!(page.exhausted && page.closed_at.is_none() && page.next_at().is_none());
    let over = page.close(minute(200));
    assert_eq!(over.tells.len(), 4, "everyone who was told, once");
    assert!(over.tells.iter().all(|tell| tell.reason == Reason::Over));
    assert_eq!(page.close(minute(201)), Turn::default());
}

#[test]
fn an_acknowledgement_stops_it_and_its_end_tells_the_same_level_again() {
    let (mut page, _) = open(policy(0, three_levels()));
    assert_eq!(run(&mut page, minute(15)), of(&[(10, &["ben@2", "ops@2"])]));
    page.acknowledge("ben", minute(15), Some("looking"), None).expect("it is open");
    assert_eq!(run(&mut page, minute(100_000)), []);
    let resumed = page.unacknowledge("ben", minute(100), &people()).expect("it is acknowledged");
    assert_eq!(
        (told(&resumed), resumed.tells[0].reason),
        (vec!["ben@2".to_owned(), "ops@2".to_owned()], Reason::Resumed)
    );
    assert_eq!(run(&mut page, minute(120)), of(&[(120, &["cleo@3"])]));
    assert_eq!(page.unacknowledge("ben", minute(121), &people()), Err(AckError::NotAcknowledged));

    page.acknowledge("cleo", minute(125), None, Some(minute(140))).expect("it is open");
    assert_eq!(run(&mut page, minute(1_000)), of(&[(140, &["cleo@3"]), (170, &[])]));
    assert!(page.exhausted);
    assert_eq!(page.acknowledge("cleo", minute(1_000), None, Some(minute(999))), Err(AckError::Past));
    page.close(minute(1_001));
    assert_eq!(page.acknowledge("cleo", minute(1_002), None, None), Err(AckError::Closed));
}

#[test]
fn an_acknowledgement_lasts_as_long_as_the_policy_says_unless_it_says_so_itself() {
    let limited = Policy { ack_timeout: Some(Duration::from_secs(1_800)), ..policy(0, three_levels()) };
    let (mut page, _) = open(limited);
    page.acknowledge("anna", minute(1), None, None).expect("it is open");
    assert_eq!(page.next_at(), Some(minute(31)));
    page.acknowledge("anna", minute(2), None, Some(minute(500))).expect("it is open");
    assert_eq!(page.next_at(), Some(minute(500)));
}

#[test]
fn nobody_on_call_falls_through_at_once_and_says_so() {
    let (page, opened) =
        open(policy(0, vec![level(10, &["schedule:nobody"]), level(10, &["gone"]), level(5, &["ben"])]));
    assert_eq!((told(&opened), page.level), (vec!["ben@3".to_owned()], Some(2)));
    assert_eq!(opened.tells[0].nobody_in, [ScheduleName::new("nobody")]);
    let notes: Vec<String> = opened.notes.iter().map(|note| format!("{} {}", note.level, note.what)).collect();
    assert_eq!(
        notes,
        [
            "1 nobody is on call in nobody",
            "2 the user gone is no longer configured",
            "3 told ben, e-mail to ben@example.org: the page was opened",
        ]
    );
}

#[test]
fn a_page_that_reached_nobody_is_tried_again_until_it_reaches_somebody() {
    let (mut page, opened) = open(policy(0, vec![level(25, &["schedule:later"])]));
    assert_eq!(told(&opened), Vec::<String>::new());
    assert_eq!(opened.notes.last().map(|note| &note.what), Some(&What::NobodyReached { again_at: Some(minute(25)) }));
    assert_eq!(run(&mut page, minute(300)), of(&[(25, &[]), (50, &[]), (75, &["cleo@1"]), (100, &[])]));
    assert!(page.exhausted);
}

#[test]
fn levels_differ_by_severity_and_by_the_hour() {
    let in_hours = Level { when: When { during: Some(later()), ..When::default() }, ..level(10, &["ben"]) };
    let outside = Level { when: When { outside: Some(later()), ..When::default() }, ..level(90, &["cleo"]) };
    let (mut page, opened) = open(policy(1, vec![for_severity("P0", level(1, &["anna"])), in_hours, outside]));
    assert_eq!(told(&opened), ["cleo@3"]);
    assert_eq!(run(&mut page, minute(1_000)), of(&[(90, &["ben@2"]), (100, &[])]));

    let (page, opened) = open(policy(3, vec![for_severity("P0", level(1, &["anna"]))]));
    assert!(page.exhausted && opened.tells.is_empty(), "no later hour changes that");
    assert_eq!(opened.notes.last().map(|note| &note.what), Some(&What::Exhausted));
}

#[test]
fn a_look_that_comes_late_makes_one_step_and_a_clock_set_back_does_not_lengthen_a_wait() {
    let (mut page, _) = open(policy(5, three_levels()));
    assert_eq!(told(&page.due(minute(5_000), &people())), ["ben@2", "ops@2"]);
    assert_eq!(page.due(minute(5_000), &people()), Turn::default());
    assert_eq!(page.next_at(), Some(minute(5_020)));
    assert_eq!(page.due(minute(60), &people()), Turn::default());
    assert_eq!(page.next_at(), Some(minute(80)));
}

#[test]
fn the_chain_is_the_one_in_force_when_it_was_opened() {
    let (page, _) = open(policy(1, three_levels()));
    let json = serde_json::to_string(&page).expect("it serializes");
    let again: PageState = serde_json::from_str(&json).expect("it is read back");
    assert_eq!((again.policy.levels.len(), &again), (3, &page));
}

#[derive(Clone, Debug)]
enum Act {
    Look,
    Wait(u64),
    Acknowledge(Option<u64>),
    Unacknowledge,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => Just(Act::Look),
        3 => (0_u64..90).prop_map(Act::Wait),
        1 => prop::option::of(1_u64..60).prop_map(Act::Acknowledge),
        1 => Just(Act::Unacknowledge),
    ];
    prop::collection::vec(act, 0..60)
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let who = prop::sample::select(vec!["anna", "ben", "schedule:week", "schedule:nobody", "schedule:later", "r:ops"]);
    let levels = prop::collection::vec((1_u64..60, prop::collection::vec(who, 1..3), prop::bool::ANY), 1..5);
    (levels, 0_u32..3).prop_map(|(levels, repeat)| {
        let level = |(minutes, who, only_p1): (u64, Vec<&str>, bool)| {
            let level = level(minutes, &who);
            if only_p1 { for_severity("P1", level) } else { level }
        };
        policy(repeat, levels.into_iter().map(level).collect())
    })
}

/// Does one act; `None` if it is refused.
fn act(page: &mut PageState, act: &Act, now: &mut Timestamp) -> Option<Turn> {
    match act {
        Act::Wait(minutes) => {
            *now = now.after(Duration::from_secs(minutes * 60));
            Some(page.due(*now, &people()))
        }
        Act::Look => {
            *now = page.next_at().map_or(*now, |at| at.max(*now));
            Some(page.due(*now, &people()))
        }
        Act::Acknowledge(minutes) => {
            let until = minutes.map(|minutes| now.after(Duration::from_secs(minutes * 60)));
            page.acknowledge("anna", *now, None, until).ok()
        }
        Act::Unacknowledge => page.unacknowledge("anna", *now, &people()).ok(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_restart_at_any_time_changes_nothing_and_what_is_told_is_bounded(policy in any_policy(), acts in acts()) {
        let per_level = policy.levels.iter().map(|level| level.notify.len()).max().unwrap_or_default();
        let (mut page, opened) = open(policy.clone());
        let (mut now, mut tells, mut resumed) = (START, opened.tells.len(), 0);
        for it in &acts {
            let mut restarted: PageState = serde_json::from_str(&serde_json::to_string(&page).unwrap()).unwrap();
            let (mut restarted_now, acked) = (now, page.ack.is_some());
            let turn = act(&mut page, it, &mut now);
            prop_assert_eq!(&turn, &act(&mut restarted, it, &mut restarted_now));
            prop_assert_eq!(&page, &restarted);
            let told = turn.map_or(0, |turn| turn.tells.len());
            prop_assert!(!(page.ack.is_some() && told > 0), "nobody is told of what is acknowledged");
            resumed += usize::from(acked && page.ack.is_none());
            tells += told;
        }
        let steps = policy.levels.len() * (policy.repeat as usize + 1) * (resumed + 1) + resumed;
        prop_assert!(tells <= steps * per_level, "{} tells", tells);
    }

    /// As long as nobody answers a page is exhausted, or it knows when it goes on.
    #[test]
    fn an_open_page_never_hangs(policy in any_policy(), acts in acts()) {
        let (mut page, _) = open(policy);
        let mut now = START;
        for it in &acts {
            act(&mut page, it, &mut now);
            let waits_for_a_person = page.ack.as_ref().is_some_and(|ack| ack.until.is_none());
            prop_assert!(page.exhausted || waits_for_a_person || page.next_at().is_some_and(|at| at > now));
        }
    }
}

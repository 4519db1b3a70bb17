//! From alert to notice on virtual time: what a receiver hears, and when.

use std::collections::BTreeMap;

use super::*;
use crate::alert::{AlertStatus, Origin};
use crate::alerting::Alerting;
use crate::alertmanager::{Config as Alertmanager, Global, GroupBy, InhibitRule, Route};
use crate::id::{NoticeId, ReceiverName, SilenceId};
use crate::label::Labels;
use crate::matcher::Matcher;
use crate::notify::{Notice, Outcome, Reason};
use crate::receiver::{Integration, Kind, RateLimit, Receiver, SmsConfig};
use crate::suppress::silence::Silence;

mod trouble;

/// A node, its clock, and an other side that hears it.
struct World {
    state: State,
    now: i64,
    /// What was handed out and not answered.
    handed: Vec<Arc<Notice>>,
    heard: Vec<String>,
    /// What the other side answers.
    answer: fn(&Notice) -> Option<Outcome>,
}

fn integration() -> Integration {
    let token = crate::config::SecretSource::File("token".into());
    let (url, account, from, to, text) = Default::default();
    Integration {
        kind: Kind::Sms(SmsConfig { url, account, token, from, to, text }),
        send_resolved: true,
        timeout: None,
    }
}

pub(in crate::pipeline) fn alerting() -> Alerting {
    let route = Route {
        id: "{}".into(),
        receiver: "team".into(),
        matchers: Vec::new(),
        group_by: GroupBy::Labels(vec!["site".into()]),
        group_wait: Duration::from_secs(30),
        group_interval: Duration::from_secs(300),
        repeat_interval: Duration::from_secs(1_000),
        mute_time_intervals: Vec::new(),
        active_time_intervals: Vec::new(),
        continue_: false,
        routes: Vec::new(),
    };
    let rule = InhibitRule {
        name: None,
        source: vec![Matcher::equal("severity", "critical")],
        target: vec![Matcher::equal("severity", "warning")],
        equal: vec!["site".into()],
    };
    let receiver = Receiver {
        name: ReceiverName::new("team"),
        integrations: vec![integration()],
        escalation: None,
        rate_limit: None,
        heartbeat: None,
    };
    Alerting {
        routes: Some(crate::route::Routes::new(&route)),
        alertmanager: Some(Arc::new(Alertmanager {
            global: Global { resolve_timeout: Duration::from_secs(300) },
            route,
            inhibit_rules: vec![rule],
            receivers: Vec::new(),
            time_intervals: BTreeMap::new(),
            mail: None,
            templates: Vec::new(),
            original: String::new(),
        })),
        receivers: [(receiver.name.clone(), receiver)].into(),
        ..Alerting::default()
    }
}

fn labels(text: &str) -> Labels {
    Labels::new(text.split(',').filter_map(|pair| pair.split_once('='))).expect("no name twice")
}

impl World {
    fn new(change: impl FnOnce(&mut Alerting)) -> Self {
        let answer = |_: &Notice| Some(Outcome::Delivered(None));
        let mut world = Self { state: State::default(), now: 0, handed: Vec::new(), heard: Vec::new(), answer };
        let mut alerting = alerting();
        change(&mut alerting);
        world.configure(alerting);
        world
    }

    fn configure(&mut self, alerting: Alerting) {
        let Event::Configured(config) = configured(&[]) else { unreachable!("it is one") };
        let config = Config { alerting: Arc::new(alerting), ..Config::clone(&config) };
        self.tell(&Event::Configured(Arc::new(config)));
    }

    /// One event, and what the other side answers to what follows.
    fn tell(&mut self, event: &Event) {
        let transition = advance(&mut self.state, event, at(self.now));
        for effect in transition.effects {
            let Effect::Deliver(notice) = effect else { continue };
            if let Some(outcome) = (self.answer)(&notice) {
                self.heard.push(show(self.now, &notice, &outcome));
                self.tell(&Event::Delivered { notice: notice.id.clone(), outcome });
            } else {
                self.handed.push(notice);
            }
        }
    }

    fn alert(&mut self, text: &str, ends: Option<i64>) {
        let alert = Alert {
            labels: labels(text),
            annotations: Labels::default(),
            starts_at: at(self.now),
            ends_at: ends.map(at),
            timeout: false,
            updated_at: at(self.now),
            generator_url: String::new(),
            origin: Origin::Node,
        };
        self.tell(&Event::Alert(alert.fingerprint(), Arc::new(alert)));
    }

    fn fire(&mut self, text: &str) {
        self.alert(text, None);
    }

    fn resolve(&mut self, text: &str) {
        let now = self.now;
        self.alert(text, Some(now));
    }

    fn silence(&mut self, text: &str, until: i64) {
        let matchers = labels(text).iter().map(|(name, value)| Matcher::equal(name, value)).collect();
        let (created_by, comment) = ("ada".into(), String::new());
        let (starts_at, ends_at) = (at(self.now), at(until));
        let silence = Silence {
            id: SilenceId::new(""),
            matchers,
            starts_at,
            ends_at,
            created_by,
            comment,
            updated_at: starts_at,
            recurs: None,
        };
        let fresh = SilenceId::new(format!("s{}", self.now));
        let silence = admit_silence(&self.state, silence, fresh, at(self.now)).expect("admitted");
        self.tell(&Event::SilenceSet { silence: Arc::new(silence), replaces: None });
    }

    /// Lets time pass, waking whenever the node asks for it.
    fn until(&mut self, end: i64) {
        for turn in 0.. {
            let Some(wake) = self.state.next_wake().filter(|wake| *wake <= at(end)) else { break };
            assert!(
                turn < 10_000,
                "the node asks for the same moment again and again: {wake}, {:?}",
                self.state.book()
            );
            self.now = self.now.max(wake.as_millis().div_euclid(1_000) + i64::from(wake.as_millis() % 1_000 > 0));
            self.tell(&Event::Tick);
        }
        self.now = end;
    }

    fn heard(&mut self) -> Vec<String> {
        std::mem::take(&mut self.heard)
    }

    /// What a store would have kept, in a new node.
    fn restart(&mut self) {
        let book = self.state.book();
        let kept = Kept {
            alerts: book.alerts().map(|(_, alert)| Alert::clone(alert)).collect(),
            groups: book.groups().map(|group| crate::group::Group::clone(group)).collect(),
            silences: book.silences().map(|silence| Silence::clone(silence)).collect(),
            notices: book.outbox().map(|notice| Notice::clone(notice)).collect(),
            pages: book.pages().map(|page| crate::page::Page::clone(page)).collect(),
            ..Kept::default()
        };
        let config = self.state.config().cloned().expect("configured");
        self.state = State::restore(KeptState { book: kept, ..KeptState::default() });
        self.tell(&Event::Configured(config));
    }
}

fn show(now: i64, notice: &Notice, outcome: &Outcome) -> String {
    let of = |status: AlertStatus| {
        let with = notice.alerts.iter().filter(|alert| alert.status == status);
        with.map(|alert| alert.alert.labels.get("n").to_owned()).collect::<Vec<_>>().join(" ")
    };
    let taken = if matches!(outcome, Outcome::Delivered(_)) { "" } else { " (not taken)" };
    let (firing, resolved) = (of(AlertStatus::Firing), of(AlertStatus::Resolved));
    format!("{now}: {} firing [{firing}] resolved [{resolved}]{taken}", notice.reason.as_str())
}

#[test]
fn a_group_is_told_once_again_when_it_changes_and_when_it_is_over() {
    let mut world = World::new(|_| {});
    world.fire("n=a,site=x");
    world.until(10);
    world.fire("n=b,site=x");
    world.until(100);
    assert_eq!(world.heard(), ["30: first firing [a b] resolved []"]);
    world.fire("n=c,site=x");
    world.until(320);
    world.resolve("n=a,site=x");
    world.until(640);
    assert_eq!(
        world.heard(),
        ["330: new-alerts firing [a b c] resolved []".replace("[a b c] resolved []", "[b c] resolved [a]")]
    );
    world.resolve("n=b,site=x");
    world.resolve("n=c,site=x");
    world.until(2_000);
    assert_eq!(world.heard(), ["930: all-resolved firing [] resolved [b c]"]);
    assert_eq!(world.state.book().groups().count(), 0);
    world.until(5_000);
    assert_eq!((world.heard().len(), world.state.book().alerts_len()), (0, 0));
}

#[test]
fn a_repeat_is_sent_when_it_is_due_not_at_the_next_tick() {
    let mut world = World::new(|_| {});
    world.fire("n=a,site=x");
    world.until(2_100);
    let said = [
        "30: first firing [a] resolved []",
        "1030: repeat firing [a] resolved []",
        "2030: repeat firing [a] resolved []",
    ];
    assert_eq!(world.heard(), said);
}

#[test]
fn a_muted_target_is_told_when_its_source_is_over() {
    let mut world = World::new(|_| {});
    world.fire("n=c,site=x,severity=critical");
    world.fire("n=w,site=x,severity=warning");
    world.fire("n=v,site=y,severity=warning");
    world.until(200);
    assert_eq!(world.heard(), ["30: first firing [c] resolved []", "30: first firing [v] resolved []"]);
    world.resolve("n=c,site=x,severity=critical");
    world.until(400);
    assert_eq!(world.heard(), ["330: new-alerts firing [w] resolved [c]"]);
}

#[test]
fn what_resolves_under_a_silence_is_told_when_the_silence_ends() {
    let mut world = World::new(|_| {});
    world.fire("n=a,site=x");
    world.until(40);
    world.silence("site=x", 1_000);
    world.resolve("n=a,site=x");
    world.until(999);
    assert_eq!(world.heard(), ["30: first firing [a] resolved []"]);
    world.until(1_500);
    assert_eq!(world.heard(), ["1230: all-resolved firing [] resolved [a]"]);
}

#[test]
fn a_receiver_that_is_away_hears_the_alarm_before_the_recovery_and_misses_nothing() {
    let mut world = World::new(|_| {});
    world.answer = |_| Some(Outcome::Failed { reason: "refused".into(), after: None });
    world.fire("n=a,site=x");
    world.until(400);
    world.fire("n=b,site=x");
    world.until(700);
    world.resolve("n=a,site=x");
    world.resolve("n=b,site=x");
    world.until(3_600);
    assert!(world.heard().iter().all(|heard| heard.ends_with("firing [a] resolved [] (not taken)")
        || heard.contains("[]  ")
        || heard.contains("firing []")
        || heard.contains("(not taken)")));
    world.answer = |_| Some(Outcome::Delivered(None));
    world.until(4_000);
    let heard = world.heard();
    let about: Vec<&str> = heard
        .iter()
        .filter(|heard| heard.contains('a'))
        .filter_map(|heard| heard.split_once(": "))
        .map(|(_, what)| what)
        .collect();
    assert!(about.contains(&"first firing [a] resolved []"), "{heard:?}");
    let (alarm, over) = (
        heard.iter().position(|heard| heard.contains("firing [a]")),
        heard.iter().position(|heard| heard.contains("resolved [a b]")),
    );
    assert!(alarm < over && over.is_some(), "{heard:?}");
}

#[test]
fn a_notice_nobody_answered_for_is_handed_out_again_with_the_same_id() {
    let mut world = World::new(|_| {});
    world.answer = |_| None;
    world.fire("n=a,site=x");
    world.until(300);
    let ids: std::collections::BTreeSet<NoticeId> = world.handed.iter().map(|notice| notice.id.clone()).collect();
    assert!(world.handed.len() > 1 && ids.len() == 1, "{:?}", world.handed);
    world.restart();
    world.answer = |_| Some(Outcome::Delivered(None));
    world.until(300);
    world.until(301);
    assert_eq!(world.heard().len(), 1);
    assert_eq!(world.state.book().outbox().count(), 0);
}

#[test]
fn a_restart_repeats_nothing_and_forgets_nothing() {
    let mut world = World::new(|_| {});
    world.fire("n=a,site=x");
    world.until(100);
    world.silence("site=y", 10_000);
    world.restart();
    world.fire("n=b,site=y");
    world.until(900);
    assert_eq!(world.heard(), ["30: first firing [a] resolved []"]);
    world.restart();
    world.resolve("n=a,site=x");
    world.until(1_500);
    assert_eq!(world.heard(), ["930: all-resolved firing [] resolved [a]"]);
}

#[test]
fn what_is_refused_for_good_is_said_anew_and_is_an_alert_of_its_own() {
    let mut world = World::new(|_| {});
    world.answer = |notice| {
        let is_ours = notice.alerts.iter().any(|alert| alert.alert.labels.get("alertname") == "NotificationFailing");
        Some(if is_ours { Outcome::Delivered(None) } else { Outcome::Rejected { reason: "400".into() } })
    };
    world.fire("n=a,site=x");
    world.until(100);
    let names: Vec<&str> = world.state.book().alerts().map(|(_, alert)| alert.labels.get("alertname")).collect();
    assert!(names.contains(&"NotificationFailing"), "{names:?}");
    world.answer = |_| Some(Outcome::Delivered(None));
    world.until(400);
    assert!(world.heard().contains(&"330: first firing [a] resolved []".to_owned()));
}

#[test]
fn a_rate_limit_holds_back_and_says_what() {
    let limit = RateLimit { notifications: 2, per: Duration::from_secs(600) };
    let mut world = World::new(|alerting| {
        alerting.receivers.values_mut().for_each(|receiver| receiver.rate_limit = Some(limit));
    });
    for site in ["p", "q", "r", "s"] {
        world.fire(&format!("n={site},site={site}"));
    }
    world.until(620);
    assert_eq!(world.heard().len(), 2);
    world.until(700);
    let heard = world.heard();
    assert_eq!(heard, ["630: first firing [r] resolved []", "630: first firing [s] resolved []"]);
}

#[test]
fn a_full_book_refuses_counts_and_says_so() {
    let mut world = World::new(|alerting| alerting.alerts_max = 3);
    for n in 0..10 {
        let mut alert = Alert {
            labels: labels(&format!("n={n},site=x,alertname=Flood")),
            annotations: Labels::default(),
            starts_at: at(0),
            ends_at: Some(at(60)),
            timeout: true,
            updated_at: at(0),
            generator_url: String::new(),
            origin: Origin::Posted,
        };
        alert.annotations = Labels::default();
        world.tell(&Event::Alert(alert.fingerprint(), Arc::new(alert)));
    }
    assert_eq!(world.state.book().overflow().get("Flood"), Some(&7));
    let flood = world.state.book().alerts().find(|(_, alert)| alert.labels.get("alertname") == "AlertFlood");
    assert!(flood.is_some_and(|(_, alert)| !alert.is_resolved(at(0))));
    world.until(2_000);
    let flood = world.state.book().alerts().find(|(_, alert)| alert.labels.get("alertname") == "AlertFlood");
    assert!(flood.is_none_or(|(_, alert)| alert.is_resolved(at(2_000))), "over once there is room");
}

#[test]
fn a_receiver_hears_that_the_node_lives() {
    let mut world = World::new(|alerting| {
        alerting.receivers.values_mut().for_each(|receiver| receiver.heartbeat = Some(Duration::from_secs(100)));
    });
    world.until(250);
    let beats = world.heard();
    assert_eq!(beats.len(), 3, "{beats:?}");
    assert!(beats.iter().all(|beat| beat.contains(Reason::Heartbeat.as_str())));
}

/// The node of [`World`] with a policy of two levels, one user each.
fn paged() -> World {
    let yaml = "sms: {account: AC1, token: {env: SMS}, from: '+431'}\nusers:\n  anna: {contacts: [{sms: \"+431111111\"}]}\n  ben: {contacts: [{sms: \"+432222222\"}]}\n\
        escalation_policies:\n  ladder:\n    levels:\n      - {notify: [{user: anna}], wait: 10m}\n      \
        - {notify: [{user: ben}], wait: 10m}\n";
    let read = crate::config::cases::compiled(yaml).unwrap_or_else(|errors| panic!("{errors}"));
    let mut alerting = alerting();
    alerting.receivers.values_mut().for_each(|receiver| receiver.escalation = Some("ladder".into()));
    for user in read.people.users.values() {
        let name = crate::alerting::receiver_of_user(&user.name);
        alerting.receivers.insert(name.clone(), Receiver { integrations: vec![integration()], ..Receiver::new(name) });
    }
    let mut world = World::new(|_| {});
    let Event::Configured(config) = configured(&[]) else { unreachable!("it is one") };
    let config =
        Config { alerting: Arc::new(alerting), people: read.people, policies: read.policies, ..Config::clone(&config) };
    world.tell(&Event::Configured(Arc::new(config)));
    world
}

impl World {
    fn page(&self) -> Arc<crate::page::Page> {
        Arc::clone(self.state.book().pages().next().expect("there is a page"))
    }

    fn act(&mut self, act: Act) {
        let page = self.page().state.id.clone();
        self.tell(&Event::Acted { page, by: "ada".into(), act });
    }

    /// Who heard what, and when.
    fn told(&mut self) -> Vec<String> {
        let told = self.heard().into_iter().filter(|heard| heard.contains("escalation"));
        told.map(|heard| heard.split(' ').take(1).collect::<String>()).collect()
    }
}

fn acknowledge(until: Option<i64>, sticky: bool) -> Act {
    Act::Acknowledge { comment: None, until: until.map(at), sticky }
}

#[test]
fn a_page_climbs_until_someone_answers_and_everyone_hears_that_it_is_over() {
    let mut world = paged();
    world.fire("n=a,site=x,severity=P2");
    world.until(40);
    assert_eq!(world.told(), ["30:"], "anna");
    world.until(700);
    assert_eq!(world.told(), ["630:"], "ben");
    world.act(acknowledge(None, false));
    world.until(5_000);
    assert_eq!(world.told(), [""; 0], "the ladder stands");
    world.resolve("n=a,site=x,severity=P2");
    world.until(5_400);
    assert_eq!(world.told().len(), 2, "both are told that it is over");
    assert!(!world.page().is_open());
    world.until(9_000);
    assert_eq!(world.state.book().pages().count(), 0);
}

#[test]
fn a_second_page_of_a_group_outlives_the_memory_of_the_first() {
    let mut world = paged();
    world.fire("n=a,site=x");
    world.until(40);
    world.resolve("n=a,site=x");
    world.until(400);
    world.fire("n=a,site=x");
    world.until(3_000);
    let open = world.state.book().pages().filter(|page| page.is_open()).count();
    assert_eq!((open, world.state.book().pages().count()), (1, 1));
}

#[test]
fn a_receiver_that_is_gone_is_not_woken_for() {
    let beating = |alerting: &mut Alerting| {
        alerting.receivers.values_mut().for_each(|receiver| receiver.heartbeat = Some(Duration::from_secs(100)));
    };
    let mut world = World::new(beating);
    world.until(50);
    world.configure(Alerting { receivers: BTreeMap::new(), ..alerting() });
    world.until(10_000);
    assert_eq!(world.state.next_wake(), None);
}

#[test]
fn an_acknowledgement_is_lost_to_a_worse_alert_to_time_and_to_second_thoughts_but_not_to_a_restart() {
    let mut world = paged();
    world.fire("n=a,site=x,severity=P2");
    world.until(40);
    world.act(acknowledge(None, false));
    world.restart();
    world.until(1_000);
    assert_eq!(world.told(), ["30:"]);
    world.fire("n=b,site=x,severity=P1");
    world.until(1_300);
    assert_eq!(world.told(), ["1030:"], "worse");
    world.act(acknowledge(Some(1_600), true));
    world.fire("n=c,site=x,severity=P0");
    world.until(1_599);
    assert_eq!(world.told(), [""; 0], "sticky");
    world.until(1_650);
    assert_eq!(world.told(), ["1600:"], "expired");
    world.act(acknowledge(None, false));
    world.act(Act::Unacknowledge);
    assert_eq!(world.told(), ["1650:"], "taken back");
}

#[test]
fn nobody_is_woken_for_what_is_silenced_and_the_ladder_goes_on_afterwards() {
    let mut world = paged();
    world.fire("n=a,site=x");
    world.until(40);
    assert_eq!(world.told(), ["30:"]);
    world.silence("site=x", 2_000);
    world.until(1_999);
    assert_eq!(world.told(), [""; 0]);
    world.until(2_020);
    assert_eq!(world.told().len(), 1);
}

proptest! {
    /// Invariant 9, on any sequence: whatever fires long enough to be flushed and is never suppressed is told of, and
    /// whoever was told of it hears its end.
    #[test]
    fn what_fires_is_told_and_what_was_told_is_ended(
        steps in proptest::collection::vec((0_u8..4, any::<bool>(), 1_i64..200, any::<bool>()), 1..40),
        away in proptest::collection::vec(any::<bool>(), 40),
    ) {
        let mut world = World::new(|_| {});
        for ((alert, fires, later, restarts), is_away) in steps.into_iter().zip(away) {
            world.answer = if is_away {
                |_| Some(Outcome::Failed { reason: "away".into(), after: None })
            } else {
                |_| Some(Outcome::Delivered(None))
            };
            let text = format!("n={alert},site={}", alert % 2);
            if fires { world.fire(&text) } else { world.resolve(&text) }
            if restarts { world.restart(); }
            let now = world.now;
            world.until(now + later);
        }
        world.answer = |_| Some(Outcome::Delivered(None));
        let now = world.now;
        world.until(now + 5_000);
        for group in world.state.book().groups() {
            for lane in &group.lanes {
                prop_assert!(lane.owed.is_empty() && lane.outstanding.is_none(), "{:?}", group);
                let firing: std::collections::BTreeSet<_> = world.state.book().members(&group.key)
                    .filter(|(_, alert)| !alert.is_resolved(at(world.now))).map(|(fingerprint, _)| fingerprint).collect();
                prop_assert_eq!(&lane.told, &firing, "what the other side believes is what is");
            }
        }
        prop_assert_eq!(world.state.book().outbox().count(), 0);
    }
}

//! Receivers that are down for long, and a clock that is set.

use super::*;

fn failed(after: Option<u64>) -> Option<Outcome> {
    Some(Outcome::Failed { reason: "status 500".into(), after: after.map(Duration::from_secs) })
}

fn failing(world: &World) -> bool {
    let is_about_it = |alert: &Alert| alert.labels.get("alertname") == "NotificationFailing";
    world.state.book().alerts().any(|(_, alert)| is_about_it(alert) && !alert.is_resolved(at(world.now)))
}

#[test]
fn a_receiver_that_fails_for_an_hour_is_asked_ever_more_rarely_is_an_alert_itself_and_is_told_in_the_end() {
    let mut world = World::new(|_| {});
    world.answer = |_| failed(None);
    world.fire("n=a,site=x");
    world.until(3_630);
    let tries = world.heard().iter().filter(|heard| heard.contains("firing [a]")).count();
    assert!((30..=60).contains(&tries), "{tries} tries in an hour");
    assert!(failing(&world));

    world.answer = |_| Some(Outcome::Delivered(None));
    world.until(3_900);
    let heard = world.heard();
    let told: Vec<_> = heard.iter().filter(|heard| heard.contains("firing [a]")).collect();
    assert!(told.len() == 1 && told[0].ends_with("first firing [a] resolved []"), "{heard:?}");
    assert!(!failing(&world), "over, once it could be told");
}

#[test]
fn a_receiver_that_says_when_it_wants_to_be_asked_again_is_asked_then() {
    let mut world = World::new(|_| {});
    world.answer = |_| failed(Some(600));
    world.fire("n=a,site=x");
    world.until(1_300);
    let heard = world.heard();
    let times: Vec<i64> = heard
        .iter()
        .filter(|heard| heard.contains("firing [a]"))
        .filter_map(|heard| heard.split(':').next()?.parse().ok())
        .collect();
    assert_eq!(times.first(), Some(&30));
    let pauses: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(!pauses.is_empty() && pauses.iter().all(|pause| (600..=700).contains(pause)), "{heard:?}");
}

#[test]
fn a_clock_that_is_set_back_a_day_delays_no_word_and_says_none_twice() {
    const DAY: i64 = 86_400;
    let mut world = World::new(|_| {});
    world.now = 10 * DAY;
    world.fire("n=a,site=x");
    world.until(10 * DAY + 100);
    assert_eq!(world.heard().len(), 1);

    world.now -= DAY;
    world.tell(&Event::ClockSetBack(Duration::from_secs(86_400)));
    world.resolve("n=a,site=x");
    world.fire("n=b,site=x");
    world.until(9 * DAY + 400);
    assert_eq!(
        world.heard(),
        [format!("{}: new-alerts firing [b] resolved [a]", 9 * DAY + 330)],
        "at the tick that it waited for"
    );
    world.until(9 * DAY + 1_200);
    assert_eq!(world.heard(), [""; 0], "no repeat before its time");
}

#[test]
fn why_knows_of_what_is_over_that_nobody_awaits_another_word() {
    let mut world = paged();
    world.fire("n=a,site=x");
    world.until(100);
    world.resolve("n=a,site=x");
    world.until(400);
    let alert = labels("n=a,site=x").fingerprint();
    let why = crate::why::explain(&world.state, alert, at(world.now)).expect("it is remembered");
    let [group] = why.groups.as_slice() else { panic!("one route, one group: {why:?}") };
    assert_eq!((group.receiver.as_str(), group.integrations.len()), ("team", 1));
    let lane = &group.integrations[0];
    assert_eq!((lane.verdict, lane.told, lane.next_at), ("over", false, None));
    assert!(group.page.is_some(), "the page that is closed is shown");
}

#[test]
fn what_has_ended_does_not_fire_again_because_the_clock_was_set_back() {
    let mut world = paged();
    world.now = 100_000;
    world.fire("n=a,site=x");
    world.until(100_100);
    world.resolve("n=a,site=x");
    world.now -= 3_600;
    world.tell(&Event::ClockSetBack(Duration::from_secs(3_600)));
    let alert = world.state.book().alert(labels("n=a,site=x").fingerprint()).expect("it is remembered");
    assert!(alert.is_resolved(at(world.now)), "{alert:?}");
    assert!(alert.starts_at < alert.ends_at.expect("it has ended"), "{alert:?}");
}

//! What is said of one schedule, as text.

use super::*;
use crate::files::tests::with_ways_to_tell;

const FILE: &str = "
users:
  anna: {full_name: Anna Berg, contacts: [{email: anna@example.org}, {sms: '+431234567'}]}
  ben: {contacts: [{email: ben@example.org}]}
schedules:
  web:
    time_zone: Europe/Vienna
    layers: [{name: week, users: [anna, ben], rotation: weekly}]
  nights:
    time_zone: Europe/Vienna
    layers: [{name: night, users: [ben], restrict: [{from: '22:00', to: '06:00'}]}]
";

fn config() -> Config {
    with_ways_to_tell(FILE)
}

fn all(at: &str) -> Vec<OnCall> {
    let config = config();
    let one = |schedule: &Schedule| on_call(schedule, &config.people, moment::parse(at, &schedule.zone).unwrap());
    config.people.schedules.values().map(one).collect()
}

#[test]
fn who_is_on_call_until_when_and_who_relieves_them() {
    let expected = "\
SCHEDULE  ON CALL  BECAUSE     UNTIL                 THEN  CLOCK OF
nights    NOBODY               Thu 2026-11-19 22:00  ben   Europe/Vienna
web       anna     layer week  Mon 2026-11-23 09:00  ben   Europe/Vienna";
    assert_eq!(show::all(&all("2026-11-19T12:00"), Output::new(false)), expected);
    let expected = "\
web: anna (Anna Berg) is on call until Mon 2026-11-23 09:00 (Europe/Vienna), then ben
because   layer week
told by   e-mail to anna@example.org
          SMS to +431234567";
    assert_eq!(show::one(&all("2026-11-19T12:00")[1]), expected);
    let expected = "nights: NOBODY is on call until Thu 2026-11-19 22:00 (Europe/Vienna), then ben";
    assert_eq!(show::one(&all("2026-11-19T12:00")[0]), expected);
}

#[test]
fn gaps_are_named_with_their_length_on_the_schedules_clock() {
    let config = config();
    let schedules = chosen(&config, Some("nights")).unwrap();
    let zone = &schedules[0].zone;
    let (from, until) =
        (moment::parse("2026-10-24T12:00", zone).unwrap(), moment::parse("2026-10-25T12:00", zone).unwrap());
    let uncovered = |(start, end)| Uncovered {
        schedule: "nights".to_owned(),
        time_zone: zone.name().to_owned(),
        start: moment::wire(start),
        end: moment::wire(end),
    };
    let gaps = schedules[0].gaps(from, until).into_iter().map(uncovered).collect();
    let expected = "\
SCHEDULE  FROM                  UNTIL                 FOR  CLOCK OF
nights    Sat 2026-10-24 12:00  Sat 2026-10-24 22:00  10h  Europe/Vienna
nights    Sun 2026-10-25 06:00  Sun 2026-10-25 12:00   6h  Europe/Vienna

nobody is on call in 2 stretches of the next week";
    assert_eq!(show::gaps(&Gaps { weeks: 1, schedules: 1, gaps }, Output::new(false)), expected);
    let covered = Gaps { weeks: 2, schedules: 1, gaps: Vec::new() };
    assert_eq!(show::gaps(&covered, Output::new(false)), "somebody is on call at every instant of the next 2 weeks");
}

#[test]
fn an_unknown_schedule_names_those_there_are() {
    let error = chosen(&config(), Some("wbe")).unwrap_err().to_string();
    assert_eq!(error, "there is no schedule `wbe`; known are: nights, web");
}

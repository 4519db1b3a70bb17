//! Routing by example: the tree of one file, and where alerts go in it.

use super::*;
use crate::config::Source;

const FILE: &str = "
route:
  receiver: root
  group_by: [alertname]
  routes:
    - matchers: ['team=~\"web|db\"', severity=page]
      receiver: pager
      continue: true
    - matchers: [team=web]
      receiver: web
      routes:
        - matchers: [env=dev]
          receiver: dev
        - matchers: [env=prod]
          group_wait: 0s
          continue: true
        - matchers: [region=eu]
          receiver: eu
    - matchers: [team=web]
      receiver: never
receivers: [{name: root}, {name: pager}, {name: web}, {name: dev}, {name: eu}, {name: never}]
";

fn routes() -> Routes {
    let source = Source { name: "alertmanager.yml".to_owned(), folder: "/etc".into(), text: FILE.to_owned() };
    let config = alertmanager::compile(&source).unwrap_or_else(|errors| panic!("{errors}"));
    Routes::new(&config.route)
}

fn labels(text: &str) -> Labels {
    Labels::new(text.split_whitespace().filter_map(|pair| pair.split_once('='))).expect("no name twice")
}

#[test]
fn the_first_child_that_matches_takes_an_alert_and_continue_asks_the_next() {
    let routes = routes();
    let table = [
        ("", "root"),
        ("team=db", "root"),
        ("team=db severity=page", "pager"),
        ("team=web", "web"),
        ("team=web severity=page", "pager web"),
        ("team=web env=dev region=eu", "dev"),
        ("team=web env=prod region=eu", "web eu"),
        ("team=web region=eu", "eu"),
    ];
    for (written, expected) in table {
        let taken = routes.matching(&labels(written));
        let receivers: Vec<&str> = taken.iter().map(|route| route.receiver.as_str()).collect();
        assert_eq!(receivers.join(" "), expected, "{written}");
    }
}

#[test]
fn the_path_says_of_every_route_asked_why_it_did_or_did_not_take_the_alert() {
    let routes = routes();
    let path = routes.path(&labels("team=web env=prod"));
    let said: Vec<String> = path
        .iter()
        .map(|Step { route, verdict }| match verdict {
            Verdict::Taken => format!("{} takes it", route.id),
            Verdict::Passed => format!("{} passes it on", route.id),
            Verdict::Refused(matcher) => format!("{} wants {matcher}", route.id),
        })
        .collect();
    let expected = [
        "{} passes it on",
        "{}/{severity=\"page\",team=~\"web|db\"} wants severity=\"page\"",
        "{}/{team=\"web\"} passes it on",
        "{}/{team=\"web\"}/{env=\"dev\"} wants env=\"dev\"",
        "{}/{team=\"web\"}/{env=\"prod\"} takes it",
        "{}/{team=\"web\"}/{region=\"eu\"} wants region=\"eu\"",
    ];
    assert_eq!(said, expected);
}

#[test]
fn every_route_has_an_id_of_its_own_and_its_place_in_the_tree() {
    let routes = routes();
    let last = routes.by_id("{}/{team=\"web\"}#2").expect("the second of that key");
    assert_eq!((last.receiver.as_str(), last.parent, last.depth), ("never", Some(0), 1));
    let inherits = routes.by_id("{}/{team=\"web\"}/{env=\"prod\"}").expect("a child");
    assert_eq!((inherits.receiver.as_str(), inherits.group_wait, inherits.depth), ("web", Duration::ZERO, 2));
    assert_eq!(inherits.group_by, GroupBy::Labels(vec!["alertname".to_owned()]));
    assert_eq!(routes.iter().count(), 7);
}

//! Where alerts go in one file, as text.

use super::*;

const FILE: &str = "
route:
  receiver: ops
  group_by: [alertname]
  routes:
    - matchers: [severity=P1]
      receiver: pager
      group_wait: 10s
      continue: true
    - matchers: [team=web]
      receiver: web
      mute_time_intervals: [nights]
      routes:
        - matchers: ['env=~\"dev|test\"']
          receiver: nobody
    - matchers: [team=db]
      receiver: db
receivers: [{name: ops}, {name: pager}, {name: web}, {name: nobody}, {name: db}]
time_intervals:
  - name: nights
    time_intervals: [{times: [{start_time: '22:00', end_time: '24:00'}, {start_time: '00:00', end_time: '06:00'}]}]
";

const OURS: &str = "
alerting: {config: am.yml}
escalation_policies: {web: {levels: [{notify: [{receiver: ops}], wait: 5m}]}}
receivers: {web: {escalation: web}}
maintenance: [{name: move, labels: {dc: vie}, start: 2026-11-21T08:00, end: 2026-11-21T18:00}]
";

fn said(written: &str, at: &str, tree: bool) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("am.yml"), FILE).unwrap();
    std::fs::write(folder.path().join("tocsin.yaml"), OURS).unwrap();
    let config = ConfigArgs { config: folder.path().join("tocsin.yaml") }.compile().unwrap();
    let written: Vec<String> = written.split_whitespace().map(str::to_owned).collect();
    let at = moment::parse(at, &Zone::utc()).unwrap();
    let tested = tested(&config, labels(&written).unwrap(), tree, at).unwrap();
    if tree && written.is_empty() {
        return show::tree(&tested.routes, Output::new(false));
    }
    show::tested(&tested, Output::new(false))
}

#[test]
fn each_receiver_is_named_with_its_group_its_timing_and_what_mutes_it_and_then_who_was_asked() {
    let expected = "\
{alertname=\"Slow\", env=\"prod\", severity=\"P1\", team=\"web\"} goes to pager, web

pager
  route     {}/{severity=\"P1\"}
  group     {}/{severity=\"P1\"}:{alertname=\"Slow\"}
  told      after 10s, then of changes each 5m, and again each 4h

web
  route     {}/{team=\"web\"}
  group     {}/{team=\"web\"}:{alertname=\"Slow\"}
  told      after 30s, then of changes each 5m, and again each 4h
  climbs    the policy web
  muted     nights, until Sun 2026-11-22 06:00 UTC

ROUTE                RECEIVER  SAYS
(root)               ops       passes it on below
| severity=\"P1\"      pager     takes it, and asks the next
| team=\"web\"         web       takes it
| | env=~\"dev|test\"  nobody    no: env=~\"dev|test\" does not match";
    let found = said("alertname=Slow team=web env=prod severity=P1", "2026-11-21T23:00", false);
    assert_eq!(found, expected);
}

#[test]
fn a_maintenance_that_covers_it_is_named() {
    let said = said("dc=vie", "2026-11-21T09:00", false);
    assert!(said.starts_with("{dc=\"vie\"} goes to ops\nbut nobody is told during the maintenance move\n"), "{said}");
}

#[test]
fn the_tree_is_shown_whole_with_or_without_an_alert() {
    let plain = said("", "2026-11-21T12:00", true);
    let expected = "\
ROUTE                RECEIVER  GROUP BY   WAIT/INTERVAL/REPEAT  MUTED
(root)               ops       alertname  30s/5m/4h
| severity=\"P1\"      pager     alertname  10s/5m/4h, continue
| team=\"web\"         web       alertname  30s/5m/4h             nights
| | env=~\"dev|test\"  nobody    alertname  30s/5m/4h
| team=\"db\"          db        alertname  30s/5m/4h";
    assert_eq!(plain, expected);
    let asked = said("team=web", "2026-11-21T12:00", true);
    assert!(asked.contains("| team=\"db\"          db        is not asked"), "{asked}");
}

#[test]
fn what_is_no_label_says_how_one_is_written() {
    let table = [
        ("team", "`team` is not a label: at column 5: the text ends where"),
        ("team=~web", "`team=~web` is a matcher; an alert's label has one value: `team=...`"),
    ];
    for (written, expected) in table {
        let error = labels(&[written.to_owned()]).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let twice = labels(&["a=1".to_owned(), "a=2".to_owned()]).unwrap_err().to_string();
    assert!(twice.contains('a'), "{twice}");
    let braces = labels(&["{alertname=\"Disk full\", team=\"db\"}".to_owned()]).unwrap();
    assert_eq!(braces.to_string(), "{alertname=\"Disk full\", team=\"db\"}");
}

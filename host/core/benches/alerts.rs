//! `cargo xtask bench decide`: what the hallway alone takes for an alert, without disk and network: a new one, one that is
//! posted again, one that resolves, and a group's flush, with rules of inhibition whose 2,000 sources fire.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tocsin_core::alert::{Alert, Origin};
use tocsin_core::config::{Catalog, Config, Defaults, Files, Source, compile};
use tocsin_core::id::NoticeId;
use tocsin_core::label::Labels;
use tocsin_core::notify::Outcome;
use tocsin_core::pipeline::{Effect, Event, State, Transition, advance};
use tocsin_core::time::Timestamp;

#[path = "../../sandbox/benches/sandbox/figure.rs"]
#[expect(dead_code, reason = "no figure of this bench should be large")]
mod figure;

use figure::{Reach, median};

const SOURCES: usize = 2_000;
const CLUSTERS: usize = 500;
const ROUNDS: usize = 5;
const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);
/// A node takes in 100,000 alerts a second on one of its cores; what decides may use half of that.
const NS_MAX: f64 = 5_000.0;

fn main() {
    for active in [1_000, 10_000, 100_000] {
        for rules in [0, 1, 100] {
            measure(active, rules);
        }
    }
}

/// The same alerts in a fresh state each round.
fn measure(active: usize, rules: usize) {
    let (mut new, mut again, mut resolved, mut flush) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (mut state, mut now) = (State::default(), START);
        let _first = advance(&mut state, &Event::Configured(Arc::new(configuration(rules))), now);
        for n in 0..if rules == 0 { 0 } else { SOURCES } {
            let _source = tell(&mut state, &source(n, rules, now), now);
        }
        settle(&mut state, &mut now);
        let per_alert = |took: Duration| took.as_nanos() as f64 / active as f64;
        new.push(per_alert(timed(&mut state, &all(active, rules, now, None), now)));
        now = now.after(Duration::from_secs(5));
        again.push(per_alert(timed(&mut state, &all(active, rules, now, None), now)));
        let began = clock();
        settle(&mut state, &mut now);
        flush.push(per_alert(began.elapsed()));
        resolved.push(per_alert(timed(&mut state, &all(active, rules, now, Some(now)), now)));
    }
    let name = |what: &str| format!("{active} active, {rules} rules: {what}");
    figure::print(&name("new"), median(new), "ns an alert", None, Reach::AtMost(NS_MAX));
    figure::print(&name("posted again"), median(again), "ns an alert", None, Reach::AtMost(NS_MAX));
    figure::print(&name("its group told"), median(flush), "ns an alert", None, Reach::Nothing);
    figure::print(&name("resolved"), median(resolved), "ns an alert", None, Reach::AtMost(NS_MAX));
}

fn timed(state: &mut State, alerts: &[Arc<Alert>], now: Timestamp) -> Duration {
    let began = clock();
    for alert in alerts {
        let _change = black_box(tell(state, alert, now));
    }
    began.elapsed()
}

fn tell(state: &mut State, alert: &Arc<Alert>, now: Timestamp) -> Transition {
    advance(state, &Event::Alert(alert.fingerprint(), Arc::clone(alert)), now)
}

/// Lets the groups that wait be told, and everything be delivered.
fn settle(state: &mut State, now: &mut Timestamp) {
    *now = now.after(Duration::from_secs(30));
    let handed = advance(state, &Event::Tick, *now).effects;
    let notices = handed.into_iter().filter_map(|effect| match effect {
        Effect::Deliver(notice) => Some(notice.id.clone()),
        _ => None,
    });
    for notice in notices.collect::<Vec<NoticeId>>() {
        let event = Event::Delivered { notice, outcome: Outcome::Delivered(None) };
        let _change = black_box(advance(state, &event, *now));
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn clock() -> Instant {
    Instant::now()
}

fn all(count: usize, rules: usize, now: Timestamp, ends_at: Option<Timestamp>) -> Vec<Arc<Alert>> {
    (0..count).map(|n| alert(n, "warning", n % CLUSTERS, rules, now, ends_at)).collect()
}

fn source(n: usize, rules: usize, now: Timestamp) -> Arc<Alert> {
    // Half of the targets have a source that mutes them.
    alert(n, "critical", n % (CLUSTERS / 2), rules, now, None)
}

fn alert(
    n: usize,
    severity: &str,
    cluster: usize,
    rules: usize,
    now: Timestamp,
    ends_at: Option<Timestamp>,
) -> Arc<Alert> {
    let (cluster, area) = (format!("c{cluster}"), format!("a{}", n % rules.max(1)));
    let instance = format!("host{n}.example.org:9100");
    let labels = [
        ("alertname", "HighLatency"),
        ("area", &area),
        ("cluster", &cluster),
        ("instance", &instance),
        ("job", "node"),
        ("severity", severity),
    ];
    let summary = format!("{instance} answers slowly");
    Arc::new(Alert {
        labels: Labels::overlay(labels),
        annotations: Labels::overlay([("summary", summary.as_str())]),
        starts_at: START,
        ends_at: Some(ends_at.unwrap_or_else(|| now.after(Duration::from_secs(300)))),
        timeout: ends_at.is_none(),
        updated_at: now,
        generator_url: String::new(),
        origin: Origin::Posted,
    })
}

fn configuration(rules: usize) -> Config {
    let rule = |n: usize| {
        format!(
            "\n  - {{source_matchers: [severity=critical, area=a{n}], target_matchers: [severity=warning, area=a{n}], \
             equal: [cluster]}}"
        )
    };
    let alertmanager = format!(
        "route: {{receiver: team, group_by: [cluster]}}\nreceivers:\n  - name: team\n    webhook_configs: [{{url: \
         'http://127.0.0.1/'}}]\ninhibit_rules:{}\n",
        if rules == 0 { " []".to_owned() } else { (0..rules).map(rule).collect() }
    );
    let source = |name: &str, text: &str| Source { name: name.into(), folder: "/".into(), text: text.to_owned() };
    let files = Files {
        alertmanager: Some(Ok(source("alertmanager.yml", &alertmanager))),
        ..Files::from(vec![source("tocsin.yaml", "alerting: {config: alertmanager.yml}\n")])
    };
    let defaults = Defaults { node: "bench".to_owned(), data: "/data".into() };
    compile(&files, &Catalog::default(), &defaults).unwrap_or_else(|errors| fail(&errors))
}

#[expect(clippy::panic, reason = "the bench's own configuration is wrong, which nobody can go on from")]
fn fail(errors: &impl std::fmt::Display) -> ! {
    panic!("{errors}")
}

//! Scripts of alerts told to a real Alertmanager and to a node at the same time: both must tell their receivers the same
//! within a second. What differs on purpose stands in `docs/alerting.md`, under "Where Tocsin differs", and is expected
//! here by name.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tocsin_core::time::Timestamp;
use tocsin_tests::{Alertmanager, Asked, Home, Sink, clock, wait_until};

use super::script::{Script, Step, file};

/// How far apart both may tell the same.
const APART_MAX: Duration = Duration::from_secs(1);

/// What a receiver was told of one group at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    at: Duration,
    firing: BTreeSet<String>,
    resolved: BTreeSet<String>,
}

impl Told {
    /// Nothing new in it. What resolved without being told, or is muted now, is left out of a repeat.
    fn is_repeat_of(&self, before: Option<&Self>) -> bool {
        let is_old = before.is_some_and(|before| self.firing.is_subset(&before.firing));
        is_old && !self.firing.is_empty() && self.resolved.is_empty()
    }

    fn shown(&self, began: Duration) -> String {
        let at = self.at.saturating_sub(began).as_secs_f64();
        format!("{at:6.2} s firing {:?} resolved {:?}", self.firing, self.resolved)
    }
}

/// By receiver and group.
type Heard = BTreeMap<(String, String), Vec<Told>>;

fn heard(asked: &[Asked]) -> Heard {
    let mut heard = Heard::new();
    for asked in asked {
        let body: Value = serde_json::from_str(&asked.body).unwrap_or_else(|error| panic!("{error}: {}", asked.body));
        let of = |status: &str| {
            let alerts = body["alerts"].as_array().expect("a message lists its alerts").iter();
            let alerts = alerts.filter(|alert| alert["status"] == status);
            alerts.map(|alert| alert["labels"]["alertname"].as_str().unwrap_or_default().to_owned()).collect()
        };
        let told = Told { at: asked.at, firing: of("firing"), resolved: of("resolved") };
        let key = (asked.path.trim_start_matches('/').to_owned(), body["groupLabels"].to_string());
        heard.entry(key).or_default().push(told);
    }
    heard
}

/// Both sides, and who hears them.
struct Sides<'h> {
    alertmanager: Alertmanager,
    node: tocsin_tests::Node<'h>,
    token: String,
}

impl Sides<'_> {
    fn post(&self, alerts: &Value) {
        let body = alerts.to_string();
        let there = ureq::post(format!("{}/api/v2/alerts", self.alertmanager.url));
        let here = ureq::post(format!("{}/alertmanager/api/v2/alerts", self.node.url))
            .header("authorization", format!("Bearer {}", self.token));
        for (side, request) in [("Alertmanager", there), ("the node", here)] {
            let said = request.header("content-type", "application/json").send(&body);
            said.unwrap_or_else(|error| panic!("{side} does not take {body}: {error}"));
        }
    }
}

fn posted(script: &Script, step: &Step, began: Timestamp, now: Timestamp) -> Value {
    let labels = json!({
        "alertname": step.alert, "site": step.site, "role": step.role, "script": script.number.to_string(),
    });
    let starts_at = Timestamp::from_millis(began.as_millis() + step.starts_at_ms).min(now);
    // As Prometheus does: while it fires, an end that is always ahead.
    let ends_at = if step.fires { now.after(Duration::from_secs(3_600)) } else { now };
    json!({"labels": labels, "startsAt": starts_at.to_string(), "endsAt": ends_at.to_string()})
}

fn wall() -> Timestamp {
    tocsin_sandbox::WallClock::now(&pluginhost::clock::SystemClock)
}

/// Plays all scripts at once and compares what was heard.
fn play(numbers: std::ops::Range<u64>, length_s: u64) {
    let scripts: Vec<Script> = numbers.map(|number| Script::new(number, length_s)).collect();
    let (sink_there, sink_here) = (Sink::start(), Sink::start());
    let Some(alertmanager) = Alertmanager::start(&file(&scripts, &sink_there.url())) else { return };
    let home = Home::new();
    home.write("alertmanager.yml", file(&scripts, &sink_here.url()));
    home.write("tocsin.yaml", "node:\n  name: test\nalerting:\n  config: alertmanager.yml\n");
    let node = home.start();
    let token = std::fs::read_to_string(home.path("data/admin.token")).expect("the node made its token");
    let sides = Sides { alertmanager, node, token: token.trim().to_owned() };

    let mut steps: Vec<(&Script, &Step)> =
        scripts.iter().flat_map(|script| script.steps.iter().map(move |step| (script, step))).collect();
    steps.sort_by_key(|(_, step)| step.at_ms);
    let (began, began_wall) = (clock(), wall());
    for (script, step) in steps {
        wait_until(began + Duration::from_millis(step.at_ms));
        sides.post(&json!([posted(script, step, began_wall, wall())]));
    }
    // The last tick of the slowest group, and a second for it to arrive.
    wait_until(began + Duration::from_secs(length_s + 5));

    let (there, here) = (heard(&sink_there.asked()), heard(&sink_here.asked()));
    let groups: BTreeSet<_> = there.keys().chain(here.keys()).collect();
    assert!(groups.len() >= scripts.len(), "every script is heard of");
    let mut different = String::new();
    for group in groups {
        let script = scripts.iter().find(|script| script.receiver() == group.0).expect("only scripts are heard");
        let (there, here) =
            (there.get(group).cloned().unwrap_or_default(), here.get(group).cloned().unwrap_or_default());
        if let Err(what) = compare(script, &there, &here) {
            let lines =
                |told: &[Told]| told.iter().map(|told| format!("\n  {}", told.shown(began))).collect::<String>();
            different += &format!("\n{group:?}: {what}\n Alertmanager:{}\n here:{}", lines(&there), lines(&here));
            different += &format!("\n {script:?}\n");
        }
    }
    assert!(different.is_empty(), "{different}");
}

fn compare(script: &Script, there: &[Told], here: &[Told]) -> Result<(), String> {
    let (news_there, late_there) = news(there, script.repeat_interval_s);
    let (mut news_here, late_here) = news(here, script.repeat_interval_s);
    // Repeats are sent when they are due; Alertmanager sends them with a tick, which can come an interval later.
    let tick = Duration::from_secs(script.group_interval_s);
    if late_here > APART_MAX || late_there > tick + APART_MAX {
        return Err(format!("repeats came {late_here:?} late here, {late_there:?} there"));
    }
    if script.recovers_inhibited {
        // The one difference: Alertmanager forgets a recovery that it meets inhibited.
        let before = news_here.len();
        news_here.iter_mut().for_each(|told| told.resolved.retain(|alert| !alert.starts_with("target")));
        news_here = news(&news_here, script.repeat_interval_s).0;
        let kept = here.iter().flat_map(|told| &told.resolved).any(|alert| alert.starts_with("target"));
        let lost = !there.iter().flat_map(|told| &told.resolved).any(|alert| alert.starts_with("target"));
        if !kept || !lost {
            return Err(format!("a recovery that was inhibited: told here {kept}, lost there {lost}, {before} news"));
        }
    }
    if news_there.len() != news_here.len() {
        return Err(format!("{} news there, {} here", news_there.len(), news_here.len()));
    }
    for (there, here) in news_there.iter().zip(&news_here) {
        if (&there.firing, &there.resolved) != (&here.firing, &here.resolved) {
            return Err(format!("other news at {:?}", here.at));
        }
        if there.at.abs_diff(here.at) > APART_MAX {
            return Err(format!("the same {:?} apart", there.at.abs_diff(here.at)));
        }
    }
    Ok(())
}

/// What was told without what was only repeated, and by how much a repeat came late at most.
fn news(told: &[Told], repeat_interval_s: u64) -> (Vec<Told>, Duration) {
    let (mut news, mut late, mut before) = (Vec::<Told>::new(), Duration::ZERO, None::<&Told>);
    let repeat = Duration::from_secs(repeat_interval_s);
    for told in told {
        let waited = before.map_or(Duration::ZERO, |before| told.at.saturating_sub(before.at));
        if told.is_repeat_of(before) {
            late = late.max(waited.saturating_sub(repeat));
        } else {
            // Had one been due in between, it would have been sent.
            if before.is_some_and(|before| !before.firing.is_empty()) {
                late = late.max(waited.saturating_sub(repeat));
            }
            news.push(told.clone());
        }
        before = Some(told);
    }
    (news, late)
}

#[test]
fn a_few_scripts_are_told_as_alertmanager_tells_them() {
    play(0..5, 18);
}

#[test]
#[ignore = "takes a minute: `cargo xtask test --long`"]
fn fifty_scripts_are_told_as_alertmanager_tells_them() {
    play(100..150, 40);
}

//! A node with checks that depend on each other, a receiver that hears everything, and a page's ladder.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::alert::{Alert, Origin};
use crate::config::{Config, cases::compiled};
use crate::id::{IncidentId, SilenceId};
use crate::incident::{Incident, IncidentAct};
use crate::label::{Fingerprint, Labels};
use crate::matcher::Matcher;
use crate::notify::{Notice, Outcome};
use crate::pipeline::book::Kept;
use crate::pipeline::{Effect, Event, KeptIncidents, KeptState, State, advance};
use crate::suppress::silence::Silence;
use crate::time::Timestamp;

pub(super) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
pub(super) const MINUTE: u64 = 60;
pub(super) const HOUR: u64 = 3_600;

/// `db` is what `api` depends on, and `shop` on that; `disk` stands alone.
const CHECKS: &str = "
builtin_rules: false
checks:
  - {name: db, plugin: probe-any, interval: 10s}
  - {name: api, plugin: probe-any, interval: 10s, depends_on: [db]}
  - {name: shop, plugin: probe-any, interval: 10s, depends_on: [api]}
  - {name: disk, plugin: probe-any, interval: 10s}
users: {anna: {contacts: [{email: anna@example.org}]}}
escalation_policies: {team: {levels: [{notify: [{user: anna}], wait: 5m}]}}
receivers: {team: {escalation: team}}
alerting: {config: alertmanager.yml}
";
const ALERTMANAGER: &str = "
#--- alertmanager.yml
global: {smtp_from: a@example.org, smtp_smarthost: 'localhost:25'}
route: {receiver: team, group_by: [service], group_wait: 10s}
receivers:
  - name: team
    webhook_configs: [{url: 'http://127.0.0.1/team'}]
  - name: war
    webhook_configs: [{url: 'http://127.0.0.1/war'}]
  - name: boss
    webhook_configs: [{url: 'http://127.0.0.1/boss'}]
";

pub(super) struct Node {
    pub(super) state: State,
    pub(super) config: Arc<Config>,
    pub(super) now: Timestamp,
    pub(super) told: Vec<Arc<Notice>>,
    /// What the other side answers.
    pub(super) answer: fn() -> Outcome,
}

pub(super) fn config(more: &str) -> Arc<Config> {
    let text = format!("{CHECKS}{more}{ALERTMANAGER}");
    Arc::new(compiled(&text).unwrap_or_else(|errors| panic!("{errors}")))
}

pub(super) fn labels(text: &str) -> Labels {
    Labels::new(text.split(',').filter_map(|pair| pair.split_once('='))).expect("no name twice")
}

impl Node {
    pub(super) fn new() -> Self {
        Self::with("")
    }

    /// With more in its configuration.
    pub(super) fn with(more: &str) -> Self {
        Self::of(config(more))
    }

    /// With the rules that are built in, and checks that nobody runs.
    pub(super) fn checked() -> Self {
        let text = format!("{CHECKS}{ALERTMANAGER}").replacen("builtin_rules: false", "builtin_rules: true", 1);
        let text = text.replace("interval: 10s", "interval: 1h");
        Self::of(Arc::new(compiled(&text).unwrap_or_else(|errors| panic!("{errors}"))))
    }

    fn of(config: Arc<Config>) -> Self {
        let (state, told, answer) = (State::default(), Vec::new(), (|| Outcome::Delivered(None)) as fn() -> Outcome);
        let mut node = Self { state, config, now: NOW, told, answer };
        node.tell(&Event::Configured(Arc::clone(&node.config)));
        node
    }

    pub(super) fn tell(&mut self, event: &Event) {
        for effect in advance(&mut self.state, event, self.now).effects {
            let Effect::Deliver(notice) = effect else { continue };
            self.told.push(Arc::clone(&notice));
            self.tell(&Event::Delivered { notice: notice.id.clone(), outcome: (self.answer)() });
        }
    }

    pub(super) fn alert(&mut self, text: &str, origin: Origin, ends_at: Option<Timestamp>) -> Fingerprint {
        let mut alert = Alert::of_node(labels(text), labels("summary=it is broken"), self.now, ends_at, self.now);
        if let (Some(known), Some(_)) = (self.state.book().alert(alert.fingerprint()), ends_at) {
            alert.starts_at = known.starts_at;
        }
        alert.origin = origin;
        let fingerprint = alert.fingerprint();
        self.tell(&Event::Alert(fingerprint, Arc::new(alert)));
        fingerprint
    }

    /// Posted from elsewhere.
    pub(super) fn fire(&mut self, text: &str) -> Fingerprint {
        self.alert(text, Origin::Posted, None)
    }

    pub(super) fn end(&mut self, text: &str) -> Fingerprint {
        self.alert(text, Origin::Posted, Some(self.now))
    }

    /// A check of this node breaks, or is well again.
    pub(super) fn breaks(&mut self, check: &str) -> Fingerprint {
        self.alert(&of(check), from(check), None)
    }

    pub(super) fn mends(&mut self, check: &str) -> Fingerprint {
        self.alert(&of(check), from(check), Some(self.now))
    }

    pub(super) fn pass(&mut self, seconds: u64) {
        let end = self.now.after(Duration::from_secs(seconds));
        for turn in 0.. {
            let Some(wake) = self.state.next_wake().filter(|wake| *wake <= end) else { break };
            assert!(turn < 100_000, "the node asks for the same moment again and again: {wake}");
            self.now = self.now.max(wake);
            self.tell(&Event::Tick);
        }
        self.now = end;
    }

    pub(super) fn act(&mut self, incident: &IncidentId, act: IncidentAct) {
        self.tell(&Event::IncidentActed { incident: incident.clone(), by: "anna".into(), act });
    }

    pub(super) fn silence(&mut self, text: &str, seconds: u64) {
        let matchers = labels(text).iter().map(|(name, value)| Matcher::equal(name, value)).collect();
        let ends_at = self.now.after(Duration::from_secs(seconds));
        let silence = Silence {
            id: SilenceId::new("quiet"),
            matchers,
            starts_at: self.now,
            ends_at,
            created_by: "anna".into(),
            comment: String::new(),
            updated_at: self.now,
            recurs: None,
        };
        self.tell(&Event::SilenceSet { silence: Arc::new(silence), replaces: None });
    }

    /// What a store would have kept, in a new node.
    pub(super) fn restart(&mut self) {
        let book = self.state.book();
        let book = Kept { alerts: book.alerts().map(|(_, alert)| Alert::clone(alert)).collect(), ..Kept::default() };
        let incidents = KeptIncidents {
            incidents: self
                .state
                .incidents()
                .iter()
                .map(|it| {
                    let kept = serde_json::to_string(&**it).expect("json");
                    serde_json::from_str::<Incident>(&kept).expect("back")
                })
                .collect(),
            contributions: Vec::new(),
        };
        self.state = State::restore(KeptState { book, incidents, ..KeptState::default() });
        self.tell(&Event::Configured(Arc::clone(&self.config)));
    }

    pub(super) fn incidents(&self) -> Vec<Arc<Incident>> {
        self.state.incidents().iter().cloned().collect()
    }

    /// The one there is.
    pub(super) fn only(&self) -> Arc<Incident> {
        let all = self.incidents();
        assert_eq!(all.len(), 1, "{:#?}", all.iter().map(|it| &it.title).collect::<Vec<_>>());
        Arc::clone(&all[0])
    }

    /// Each with its severity, its state, and how many of its alerts fire.
    pub(super) fn shown(&self) -> Vec<String> {
        let show = |it: &Arc<Incident>| {
            let firing = it.alerts.values().filter(|member| member.ended_at.is_none()).count();
            format!("{} {} {firing}/{}", it.severity.as_str(), it.state(), it.alerts.len())
        };
        self.state.incidents().iter().map(show).collect()
    }

    /// Alerts of a name that fire.
    pub(super) fn firing(&self, name: &str) -> Vec<Arc<Alert>> {
        let alerts = self.state.book().alerts().map(|(_, alert)| Arc::clone(alert));
        alerts.filter(|alert| !alert.is_resolved(self.now) && alert.labels.get("alertname") == name).collect()
    }

    /// What each receiver was told of incidents.
    pub(super) fn updates(&self) -> BTreeMap<String, Vec<String>> {
        let mut updates: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for notice in self.told.iter().filter(|notice| notice.group.as_str().starts_with("incident/")) {
            updates.entry(notice.to.receiver.to_string()).or_default().extend(notice.remark.clone());
        }
        updates
    }
}

pub(super) fn texts(incident: &Incident) -> Vec<&str> {
    incident.timeline.iter().map(|entry| entry.text.as_str()).collect()
}

fn of(check: &str) -> String {
    format!("alertname=CheckCritical,check={check},severity=P1")
}

fn from(check: &str) -> Origin {
    Origin::Check { rule: "CheckCritical".into(), check: check.into() }
}

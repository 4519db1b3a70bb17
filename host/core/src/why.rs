//! Why an alert was, or was not, told to whom, and when it will be next: the same decisions that flushes act on, asked
//! once more and written down. Knows nothing of how it is shown.

use serde::Serialize;

use crate::alert::{Alert, AlertStatus};
use crate::group::{Group, group_key};
use crate::id::{GroupKey, PageId, ReceiverName};
use crate::label::{Fingerprint, Labels};
use crate::notify::{Notice, Verdict, WhyNot, decide};
use crate::page::Page;
use crate::pipeline::{State, Suppression, limited_until, sight};
use crate::route::{self, FlatRoute};
use crate::suppress::Suppressor;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Why {
    pub fingerprint: Fingerprint,
    pub labels: Labels,
    pub annotations: Labels,
    pub status: AlertStatus,
    pub starts_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// The rule of this node that holds it, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<OfRule>,
    /// Everything that suppresses it now.
    pub suppressed_by: Vec<Suppressor>,
    /// Every route that was asked, in the order of the file.
    pub routes: Vec<Asked>,
    /// Where it is told.
    pub groups: Vec<OfGroup>,
}

/// What the rule knows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfRule {
    pub rule: String,
    pub check: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Nothing is known at present: what was known last stands.
    pub unknown: bool,
}

/// A route that was asked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    pub route: String,
    pub depth: usize,
    pub receiver: String,
    /// `taken`, `passed` on to a child, or `refused`.
    pub verdict: &'static str,
    /// The matcher that does not match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_by: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfGroup {
    pub group: GroupKey,
    pub route: String,
    pub receiver: ReceiverName,
    /// Alerts that fire and are not suppressed, and all others.
    pub firing: usize,
    pub resolved: usize,
    pub suppressed: usize,
    /// When the group is looked at next.
    pub next_look_at: Timestamp,
    pub integrations: Vec<OfLane>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<OfPage>,
}

/// One integration of the group's receiver.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfLane {
    pub integration: usize,
    pub kind: &'static str,
    /// Whether it was told that this alert fires, and not yet that it has resolved.
    pub told: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_notified_at: Option<Timestamp>,
    /// What would happen if the group were looked at now.
    pub verdict: &'static str,
    /// The verdict as a sentence.
    pub because: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// The notice that is on its way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outstanding: Option<OnItsWay>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OnItsWay {
    pub id: String,
    pub attempts: u32,
    pub next_attempt_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfPage {
    pub id: PageId,
    pub policy: String,
    /// From 1; none before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_step_at: Option<Timestamp>,
}

/// `None` where no such alert is known.
#[must_use]
pub fn explain(state: &State, fingerprint: Fingerprint, now: Timestamp) -> Option<Why> {
    let alert = state.book().alert(fingerprint)?;
    let routes = state.alerting().routes.as_ref();
    Some(Why {
        fingerprint,
        labels: alert.labels.clone(),
        annotations: alert.annotations.clone(),
        status: alert.status(now),
        starts_at: alert.starts_at,
        ends_at: alert.ends_at,
        rule: of_rule(state, alert),
        suppressed_by: Suppression::at(state, now).of(alert),
        routes: routes.map(|routes| routes.path(&alert.labels).iter().map(asked).collect()).unwrap_or_default(),
        groups: groups(state, fingerprint, alert, now),
    })
}

fn of_rule(state: &State, alert: &Alert) -> Option<OfRule> {
    let crate::alert::Origin::Check { rule, check } = &alert.origin else { return None };
    let is_its = |name: &str, labels: &Labels| name == rule && *labels == alert.labels;
    let mut instances = state.instances().of_check(check);
    let instance = instances.find(|(key, instance)| is_its(key.rule.as_str(), &instance.labels));
    let (value, unknown) = instance.map_or((None, false), |(_, instance)| (instance.value, instance.unknown));
    Some(OfRule { rule: rule.clone(), check: check.to_string(), value, unknown })
}

fn asked(step: &route::Step<'_>) -> Asked {
    let (verdict, refused_by) = match &step.verdict {
        route::Verdict::Taken => ("taken", None),
        route::Verdict::Passed => ("passed", None),
        route::Verdict::Refused(matcher) => ("refused", Some(matcher.to_string())),
    };
    let (route, receiver) = (step.route.id.clone(), step.route.receiver.clone());
    Asked { route, depth: step.route.depth, receiver, verdict, refused_by }
}

/// Where it is told, and, once nobody awaits another word about it, where it was.
fn groups(state: &State, fingerprint: Fingerprint, alert: &Alert, now: Timestamp) -> Vec<OfGroup> {
    let keys = state.book().groups_of(fingerprint);
    let told = keys.iter().filter_map(|key| of_group(state, state.book().group(key)?, fingerprint, now));
    let routes = state.alerting().routes.iter().flat_map(|routes| routes.matching(&alert.labels));
    let left = routes.filter(|_| alert.is_resolved(now)).map(|route| (group_key(route, &alert.labels), route));
    let left = left.filter(|(key, _)| !keys.contains(key));
    told.chain(left.filter_map(|(key, route)| of_left(state, key, route, now))).collect()
}

/// A group that a resolved alert has left: that happens once every integration that was told of it knows that it is over.
fn of_left(state: &State, key: GroupKey, route: &FlatRoute, now: Timestamp) -> Option<OfGroup> {
    let receiver = state.alerting().receivers.get(&ReceiverName::new(&route.receiver))?;
    let group = state.book().group(&key);
    let lanes = receiver.integrations.iter().enumerate().map(|(index, integration)| OfLane {
        integration: index,
        kind: integration.kind.as_str(),
        told: false,
        last_notified_at: group.and_then(|group| Some(group.lanes.get(index)?.log.as_ref()?.at)),
        verdict: "over",
        because: "it has resolved; whoever was told that it fires knows, and nobody awaits another word".to_owned(),
        next_at: None,
        outstanding: None,
    });
    Some(OfGroup {
        route: route.id.clone(),
        receiver: receiver.name.clone(),
        firing: 0,
        resolved: 0,
        suppressed: 0,
        next_look_at: group.map_or(now, |group| group.flush_at),
        integrations: lanes.collect(),
        page: state.book().last_page_of(&key).map(|page| of_page(page)),
        group: key,
    })
}

fn of_group(state: &State, group: &Group, fingerprint: Fingerprint, now: Timestamp) -> Option<OfGroup> {
    let alerting = state.alerting();
    let route = alerting.routes.as_ref()?.by_id(&group.route)?;
    let receiver = alerting.receivers.get(&group.receiver)?;
    let mut sight = sight(state, alerting, group, route, now);
    sight.limited_until = state.book().usage(&receiver.name).and_then(|usage| limited_until(receiver, usage, now));
    let lanes = group.lanes.iter().zip(&receiver.integrations).enumerate();
    let integrations = lanes.map(|(index, (lane, integration))| {
        let verdict = decide(lane, &sight, integration.send_resolved, route.repeat_interval, now);
        let (verdict, because, next_at) = sentence(&verdict, group);
        let notice = lane.outstanding.as_ref().and_then(|id| state.book().notice(id));
        OfLane {
            integration: index,
            kind: integration.kind.as_str(),
            told: lane.told.contains(&fingerprint),
            last_notified_at: lane.log.as_ref().map(|log| log.at),
            verdict,
            because,
            next_at,
            outstanding: notice.map(|notice| on_its_way(notice)),
        }
    });
    Some(OfGroup {
        group: group.key.clone(),
        route: group.route.clone(),
        receiver: group.receiver.clone(),
        firing: sight.firing.len(),
        resolved: sight.resolved.len(),
        suppressed: sight.suppressed,
        next_look_at: group.flush_at,
        integrations: integrations.collect(),
        page: state.book().last_page_of(&group.key).map(|page| of_page(page)),
    })
}

fn of_page(page: &Page) -> OfPage {
    OfPage {
        id: page.state.id.clone(),
        policy: page.state.policy.name.to_string(),
        level: page.state.level.map(|level| level + 1),
        acknowledged_by: page.state.ack.as_ref().map(|ack| ack.by.clone()),
        next_step_at: page.state.next_at(),
    }
}

fn on_its_way(notice: &Notice) -> OnItsWay {
    OnItsWay {
        id: notice.id.to_string(),
        attempts: notice.attempts,
        next_attempt_at: notice.due_at,
        last_error: notice.last_error.clone(),
    }
}

/// The verdict, why, and when there will be another.
fn sentence(verdict: &Verdict, group: &Group) -> (&'static str, String, Option<Timestamp>) {
    let look = Some(group.flush_at);
    match verdict {
        Verdict::Send(reason) => ("due", format!("{reason}; it is sent when the group is looked at next"), look),
        Verdict::Note => ("noted", "it has resolved, and this integration does not want to hear of that".into(), None),
        Verdict::Not(why) => match why {
            WhyNot::Said { repeat_at } => ("said", "all of this was told already".into(), *repeat_at),
            WhyNot::Suppressed => ("suppressed", "every alert of the group is suppressed".into(), look),
            WhyNot::Nothing => ("nothing", "nothing fires, and nothing was told".into(), None),
            WhyNot::Muted { interval } => ("muted", format!("the time interval mutes the route: {interval}"), look),
            WhyNot::OnItsWay(_) => ("on-its-way", "the last notification has not been taken yet".into(), None),
            WhyNot::RateLimited { until } => {
                ("rate-limited", "the receiver's rate limit holds it back".into(), Some(*until))
            }
            WhyNot::Acknowledged => ("acknowledged", "it would be repeated, but someone is on it".into(), look),
        },
    }
}

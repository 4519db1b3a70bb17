//! Alerts, their groups and why they are told or not, in wire types.

use std::collections::BTreeMap;

use tocsin_api::alert as api;
use tocsin_api::why::{Why, WhyReceiver};
use tocsin_core as core;
use tocsin_core::alert::Origin;
use tocsin_core::alerting::Alerting;
use tocsin_core::group::Group;
use tocsin_core::label::{Fingerprint, Labels};
use tocsin_core::pipeline::{State, Suppression};
use tocsin_core::route;
use tocsin_core::rule::{Course, Instance, InstanceKey};
use tocsin_core::suppress::Suppressor;
use tocsin_core::time::Timestamp;

use super::{muted_by, pages};
use crate::http::wire::time;

#[must_use]
pub fn labels(labels: &Labels) -> BTreeMap<String, String> {
    labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// One that the book holds.
#[must_use]
pub fn alert(
    suppression: &Suppression<'_>,
    state: &State,
    fingerprint: Fingerprint,
    alert: &core::alert::Alert,
    now: Timestamp,
) -> api::Alert {
    let suppressed_by: Vec<api::Suppressor> =
        suppression.of(alert).iter().map(|suppressor| suppressor_words(state, suppressor)).collect();
    let pages = state.book().groups_of(fingerprint).iter().filter_map(|key| state.book().page_of(key));
    let pages: Vec<_> = pages.collect();
    let acknowledged = pages.iter().find_map(|page| page.state.ack.as_ref());
    api::Alert {
        fingerprint: fingerprint.to_string(),
        name: alert.labels.get("alertname").to_owned(),
        state: match alert.is_resolved(now) {
            true => api::AlertState::Resolved,
            false if suppressed_by.is_empty() => api::AlertState::Firing,
            false => api::AlertState::Suppressed,
        },
        labels: labels(&alert.labels),
        annotations: labels(&alert.annotations),
        starts_at: time(alert.starts_at),
        ends_at: alert.ends_at.map(time),
        updated_at: time(alert.updated_at),
        generator_url: alert.generator_url.clone(),
        origin: origin(&alert.origin),
        receivers: receivers(&super::alerting(state), &alert.labels),
        suppressed_by,
        pages: pages.iter().map(|page| page.state.id.to_string()).collect(),
        acknowledged_by: acknowledged.map(|ack| ack.by.clone()),
    }
}

/// One whose condition holds, but not for long enough yet.
#[must_use]
pub fn pending(state: &State, key: &InstanceKey, instance: &Instance) -> Option<api::Alert> {
    let Course::Pending { active_at } = instance.course else { return None };
    Some(api::Alert {
        fingerprint: instance.labels.fingerprint().to_string(),
        name: instance.labels.get("alertname").to_owned(),
        state: api::AlertState::Pending,
        labels: labels(&instance.labels),
        annotations: labels(&instance.annotations),
        starts_at: time(active_at),
        ends_at: None,
        updated_at: time(instance.updated_at),
        generator_url: String::new(),
        origin: origin(&Origin::Check { rule: key.rule.to_string(), check: key.check.clone() }),
        receivers: receivers(&super::alerting(state), &instance.labels),
        suppressed_by: Vec::new(),
        pages: Vec::new(),
        acknowledged_by: None,
    })
}

fn receivers(alerting: &Alerting, labels: &Labels) -> Vec<String> {
    let routes = alerting.routes.iter().flat_map(|routes| routes.matching(labels));
    routes.map(|route| route.receiver.clone()).collect()
}

fn origin(origin: &Origin) -> api::AlertOrigin {
    match origin {
        Origin::Posted => api::AlertOrigin { kind: api::OriginKind::Posted, rule: None, check: None },
        Origin::Slo { rule, .. } => {
            api::AlertOrigin { kind: api::OriginKind::Node, rule: Some(rule.clone()), check: None }
        }
        Origin::Node => api::AlertOrigin { kind: api::OriginKind::Node, rule: None, check: None },
        Origin::Check { rule, check } => {
            let (rule, check) = (Some(rule.clone()), Some(check.to_string()));
            api::AlertOrigin { kind: api::OriginKind::Check, rule, check }
        }
    }
}

fn suppressor_words(state: &State, suppressor: &Suppressor) -> api::Suppressor {
    let (by, id, words) = match suppressor {
        Suppressor::Silence { id } => {
            let words = state.book().silence(id).map_or_else(String::new, |silence| {
                format!("silenced by {} until {}: {}", silence.created_by, silence.ends_at, silence.comment)
            });
            ("silence", id.to_string(), words)
        }
        Suppressor::Inhibition { rule, source } => {
            let labels = state.book().alert(*source).map_or_else(String::new, |source| source.labels.to_string());
            ("inhibition", source.to_string(), format!("inhibited by {labels} (rule {})", rule + 1))
        }
        Suppressor::Maintenance { window } => ("maintenance", window.clone(), format!("in maintenance: {window}")),
        Suppressor::Unreachable { check, behind } => {
            ("unreachable", behind.to_string(), format!("{check} lies behind {behind}, which is down"))
        }
        Suppressor::Flapping { check } => {
            ("flapping", check.to_string(), format!("{check} changes too often to be believed"))
        }
        Suppressor::Repair { remediation, until } => {
            let words = format!("held back until {until} at the latest: its incident is being repaired");
            ("repair", remediation.to_string(), words)
        }
    };
    api::Suppressor { by: by.to_owned(), id, words }
}

#[must_use]
pub fn group(state: &State, suppression: &Suppression<'_>, group: &Group, now: Timestamp) -> api::Group {
    let alerting = super::alerting(state);
    let (mut firing, mut suppressed, mut resolved) = (0, 0, 0);
    for (_, alert) in state.book().members(&group.key) {
        *(match (suppression.is_suppressed(alert), alert.is_resolved(now)) {
            (true, _) => &mut suppressed,
            (false, true) => &mut resolved,
            (false, false) => &mut firing,
        }) += 1;
    }
    let integrations = alerting.receivers.get(&group.receiver).map(|receiver| receiver.integrations.as_slice());
    let lanes = group.lanes.iter().zip(integrations.unwrap_or_default());
    let lanes = lanes.map(|(lane, integration)| api::Lane {
        integration: integration.kind.as_str().to_owned(),
        told_at: lane.log.as_ref().map(|log| time(log.at)),
        outstanding: lane.outstanding.as_ref().map(ToString::to_string),
    });
    let route = alerting.routes.as_ref().and_then(|routes| routes.by_id(&group.route));
    api::Group {
        key: group.key.to_string(),
        route: group.route.clone(),
        receiver: group.receiver.to_string(),
        labels: labels(&group.labels),
        alerts: state.book().members(&group.key).map(|(fingerprint, _)| fingerprint.to_string()).collect(),
        firing,
        suppressed,
        resolved,
        next_look_at: time(group.flush_at),
        muted_by: route.map(|route| muted_by(&alerting, route, now)).unwrap_or_default(),
        lanes: lanes.collect(),
        page: state.book().page_of(&group.key).map(|page| page.state.id.to_string()),
    }
}

/// Every route that is asked for these labels.
#[must_use]
pub fn path(alerting: &Alerting, labels: &Labels) -> Vec<api::RouteStep> {
    let steps = alerting.routes.iter().flat_map(|routes| routes.path(labels));
    let step = |step: route::Step<'_>| {
        let (verdict, refused_by) = match step.verdict {
            route::Verdict::Taken => (api::RouteVerdict::Taken, None),
            route::Verdict::Passed => (api::RouteVerdict::Passed, None),
            route::Verdict::Refused(matcher) => (api::RouteVerdict::Refused, Some(matcher.to_string())),
        };
        api::RouteStep {
            route: step.route.id.clone(),
            depth: step.route.depth as u64,
            receiver: step.route.receiver.clone(),
            matchers: step.route.matchers.iter().map(ToString::to_string).collect(),
            verdict,
            refused_by,
        }
    };
    steps.map(step).collect()
}

/// Why it is told or not, and when it will be; `None` where no such alert is known.
#[must_use]
pub fn why(state: &State, fingerprint: Fingerprint, now: Timestamp) -> Option<Why> {
    let explained = core::why::explain(state, fingerprint, now)?;
    let known = state.book().alert(fingerprint)?;
    let receivers = explained.groups.iter().flat_map(|group| {
        let (receiver, route, key) = (group.receiver.to_string(), group.route.clone(), group.group.to_string());
        group.integrations.iter().map(move |lane| WhyReceiver {
            receiver: receiver.clone(),
            integration: lane.kind.to_owned(),
            route: route.clone(),
            group: key.clone(),
            sends: lane.verdict == "due",
            reason: lane.verdict.to_owned(),
            words: match &lane.outstanding {
                None => lane.because.clone(),
                Some(notice) => {
                    let error = notice.last_error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
                    format!("{}; {} attempts so far{error}", lane.because, notice.attempts)
                }
            },
            told: lane.told,
            told_at: lane.last_notified_at.map(time),
            next_at: lane.outstanding.as_ref().map(|notice| notice.next_attempt_at).or(lane.next_at).map(time),
        })
    });
    let pages = explained.groups.iter().filter_map(|group| state.book().last_page_of(&group.group));
    Some(Why {
        at: time(now),
        alert: alert(&Suppression::at(state, now), state, fingerprint, known, now),
        rule: explained.rule.as_ref().map(|rule| {
            let value = rule.value.map(|value| format!(", last value {value}")).unwrap_or_default();
            let unknown = if rule.unknown { "; nothing is known at present, what was known last stands" } else { "" };
            format!("the rule {} on the check {}{value}{unknown}", rule.rule, rule.check)
        }),
        path: path(&super::alerting(state), &known.labels),
        receivers: receivers.collect(),
        pages: pages.map(|page| pages::page(state, page)).collect(),
    })
}

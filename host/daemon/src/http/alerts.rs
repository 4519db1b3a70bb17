//! Alerts, their groups, the routes and receivers they are told by, and why. Knows nothing of how any of it is decided.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use tocsin_api::alert::{
    Alert, AlertList, AlertQuery, AlertState, GroupList, Integration, Receiver, ReceiverList, RouteTaken, RouteTest,
    RouteTested,
};
use tocsin_api::why::Why;
use tocsin_api::{Code, Problem};
use tocsin_core as core;
use tocsin_core::alerting::Alerting;
use tocsin_core::group::group_key;
use tocsin_core::label::{Fingerprint, Labels};
use tocsin_core::matcher::{Matcher, all_match, parse_list};
use tocsin_core::pipeline::Suppression;

use super::Front;
use super::problem::{Asked, Named, Refused, Sent};
use crate::alerts::{alerting, muted_by, shown};

const LIMIT: usize = 1_000;
const LIMIT_MAX: usize = 10_000;

/// Alerts in the order of their fingerprints: those that fire, those that are over since a while, and pending ones.
#[utoipa::path(get, path = "/api/v1/alerts", tag = "alerts", params(AlertQuery), responses(
    (status = 200, body = AlertList),
    (status = 400, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(front): State<Front>,
    Asked(query): Asked<AlertQuery>,
) -> Result<Json<AlertList>, Refused> {
    let filter = Filter::parse(query)?;
    let listed = tokio::task::spawn_blocking(move || front.alerts.look(|state, now| filter.list(state, now))).await;
    listed.map(Json).map_err(|_| Refused::new(Code::Internal, "The alerts could not be listed."))
}

/// One alert.
#[utoipa::path(get, path = "/api/v1/alerts/{fingerprint}", tag = "alerts", params(("fingerprint" = String, Path)),
    responses(
        (status = 200, body = Alert),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(State(front): State<Front>, Named(id): Named) -> Result<Json<Alert>, Refused> {
    let fingerprint = fingerprint(&id)?;
    let found = front.alerts.look(|state, now| {
        let known = state.book().alert(fingerprint);
        let held = known.map(|alert| shown::alert(&Suppression::at(state, now), state, fingerprint, alert, now));
        held.or_else(|| {
            let mut instances = state.instances().iter();
            let (key, instance) = instances.find(|(_, instance)| instance.labels.fingerprint() == fingerprint)?;
            shown::pending(state, key, instance)
        })
    });
    found.map(Json).ok_or_else(|| unknown(fingerprint))
}

/// Why it was told or not to whom, and when it will be next.
#[utoipa::path(get, path = "/api/v1/alerts/{fingerprint}/why", tag = "alerts", params(("fingerprint" = String, Path)),
    responses(
        (status = 200, body = Why),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn why(State(front): State<Front>, Named(id): Named) -> Result<Json<Why>, Refused> {
    let fingerprint = fingerprint(&id)?;
    let why = front.alerts.look(|state, now| shown::why(state, fingerprint, now));
    why.map(Json).ok_or_else(|| unknown(fingerprint))
}

/// Alerts as they are told together.
#[utoipa::path(get, path = "/api/v1/groups", tag = "alerts", responses((status = 200, body = GroupList)))]
pub(super) async fn groups(State(front): State<Front>) -> Json<GroupList> {
    let groups = front.alerts.look(|state, now| {
        let suppression = Suppression::at(state, now);
        let groups = state.book().groups().take(LIMIT_MAX);
        groups.map(|group| shown::group(state, &suppression, group, now)).collect()
    });
    Json(GroupList { groups })
}

/// Who is told, and how that goes.
#[utoipa::path(get, path = "/api/v1/receivers", tag = "alerts", responses((status = 200, body = ReceiverList)))]
pub(super) async fn receivers(State(front): State<Front>) -> Json<ReceiverList> {
    let receivers = front
        .alerts
        .look(|state, _| alerting(state).receivers.values().map(|receiver| shown_receiver(state, receiver)).collect());
    Json(ReceiverList { receivers })
}

fn shown_receiver(state: &core::pipeline::State, receiver: &core::receiver::Receiver) -> Receiver {
    let waiting = |index: usize| {
        let of = move |notice: &&std::sync::Arc<core::notify::Notice>| {
            notice.to.receiver == receiver.name && notice.to.integration == index
        };
        state.book().outbox().filter(of)
    };
    let integrations = receiver.integrations.iter().enumerate().map(|(index, integration)| Integration {
        kind: integration.kind.as_str().to_owned(),
        send_resolved: integration.send_resolved,
        waiting: waiting(index).count() as u64,
        last_error: waiting(index).max_by_key(|notice| notice.created_at).and_then(|notice| notice.last_error.clone()),
    });
    Receiver {
        name: receiver.name.to_string(),
        integrations: integrations.collect(),
        escalation: receiver.escalation.clone(),
        rate_limit: receiver.rate_limit.map(|limit| format!("{} in {:?}", limit.notifications, limit.per)),
        heartbeat_seconds: receiver.heartbeat.map(|every| every.as_secs()),
        held_back: state.book().usage(&receiver.name).map_or(0, |usage| usage.held.len() as u64),
    }
}

/// Where an alert with these labels would go, and why. Changes nothing.
#[utoipa::path(post, path = "/api/v1/route/test", tag = "alerts", request_body = RouteTest, responses(
    (status = 200, body = RouteTested),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn route_test(
    State(front): State<Front>,
    Sent(asked): Sent<RouteTest>,
) -> Result<Json<RouteTested>, Refused> {
    let labels = Labels::new(asked.labels).map_err(|error| Refused::new(Code::BadRequest, error.to_string()))?;
    let (now, alerting) = front.alerts.look(|state, now| (now, alerting(state)));
    Ok(Json(RouteTested { path: shown::path(&alerting, &labels), taken: taken(&alerting, &labels, now) }))
}

fn taken(alerting: &Alerting, labels: &Labels, now: core::time::Timestamp) -> Vec<RouteTaken> {
    let millis = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let routes = alerting.routes.iter().flat_map(|routes| routes.matching(labels));
    let taken = routes.map(|route| RouteTaken {
        route: route.id.clone(),
        receiver: route.receiver.clone(),
        group: group_key(route, labels).to_string(),
        group_wait_ms: millis(route.group_wait),
        group_interval_ms: millis(route.group_interval),
        repeat_interval_ms: millis(route.repeat_interval),
        muted_by: muted_by(alerting, route, now),
    });
    taken.collect()
}

pub(super) fn fingerprint(text: &str) -> Result<Fingerprint, Refused> {
    text.parse().map_err(|error: core::label::NotAFingerprint| Refused::new(Code::BadRequest, error.to_string()))
}

pub(super) fn unknown(fingerprint: Fingerprint) -> Refused {
    let detail =
        format!("No alert is {fingerprint}: it never was, or it is over since a while. /api/v1/alerts lists all.");
    Refused::new(Code::AlertNotFound, detail)
}

/// What a query asks for, parsed.
struct Filter {
    states: Option<BTreeSet<AlertState>>,
    matchers: Vec<Matcher>,
    check: Option<String>,
    receiver: Option<String>,
    after: Option<Fingerprint>,
    limit: usize,
}

impl Filter {
    fn parse(query: AlertQuery) -> Result<Self, Refused> {
        let states = query.state.as_deref().map(|list| words(list, &AlertState::ALL, |state| state.as_str()));
        let wrong = |error| Refused::new(Code::BadRequest, format!("`matchers` cannot be read: {error}."));
        let matchers = query.matchers.as_deref().map(parse_list).transpose().map_err(wrong)?;
        Ok(Self {
            states: states.transpose()?,
            matchers: matchers.unwrap_or_default(),
            check: query.check,
            receiver: query.receiver,
            after: query.after.as_deref().map(fingerprint).transpose()?,
            limit: query.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX),
        })
    }

    fn list(&self, state: &core::pipeline::State, now: core::time::Timestamp) -> AlertList {
        let suppression = Suppression::at(state, now);
        let alerting = alerting(state);
        let (mut alerts, mut total, mut more) = (Vec::new(), 0, false);
        let mut add = |fingerprint: Fingerprint, alert: &dyn Fn() -> Option<Alert>| {
            total += 1;
            if self.after.is_some_and(|after| fingerprint <= after) {
                return;
            }
            if alerts.len() < self.limit {
                alerts.extend(alert());
            } else {
                more = true;
            }
        };
        let is_wanted = |wanted| self.states.as_ref().is_none_or(|states| states.contains(&wanted));
        let fits = |labels: &Labels, check: Option<&core::id::CheckName>| {
            all_match(&self.matchers, labels)
                && self.check.as_ref().is_none_or(|name| check.is_some_and(|check| check.as_str() == name))
                && self.receiver.as_ref().is_none_or(|name| {
                    let mut routes = alerting.routes.iter().flat_map(|routes| routes.matching(labels));
                    routes.any(|route| route.receiver == *name)
                })
        };
        // Pending ones lie elsewhere; both are told in one order.
        let mut pending: Vec<_> = state
            .instances()
            .iter()
            .filter(|(key, instance)| {
                matches!(instance.course, core::rule::Course::Pending { .. })
                    && is_wanted(AlertState::Pending)
                    && fits(&instance.labels, Some(&key.check))
            })
            .map(|(key, instance)| (instance.labels.fingerprint(), key, instance))
            .collect();
        pending.sort_by_key(|(fingerprint, ..)| *fingerprint);
        let mut pending = pending.into_iter().peekable();
        for (fingerprint, alert) in state.book().alerts() {
            while let Some((of, key, instance)) = pending.next_if(|(of, ..)| *of < fingerprint) {
                add(of, &|| shown::pending(state, key, instance));
            }
            let stands = if alert.is_resolved(now) {
                AlertState::Resolved
            } else if suppression.is_suppressed(alert) {
                AlertState::Suppressed
            } else {
                AlertState::Firing
            };
            if is_wanted(stands) && fits(&alert.labels, alert.origin.check()) {
                add(fingerprint, &|| Some(shown::alert(&suppression, state, fingerprint, alert, now)));
            }
        }
        for (of, key, instance) in pending {
            add(of, &|| shown::pending(state, key, instance));
        }
        let next = alerts.last().filter(|_| more).map(|last: &Alert| last.fingerprint.clone());
        AlertList { alerts, total, next }
    }
}

/// The states that a list parted by commas names.
pub(super) fn words<T: Copy + Ord>(
    list: &str,
    all: &[T],
    word: impl Fn(T) -> &'static str,
) -> Result<BTreeSet<T>, Refused> {
    let one = |name: &str| {
        let found = all.iter().copied().find(|state| word(*state) == name.trim());
        let known = || all.iter().map(|state| word(*state)).collect::<Vec<_>>().join(", ");
        found.ok_or_else(|| {
            Refused::new(Code::BadRequest, format!("`state` has no state `{name}`; it takes {}.", known()))
        })
    };
    list.split(',').map(one).collect()
}

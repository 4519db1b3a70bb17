//! Groups: alerts that are told together, with what mutes their route.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Serialize;
use tocsin_core::alerting::Alerting;
use tocsin_core::group::Group;
use tocsin_core::label::Labels;
use tocsin_core::pipeline::Suppression;
use tocsin_core::time::Timestamp;

use super::filter::Filter;
use super::shown::{Named, Seen, Shown, Status, receivers};
use super::{Failure, blocking, json};
use crate::alerts::{Alerts, alerting, muted_by};
use crate::http::Front;

/// By their labels, then by their receiver.
pub(super) async fn list(
    State(front): State<Front>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let filter = Filter::parse(&query)?;
    blocking(move || listed(&front.alerts, &filter)).await?.map(json)
}

#[derive(Serialize)]
struct ShownGroup<'a> {
    labels: &'a Labels,
    receiver: Named<'a>,
    alerts: Vec<Shown<'a>>,
}

fn listed(alerts: &Alerts, filter: &Filter) -> Result<Vec<u8>, Failure> {
    let (now, alerting, mut groups) = alerts.look(|state, now| {
        let (suppression, alerting) = (Suppression::at(state, now), alerting(state));
        let wanted = state.book().groups().filter(|group| filter.fits_receiver(group.receiver.as_str()));
        let groups = wanted.map(|group| {
            let intervals = muted(&alerting, group, now);
            let fitting = state.book().members(&group.key);
            let fitting = fitting.filter(|(_, alert)| !alert.is_resolved(now) && filter.fits_labels(&alert.labels));
            let seen = fitting.map(|(fingerprint, alert)| {
                let status = Status::of(suppression.of(alert)).muted_by(&intervals);
                Seen { fingerprint, alert: Arc::clone(alert), status }
            });
            (Arc::clone(group), !intervals.is_empty(), seen.collect::<Vec<_>>())
        });
        let groups = groups.collect::<Vec<_>>();
        (now, alerting, groups)
    });
    groups.sort_by(|(a, ..), (b, ..)| (&a.labels, &a.receiver).cmp(&(&b.labels, &b.receiver)));
    let shown = groups.iter().filter(|(_, is_muted, _)| filter.muted || !is_muted).filter_map(|(group, _, seen)| {
        let fitting = seen.iter().filter(|seen| filter.fits_status(&seen.status));
        let alerts = fitting.map(|seen| seen.shown(receivers(&alerting, &seen.alert.labels), &alerting, now));
        let alerts: Vec<Shown<'_>> = alerts.collect();
        let receiver = Named { name: group.receiver.as_str() };
        (!alerts.is_empty()).then_some(ShownGroup { labels: &group.labels, receiver, alerts })
    });
    let shown: Vec<ShownGroup<'_>> = shown.collect();
    serde_json::to_vec(&shown).map_err(|_| Failure::fell())
}

fn muted(alerting: &Alerting, group: &Group, now: Timestamp) -> Vec<String> {
    let route = alerting.routes.as_ref().and_then(|routes| routes.by_id(&group.route));
    route.map(|route| muted_by(alerting, route, now)).unwrap_or_default()
}

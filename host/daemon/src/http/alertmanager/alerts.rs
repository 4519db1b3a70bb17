//! Alerts: which fire, and taking new ones in. Valid ones of a batch are taken whatever else is in it, and the others are
//! named.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::Response;
use http::HeaderMap;
use tocsin_core::alert::{Limits, PostedAlert};
use tocsin_core::pipeline::{Event, Suppression};
use tocsin_core::time::Timestamp;

use super::filter::Filter;
use super::shown::{Named, Seen, Shown, Status, receivers};
use super::{Failure, blocking, body, json};
use crate::alerts::{Alerts, alerting};
use crate::http::Front;
use crate::http::doors::Operator;

/// Events handed in at once: others have their turn in between.
const CHUNK: usize = 8_192;
/// A smaller body is read where it arrives.
const SMALL_BYTES: usize = 64 * 1_024;
/// Of the alerts that are refused, so many are named.
const NAMED_MAX: usize = 10;

/// In the order of their fingerprints. What has ended is not shown.
pub(super) async fn list(
    State(front): State<Front>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let filter = Filter::parse(&query)?;
    blocking(move || listed(&front.alerts, &filter)).await?.map(json)
}

fn listed(alerts: &Alerts, filter: &Filter) -> Result<Vec<u8>, Failure> {
    let (now, alerting, seen) = alerts.look(|state, now| {
        let suppression = Suppression::at(state, now);
        let fitting =
            state.book().alerts().filter(|(_, alert)| !alert.is_resolved(now) && filter.fits_labels(&alert.labels));
        let seen = fitting.map(|(fingerprint, alert)| Seen {
            fingerprint,
            alert: Arc::clone(alert),
            status: Status::of(suppression.of(alert)),
        });
        (now, alerting(state), seen.collect::<Vec<_>>())
    });
    let shown = seen.iter().filter(|seen| filter.fits_status(&seen.status)).filter_map(|seen| {
        let receivers: Vec<Named<'_>> = receivers(&alerting, &seen.alert.labels);
        let fits = receivers.is_empty() && filter.fits_receiver("")
            || receivers.iter().any(|receiver| filter.fits_receiver(receiver.name));
        fits.then(|| seen.shown(receivers, &alerting, now))
    });
    let shown: Vec<Shown<'_>> = shown.collect();
    serde_json::to_vec(&shown).map_err(|_| Failure::fell())
}

/// Takes alerts in, and answers once they are on disk. Needs an operator.
pub(super) async fn post(
    State(front): State<Front>,
    _operator: Operator,
    headers: HeaderMap,
    body: Body,
) -> Result<(), Failure> {
    let (bytes, _room) = body::read(&front.alerts, &headers, body).await?;
    let (now, alerting) = front.alerts.look(|state, now| (now, alerting(state)));
    let door = Door { limits: alerting.limits, resolve_timeout: alerting.resolve_timeout(), now };
    let taken =
        if bytes.len() <= SMALL_BYTES { door.take(&bytes)? } else { blocking(move || door.take(&bytes)).await?? };
    front.metrics.alerts.received(taken.firing, taken.resolved, taken.refused_count);
    let mut events = taken.events;
    while !events.is_empty() {
        let rest = events.split_off(events.len().min(CHUNK));
        front.alerts.commit(std::mem::replace(&mut events, rest)).await?;
    }
    if taken.refused_count == 0 { Ok(()) } else { Err(refusal(&taken.refused, taken.refused_count)) }
}

fn refusal(named: &[String], count: u64) -> Failure {
    let mut text = named.join("; ");
    let more = count.saturating_sub(named.len() as u64);
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    tracing::info!(count, text, "alerts were refused");
    Failure::bad(text)
}

/// What a batch is measured by.
struct Door {
    limits: Limits,
    resolve_timeout: Duration,
    now: Timestamp,
}

/// A batch, judged.
#[derive(Default)]
struct Taken {
    events: Vec<Event>,
    firing: u64,
    resolved: u64,
    /// The first few.
    refused: Vec<String>,
    refused_count: u64,
}

impl Door {
    fn take(&self, bytes: &[u8]) -> Result<Taken, Failure> {
        let mut taken = Taken::default();
        match serde_json::from_slice::<Vec<PostedAlert>>(bytes) {
            Ok(posted) => {
                taken.events.reserve(posted.len());
                posted.into_iter().for_each(|alert| self.judge(alert, &mut taken));
            }
            // JSON, but not alerts: which of them are not?
            Err(error) if error.is_data() => {
                let elements = body::elements(bytes).ok_or_else(|| unreadable(&error))?;
                for (index, element) in elements.into_iter().enumerate() {
                    match serde_json::from_slice::<PostedAlert>(element) {
                        Ok(alert) => self.judge(alert, &mut taken),
                        Err(error) => taken.refuse(&format_args!("alert {index} of the batch: {error}")),
                    }
                }
            }
            Err(error) => return Err(unreadable(&error)),
        }
        Ok(taken)
    }

    fn judge(&self, posted: PostedAlert, taken: &mut Taken) {
        match posted.accept(&self.limits, self.resolve_timeout, self.now) {
            Ok(alert) => {
                *(if alert.is_resolved(self.now) { &mut taken.resolved } else { &mut taken.firing }) += 1;
                taken.events.push(Event::Alert(alert.fingerprint(), Arc::new(alert)));
            }
            Err(error) => taken.refuse(&error),
        }
    }
}

impl Taken {
    fn refuse(&mut self, why: &dyn std::fmt::Display) {
        self.refused_count += 1;
        if self.refused.len() < NAMED_MAX {
            self.refused.push(why.to_string());
        }
    }
}

fn unreadable(error: &serde_json::Error) -> Failure {
    Failure::bad(format!("the body is not an array of alerts as JSON: {error}"))
}

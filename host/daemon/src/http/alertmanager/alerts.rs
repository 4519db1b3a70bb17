//! Alerts: which fire, and taking new ones in. Valid ones of a batch are taken whatever else is in it, and the others are
//! named.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use tocsin_core::alert::{Limits, PostedAlert};
use tocsin_core::label::Fingerprint;
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
    let posted: Vec<Fingerprint> = taken.firing_fingerprints();
    let before = front.alerts.look(|state, _| overflowed(state));
    let mut events = taken.events;
    while !events.is_empty() {
        let rest = events.split_off(events.len().min(CHUNK));
        front.alerts.commit(std::mem::replace(&mut events, rest)).await?;
    }
    // Only where somebody's were refused is it worth asking whether these were.
    let left_out = front.alerts.look(|state, _| match overflowed(state) == before {
        true => 0,
        false => posted.iter().filter(|posted| state.book().alert(**posted).is_none()).count() as u64,
    });
    front.metrics.alerts.received(taken.firing.saturating_sub(left_out), taken.resolved, taken.refused_count);
    match (left_out, taken.refused_count) {
        (0, 0) => Ok(()),
        (0, count) => Err(refusal(&taken.refused, count)),
        (left_out, _) => Err(full(left_out, posted.len(), alerting.alerts_max)),
    }
}

/// How many were refused since the start because the book was full.
fn overflowed(state: &tocsin_core::pipeline::State) -> u64 {
    state.book().overflow().values().sum()
}

fn full(left_out: u64, posted: usize, most: usize) -> Failure {
    let text = format!(
        "{left_out} of {posted} alerts were not taken: {most} are kept already, which is the most \
         (`alerting.alerts_max`); the alert AlertFlood says which names there are too many of"
    );
    tracing::info!(left_out, posted, "alerts were not taken, because as many as may be are kept");
    Failure::new(StatusCode::SERVICE_UNAVAILABLE, text)
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
    /// Of those that fire by the clock they were judged by.
    fn firing_fingerprints(&self) -> Vec<Fingerprint> {
        let of = |event: &Event| match event {
            Event::Alert(fingerprint, alert) if !alert.is_resolved(alert.updated_at) => Some(*fingerprint),
            _ => None,
        };
        self.events.iter().filter_map(of).collect()
    }

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

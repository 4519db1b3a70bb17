//! Silences: which there are, making and changing one, ending one.

use std::cmp::Reverse;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tocsin_api::Time;
use tocsin_core::id::SilenceId;
use tocsin_core::matcher::Matcher;
use tocsin_core::suppress::silence::{Silence, SilenceError, SilenceState};
use tocsin_core::time::Timestamp;

use super::filter::Filter;
use super::{Failure, body};
use crate::alerts::silences::{self, SilenceRefused};
use crate::audit::Action;
use crate::http::audit::record;
use crate::http::doors::Operator;
use crate::http::wire::time;
use crate::http::{Front, Who};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    id: String,
    status: Status,
    updated_at: Time,
    comment: String,
    created_by: String,
    ends_at: Time,
    matchers: Vec<Matcher>,
    starts_at: Time,
}

#[derive(Debug, Serialize)]
struct Status {
    state: &'static str,
}

/// Active ones by their end, then pending ones by their start, then expired ones, the last first.
pub(super) async fn list(
    State(front): State<Front>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Json<Vec<Shown>>, Failure> {
    let filter = Filter::parse(&query)?;
    let (now, mut found) = front.alerts.look(|state, now| (now, state.book().silences().cloned().collect::<Vec<_>>()));
    // A filter names matchers that the silence itself must have.
    found.retain(|silence| {
        filter.matchers.iter().all(|wanted| silence.matchers.contains(wanted))
            && filter.fits_creator(&silence.created_by)
    });
    found.sort_by_key(|silence| order(silence, now));
    Ok(Json(found.iter().map(|silence| shown(silence, now)).collect()))
}

/// Where a silence stands among others.
pub(in crate::http) fn order(silence: &Silence, now: Timestamp) -> (u8, Timestamp, Reverse<Timestamp>) {
    let never = Timestamp::default();
    match silence.state(now) {
        SilenceState::Active => (1, silence.ends_at, Reverse(never)),
        SilenceState::Pending => (2, silence.starts_at, Reverse(never)),
        SilenceState::Expired => (3, never, Reverse(silence.ends_at)),
    }
}

pub(super) async fn show(State(front): State<Front>, Path(id): Path<String>) -> Result<Json<Shown>, Failure> {
    let found = front.alerts.look(|state, now| state.book().silence(&SilenceId::new(&id)).map(|it| shown(it, now)));
    found.map(Json).ok_or_else(|| unknown(&id))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Posted {
    #[serde(default)]
    id: String,
    matchers: Vec<Matcher>,
    starts_at: Time,
    ends_at: Time,
    created_by: String,
    #[serde(default)]
    comment: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Set {
    #[serde(rename = "silenceID")]
    id: String,
}

/// Makes a silence, or changes one. Needs an operator.
pub(super) async fn post(
    State(front): State<Front>,
    Operator(who): Operator,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Set>, Failure> {
    let posted: Posted = body::parse(&front.alerts, &headers, body).await?;
    let at = |at: Time| Timestamp::from_millis(at.as_millis());
    let wanted = Silence {
        id: SilenceId::new(&posted.id),
        matchers: posted.matchers,
        starts_at: at(posted.starts_at),
        ends_at: at(posted.ends_at),
        created_by: posted.created_by,
        comment: posted.comment,
        updated_at: Timestamp::default(),
        // What recurs goes on doing so: `admit_silence` keeps it.
        recurs: None,
    };
    let work = silences::set(&front.alerts, wanted).await;
    let (target, before, after) = match &work {
        Ok(set) => (set.silence.id.to_string(), set.before.as_deref().map(kept), Some(kept(&set.silence))),
        Err(_) => (posted.id, None, None),
    };
    audited(&front, who, Action::SetSilence, target, (before, after), &work).await?;
    Ok(Json(Set { id: work?.silence.id.to_string() }))
}

/// Ends a silence now. Needs an operator.
pub(super) async fn expire(
    State(front): State<Front>,
    Operator(who): Operator,
    Path(id): Path<String>,
) -> Result<(), Failure> {
    let work = silences::expire(&front.alerts, &SilenceId::new(&id)).await;
    let before = work.as_deref().ok().map(kept);
    audited(&front, who, Action::ExpireSilence, id, (before, None), &work).await?;
    // Alertmanager calls this its own failure.
    work.map(drop).map_err(|error| match error {
        SilenceRefused::Not(SilenceError::Expired(id)) => {
            Failure::new(StatusCode::INTERNAL_SERVER_ERROR, format!("silence {id} already expired"))
        }
        error => error.into(),
    })
}

async fn audited<T>(
    front: &Front,
    who: Who,
    action: Action,
    target: String,
    (before, after): (Option<Value>, Option<Value>),
    work: &Result<T, SilenceRefused>,
) -> Result<(), Failure> {
    let failed = work.as_ref().err().map(ToString::to_string);
    let recorded = record(front, who, action, target, (before, after), failed).await;
    recorded.map_err(|problem| Failure::new(StatusCode::INTERNAL_SERVER_ERROR, problem.to_string()))
}

impl From<SilenceRefused> for Failure {
    fn from(refused: SilenceRefused) -> Self {
        match refused {
            SilenceRefused::Not(SilenceError::Unknown(id)) => unknown(id.as_str()),
            SilenceRefused::Not(error) => Self::bad(error.to_string()),
            SilenceRefused::Commit(error) => error.into(),
        }
    }
}

fn unknown(id: &str) -> Failure {
    Failure::new(StatusCode::NOT_FOUND, SilenceError::Unknown(SilenceId::new(id)).to_string())
}

fn shown(silence: &Arc<Silence>, now: Timestamp) -> Shown {
    Shown {
        id: silence.id.to_string(),
        status: Status { state: silence.state(now).as_str() },
        updated_at: time(silence.updated_at),
        comment: silence.comment.clone(),
        created_by: silence.created_by.clone(),
        ends_at: time(silence.ends_at),
        matchers: silence.matchers.clone(),
        starts_at: time(silence.starts_at),
    }
}

/// What the audit log keeps of a silence.
pub(in crate::http) fn kept(silence: &Silence) -> Value {
    let matchers: Vec<String> = silence.matchers.iter().map(ToString::to_string).collect();
    serde_json::json!({
        "matchers": matchers,
        "starts_at": time(silence.starts_at),
        "ends_at": time(silence.ends_at),
        "created_by": silence.created_by,
        "comment": silence.comment,
    })
}

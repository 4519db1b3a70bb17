//! Silences as a resource of this node's own API. Alertmanager's API shows and changes the same ones.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use tocsin_api::silence::{NewSilence, Recurrence, Silence, SilenceList, SilenceQuery, SilenceState};
use tocsin_api::{Code, Problem, Time};
use tocsin_core::alert::Alert;
use tocsin_core::id::SilenceId;
use tocsin_core::maintenance::When;
use tocsin_core::matcher::{Matcher, all_match, parse_list};
use tocsin_core::pipeline;
use tocsin_core::schedule::Cron;
use tocsin_core::suppress::silence::{self as core, SilenceError};
use tocsin_core::time::Timestamp;

use super::Front;
use super::alertmanager::silences::{kept, order};
use super::alerts::words;
use super::audit::audited;
use super::doors::Operator;
use super::problem::{Asked, Named, Refused, Sent};
use super::wire::time;
use crate::alerts::silences::{self, SilenceRefused};
use crate::audit::Action;

/// Active ones first, then those that begin next, then those that expired last.
#[utoipa::path(get, path = "/api/v1/silences", tag = "alerts", params(SilenceQuery), responses(
    (status = 200, body = SilenceList),
    (status = 400, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(front): State<Front>,
    Asked(query): Asked<SilenceQuery>,
) -> Result<Json<SilenceList>, Refused> {
    let states = query.state.as_deref().map(|list| words(list, &SilenceState::ALL, |state| state.as_str()));
    let states = states.transpose()?;
    let (now, mut found, firing) = front.alerts.look(|state, now| {
        let wanted = |silence: &&Arc<core::Silence>| {
            states.as_ref().is_none_or(|states| states.contains(&state_of(silence, now)))
        };
        (now, state.book().silences().filter(wanted).cloned().collect::<Vec<_>>(), firing(state, now))
    });
    // Each silence is held against each alert: off the async threads, and while the pipeline goes on.
    let silences = tokio::task::spawn_blocking(move || {
        found.sort_by_key(|silence| order(silence, now));
        found.iter().map(|silence| shown(&firing, silence, now)).collect()
    });
    let fell =
        |_| Refused::new(Code::Internal, "The node could not count what these silences match; its log says why.");
    Ok(Json(SilenceList { silences: silences.await.map_err(fell)? }))
}

/// Makes a silence, or changes one. Needs an operator.
#[utoipa::path(post, path = "/api/v1/silences", tag = "alerts", request_body = NewSilence, responses(
    (status = 200, body = Silence),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
    (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn set(
    State(front): State<Front>,
    Operator(who): Operator,
    Sent(new): Sent<NewSilence>,
) -> Result<Json<Silence>, Refused> {
    let (starts_at, ends_at) = span(&front, new.starts_at, new.ends_at, new.duration_seconds)?;
    let target = new.id.clone().unwrap_or_default();
    let wanted = core::Silence {
        id: SilenceId::new(&target),
        matchers: matchers(&new.matchers)?,
        starts_at,
        ends_at,
        created_by: new.created_by.unwrap_or_else(|| who.name.clone()),
        comment: new.comment,
        updated_at: Timestamp::default(),
        recurs: new.recurs.as_ref().map(recurs).transpose()?,
    };
    let work = silences::set(&front.alerts, wanted).await.map_err(problem);
    let target = work.as_ref().map_or(target, |set| set.silence.id.to_string());
    let (before, after) =
        work.as_ref().map_or((None, None), |set| (set.before.as_deref().map(kept), Some(kept(&set.silence))));
    let work = work.map(|set| look(&front, &set.silence));
    audited(&front, who, Action::SetSilence, target, work, |_| (before, after)).await
}

/// Ends a silence now. Needs an operator.
#[utoipa::path(delete, path = "/api/v1/silences/{id}", tag = "alerts", params(("id" = String, Path)), responses(
    (status = 200, description = "What it was", body = Silence),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn expire(
    State(front): State<Front>,
    Operator(who): Operator,
    Named(id): Named,
) -> Result<Json<Silence>, Refused> {
    let work = silences::expire(&front.alerts, &SilenceId::new(&id)).await.map_err(problem);
    let before = work.as_deref().ok().map(kept);
    let work = work.map(|was| look(&front, &was));
    audited(&front, who, Action::ExpireSilence, id, work, |_| (before, None)).await
}

/// From when to when: from now, where no start is given, to the end, or for as long, as is given.
pub(super) fn span(
    front: &Front,
    starts_at: Option<Time>,
    ends_at: Option<Time>,
    duration_seconds: Option<u64>,
) -> Result<(Timestamp, Timestamp), Refused> {
    let given = |at: Time| Timestamp::from_millis(at.as_millis());
    let now = front.alerts.look(|_, now| now);
    let start = starts_at.map_or(now, given);
    match (ends_at, duration_seconds) {
        (Some(end), None) => Ok((start, given(end))),
        (None, Some(seconds)) => Ok((start, start.after(std::time::Duration::from_secs(seconds)))),
        _ => Err(Refused::new(Code::BadRequest, "Give exactly one of `ends_at` and `duration_seconds`.")),
    }
}

pub(super) fn matchers(texts: &[String]) -> Result<Vec<Matcher>, Refused> {
    let one = |text: &String| {
        let wrong = |error| Refused::new(Code::BadRequest, format!("`{text}` is no matcher: {error}."));
        parse_list(text).map_err(wrong)
    };
    Ok(texts.iter().map(one).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn recurs(wanted: &Recurrence) -> Result<When, Refused> {
    let zone = wanted.time_zone.as_deref().unwrap_or("UTC");
    let wrong = |error| Refused::new(Code::BadRequest, format!("`recurs`: {error}."));
    let starts = Cron::parse(&wanted.cron, zone).map_err(wrong)?;
    if wanted.duration_seconds == 0 {
        return Err(Refused::new(Code::BadRequest, "`recurs.duration_seconds` must be more than nothing."));
    }
    Ok(When::Recurring { starts, duration: Duration::from_secs(wanted.duration_seconds) })
}

fn recurrence(when: &When) -> Option<Recurrence> {
    let When::Recurring { starts, duration } = when else { return None };
    Some(Recurrence {
        cron: starts.expression().to_owned(),
        time_zone: Some(starts.time_zone().to_owned()),
        duration_seconds: duration.as_secs(),
    })
}

fn problem(refused: SilenceRefused) -> Problem {
    let code = match &refused {
        SilenceRefused::Not(SilenceError::Unknown(_)) => Code::SilenceNotFound,
        SilenceRefused::Not(SilenceError::Expired(_)) => Code::AlreadyOver,
        SilenceRefused::Not(_) => Code::BadRequest,
        SilenceRefused::Commit(error) => return super::problem::commit(*error),
    };
    Problem::new(code, refused.to_string())
}

pub(super) fn state_of(silence: &core::Silence, now: Timestamp) -> SilenceState {
    match silence.state(now) {
        core::SilenceState::Active => SilenceState::Active,
        core::SilenceState::Pending => SilenceState::Pending,
        core::SilenceState::Expired => SilenceState::Expired,
    }
}

/// What fires now, to be looked at without holding the pipeline up.
fn firing(state: &pipeline::State, now: Timestamp) -> Vec<Arc<Alert>> {
    let firing = state.book().alerts().filter(|(_, alert)| !alert.is_resolved(now));
    firing.map(|(_, alert)| Arc::clone(alert)).collect()
}

fn look(front: &Front, silence: &core::Silence) -> Silence {
    let (now, firing) = front.alerts.look(|state, now| (now, firing(state, now)));
    shown(&firing, silence, now)
}

fn shown(firing: &[Arc<Alert>], silence: &core::Silence, now: Timestamp) -> Silence {
    let stands = state_of(silence, now);
    let matching = firing.iter().filter(|alert| all_match(&silence.matchers, &alert.labels));
    Silence {
        id: silence.id.to_string(),
        state: stands,
        matchers: silence.matchers.iter().map(ToString::to_string).collect(),
        starts_at: time(silence.starts_at),
        ends_at: time(silence.ends_at),
        created_by: silence.created_by.clone(),
        comment: silence.comment.clone(),
        updated_at: time(silence.updated_at),
        recurs: silence.recurs.as_ref().and_then(recurrence),
        alerts: if stands == SilenceState::Expired { 0 } else { matching.count() as u64 },
    }
}

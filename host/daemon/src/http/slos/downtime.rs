//! What people say a downtime was. Reports name the reason.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use tocsin_api::slo::{Downtime, NewDowntime};
use tocsin_api::{Code, Problem};
use tocsin_core::id::{DowntimeId, ObjectiveName};
use tocsin_core::pipeline::Event;
use tocsin_core::slo::downtime::{DowntimeNote, Reason};
use tocsin_core::time::Timestamp;
use uuid::Uuid;

use super::super::Front;
use super::super::audit::audited;
use super::super::doors::Operator;
use super::super::problem::{Named, Refused, Sent, commit};
use super::super::wire::time;
use super::{find, in_force};
use crate::audit::Action;

const COMMENT_BYTES_MAX: usize = 4_096;

/// What was said of an SLO's downtimes, in the order in which it was said.
#[utoipa::path(get, path = "/api/v1/slos/{name}/downtime", tag = "slos", params(("name" = String, Path)), responses(
    (status = 200, body = Vec<Downtime>),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
pub(in super::super) async fn list(
    State(front): State<Front>,
    Named(name): Named,
) -> Result<Json<Vec<Downtime>>, Refused> {
    let config = in_force(&front)?;
    let slo = find(&config, &name)?;
    let notes = front.alerts.look(|state, _| {
        let notes = state.budgets().notes().filter(|(_, note)| note.slo == slo.name);
        notes.map(|(id, note)| shown(id, note)).collect()
    });
    Ok(Json(notes))
}

/// Says what a stretch of time was. Needs an operator.
#[utoipa::path(post, path = "/api/v1/slos/{name}/downtime", tag = "slos", params(("name" = String, Path)),
    request_body = NewDowntime, responses(
        (status = 200, body = Downtime),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(in super::super) async fn note(
    State(front): State<Front>,
    Operator(who): Operator,
    Named(name): Named,
    Sent(new): Sent<NewDowntime>,
) -> Result<Json<Downtime>, Refused> {
    let config = in_force(&front)?;
    let slo = find(&config, &name)?;
    let objectives = &slo.objectives;
    if let Some(unknown) = new.objective.as_ref().filter(|name| objectives.iter().all(|it| it.name.as_str() != **name))
    {
        let known: Vec<&str> = objectives.iter().map(|objective| objective.name.as_str()).collect();
        let detail = format!("`{}` has no objective `{unknown}`; it has {}.", slo.name, known.join(", "));
        return Err(Refused::new(Code::BadRequest, detail));
    }
    if new.ends_at <= new.starts_at {
        return Err(Refused::new(Code::BadRequest, "`ends_at` must be later than `starts_at`."));
    }
    if new.comment.len() > COMMENT_BYTES_MAX {
        return Err(Refused::new(Code::BadRequest, format!("`comment` has more than {COMMENT_BYTES_MAX} bytes.")));
    }
    let wrong = |_| {
        let known =
            "planned-maintenance, unplanned-outage, network, hardware, software, capacity, security, third-party";
        Refused::new(Code::BadRequest, format!("`reason` is `{}`; it takes one of {known}.", new.reason))
    };
    let reason: Reason = serde_json::from_value(new.reason.clone().into()).map_err(wrong)?;
    let note = DowntimeNote {
        slo: slo.name.clone(),
        objective: new.objective.map(|objective| ObjectiveName::new(&objective)),
        start: Timestamp::from_millis(new.starts_at.as_millis()),
        end: Timestamp::from_millis(new.ends_at.as_millis()),
        reason,
        comment: new.comment,
        author: who.name.clone(),
    };
    let id = DowntimeId::new(Uuid::now_v7().to_string());
    let said = shown(&id, &note);
    let work = front.alerts.commit(vec![Event::DowntimeNoted(id, Some(Arc::new(note)))]).await;
    let work = work.map(|()| said).map_err(commit);
    audited(&front, who, Action::ExplainDowntime, name, work, |said| (None, serde_json::to_value(said).ok())).await
}

fn shown(id: &DowntimeId, note: &DowntimeNote) -> Downtime {
    let reason = serde_json::to_value(note.reason).ok().and_then(|word| word.as_str().map(str::to_owned));
    Downtime {
        id: id.to_string(),
        slo: note.slo.to_string(),
        objective: note.objective.as_ref().map(ToString::to_string),
        starts_at: time(note.start),
        ends_at: time(note.end),
        reason: reason.unwrap_or_default(),
        comment: note.comment.clone(),
        author: note.author.clone(),
    }
}

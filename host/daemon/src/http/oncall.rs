//! Who is on call, and when nobody is. Knows nothing of rotations.

use axum::Json;
use axum::extract::State;
use tocsin_api::oncall::{GapList, GapQuery, OnCallNow, OnCallQuery};
use tocsin_api::{Code, Problem};

use super::Front;
use super::problem::{Asked, Refused, moment};
use crate::alerts::oncall;

const WEEKS: u32 = 4;
const WEEKS_MAX: u32 = 52;

/// Who is on call, now or at another instant.
#[utoipa::path(get, path = "/api/v1/oncall", tag = "oncall", params(OnCallQuery), responses(
    (status = 200, body = OnCallNow),
    (status = 400, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn show(
    State(front): State<Front>,
    Asked(query): Asked<OnCallQuery>,
) -> Result<Json<OnCallNow>, Refused> {
    let at = moment("at", query.at)?;
    let (config, now) = front.alerts.look(|state, now| (state.config().cloned(), now));
    let at = at.unwrap_or(now);
    let shown = config.map(|config| oncall::at(&config.people, query.schedule.as_deref(), at));
    Ok(Json(shown.unwrap_or_default()))
}

/// When nobody is on call.
#[utoipa::path(get, path = "/api/v1/oncall/gaps", tag = "oncall", params(GapQuery), responses(
    (status = 200, body = GapList),
    (status = 400, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn gaps(State(front): State<Front>, Asked(query): Asked<GapQuery>) -> Result<Json<GapList>, Refused> {
    let weeks = query.weeks.unwrap_or(WEEKS).clamp(1, WEEKS_MAX);
    let (config, now) = front.alerts.look(|state, now| (state.config().cloned(), now));
    let found =
        tokio::task::spawn_blocking(move || config.map(|config| oncall::gaps(&config.people, weeks, now))).await;
    let found = found.map_err(|_| Refused::new(Code::Internal, "The schedules could not be laid out."))?;
    Ok(Json(found.unwrap_or_default()))
}

//! Events that applications push for indicators. What counts and what does not is decided at core's door, beside the
//! single writer; the answer comes once what counts is on disk.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use http::header::CONTENT_LENGTH;
use tocsin_api::slo::{EventsRefused, SliEvents, SliTaken};
use tocsin_api::{Code, Problem};
use tocsin_core::id::SliName;
use tocsin_core::pipeline::Event;
use tocsin_core::slo::{self, DoorError, PostedEvents, Refusal, Refused as Lines, SliReport};
use uuid::Uuid;

use super::Front;
use super::doors::Operator;
use super::problem::{Named, Refused, commit};
use super::slos::in_force;

/// Room for as many events as a batch may have.
const BODY_BYTES_MAX: usize = 8 * 1_024 * 1_024;
const BODY_TIME_MAX: Duration = Duration::from_secs(15);
/// A smaller body is read where it arrives.
const SMALL_BYTES: usize = 64 * 1_024;

/// Takes events in for an indicator, and answers once they are on disk. Needs an operator.
///
/// Events are counted, or refused one by one with the reason; a batch that is sent again under its key counts nothing.
#[utoipa::path(post, path = "/api/v1/sli/{name}/events", tag = "slos", params(("name" = String, Path)),
    request_body = SliEvents, responses(
        (status = 200, body = SliTaken),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn events(
    State(front): State<Front>,
    Operator(_): Operator,
    Named(name): Named,
    request: Request,
) -> Result<Json<SliTaken>, Refused> {
    let sli = SliName::new(&name);
    let told = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|length| length > BODY_BYTES_MAX) {
        return Err(too_large());
    }
    let _room = front.alerts.room_for(told.unwrap_or(BODY_BYTES_MAX)).await.map_err(commit)?;
    let read = tokio::time::timeout(BODY_TIME_MAX, to_bytes(request.into_body(), BODY_BYTES_MAX)).await;
    let late = |_| Refused::new(Code::TimedOut, "The body took too long.");
    let bytes = read.map_err(late)?.map_err(|_| too_large())?;
    let door = {
        let front = front.clone();
        move || enter(&front, &sli, &bytes)
    };
    let report = if told.is_some_and(|length| length <= SMALL_BYTES) {
        door()?
    } else {
        let fell = |_| Refused::new(Code::Internal, "The batch could not be read.");
        tokio::task::spawn_blocking(door).await.map_err(fell)??
    };
    let (batch, ticket, taken) = (report.batch(), report.ticket, taken(&report));
    front.alerts.commit(vec![Event::from(report)]).await.map_err(commit)?;
    // Under a key that was known, the report of another time stands in the book.
    let is_new = batch.is_none_or(|batch| {
        front.alerts.look(|state, _| state.slos().batch(&batch).is_some_and(|seen| seen.ticket == ticket))
    });
    let repeated = SliTaken { repeated: true, ..SliTaken::default() };
    Ok(Json(if is_new { taken } else { repeated }))
}

fn enter(front: &Front, sli: &SliName, bytes: &[u8]) -> Result<SliReport, Refused> {
    let wrong = |error| Refused::new(Code::BadRequest, format!("The body cannot be read: {error}."));
    let posted: PostedEvents = serde_json::from_slice(bytes).map_err(wrong)?;
    let (config, now) = (in_force(front)?, front.alerts.look(|_, now| now));
    // Unlike any other's, also after a restart.
    let (_, ticket) = Uuid::now_v7().as_u64_pair();
    slo::door(&config, sli, &posted, ticket, now).map_err(|error| {
        let code = match error {
            DoorError::UnknownSli(_) => Code::SliNotFound,
            DoorError::TooMany { .. } => Code::BodyTooLarge,
            DoorError::TooLong { .. } => Code::BadRequest,
        };
        Refused::new(code, format!("{error}."))
    })
}

fn too_large() -> Refused {
    let detail =
        format!("The body has more than {BODY_BYTES_MAX} bytes, or ended before it was complete; send it in parts.");
    Refused::new(Code::BodyTooLarge, detail)
}

/// An event may feed several objectives: it counts where any of them took it, and is refused where any refused it.
fn taken(report: &SliReport) -> SliTaken {
    let mut refused: BTreeMap<Refusal, Lines> = BTreeMap::new();
    for (reason, lines) in report.series.iter().flat_map(|series| &series.refused) {
        let known = refused.entry(*reason).or_insert(*lines);
        *known = Lines { count: known.count.max(lines.count), first: known.first.min(lines.first) };
    }
    let refused = refused.into_iter().map(|(reason, lines)| EventsRefused {
        code: reason.as_str().to_owned(),
        count: lines.count,
        first: lines.first as u64,
        message: reason.to_string(),
    });
    let counted = report.series.iter().map(|series| series.taken).max().unwrap_or_default();
    SliTaken { counted, repeated: false, refused: refused.collect() }
}

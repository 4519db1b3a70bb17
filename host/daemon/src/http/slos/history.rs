//! What was recorded of SLOs: as it is, in reports, and played through other targets. The figures are core's; here they
//! are asked for and their slots are read.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use tocsin_api::slo::{ReportQuery, Simulate, SlotList, SlotQuery};
use tocsin_api::{Code, Problem, Time};
use tocsin_core::config::Config;
use tocsin_core::incident::report::incidents_of;
use tocsin_core::maintenance::Span;
use tocsin_core::slo::history::{History, Recorded};
use tocsin_core::slo::report::{Asked as ReportAsked, Report, report as sum_up};
use tocsin_core::slo::simulate::{Simulated, Trial, simulate as play};
use tocsin_core::slo::{
    CalendarUnit, Factor, Objective, Period, Ratio, SeriesKey, Slo, SlotWidth, derived_alerts, export as rules,
};
use tocsin_core::time::Timestamp;
use tocsin_core::zone::Zone;

use super::super::Front;
use super::super::problem::{Asked, Named, Refused, Sent, moment};
use super::super::wire::time;
use super::{find, in_force};

/// Downtimes with less than this between them are one.
const TOLERANCE: std::time::Duration = std::time::Duration::from_secs(60);
const TARGETS_MAX: usize = 20;

/// What was counted, slot by slot.
#[utoipa::path(get, path = "/api/v1/slos/{name}/slots", tag = "slos", params(("name" = String, Path), SlotQuery),
    responses(
        (status = 200, body = SlotList),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(in super::super) async fn slots(
    State(front): State<Front>,
    Named(name): Named,
    Asked(query): Asked<SlotQuery>,
) -> Result<Json<SlotList>, Refused> {
    let config = in_force(&front)?;
    let slo = find(&config, &name)?;
    let objective = objective(slo, query.objective.as_deref())?;
    let now = front.alerts.look(|_, now| now);
    let span = span(slo, moment("from", query.from)?, moment("until", query.until)?, now)?;
    let recorded = read(&front, slo, objective, span).await?;
    let slots = recorded.into_iter().map(|slot| (time(slot.start), slot.counts.good, slot.counts.total)).collect();
    Ok(Json(SlotList { slot_seconds: slo.slot.as_secs_f64(), slots }))
}

/// Attainment, budgets and downtimes of a calendar period, an entry an SLO.
#[utoipa::path(get, path = "/api/v1/slo-report", tag = "slos", params(ReportQuery), responses(
    (status = 200, description = "A list of reports, one for each SLO"),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub(in super::super) async fn report(
    State(front): State<Front>,
    Asked(query): Asked<ReportQuery>,
) -> Result<Json<Vec<Report>>, Refused> {
    let unit: CalendarUnit =
        word("period", query.period.as_deref().unwrap_or("month"), "day, week, month, quarter, year")?;
    let zone = Zone::find(query.time_zone.as_deref().unwrap_or("UTC"));
    let zone = zone.map_err(|error| Refused::new(Code::BadRequest, format!("`time_zone`: {error}.")))?;
    let now = front.alerts.look(|_, now| now);
    let at = moment("at", query.at)?.unwrap_or(now);
    let config = in_force(&front)?;
    if let Some(name) = &query.slo {
        find(&config, name)?;
    }
    let mut reports = Vec::new();
    for slo in config.slos.values().filter(|slo| query.slo.as_deref().is_none_or(|name| slo.name.as_str() == name)) {
        reports.push(one_report(&front, slo, (unit, &zone), at, now).await?);
    }
    Ok(Json(reports))
}

async fn one_report(
    front: &Front,
    slo: &Slo,
    (unit, zone): (CalendarUnit, &Zone),
    at: Timestamp,
    now: Timestamp,
) -> Result<Report, Refused> {
    let all = Span { start: unit.before(at, zone).start, end: unit.around(at, zone).end };
    let mut recorded = Vec::with_capacity(slo.objectives.len());
    for objective in &slo.objectives {
        recorded.push(read(front, slo, objective, all).await?);
    }
    let (notes, maintenance, incidents) = front.alerts.look(|state, _| {
        let notes: Vec<_> = state.budgets().notes().map(|(_, note)| (**note).clone()).collect();
        let incidents = incidents_of(state.incidents().iter().map(|incident| &**incident), &slo.name);
        (notes, state.maintenance_of(slo, all), incidents)
    });
    let (slo, zone) = (slo.clone(), zone.clone());
    // A quarter of seconds is millions of slots: not for the threads that answer others.
    let summed = tokio::task::spawn_blocking(move || {
        let (slo, zone, maintenance, notes, incidents) = (&slo, &zone, &*maintenance, &*notes, &*incidents);
        let (down_from, tolerance) = (Factor::ONE, TOLERANCE);
        let asked = ReportAsked { slo, unit, zone, at, now, down_from, tolerance, maintenance, notes, incidents };
        sum_up(&asked, |wanted, _| {
            let place = slo.objectives.iter().position(|objective| objective.name == wanted.name);
            place.and_then(|place| recorded.get_mut(place)).map(std::mem::take).unwrap_or_default()
        })
    });
    let fell = |_| Refused::new(Code::Internal, "The report could not be made.");
    summed.await.map_err(fell)?.map_err(|error| Refused::new(Code::BadRequest, format!("{error}.")))
}

/// Which alerts other targets would have brought, on what was recorded.
#[utoipa::path(post, path = "/api/v1/slos/{name}/simulate", tag = "slos", params(("name" = String, Path)),
    request_body = Simulate, responses(
        (status = 200, description = "What would have fired, an entry a target"),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(in super::super) async fn simulate(
    State(front): State<Front>,
    Named(name): Named,
    Sent(wanted): Sent<Simulate>,
) -> Result<Json<Vec<Simulated>>, Refused> {
    let config = in_force(&front)?;
    let slo = find(&config, &name)?.clone();
    let objective = objective(&slo, wanted.objective.as_deref())?.clone();
    if wanted.targets.len() > TARGETS_MAX {
        return Err(Refused::new(Code::BadRequest, format!("`targets` has more than {TARGETS_MAX} entries.")));
    }
    let wrong = |error| Refused::new(Code::BadRequest, format!("`targets`: {error}."));
    let targets = wanted.targets.iter().map(|target| Ratio::percent(target.trim_end_matches('%')));
    let mut targets = targets.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    if targets.is_empty() {
        targets.push(objective.target);
    }
    let given = |at: Option<Time>| at.map(|at| Timestamp::from_millis(at.as_millis()));
    let now = front.alerts.look(|_, now| now);
    let span = span(&slo, given(wanted.from), given(wanted.until), now)?;
    let recorded = read(&front, &slo, &objective, span).await?;
    let played = tokio::task::spawn_blocking(move || {
        let history = History::new(&recorded, span, slo.slot, objective.method)?;
        let trial = |target: Ratio| {
            // The objective's own alerts are what is in force; another target has those that it would be given.
            let alerts =
                if target == objective.target { objective.alerts.clone() } else { derived_alerts(&slo, target) };
            play(&history, &slo.period, Trial { target, alerts: &alerts })
        };
        Ok::<_, tocsin_core::slo::history::HistoryError>(targets.into_iter().map(trial).collect())
    });
    let fell = |_| Refused::new(Code::Internal, "The history could not be played through.");
    let played = played.await.map_err(fell)?;
    played.map(Json).map_err(|error| Refused::new(Code::BadRequest, format!("{error}.")))
}

/// Rules of Prometheus that equal the SLOs that count events.
#[utoipa::path(get, path = "/api/v1/slo-rules", tag = "slos", responses((status = 200, body = String)))]
pub(in super::super) async fn export(State(front): State<Front>) -> Result<Response, Refused> {
    let config = front.alerts.look(|state, _| state.config().cloned());
    let slos = config.iter().flat_map(|config: &std::sync::Arc<Config>| config.slos.values());
    let text = rules::prometheus(slos.filter(|slo| rules::is_exportable(slo)));
    let text = text.map_err(|error| Refused::new(Code::BadRequest, format!("{error}.")))?;
    Ok(([(CONTENT_TYPE, "application/yaml")], text).into_response())
}

fn objective<'s>(slo: &'s Slo, name: Option<&str>) -> Result<&'s Objective, Refused> {
    let found = slo.objectives.iter().find(|objective| name.is_none_or(|name| objective.name.as_str() == name));
    found.ok_or_else(|| {
        let known: Vec<&str> = slo.objectives.iter().map(|objective| objective.name.as_str()).collect();
        let detail =
            format!("`{}` has no objective `{}`; it has {}.", slo.name, name.unwrap_or_default(), known.join(", "));
        Refused::new(Code::BadRequest, detail)
    })
}

/// From the beginning of the period to now, where nothing else is wanted.
fn span(slo: &Slo, from: Option<Timestamp>, until: Option<Timestamp>, now: Timestamp) -> Result<Span, Refused> {
    let end = until.unwrap_or(now);
    let start = from.unwrap_or_else(|| match &slo.period {
        Period::Rolling(length) => end.before(*length),
        Period::Calendar { unit, zone } => unit.around(end, zone).start,
    });
    if start < end {
        Ok(Span { start, end })
    } else {
        Err(Refused::new(Code::BadRequest, "`until` must be later than `from`."))
    }
}

async fn read(front: &Front, slo: &Slo, objective: &Objective, span: Span) -> Result<Vec<Recorded>, Refused> {
    let key = SeriesKey { slo: slo.name.clone(), objective: objective.name.clone() };
    let width = SlotWidth::new(slo.slot);
    let slots = front.node.recorded(&key, width.slot(span.start), width.slot(span.end)).await?;
    Ok(slots.into_iter().map(|(slot, counts)| Recorded { start: width.start(slot), counts }).collect())
}

fn word<T: DeserializeOwned>(what: &str, written: &str, known: &str) -> Result<T, Refused> {
    let wrong = |_| Refused::new(Code::BadRequest, format!("`{what}` is `{written}`; it takes one of {known}."));
    serde_json::from_value(written.into()).map_err(wrong)
}

//! Incidents: which there are, what people do about one, what it taught. Knows nothing of how alerts become one.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use tocsin_api::incident::{
    ChangeIncident, Incident, IncidentList, IncidentQuery, IncidentState, OpenIncident, PostmortemQuery,
};
use tocsin_api::{Code, Problem};
use tocsin_core::id::IncidentId;
use tocsin_core::incident::{ActError, IncidentAct, postmortem};
use tocsin_core::label::Labels;
use tocsin_core::zone::Zone;

use super::Front;
use super::alerts::words;
use super::audit::audited;
use super::doors::Operator;
use super::problem::{Asked, Named, Refused, Sent};
use crate::alerts::incidents::{self, IncidentRefused};
use crate::audit::Action;

pub(super) mod changes;
pub(super) mod figures;

const LIMIT: usize = 100;
const LIMIT_MAX: usize = 5_000;

/// Those that are not resolved first, then newest first.
#[utoipa::path(get, path = "/api/v1/incidents", tag = "incidents", params(IncidentQuery), responses(
    (status = 200, body = IncidentList),
    (status = 400, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(front): State<Front>,
    Asked(query): Asked<IncidentQuery>,
) -> Result<Json<IncidentList>, Refused> {
    let states = query.state.as_deref().map(|list| words(list, &IncidentState::ALL, |state| state.as_str()));
    let states = states.transpose()?;
    let mut incidents = front.alerts.look(|state, _| {
        let summaries = state.incidents().iter().map(|incident| incidents::summary(state, incident));
        let wanted = |it: &tocsin_api::incident::IncidentSummary| {
            states.as_ref().is_none_or(|states| states.contains(&it.state))
        };
        summaries.filter(wanted).collect::<Vec<_>>()
    });
    incidents.sort_by_key(|it| (it.state == IncidentState::Resolved, std::cmp::Reverse(it.opened_at)));
    incidents.truncate(query.limit.unwrap_or(LIMIT).min(LIMIT_MAX));
    Ok(Json(IncidentList { incidents }))
}

/// One incident with its timeline, its durations and what it cost.
#[utoipa::path(get, path = "/api/v1/incidents/{id}", tag = "incidents", params(("id" = String, Path)), responses(
    (status = 200, body = Incident),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn show(State(front): State<Front>, Named(id): Named) -> Result<Json<Incident>, Refused> {
    incidents::shown(&front.alerts, &IncidentId::new(&id)).map(Json).map_err(|refused| problem(refused).into())
}

/// Opens an incident by hand. Needs an operator.
#[utoipa::path(post, path = "/api/v1/incidents", tag = "incidents", request_body = OpenIncident, responses(
    (status = 200, body = Incident),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
    (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn open(
    State(front): State<Front>,
    Operator(who): Operator,
    Sent(asked): Sent<OpenIncident>,
) -> Result<Json<Incident>, Refused> {
    let severity = severity(&asked.severity)?;
    let labels = Labels::overlay(asked.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let act = IncidentAct::Open { title: asked.title, severity, labels };
    let work = incidents::open(&front.alerts, &who.name, act).await.map_err(problem);
    let target = work.as_ref().map(|opened| opened.summary.id.clone()).unwrap_or_default();
    let after = |opened: &Incident| (None, serde_json::to_value(&opened.summary).ok());
    audited(&front, who, Action::OpenIncident, target, work, after).await
}

/// Changes what is said of an incident: its state, its severity, who is on it, a note, its post-mortem. Needs an operator.
#[utoipa::path(patch, path = "/api/v1/incidents/{id}", tag = "incidents", params(("id" = String, Path)),
    request_body = ChangeIncident, responses(
        (status = 200, body = Incident),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn change(
    State(front): State<Front>,
    Operator(who): Operator,
    Named(id): Named,
    Sent(asked): Sent<ChangeIncident>,
) -> Result<Json<Incident>, Refused> {
    let acts = acts(&asked)?;
    if acts.is_empty() {
        return Err(Refused::new(Code::BadRequest, "Nothing is asked for: give at least one field."));
    }
    let work = incidents::act(&front.alerts, &IncidentId::new(&id), &who.name, acts).await.map_err(problem);
    let after = serde_json::to_value(&asked).ok();
    let before = work.as_ref().ok().and_then(|(before, _)| serde_json::to_value(&before.summary).ok());
    let work = work.map(|(_, after)| after);
    audited(&front, who, Action::ChangeIncident, id, work, |_| (before, after)).await
}

/// The post-mortem of an incident as a page of text.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/postmortem", tag = "incidents",
    params(("id" = String, Path), PostmortemQuery), responses(
        (status = 200, body = String, content_type = "text/markdown"),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn postmortem(
    State(front): State<Front>,
    Named(id): Named,
    Asked(query): Asked<PostmortemQuery>,
) -> Result<Response, Refused> {
    let id = IncidentId::new(&id);
    let is_html = match query.format.as_deref() {
        None | Some("markdown") => false,
        Some("html") => true,
        Some(other) => {
            let detail = format!("`{other}` is no format of a post-mortem: `markdown` or `html`.");
            return Err(Refused::new(Code::BadRequest, detail));
        }
    };
    let zone = Zone::utc();
    let text = front.alerts.look(|state, now| {
        let incident = state.incidents().get(&id)?;
        Some(if is_html { postmortem::html(incident, &zone, now) } else { postmortem::markdown(incident, &zone, now) })
    });
    let text = text.ok_or_else(|| problem(IncidentRefused::Unknown(id)))?;
    let media = if is_html { "text/html; charset=utf-8" } else { "text/markdown; charset=utf-8" };
    Ok(([(CONTENT_TYPE, media)], text).into_response())
}

fn severity(written: &str) -> Result<tocsin_core::incident::Severity, Refused> {
    incidents::severity(written).ok_or_else(|| {
        let detail = format!("`{written}` is no severity of an incident: SEV-1 (worst), SEV-2, SEV-3 or SEV-4.");
        Refused::new(Code::BadRequest, detail)
    })
}

fn acts(asked: &ChangeIncident) -> Result<Vec<IncidentAct>, Refused> {
    let given = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let mut acts = Vec::new();
    acts.extend(asked.severity.as_deref().map(severity).transpose()?.map(IncidentAct::Severity));
    acts.extend(asked.assignee.as_ref().map(|who| IncidentAct::Assign(given(who))));
    acts.extend(asked.commander.as_ref().map(|who| IncidentAct::Command(given(who))));
    acts.extend(asked.link.as_ref().map(|link| IncidentAct::Link(given(link))));
    acts.extend(asked.note.clone().map(IncidentAct::Note));
    acts.extend(asked.postmortem.iter().flat_map(learnt).map(IncidentAct::Postmortem));
    acts.extend(asked.state.map(|state| match state {
        IncidentState::Open => IncidentAct::Reopen,
        IncidentState::Acknowledged => IncidentAct::Acknowledge,
        IncidentState::Mitigated => IncidentAct::Mitigate,
        IncidentState::Resolved => IncidentAct::Resolve,
    }));
    Ok(acts)
}

fn learnt(asked: &tocsin_api::incident::ChangePostmortem) -> Vec<postmortem::Act> {
    use postmortem::Act;
    let whys = asked.whys.iter().flatten().enumerate();
    let whys = whys.map(|(index, answer)| Act::Why { number: index + 1, answer: answer.clone() });
    let added = asked.add.iter().map(|new| Act::AddAction {
        text: new.text.clone(),
        owner: new.owner.clone(),
        due: new.due.clone(),
    });
    let done = asked.done.iter().map(|number| Act::Done { number: *number, done: true });
    let root_cause = asked.root_cause.clone().map(Act::RootCause);
    let lessons = asked.lessons.clone().map(Act::Lessons);
    whys.chain(root_cause).chain(lessons).chain(added).chain(done).chain(asked.complete.map(Act::Complete)).collect()
}

pub(super) fn problem(refused: IncidentRefused) -> Problem {
    match refused {
        IncidentRefused::Unknown(_) => Problem::new(Code::IncidentNotFound, refused.to_string()),
        IncidentRefused::Act(ref why) => {
            let code = match why {
                ActError::Already { .. } | ActError::State { .. } => Code::AlreadyOver,
                ActError::NoPostmortem => Code::IncidentNotFound,
                _ => Code::BadRequest,
            };
            Problem::new(code, refused.to_string())
        }
        IncidentRefused::Commit(error) => super::problem::commit(error),
    }
}

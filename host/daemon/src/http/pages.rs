//! Pages: which are open, and answering for one. Knows nothing of ladders.

use axum::Json;
use axum::extract::State;
use tocsin_api::page::{Acknowledge, Page, PageList, PageQuery, PageState};
use tocsin_api::{Code, Problem};
use tocsin_core::id::PageId;
use tocsin_core::pipeline::Act;
use tocsin_core::time::Timestamp;

use super::alerts::{fingerprint, unknown, words};
use super::audit::audited;
use super::doors::Operator;
use super::problem::{Asked, MaySent, Named, Refused};
use super::{Front, Who};
use crate::alerts::pages::{self, PageRefused};
use crate::audit::Action;

/// Open ones first, then those that were acknowledged, then those that closed; newest first among each.
#[utoipa::path(get, path = "/api/v1/pages", tag = "alerts", params(PageQuery), responses(
    (status = 200, body = PageList),
    (status = 400, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(front): State<Front>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<PageList>, Refused> {
    let states = query.state.as_deref().map(|list| words(list, &PageState::ALL, |state| state.as_str()));
    let states = states.transpose()?;
    let mut pages = front.alerts.look(|state, _| {
        let wanted = |page: &&std::sync::Arc<tocsin_core::page::Page>| {
            states.as_ref().is_none_or(|states| states.contains(&pages::state_of(page)))
        };
        state.book().pages().filter(wanted).map(|page| pages::page(state, page)).collect::<Vec<_>>()
    });
    pages.sort_by_key(|page| (page.state, std::cmp::Reverse(page.opened_at)));
    Ok(Json(PageList { pages }))
}

/// Stops the page's ladder: someone is on it. Needs an operator.
#[utoipa::path(post, path = "/api/v1/pages/{id}/acknowledge", tag = "alerts", params(("id" = String, Path)),
    request_body = Option<Acknowledge>, responses(
        (status = 200, body = Page),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn acknowledge(
    State(front): State<Front>,
    Operator(who): Operator,
    Named(id): Named,
    MaySent(asked): MaySent<Acknowledge>,
) -> Result<Json<Page>, Refused> {
    let act = answer(&front, asked)?;
    done(&front, who, Action::AcknowledgePage, &id, act).await
}

/// Takes the acknowledgement back: the ladder goes on at once. Needs an operator.
#[utoipa::path(delete, path = "/api/v1/pages/{id}/acknowledge", tag = "alerts", params(("id" = String, Path)),
    responses(
        (status = 200, body = Page),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn unacknowledge(
    State(front): State<Front>,
    Operator(who): Operator,
    Named(id): Named,
) -> Result<Json<Page>, Refused> {
    done(&front, who, Action::UnacknowledgePage, &id, Act::Unacknowledge).await
}

/// Acknowledges every open page that is about the alert. Needs an operator.
#[utoipa::path(post, path = "/api/v1/alerts/{fingerprint}/acknowledge", tag = "alerts",
    params(("fingerprint" = String, Path)), request_body = Option<Acknowledge>, responses(
        (status = 200, body = PageList),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn acknowledge_alert(
    State(front): State<Front>,
    Operator(who): Operator,
    Named(id): Named,
    MaySent(asked): MaySent<Acknowledge>,
) -> Result<Json<PageList>, Refused> {
    let act = answer(&front, asked)?;
    let alert = fingerprint(&id)?;
    let about = front.alerts.look(|state, _| {
        state.book().alert(alert)?;
        let pages = state.book().groups_of(alert).iter().filter_map(|key| state.book().page_of(key));
        Some(pages.map(|page| page.state.id.clone()).collect::<Vec<PageId>>())
    });
    let about = about.ok_or_else(|| unknown(alert))?;
    if about.is_empty() {
        let detail = "No page is open about this alert: no route leads it to a receiver with an escalation policy, or it was \
                      not told yet.";
        return Err(Refused::new(Code::PageNotFound, detail));
    }
    let mut pages = Vec::with_capacity(about.len());
    for page in about {
        pages.push(done(&front, who.clone(), Action::AcknowledgePage, page.as_str(), act.clone()).await?.0);
    }
    Ok(Json(PageList { pages }))
}

fn answer(front: &Front, asked: Acknowledge) -> Result<Act, Refused> {
    let now = front.alerts.look(|_, now| now);
    let until = match (asked.until, asked.duration_seconds) {
        (Some(_), Some(_)) => {
            return Err(Refused::new(Code::BadRequest, "Give at most one of `until` and `duration_seconds`."));
        }
        (until, None) => until.map(|until| Timestamp::from_millis(until.as_millis())),
        (None, Some(seconds)) => Some(now.after(std::time::Duration::from_secs(seconds))),
    };
    if asked.comment.as_ref().is_some_and(|comment| comment.len() > COMMENT_BYTES_MAX) {
        let detail = format!("A comment may have {COMMENT_BYTES_MAX} bytes at most.");
        return Err(Refused::new(Code::BadRequest, detail));
    }
    Ok(Act::Acknowledge { comment: asked.comment, until, sticky: asked.sticky })
}

const COMMENT_BYTES_MAX: usize = 4_096;

async fn done(front: &Front, who: Who, action: Action, id: &str, act: Act) -> Result<Json<Page>, Refused> {
    let work = pages::act(&front.alerts, &PageId::new(id), &who.name, act).await.map_err(problem);
    let acknowledged = |page: &Page| serde_json::json!({"state": page.state, "acknowledged": page.acknowledged});
    let before = work.as_ref().ok().map(|(before, _)| acknowledged(before));
    let work = work.map(|(_, after)| after);
    audited(front, who, action, id.to_owned(), work, |after| (before, Some(acknowledged(after)))).await
}

fn problem(refused: PageRefused) -> Problem {
    let code = match &refused {
        PageRefused::Unknown(_) => Code::PageNotFound,
        PageRefused::Closed(_) => Code::AlreadyOver,
        PageRefused::NotAcknowledged(_) => Code::NotAcknowledged,
        PageRefused::Past => Code::BadRequest,
        PageRefused::Commit(error) => return super::problem::commit(*error),
    };
    Problem::new(code, refused.to_string())
}

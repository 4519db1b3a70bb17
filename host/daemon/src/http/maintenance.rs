//! Maintenance windows: which there are, and making or ending one. Those of the configuration are changed there.

use axum::Json;
use axum::extract::State;
use tocsin_api::silence::{MaintenanceList, MaintenanceWindow, NewMaintenance};
use tocsin_api::{Code, Problem};
use tocsin_core::id::{CheckName, WindowName};
use tocsin_core::label::Labels;
use tocsin_core::maintenance::{Scope, Span, When, Window};
use tocsin_core::matcher::all_match;
use uuid::Uuid;

use super::Front;
use super::audit::audited;
use super::doors::Operator;
use super::problem::{Named, Refused, Sent};
use super::silences::{matchers, span};
use crate::alerts::maintenance::{self, WindowRefused};
use crate::audit::Action;

const TEXT_BYTES_MAX: usize = 4_096;
const CHECKS_MAX: usize = 1_000;

/// All of them, those under way first.
#[utoipa::path(get, path = "/api/v1/maintenance", tag = "alerts", responses((status = 200, body = MaintenanceList)))]
pub(super) async fn list(State(front): State<Front>) -> Json<MaintenanceList> {
    Json(front.alerts.look(maintenance::list))
}

/// Makes a window that comes once, or changes the one of that name. Needs an operator.
#[utoipa::path(post, path = "/api/v1/maintenance", tag = "alerts", request_body = NewMaintenance, responses(
    (status = 200, body = MaintenanceWindow),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
    (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn set(
    State(front): State<Front>,
    Operator(who): Operator,
    Sent(new): Sent<NewMaintenance>,
) -> Result<Json<MaintenanceWindow>, Refused> {
    let window = window(&front, new)?;
    let target = window.name.to_string();
    let work = maintenance::set(&front.alerts, window).await.map_err(problem);
    let before = work.as_ref().ok().and_then(|(before, _)| serde_json::to_value(before.as_ref()?).ok());
    let work = work.map(|(_, after)| after);
    audited(&front, who, Action::SetMaintenance, target, work, |after| (before, serde_json::to_value(after).ok())).await
}

/// Ends a window, or takes back one that is to come. Needs an operator.
#[utoipa::path(delete, path = "/api/v1/maintenance/{name}", tag = "alerts", params(("name" = String, Path)), responses(
    (status = 200, description = "What it was", body = MaintenanceWindow),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn end(
    State(front): State<Front>,
    Operator(who): Operator,
    Named(name): Named,
) -> Result<Json<MaintenanceWindow>, Refused> {
    let work = maintenance::end(&front.alerts, &WindowName::new(&name)).await.map_err(problem);
    audited(&front, who, Action::EndMaintenance, name, work, |was| (serde_json::to_value(was).ok(), None)).await
}

fn window(front: &Front, new: NewMaintenance) -> Result<Window, Refused> {
    let bad = |detail: &str| Err(Refused::new(Code::BadRequest, detail));
    let (start, end) = span(front, new.starts_at, new.ends_at, new.duration_seconds)?;
    if end <= start || end <= front.alerts.look(|_, now| now) {
        return bad("A window must end after it starts, and not in the past.");
    }
    let name = new.name.unwrap_or_else(|| Uuid::now_v7().to_string());
    if name.is_empty() || name.len() > 128 || new.comment.len() > TEXT_BYTES_MAX || new.checks.len() > CHECKS_MAX {
        return bad(
            "A name has 1 to 128 bytes, a comment at most 4,096, and a window covers at most 1,000 checks by name.",
        );
    }
    let scope = match (new.checks.is_empty(), new.matchers.is_empty(), new.node) {
        (false, true, false) => {
            let known = |name: &str| {
                front.alerts.look(|state, _| state.config().is_some_and(|config| config.checks.contains_key(name)))
            };
            if let Some(name) = new.checks.iter().find(|name| !known(name)) {
                return Err(Refused::new(Code::CheckNotFound, format!("No check is named `{name}`.")));
            }
            Scope::Checks(new.checks.iter().map(CheckName::new).collect())
        }
        (true, false, false) => {
            let matchers = matchers(&new.matchers)?;
            if all_match(&matchers, &Labels::default()) {
                return bad("These matchers match every alert; write `node: true` to cover every check.");
            }
            Scope::Labels(matchers)
        }
        (true, true, true) => Scope::Node,
        _ => return bad("A window is about exactly one of `checks`, `matchers` and `node`."),
    };
    let when = When::Once(Span { start, end });
    Ok(Window {
        name: WindowName::new(name),
        scope,
        when,
        end_when_healthy: new.end_when_healthy,
        comment: new.comment,
    })
}

fn problem(refused: WindowRefused) -> Problem {
    let code = match &refused {
        WindowRefused::Unknown(_) => Code::WindowNotFound,
        WindowRefused::Configured(_) => Code::WindowConfigured,
        WindowRefused::TooMany => Code::BadRequest,
        WindowRefused::Commit(error) => return super::problem::commit(*error),
    };
    Problem::new(code, refused.to_string())
}

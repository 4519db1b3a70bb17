//! Putting the configuration files in force again. Knows nothing of what stands in them.

use axum::Json;
use axum::extract::State;
use tocsin_api::{Problem, Reloaded};

use super::Front;
use super::audit::audited;
use super::doors::Admin;
use super::problem::Refused;
use crate::audit::Action;

/// Reads the configuration again and puts it in force, whole or not at all. Needs an admin.
#[utoipa::path(post, path = "/api/v1/reload", tag = "node", responses(
    (status = 200, body = Reloaded),
    (status = 422, description = "Every error in the files; nothing was changed", body = Problem,
        content_type = "application/problem+json"),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn reload(State(front): State<Front>, Admin(who): Admin) -> Result<Json<Reloaded>, Refused> {
    let work = front.node.reload(&who).await;
    let after = |reloaded: &Reloaded| (None, serde_json::to_value(reloaded).ok());
    audited(&front, who, Action::Reload, String::new(), work, after).await
}

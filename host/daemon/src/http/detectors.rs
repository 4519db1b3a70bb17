//! Detectors and what they reported last. Knows nothing of how one judges.

use axum::Json;
use axum::extract::State;
use tocsin_api::Detectors;

use super::Front;
use super::problem::Refused;

/// All detectors and the newest anomalies.
#[utoipa::path(get, path = "/api/v1/detectors", tag = "detectors", responses((status = 200, body = Detectors)))]
pub(super) async fn list(State(front): State<Front>) -> Result<Json<Detectors>, Refused> {
    Ok(Json(front.node.detectors().await?))
}

//! How long incidents took, by service and month: n, median, 90th percentile.

use axum::Json;
use axum::extract::State;
use tocsin_api::incident::{FiguresRow, IncidentFigures, Spread};
use tocsin_core::incident::figures as core;
use tocsin_core::zone::Zone;

use super::super::Front;

/// How long incidents took, by service and month.
#[utoipa::path(get, path = "/api/v1/incidents/figures", tag = "incidents", responses((status = 200, body = IncidentFigures)))]
pub(in crate::http) async fn figures(State(front): State<Front>) -> Json<IncidentFigures> {
    let zone = Zone::utc();
    let rows = front.alerts.look(|state, _| core::figures(state.incidents().iter().map(|it| &**it), &zone));
    let row = |row: core::Figures| FiguresRow {
        service: row.service,
        month: row.month,
        detect: spread(row.took.ttd),
        acknowledge: spread(row.took.tta),
        mitigate: spread(row.took.ttm),
        resolve: spread(row.took.ttr),
    };
    Json(IncidentFigures { rows: rows.into_iter().map(row).collect() })
}

fn spread(spread: Option<core::Spread>) -> Spread {
    spread.map_or_else(Spread::default, |spread| Spread {
        n: spread.n as u64,
        median_seconds: Some(spread.median_ms / 1_000),
        p90_seconds: Some(spread.p90_ms / 1_000),
    })
}

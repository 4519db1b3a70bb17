//! The node's HTTP side: one room a resource, all of them behind the same doors. Knows the node only as a
//! [`NodeView`], what alerts it has through [`Alerts`], and what keeps the changes only as an [`AuditLog`].

mod alertmanager;
mod alerts;
mod audit;
mod checks;
mod detectors;
mod doors;
mod events;
mod incidents;
mod maintenance;
mod node;
mod oncall;
mod openapi;
mod pages;
mod playbooks;
mod plugins;
mod problem;
mod reload;
mod remediations;
mod runs;
mod serve;
mod silences;
mod sli;
mod slos;
mod status;
pub mod wire;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use node::{Answer, NodeView, Upload, Who};
pub use serve::serve;

use crate::alerts::Alerts;
use crate::audit::AuditLog;
use crate::auth::Auth;
use crate::metrics::Metrics;
use crate::page;

/// Everything the rooms need. Cheap to clone.
#[derive(Clone)]
pub struct Front {
    node: Arc<dyn NodeView>,
    alerts: Alerts,
    auth: Auth,
    audit: Arc<dyn AuditLog>,
    metrics: Arc<Metrics>,
    closing: CancellationToken,
    /// Places for event streams.
    streams: Arc<Semaphore>,
}

impl Front {
    /// Once `closing` is cancelled, no connection is taken and open event streams end.
    #[must_use]
    pub fn new(
        node: Arc<dyn NodeView>,
        alerts: Alerts,
        auth: Auth,
        audit: Arc<dyn AuditLog>,
        metrics: Arc<Metrics>,
        closing: CancellationToken,
    ) -> Self {
        Self { node, alerts, auth, audit, metrics, closing, streams: events::places() }
    }
}

impl std::fmt::Debug for Front {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Front").field("auth", &self.auth).finish_non_exhaustive()
    }
}

/// Every route, behind its doors.
pub fn router(front: Front) -> Router {
    let (api, _document) = described().split_for_parts();
    api.merge(page::router())
        .merge(alertmanager::router())
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(from_fn_with_state(front.clone(), doors::authorise))
        .layer(from_fn_with_state(front.clone(), doors::check_host))
        .layer(from_fn(doors::harden))
        .layer(from_fn_with_state(front.clone(), doors::count))
        .with_state(front)
}

/// The routes that the OpenAPI document describes: all but the page.
fn described() -> OpenApiRouter<Front> {
    OpenApiRouter::with_openapi(openapi::Document::openapi())
        .routes(routes!(status::status))
        .routes(routes!(status::healthz))
        .routes(routes!(status::readyz))
        .routes(routes!(status::metrics))
        .routes(routes!(checks::list))
        .routes(routes!(checks::show))
        .routes(routes!(checks::run))
        .routes(routes!(plugins::list, plugins::install))
        .routes(routes!(plugins::remove))
        .routes(routes!(plugins::rollback))
        .routes(routes!(runs::show))
        .routes(routes!(runs::transcript))
        .routes(routes!(runs::component))
        .routes(routes!(detectors::list))
        .routes(routes!(alerts::list))
        .routes(routes!(alerts::show))
        .routes(routes!(alerts::why))
        .routes(routes!(alerts::groups))
        .routes(routes!(alerts::receivers))
        .routes(routes!(alerts::route_test))
        .routes(routes!(silences::list, silences::set))
        .routes(routes!(silences::expire))
        .routes(routes!(pages::list))
        .routes(routes!(incidents::list, incidents::open))
        .routes(routes!(incidents::figures::figures))
        .routes(routes!(incidents::show, incidents::change))
        .routes(routes!(incidents::postmortem))
        .routes(routes!(incidents::changes::tell))
        .routes(routes!(remediations::list))
        .routes(routes!(remediations::show))
        .routes(routes!(remediations::approve))
        .routes(routes!(remediations::reject))
        .routes(routes!(playbooks::list))
        .routes(routes!(playbooks::reset))
        .routes(routes!(playbooks::simulate))
        .routes(routes!(playbooks::switches, playbooks::throw, playbooks::release))
        .routes(routes!(pages::acknowledge, pages::unacknowledge))
        .routes(routes!(pages::acknowledge_alert))
        .routes(routes!(oncall::show))
        .routes(routes!(oncall::gaps))
        .routes(routes!(maintenance::list, maintenance::set))
        .routes(routes!(maintenance::end))
        .routes(routes!(slos::list))
        .routes(routes!(slos::show))
        .routes(routes!(slos::policy))
        .routes(routes!(slos::downtime::list, slos::downtime::note))
        .routes(routes!(slos::history::slots))
        .routes(routes!(slos::history::report))
        .routes(routes!(slos::history::simulate))
        .routes(routes!(slos::history::export))
        .routes(routes!(sli::events))
        .routes(routes!(events::stream))
        .routes(routes!(reload::reload))
        .routes(routes!(audit::list))
        .routes(routes!(openapi::show))
}

#[cfg(test)]
mod tests;

//! Deployments and other changes to the world, told by whoever made them: what an incident may come from.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use tocsin_api::incident::{TellChange, ToldChange};
use tocsin_api::{Code, Problem};
use tocsin_core::id::ContributionId;
use tocsin_core::incident::Contribution;
use tocsin_core::label::Labels;
use tocsin_core::pipeline::Event;
use tocsin_core::time::Timestamp;

use super::super::Front;
use super::super::audit::audited;
use super::super::doors::Operator;
use super::super::problem::{Refused, Sent, commit};
use crate::audit::Action;

/// Tells of a deployment or another change. Needs an operator.
#[utoipa::path(post, path = "/api/v1/changes", tag = "incidents", request_body = TellChange, responses(
    (status = 200, body = ToldChange),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
    (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http) async fn tell(
    State(front): State<Front>,
    Operator(who): Operator,
    Sent(asked): Sent<TellChange>,
) -> Result<Json<ToldChange>, Refused> {
    let now = front.alerts.look(|_, now| now);
    let labels = asked.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let told = Contribution {
        kind: asked.kind.clone(),
        summary: asked.summary.clone(),
        at: asked.at.map_or(now, |at| Timestamp::from_millis(at.as_millis())),
        by: who.name.clone(),
        labels: Labels::overlay(labels),
        url: asked.url.clone(),
    };
    let told = told.accept(now).map_err(|why| Refused::new(Code::BadRequest, why.to_string()))?;
    let id = ContributionId::new(uuid::Uuid::now_v7().to_string());
    let events = vec![Event::Contributed(id.clone(), Arc::new(told))];
    let work = front.alerts.commit(events).await.map_err(commit).map(|()| ToldChange { id: id.to_string() });
    audited(&front, who, Action::TellChange, id.to_string(), work, |_| (None, serde_json::to_value(&asked).ok())).await
}

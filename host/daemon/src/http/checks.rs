//! Checks: which there are, how each is, and running one now. Knows nothing of how a status is decided.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use serde_json::json;
use tocsin_api::{CheckDetail, CheckList, CheckQuery, CheckStatus, CheckSummary, Code, Problem, Run};
use tocsin_core::id::CheckName;

use super::Front;
use super::audit::audited;
use super::doors::Operator;
use super::problem::{Asked, Named, Refused};
use crate::audit::Action;

const LIMIT: usize = 1_000;
const LIMIT_MAX: usize = 10_000;

/// Checks in the order of their names.
#[utoipa::path(get, path = "/api/v1/checks", tag = "checks", params(CheckQuery), responses(
    (status = 200, body = CheckList),
    (status = 400, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(front): State<Front>,
    Asked(query): Asked<CheckQuery>,
) -> Result<Json<CheckList>, Refused> {
    let filter = Filter::parse(&query)?;
    let fitting: Vec<CheckSummary> = front.node.checks().into_iter().filter(|check| filter.fits(check)).collect();
    let total = u64::try_from(fitting.len()).unwrap_or(u64::MAX);
    let after = query.after.as_deref();
    let mut checks = fitting.into_iter().filter(|check| after.is_none_or(|after| check.name.as_str() > after));
    let limit = query.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let mut shown: Vec<CheckSummary> = checks.by_ref().take(limit).collect();
    let next = checks.next().and(shown.last()).map(|last| last.name.clone());
    if query.recent != Some(false) {
        for check in &mut shown {
            check.recent = front.node.recent(&CheckName::new(&check.name));
        }
    }
    Ok(Json(CheckList { checks: shown, total, next }))
}

/// Everything about one check.
#[utoipa::path(get, path = "/api/v1/checks/{name}", tag = "checks", params(("name" = String, Path)), responses(
    (status = 200, body = CheckDetail),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn show(State(front): State<Front>, Named(name): Named) -> Result<Json<CheckDetail>, Refused> {
    Ok(Json(front.node.check(&CheckName::new(name)).await?))
}

/// Runs the check now, whatever its schedule, and answers when the run has ended. Needs an operator.
#[utoipa::path(post, path = "/api/v1/checks/{name}/run", tag = "checks", params(("name" = String, Path)), responses(
    (status = 200, body = Run),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn run(
    State(front): State<Front>,
    Operator(who): Operator,
    Named(name): Named,
) -> Result<Json<Run>, Refused> {
    let work = front.node.run_check(&CheckName::new(&name), &who).await;
    let after = |run: &Run| json!({"run": run.id, "outcome": run.outcome.kind});
    audited(&front, who, Action::RunCheck, name, work, |run| (None, Some(after(run)))).await
}

/// What a query asks for, parsed.
#[derive(Debug, Default)]
struct Filter<'q> {
    statuses: Option<BTreeSet<CheckStatus>>,
    labels: Vec<(&'q str, &'q str)>,
    plugin: Option<&'q str>,
    name: Option<&'q str>,
}

impl<'q> Filter<'q> {
    fn parse(query: &'q CheckQuery) -> Result<Self, Refused> {
        let statuses = query.status.as_deref().map(|list| list.split(',').map(status).collect()).transpose()?;
        let labels = query.label.as_deref().map(|list| list.split(',').map(label).collect()).transpose()?;
        let (plugin, name) = (query.plugin.as_deref(), query.name.as_deref());
        Ok(Self { statuses, labels: labels.unwrap_or_default(), plugin, name })
    }

    fn fits(&self, check: &CheckSummary) -> bool {
        self.statuses.as_ref().is_none_or(|statuses| statuses.contains(&check.status))
            && self.labels.iter().all(|(name, value)| check.labels.get(*name).is_some_and(|is| is == value))
            && self.plugin.is_none_or(|plugin| check.plugin == plugin)
            && self.name.is_none_or(|name| check.name.contains(name))
    }
}

fn status(word: &str) -> Result<CheckStatus, Refused> {
    let known = || CheckStatus::ALL.map(CheckStatus::as_str).join(", ");
    let found = CheckStatus::ALL.into_iter().find(|status| status.as_str() == word.trim());
    found
        .ok_or_else(|| Refused::new(Code::BadRequest, format!("`status` has no state `{word}`; it takes {}.", known())))
}

fn label(pair: &str) -> Result<(&str, &str), Refused> {
    let wrong = || format!("`label` has `{pair}`; it takes `name=value`, several parted by commas.");
    pair.split_once('=').ok_or_else(|| Refused::new(Code::BadRequest, wrong()))
}

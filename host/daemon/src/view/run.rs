//! Runs in wire types. Knows nothing of where they come from.

use std::collections::BTreeMap;

use base64::Engine as _;
use tocsin_api as api;
use tocsin_core::health::HealthStatus;
use tocsin_core::limits::Limits;
use tocsin_core::observation::{Evidence, Finding, Label, Metric, MetricKind, Observation, Problem, Range, Status};
use tocsin_core::run::{RunCause, RunCost, RunOutcome, RunRecord};
use tocsin_core::time::Timestamp;

pub(super) fn run(record: &RunRecord) -> api::Run {
    api::Run {
        id: record.id.to_string(),
        check: record.check.to_string(),
        plugin: record.plugin.to_string(),
        digest: record.digest.to_string(),
        cause: cause(record.cause),
        due_at: time(record.due_at),
        started_at: time(record.started_at),
        outcome: outcome(&record.outcome),
        cost: cost(record.cost),
        observation: record.observation.as_ref().map(observation),
        problems: record.problems.iter().map(|Problem { path, message }| format!("{path}: {message}")).collect(),
        transcript: record.transcript,
    }
}

pub(super) fn brief(record: &RunRecord) -> api::RunBrief {
    api::RunBrief {
        id: record.id.to_string(),
        cause: cause(record.cause),
        started_at: time(record.started_at),
        outcome: kind(&record.outcome),
        status: record.status().map(|status| health(status.into())),
        summary: summary(record),
        cost: cost(record.cost),
        transcript: record.transcript,
    }
}

/// What it found, or why it did not complete.
pub(super) fn summary(record: &RunRecord) -> String {
    let found = record.observation.as_ref().filter(|_| record.outcome.is_completed());
    found.map_or_else(|| record.outcome.to_string(), |observation| observation.summary.clone())
}

pub(super) const fn time(at: Timestamp) -> api::Time {
    api::Time::from_millis(at.as_millis())
}

pub(super) const fn health(status: HealthStatus) -> api::CheckStatus {
    match status {
        HealthStatus::Ok => api::CheckStatus::Ok,
        HealthStatus::Warning => api::CheckStatus::Warning,
        HealthStatus::Critical => api::CheckStatus::Critical,
        HealthStatus::Unknown => api::CheckStatus::Unknown,
        HealthStatus::Stale => api::CheckStatus::Stale,
    }
}

pub(super) fn labels(labels: &[Label]) -> BTreeMap<String, String> {
    labels.iter().cloned().collect()
}

pub(super) fn limits(limits: &Limits) -> api::Limits {
    let millis = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    api::Limits {
        deadline_ms: millis(limits.deadline),
        cpu_ms: millis(limits.cpu),
        memory_bytes: limits.memory_bytes,
        host_calls: limits.host_calls,
        host_bytes: limits.host_bytes,
    }
}

pub(super) const fn kind(outcome: &RunOutcome) -> api::OutcomeKind {
    match outcome {
        RunOutcome::Completed => api::OutcomeKind::Completed,
        RunOutcome::GuestError { .. } => api::OutcomeKind::GuestError,
        RunOutcome::Trap { .. } => api::OutcomeKind::Trap,
        RunOutcome::Deadline { .. } => api::OutcomeKind::Deadline,
        RunOutcome::Memory { .. } => api::OutcomeKind::Memory,
        RunOutcome::Denied { .. } => api::OutcomeKind::Denied,
        RunOutcome::HostError { .. } => api::OutcomeKind::HostError,
        RunOutcome::Saturated => api::OutcomeKind::Saturated,
        RunOutcome::Cancelled => api::OutcomeKind::Cancelled,
    }
}

fn outcome(outcome: &RunOutcome) -> api::Outcome {
    let (frames, denied) = match outcome {
        RunOutcome::Trap { frames, .. } => (frames.clone(), None),
        RunOutcome::Denied { capability, target, reason } => {
            let (capability, target, reason) = (capability.clone(), target.clone(), reason.clone());
            (Vec::new(), Some(api::Denied { capability, target, reason }))
        }
        _ => (Vec::new(), None),
    };
    api::Outcome { kind: kind(outcome), message: outcome.to_string(), frames, denied }
}

const fn cause(cause: RunCause) -> api::Cause {
    match cause {
        RunCause::Schedule => api::Cause::Schedule,
        RunCause::Demand => api::Cause::Demand,
    }
}

const fn cost(cost: RunCost) -> api::Cost {
    let RunCost { wall_us, cpu_us, memory_peak_bytes, host_calls, host_bytes } = cost;
    api::Cost { wall_us, cpu_us, memory_peak_bytes, host_calls, host_bytes }
}

pub(super) fn observation(observation: &Observation) -> api::Observation {
    api::Observation {
        status: found(observation.status),
        summary: observation.summary.clone(),
        findings: observation.findings.iter().map(finding).collect(),
        metrics: observation.metrics.iter().map(metric).collect(),
        evidence: observation.evidence.iter().map(evidence).collect(),
    }
}

fn found(status: Status) -> api::CheckStatus {
    health(status.into())
}

fn finding(finding: &Finding) -> api::Finding {
    let Finding { code, status, message, subject } = finding.clone();
    api::Finding { code, status: found(status), message, subject }
}

fn metric(metric: &Metric) -> api::Metric {
    api::Metric {
        name: metric.name.clone(),
        value: metric.value,
        unit: metric.unit.clone(),
        kind: match metric.kind {
            MetricKind::Gauge => api::MetricKind::Gauge,
            MetricKind::Counter => api::MetricKind::Counter,
        },
        labels: labels(&metric.labels),
        warning: metric.warning.map(bounds),
        critical: metric.critical.map(bounds),
    }
}

const fn bounds(range: Range) -> api::Bounds {
    api::Bounds { low: range.low, high: range.high, inverted: range.inverted }
}

fn evidence(evidence: &Evidence) -> api::Evidence {
    let text = std::str::from_utf8(&evidence.body).ok().map(str::to_owned);
    let base64 = text.is_none().then(|| base64::engine::general_purpose::STANDARD.encode(&evidence.body));
    api::Evidence {
        name: evidence.name.clone(),
        media_type: evidence.media_type.clone(),
        size_bytes: evidence.body.len() as u64,
        text,
        base64,
    }
}

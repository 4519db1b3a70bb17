//! Turns the node's own types into those of the wire. Decides nothing and leaves nothing out on purpose.

mod rights;

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tocsin_api as api;
use tocsin_core as core;
use tocsin_core::run::RunOutcome;

pub use rights::{asked, rights};

#[must_use]
pub const fn time(at: core::time::Timestamp) -> api::Time {
    api::Time::from_millis(at.as_millis())
}

#[must_use]
pub const fn health(status: core::health::HealthStatus) -> api::CheckStatus {
    match status {
        core::health::HealthStatus::Ok => api::CheckStatus::Ok,
        core::health::HealthStatus::Warning => api::CheckStatus::Warning,
        core::health::HealthStatus::Critical => api::CheckStatus::Critical,
        core::health::HealthStatus::Unknown => api::CheckStatus::Unknown,
        core::health::HealthStatus::Stale => api::CheckStatus::Stale,
    }
}

#[must_use]
pub fn status(status: core::observation::Status) -> api::CheckStatus {
    health(status.into())
}

#[must_use]
pub fn labels(labels: &[core::observation::Label]) -> BTreeMap<String, String> {
    labels.iter().cloned().collect()
}

#[must_use]
pub fn run(run: &core::run::RunRecord) -> api::Run {
    api::Run {
        id: run.id.to_string(),
        check: run.check.to_string(),
        plugin: run.plugin.to_string(),
        digest: run.digest.to_string(),
        cause: cause(run.cause),
        due_at: time(run.due_at),
        started_at: time(run.started_at),
        outcome: outcome(&run.outcome),
        cost: cost(run.cost),
        observation: run.observation.as_ref().map(observation),
        problems: run.problems.iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect(),
        transcript: run.transcript,
    }
}

/// A run as it stands in a list.
#[must_use]
pub fn brief(run: &core::run::RunRecord) -> api::RunBrief {
    api::RunBrief {
        id: run.id.to_string(),
        cause: cause(run.cause),
        started_at: time(run.started_at),
        outcome: outcome_kind(&run.outcome),
        status: run.status().map(status),
        summary: summary(run),
        cost: cost(run.cost),
        transcript: run.transcript,
    }
}

/// What the run found, or why it did not complete.
#[must_use]
pub fn summary(run: &core::run::RunRecord) -> String {
    let found = run.observation.as_ref().filter(|_| run.outcome.is_completed());
    found.map_or_else(|| run.outcome.to_string(), |observation| observation.summary.clone())
}

/// The metric that stands for the check, and its value.
#[must_use]
pub fn headline(run: &core::run::RunRecord) -> Option<(api::Headline, f64)> {
    let metric = run.observation.as_ref()?.metrics.first()?;
    let headline =
        api::Headline { metric: metric.name.clone(), unit: metric.unit.clone(), labels: labels(&metric.labels) };
    Some((headline, metric.value))
}

/// A run as a point of a sparkline.
#[must_use]
pub fn recent(run: &core::run::RunRecord) -> api::RecentRun {
    api::RecentRun {
        at: time(run.started_at),
        status: run.status().map_or(api::CheckStatus::Unknown, status),
        wall_us: run.cost.wall_us,
        value: headline(run).map(|(_, value)| value),
    }
}

#[must_use]
pub fn outcome(outcome: &RunOutcome) -> api::Outcome {
    let frames = match outcome {
        RunOutcome::Trap { frames, .. } => frames.clone(),
        _ => Vec::new(),
    };
    let denied = match outcome {
        RunOutcome::Denied { capability, target, reason } => {
            Some(api::Denied { capability: capability.clone(), target: target.clone(), reason: reason.clone() })
        }
        _ => None,
    };
    api::Outcome { kind: outcome_kind(outcome), message: outcome.to_string(), frames, denied }
}

#[must_use]
pub const fn outcome_kind(outcome: &RunOutcome) -> api::OutcomeKind {
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

const fn cause(cause: core::run::RunCause) -> api::Cause {
    match cause {
        core::run::RunCause::Schedule => api::Cause::Schedule,
        core::run::RunCause::Demand => api::Cause::Demand,
    }
}

const fn cost(cost: core::run::RunCost) -> api::Cost {
    let core::run::RunCost { wall_us, cpu_us, memory_peak_bytes, host_calls, host_bytes } = cost;
    api::Cost { wall_us, cpu_us, memory_peak_bytes, host_calls, host_bytes }
}

#[must_use]
pub fn limits(limits: &core::limits::Limits) -> api::Limits {
    let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    api::Limits {
        deadline_ms: millis(limits.deadline),
        cpu_ms: millis(limits.cpu),
        memory_bytes: limits.memory_bytes,
        host_calls: limits.host_calls,
        host_bytes: limits.host_bytes,
    }
}

#[must_use]
pub fn observation(observation: &core::observation::Observation) -> api::Observation {
    api::Observation {
        status: status(observation.status),
        summary: observation.summary.clone(),
        findings: observation.findings.iter().map(finding).collect(),
        metrics: observation.metrics.iter().map(metric).collect(),
        evidence: observation.evidence.iter().map(evidence).collect(),
    }
}

fn finding(finding: &core::observation::Finding) -> api::Finding {
    api::Finding {
        code: finding.code.clone(),
        status: status(finding.status),
        message: finding.message.clone(),
        subject: finding.subject.clone(),
    }
}

fn metric(metric: &core::observation::Metric) -> api::Metric {
    let bounds = |range: core::observation::Range| api::Bounds {
        low: range.low.filter(|low| low.is_finite()),
        high: range.high.filter(|high| high.is_finite()),
        inverted: range.inverted,
    };
    api::Metric {
        name: metric.name.clone(),
        value: metric.value,
        unit: metric.unit.clone(),
        kind: match metric.kind {
            core::observation::MetricKind::Gauge => api::MetricKind::Gauge,
            core::observation::MetricKind::Counter => api::MetricKind::Counter,
        },
        labels: labels(&metric.labels),
        warning: metric.warning.map(bounds),
        critical: metric.critical.map(bounds),
    }
}

fn evidence(evidence: &core::observation::Evidence) -> api::Evidence {
    let text = std::str::from_utf8(&evidence.body).ok().map(str::to_owned);
    api::Evidence {
        name: evidence.name.clone(),
        media_type: evidence.media_type.clone(),
        size_bytes: u64::try_from(evidence.body.len()).unwrap_or(u64::MAX),
        base64: text.is_none().then(|| STANDARD.encode(&evidence.body)),
        text,
    }
}

#[must_use]
pub fn anomaly(anomaly: &core::anomaly::Anomaly) -> api::Anomaly {
    use core::anomaly::AnomalyKind as Kind;
    let kind = match anomaly.kind {
        Kind::Spike => "spike",
        Kind::Dip => "dip",
        Kind::LevelShift => "level-shift",
        Kind::Trend => "trend",
        Kind::Seasonal => "seasonal",
        Kind::Missing => "missing",
        Kind::Constant => "constant",
        Kind::Drift => "drift",
        Kind::Other => "other",
    };
    api::Anomaly {
        detector: anomaly.detector.to_string(),
        check: anomaly.series.check.to_string(),
        metric: anomaly.series.metric.to_string(),
        labels: labels(&anomaly.series.labels),
        at: time(anomaly.at),
        kind: kind.to_owned(),
        score: anomaly.score,
        value: anomaly.value,
        expected_low: anomaly.expected_low,
        expected_high: anomaly.expected_high,
        explanation: anomaly.explanation.clone(),
    }
}

/// The problem document that names every error of a configuration.
#[must_use]
pub fn config_problem(errors: &core::config::ConfigErrors) -> api::Problem {
    let each = errors.iter().map(|error| api::ProblemError {
        place: Some(format!("{}:{}:{}", error.place.file, error.place.line, error.place.column)),
        path: Some(error.path.clone()).filter(|path| !path.is_empty()),
        code: error.code.to_owned(),
        message: error.message.clone(),
        help: error.help.clone(),
    });
    api::Problem::new(api::Code::ConfigInvalid, "The configuration in force stays; `errors` names what is wrong.")
        .with_errors(each.collect())
}

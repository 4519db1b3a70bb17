//! From the words of version 0.1 to the house's: what guests return. Shapes only; bounds are `Observation::accept`'s.

use tocsin_core::anomaly::{Anomaly, AnomalyKind, Detection, SeriesKey};
use tocsin_core::delivery::Delivery;
use tocsin_core::observation::{Evidence, Finding, Metric, MetricKind, Observation, Range, Status};
use tocsin_core::plan::{Decision, HeaderValue, HttpCall, Plan, Precondition, Step, Verb, Verification};
use tocsin_core::time::Timestamp;

use super::exported::{run_action, run_detector, run_notifier};
use super::tocsin::plugin::types;

pub(super) fn observation(raw: types::Observation) -> Observation {
    Observation {
        status: status(raw.status),
        summary: raw.summary,
        findings: raw.findings.into_iter().map(finding).collect(),
        metrics: raw.metrics.into_iter().map(metric).collect(),
        evidence: raw.evidence.into_iter().map(evidence).collect(),
    }
}

const fn status(raw: types::Status) -> Status {
    match raw {
        types::Status::Ok => Status::Ok,
        types::Status::Warning => Status::Warning,
        types::Status::Critical => Status::Critical,
        types::Status::Unknown => Status::Unknown,
    }
}

fn finding(raw: types::Finding) -> Finding {
    Finding { code: raw.code, status: status(raw.status), message: raw.message, subject: raw.subject }
}

fn metric(raw: types::Metric) -> Metric {
    let range = |raw: types::Range| Range { low: raw.low, high: raw.high, inverted: raw.inverted };
    Metric {
        name: raw.name,
        value: raw.value,
        unit: raw.unit,
        kind: match raw.kind {
            types::MetricKind::Gauge => MetricKind::Gauge,
            types::MetricKind::Counter => MetricKind::Counter,
        },
        labels: raw.labels,
        warning: raw.warning.map(range),
        critical: raw.critical.map(range),
    }
}

fn evidence(raw: types::Evidence) -> Evidence {
    Evidence { name: raw.name, media_type: raw.media_type, body: raw.body }
}

/// Fails where an anomaly names a series that the input does not have.
pub(super) fn detection(input: &run_detector::Input, raw: run_detector::Output) -> Result<Detection, String> {
    let anomalies = raw.anomalies.into_iter().map(|raw| anomaly(input, raw)).collect::<Result<_, _>>()?;
    Ok(Detection { anomalies, snapshot: raw.snapshot, warm: raw.warm })
}

fn anomaly(input: &run_detector::Input, raw: run_detector::Anomaly) -> Result<Anomaly, String> {
    let series = usize::try_from(raw.series).ok().and_then(|index| input.series.get(index)).ok_or_else(|| {
        format!("it returned an anomaly of series {}, but its input has {}", raw.series, input.series.len())
    })?;
    Ok(Anomaly {
        detector: input.detector.as_str().into(),
        series: SeriesKey {
            check: series.check.as_str().into(),
            metric: series.metric.as_str().into(),
            labels: series.labels.clone(),
        },
        at: Timestamp::from_millis(raw.at),
        kind: anomaly_kind(raw.kind),
        score: raw.score,
        value: raw.value,
        expected_low: raw.expected_low,
        expected_high: raw.expected_high,
        explanation: raw.explanation,
    })
}

const fn anomaly_kind(raw: run_detector::AnomalyKind) -> AnomalyKind {
    match raw {
        run_detector::AnomalyKind::Spike => AnomalyKind::Spike,
        run_detector::AnomalyKind::Dip => AnomalyKind::Dip,
        run_detector::AnomalyKind::LevelShift => AnomalyKind::LevelShift,
        run_detector::AnomalyKind::Trend => AnomalyKind::Trend,
        run_detector::AnomalyKind::Seasonal => AnomalyKind::Seasonal,
        run_detector::AnomalyKind::Missing => AnomalyKind::Missing,
        run_detector::AnomalyKind::Constant => AnomalyKind::Constant,
        run_detector::AnomalyKind::Drift => AnomalyKind::Drift,
        run_detector::AnomalyKind::Other => AnomalyKind::Other,
    }
}

pub(super) fn decision(raw: run_action::Decision) -> Decision {
    match raw {
        run_action::Decision::Plan(raw) => Decision::Plan(plan(raw)),
        run_action::Decision::Refuse(reason) => Decision::Refuse(reason),
    }
}

fn plan(raw: run_action::Plan) -> Plan {
    let precondition = |raw: run_action::Precondition| Precondition {
        check: raw.check.as_str().into(),
        status: raw.status.into_iter().map(status).collect(),
        why: raw.why,
    };
    Plan {
        summary: raw.summary,
        why: raw.why,
        steps: raw.steps.into_iter().map(step).collect(),
        preconditions: raw.preconditions.into_iter().map(precondition).collect(),
        verification: Verification {
            checks: raw.verification.checks.iter().map(|check| check.as_str().into()).collect(),
            settle_ms: raw.verification.settle_ms,
            times: raw.verification.times,
        },
    }
}

fn step(raw: run_action::Step) -> Step {
    Step { verb: verb(raw.verb), why: raw.why, timeout_ms: raw.timeout_ms }
}

fn verb(raw: run_action::Verb) -> Verb {
    match raw {
        run_action::Verb::RestartService(raw) => Verb::RestartService { unit: raw.unit },
        run_action::Verb::StartService(raw) => Verb::StartService { unit: raw.unit },
        run_action::Verb::StopService(raw) => Verb::StopService { unit: raw.unit },
        run_action::Verb::SignalProcess(raw) => Verb::SignalProcess {
            name: raw.name,
            executable: raw.executable,
            pid: raw.pid,
            started_at: Timestamp::from_millis(raw.started_at),
            signal: raw.signal,
        },
        run_action::Verb::RunCommand(raw) => Verb::RunCommand { command: raw.command, arguments: raw.arguments },
        run_action::Verb::HttpRequest(raw) => {
            Verb::HttpRequest { request: http_call(raw.request), compensate: raw.compensate.map(http_call) }
        }
        run_action::Verb::WriteFile(raw) => Verb::WriteFile { path: raw.path, content: raw.content, mode: raw.mode },
        run_action::Verb::SetSysctl(raw) => Verb::SetSysctl { key: raw.key, value: raw.value },
        run_action::Verb::DeleteFiles(raw) => Verb::DeleteFiles {
            folder: raw.folder,
            pattern: raw.pattern,
            older_than_seconds: raw.older_than_seconds,
            count_max: raw.count_max,
            bytes_max: raw.bytes_max,
        },
        run_action::Verb::RunCheck(raw) => Verb::RunCheck { check: raw.check.as_str().into() },
    }
}

fn http_call(raw: run_action::HttpCall) -> HttpCall {
    let header = |(name, value)| (name, header_value(value));
    HttpCall {
        method: raw.method,
        url: raw.url,
        headers: raw.headers.into_iter().map(header).collect(),
        body: raw.body,
        expected_status: raw.expected_status,
    }
}

fn header_value(raw: run_action::HeaderValue) -> HeaderValue {
    match raw {
        run_action::HeaderValue::Text(text) => HeaderValue::Text(text),
        run_action::HeaderValue::Secret(name) => HeaderValue::Secret(name),
        run_action::HeaderValue::Bearer(name) => HeaderValue::Bearer(name),
    }
}

pub(super) fn delivery(raw: run_notifier::Delivery) -> Delivery {
    match raw {
        run_notifier::Delivery::Delivered(name) => Delivery::Delivered(name),
        run_notifier::Delivery::RetryAfter(raw) => {
            Delivery::RetryAfter { after_seconds: raw.after_seconds, reason: raw.reason }
        }
        run_notifier::Delivery::Rejected(reason) => Delivery::Rejected(reason),
    }
}

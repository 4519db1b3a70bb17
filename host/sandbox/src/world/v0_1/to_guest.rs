//! From the house's words to those of version 0.1: inputs.

use tocsin_core::alert::AlertStatus;
use tocsin_core::anomaly::{Sample, Series};
use tocsin_core::delivery::NotifiedAlert;
use tocsin_core::observation::{Evidence, Finding, Metric, MetricKind, Observation, Range, Status};
use tocsin_core::plan::{ActionInput, CheckEvidence, IncidentBrief};

use super::exported::{run_action, run_detector, run_notifier, run_probe};
use super::tocsin::plugin::types;
use crate::input::{DetectorInput, NotifierInput, ProbeInput};

pub(super) fn probe(input: &ProbeInput) -> run_probe::Input {
    run_probe::Input {
        check: input.check.as_str().to_owned(),
        labels: input.labels.to_vec(),
        config: input.config.as_ref().to_owned(),
    }
}

pub(super) fn detector(input: DetectorInput) -> run_detector::Input {
    run_detector::Input {
        detector: input.detector.as_str().to_owned(),
        config: input.config.as_ref().to_owned(),
        series: input.series.into_iter().map(series).collect(),
        snapshot: input.snapshot,
    }
}

fn series(series: Series) -> run_detector::Series {
    let sample = |sample: Sample| types::Sample { at: sample.at.as_millis(), value: sample.value };
    run_detector::Series {
        check: series.key.check.as_str().to_owned(),
        metric: series.key.metric.as_str().to_owned(),
        unit: series.unit,
        labels: series.key.labels,
        interval: series.interval_ms,
        samples: series.samples.into_iter().map(sample).collect(),
    }
}

pub(super) fn action(input: ActionInput) -> run_action::Input {
    run_action::Input {
        playbook: input.playbook,
        config: input.config,
        incident: incident(input.incident),
        evidence: input.evidence.into_iter().map(check_evidence).collect(),
    }
}

fn incident(incident: IncidentBrief) -> run_action::Incident {
    run_action::Incident {
        id: incident.id,
        title: incident.title,
        severity: incident.severity,
        labels: incident.labels,
        opened_at: incident.opened_at.as_millis(),
    }
}

fn check_evidence(evidence: CheckEvidence) -> run_action::CheckEvidence {
    run_action::CheckEvidence {
        check: evidence.check.as_str().to_owned(),
        labels: evidence.labels,
        at: evidence.at.as_millis(),
        observation: observation(evidence.observation),
    }
}

fn observation(observation: Observation) -> types::Observation {
    types::Observation {
        status: status(observation.status),
        summary: observation.summary,
        findings: observation.findings.into_iter().map(finding).collect(),
        metrics: observation.metrics.into_iter().map(metric).collect(),
        evidence: observation.evidence.into_iter().map(evidence).collect(),
    }
}

const fn status(status: Status) -> types::Status {
    match status {
        Status::Ok => types::Status::Ok,
        Status::Warning => types::Status::Warning,
        Status::Critical => types::Status::Critical,
        Status::Unknown => types::Status::Unknown,
    }
}

fn finding(finding: Finding) -> types::Finding {
    types::Finding {
        code: finding.code,
        status: status(finding.status),
        message: finding.message,
        subject: finding.subject,
    }
}

fn metric(metric: Metric) -> types::Metric {
    let range = |range: Range| types::Range { low: range.low, high: range.high, inverted: range.inverted };
    types::Metric {
        name: metric.name,
        value: metric.value,
        unit: metric.unit,
        kind: match metric.kind {
            MetricKind::Gauge => types::MetricKind::Gauge,
            MetricKind::Counter => types::MetricKind::Counter,
        },
        labels: metric.labels,
        warning: metric.warning.map(range),
        critical: metric.critical.map(range),
    }
}

fn evidence(evidence: Evidence) -> types::Evidence {
    types::Evidence { name: evidence.name, media_type: evidence.media_type, body: evidence.body }
}

pub(super) fn notifier(input: NotifierInput) -> run_notifier::Input {
    let notification = input.notification;
    run_notifier::Input {
        config: input.config,
        notification: run_notifier::Notification {
            id: notification.id,
            receiver: notification.receiver,
            group: notification.group,
            status: alert_status(notification.status),
            title: notification.title,
            body: notification.body,
            alerts: notification.alerts.into_iter().map(alert).collect(),
            url: notification.url,
        },
    }
}

fn alert(alert: NotifiedAlert) -> run_notifier::Alert {
    run_notifier::Alert {
        fingerprint: alert.fingerprint,
        status: alert_status(alert.status),
        labels: alert.labels,
        annotations: alert.annotations,
        starts_at: alert.starts_at.as_millis(),
        ends_at: alert.ends_at.map(|at| at.as_millis()),
        url: alert.url,
    }
}

const fn alert_status(status: AlertStatus) -> run_notifier::AlertStatus {
    match status {
        AlertStatus::Firing => run_notifier::AlertStatus::Firing,
        AlertStatus::Resolved => run_notifier::AlertStatus::Resolved,
    }
}

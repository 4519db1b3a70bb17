//! An observation as people read it. Knows nothing of where it came from.

use tocsin_api::{CheckStatus, Evidence, Finding, Metric, MetricKind, Observation};
use tocsin_core::observation as core;

use crate::output::{Field, Output};
use crate::words::{self, printable};

/// Lines of a piece of evidence that are shown.
const EVIDENCE_LINES_MAX: usize = 12;

/// Status and summary, then findings, metrics and evidence.
#[must_use]
pub fn people(observation: &Observation, output: Output) -> String {
    let mut parts =
        vec![format!("{}: {}", output.status(observation.status.as_str()), printable(&observation.summary))];
    parts.extend(observation.findings.iter().map(|found| finding(found, output)));
    if !observation.metrics.is_empty() {
        let rows = observation.metrics.iter().map(row).collect();
        parts.push(format!("\n{}", output.table(&["metric", "value", "unit", "labels"], rows)));
    }
    parts.extend(observation.evidence.iter().map(evidence));
    parts.join("\n")
}

/// An observation of this program's own sandbox, as a node would show it.
#[must_use]
pub fn shown(observation: &core::Observation) -> Observation {
    let finding = |finding: &core::Finding| Finding {
        code: finding.code.clone(),
        status: status(finding.status),
        message: finding.message.clone(),
        subject: finding.subject.clone(),
    };
    let metric = |metric: &core::Metric| Metric {
        name: metric.name.clone(),
        value: metric.value,
        unit: metric.unit.clone(),
        kind: match metric.kind {
            core::MetricKind::Gauge => MetricKind::Gauge,
            core::MetricKind::Counter => MetricKind::Counter,
        },
        labels: metric.labels.iter().cloned().collect(),
        warning: None,
        critical: None,
    };
    let evidence = |evidence: &core::Evidence| Evidence {
        name: evidence.name.clone(),
        media_type: evidence.media_type.clone(),
        size_bytes: evidence.body.len() as u64,
        text: String::from_utf8(evidence.body.clone()).ok(),
        base64: None,
    };
    Observation {
        status: status(observation.status),
        summary: observation.summary.clone(),
        findings: observation.findings.iter().map(finding).collect(),
        metrics: observation.metrics.iter().map(metric).collect(),
        evidence: observation.evidence.iter().map(evidence).collect(),
    }
}

const fn status(status: core::Status) -> CheckStatus {
    match status {
        core::Status::Ok => CheckStatus::Ok,
        core::Status::Warning => CheckStatus::Warning,
        core::Status::Critical => CheckStatus::Critical,
        core::Status::Unknown => CheckStatus::Unknown,
    }
}

fn finding(finding: &Finding, output: Output) -> String {
    let subject = finding.subject.as_ref().map(|subject| format!(" ({subject})")).unwrap_or_default();
    format!(
        "  {} {}: {}{}",
        output.status(finding.status.as_str()),
        finding.code,
        printable(&finding.message),
        printable(&subject)
    )
}

fn row(metric: &Metric) -> Vec<Field> {
    let labels: Vec<_> = metric.labels.iter().map(|(name, value)| format!("{name}={}", printable(value))).collect();
    vec![
        metric.name.as_str().into(),
        Field::Number(number(metric.value)),
        metric.unit.as_str().into(),
        labels.join(" ").into(),
    ]
}

/// Six digits, without the zeros that say nothing.
fn number(value: f64) -> String {
    if value == value.trunc() && value.abs() < 1e15 {
        return format!("{value:.0}");
    }
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn evidence(evidence: &Evidence) -> String {
    let head = format!(
        "\nevidence {} ({}, {})",
        evidence.name,
        printable(&evidence.media_type),
        words::bytes(evidence.size_bytes)
    );
    let Some(text) = &evidence.text else { return head };
    let lines: Vec<_> = text.lines().take(EVIDENCE_LINES_MAX).map(|line| format!("  | {}", printable(line))).collect();
    let more = if text.lines().nth(EVIDENCE_LINES_MAX).is_some() { "\n  | ..." } else { "" };
    format!("{head}\n{}{more}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_say_something() {
        for (value, expected) in
            [(0.0, "0"), (3.0, "3"), (0.25, "0.25"), (0.000_123_4, "0.000123"), (1.5e9, "1500000000")]
        {
            assert_eq!(number(value), expected);
        }
    }
}

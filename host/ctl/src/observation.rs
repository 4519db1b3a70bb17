//! An observation as people read it. Knows nothing of where it came from.

use tocsin_api::{Evidence, Finding, Metric, Observation};

use crate::output::{Field, Output};
use crate::words;

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

/// What a plugin says must not steer the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_cannot_steer_the_terminal() {
        assert_eq!(printable("ok\u{1b}[2J\r"), "ok\u{fffd}[2J\u{fffd}");
    }

    #[test]
    fn numbers_have_the_digits_that_say_something() {
        for (value, expected) in
            [(0.0, "0"), (3.0, "3"), (0.25, "0.25"), (0.000_123_4, "0.000123"), (1.5e9, "1500000000")]
        {
            assert_eq!(number(value), expected);
        }
    }
}

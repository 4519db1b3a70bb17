//! The door between what a guest returned and what the node keeps: every count and length is bounded, every number
//! finite, every name well formed. What does not fit is left out and named; the status always survives.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Evidence, Finding, Label, Metric, Observation, Range};

const SUMMARY_BYTES_MAX: usize = 1_024;
const FINDINGS_MAX: usize = 100;
const METRICS_MAX: usize = 500;
pub(crate) const LABELS_MAX: usize = 32;
const LABEL_NAME_BYTES_MAX: usize = 63;
const LABEL_VALUE_BYTES_MAX: usize = 256;
const METRIC_NAME_BYTES_MAX: usize = 128;
const TEXT_BYTES_MAX: usize = 1_024;
const EVIDENCE_MAX: usize = 16;
const EVIDENCE_BYTES_MAX: usize = 64 * 1_024;

/// An observation within bounds, and what had to be left out of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    pub observation: Observation,
    pub problems: Vec<Problem>,
}

/// One thing a guest returned that could not be kept: where, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `metrics[3].labels`.
    pub path: String,
    pub message: String,
}

impl Observation {
    /// Keeps what is within bounds and names the rest.
    #[must_use]
    pub fn accept(self) -> Accepted {
        let mut problems = Problems::default();
        let observation = Observation {
            status: self.status,
            summary: problems.text("summary", one_line(self.summary), SUMMARY_BYTES_MAX),
            findings: problems.list("findings", self.findings, FINDINGS_MAX, finding),
            metrics: problems.metrics(self.metrics),
            evidence: problems.list("evidence", self.evidence, EVIDENCE_MAX, evidence),
        };
        Accepted { observation, problems: problems.0 }
    }
}

/// Bounded itself: ten thousand bad metrics make one line that counts them, not ten thousand lines.
#[derive(Default)]
struct Problems(Vec<Problem>);

const PROBLEMS_MAX: usize = 20;

impl Problems {
    fn add(&mut self, path: &str, message: String) {
        if self.0.len() < PROBLEMS_MAX {
            self.0.push(Problem { path: path.to_owned(), message });
        }
    }

    fn text(&mut self, path: &str, mut text: String, bytes_max: usize) -> String {
        if text.len() > bytes_max {
            self.add(path, format!("{} bytes; the first {bytes_max} are kept", text.len()));
            let end = (0..=bytes_max).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            text.truncate(end);
        }
        text
    }

    fn metrics(&mut self, metrics: Vec<Metric>) -> Vec<Metric> {
        let metrics = self.list("metrics", metrics, METRICS_MAX, metric);
        one_a_series(self, metrics)
    }

    fn list<T>(
        &mut self,
        path: &str,
        items: Vec<T>,
        max: usize,
        accept: fn(&mut Self, &str, T) -> Option<T>,
    ) -> Vec<T> {
        if items.len() > max {
            self.add(path, format!("{} entries; the first {max} are kept", items.len()));
        }
        let items = items.into_iter().take(max).enumerate();
        items.filter_map(|(index, item)| accept(self, &format!("{path}[{index}]"), item)).collect()
    }
}

fn finding(problems: &mut Problems, path: &str, mut finding: Finding) -> Option<Finding> {
    finding.code = problems.text(&format!("{path}.code"), finding.code, LABEL_NAME_BYTES_MAX);
    finding.message = problems.text(&format!("{path}.message"), one_line(finding.message), TEXT_BYTES_MAX);
    finding.subject = finding.subject.map(|subject| problems.text(&format!("{path}.subject"), subject, TEXT_BYTES_MAX));
    Some(finding)
}

fn metric(problems: &mut Problems, path: &str, mut metric: Metric) -> Option<Metric> {
    if !is_metric_name(&metric.name) {
        problems.add(
            path,
            format!("the name `{}` is not [a-zA-Z_][a-zA-Z0-9_]* of at most 128 bytes", short(&metric.name)),
        );
        return None;
    }
    if !metric.value.is_finite() {
        problems.add(
            path,
            format!("`{}` is {}, not a finite number; leave a metric out that has no value", metric.name, metric.value),
        );
        return None;
    }
    if let Some(message) = bad_labels(&metric.labels) {
        problems.add(&format!("{path}.labels"), format!("`{}` is left out: {message}", metric.name));
        return None;
    }
    metric.unit = problems.text(&format!("{path}.unit"), metric.unit, LABEL_NAME_BYTES_MAX);
    metric.warning = range(problems, path, "warning", metric.warning);
    metric.critical = range(problems, path, "critical", metric.critical);
    metric.labels.sort();
    Some(metric)
}

fn range(problems: &mut Problems, path: &str, name: &str, range: Option<Range>) -> Option<Range> {
    let kept = range.filter(is_finite_range);
    if kept != range {
        problems
            .add(&format!("{path}.{name}"), "a bound is not a finite number; leave out the bound that is open".into());
    }
    kept
}

/// A series has one value a run: what comes again, by name and labels, is left out.
fn one_a_series(problems: &mut Problems, mut metrics: Vec<Metric>) -> Vec<Metric> {
    let mut seen = BTreeSet::new();
    let mut again = Vec::new();
    metrics.retain(|metric| {
        let is_new = seen.insert((metric.name.clone(), metric.labels.clone()));
        if !is_new {
            again.push(metric.name.clone());
        }
        is_new
    });
    for name in again {
        problems.add("metrics", format!("`{name}` comes again with the same labels; the first is kept"));
    }
    metrics
}

fn evidence(problems: &mut Problems, path: &str, mut evidence: Evidence) -> Option<Evidence> {
    evidence.name = problems.text(&format!("{path}.name"), evidence.name, LABEL_VALUE_BYTES_MAX);
    evidence.media_type = problems.text(&format!("{path}.media_type"), evidence.media_type, LABEL_VALUE_BYTES_MAX);
    if evidence.body.len() > EVIDENCE_BYTES_MAX {
        problems.add(path, format!("{} bytes; the first {EVIDENCE_BYTES_MAX} are kept", evidence.body.len()));
        evidence.body.truncate(EVIDENCE_BYTES_MAX);
    }
    Some(evidence)
}

fn bad_labels(labels: &[Label]) -> Option<String> {
    if labels.len() > LABELS_MAX {
        return Some(format!("{} labels; at most {LABELS_MAX} are allowed", labels.len()));
    }
    let names: BTreeSet<&str> = labels.iter().map(|(name, _)| name.as_str()).collect();
    if names.len() < labels.len() {
        return Some("a label's name comes twice".to_owned());
    }
    labels.iter().find_map(|(name, value)| bad_label(name, value))
}

/// What is wrong with one label; the configuration's labels keep the same rule.
pub(crate) fn bad_label(name: &str, value: &str) -> Option<String> {
    if !is_name(name, LABEL_NAME_BYTES_MAX) {
        return Some(format!("the label name `{}` is not [a-zA-Z_][a-zA-Z0-9_]* of at most 63 bytes", short(name)));
    }
    if value.len() > LABEL_VALUE_BYTES_MAX {
        return Some(format!("the value of label `{name}` has {} bytes; at most 256 are allowed", value.len()));
    }
    None
}

/// Whether a metric can have this name.
pub(crate) fn is_metric_name(name: &str) -> bool {
    is_name(name, METRIC_NAME_BYTES_MAX)
}

fn is_name(name: &str, bytes_max: usize) -> bool {
    let mut bytes = name.bytes();
    name.len() <= bytes_max
        && bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_finite_range(range: &Range) -> bool {
    range.low.is_none_or(f64::is_finite) && range.high.is_none_or(f64::is_finite)
}

fn one_line(text: String) -> String {
    if text.contains(char::is_control) { text.replace(char::is_control, " ") } else { text }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests;
